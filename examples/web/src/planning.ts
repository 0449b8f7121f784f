// The projects of the organisation, and their boards.
import {
  BoardDocument,
  CreateProjectDocument,
  ProjectsDocument,
  SwitchOrgDocument,
  ViewerDocument,
  type ProjectCardFragment,
  type ViewerQuery,
} from '../generated/graphql.ts';
import { client, session, type Attempt } from './app.ts';
import { boardTable, type Board } from './board.ts';
import { allRows, data } from './client.ts';
import { button, byId, element, field, form } from './dom.ts';

/** The projects whose boards are open. */
const open = new Set<string>();

/** Nobody is signed in any more. */
export function forgetPlanning() {
  open.clear();
  byId('projects').replaceChildren();
}

/** Everything, in parallel: whether the token has expired is none of its business. */
export async function loadPlanning(attempt: Attempt) {
  const [viewer, projects, boards] = await Promise.all([
    data(client.query(ViewerDocument, {})),
    loadProjects(),
    Promise.all([...open].map(async (id) => [id, await loadBoard(id)] as const)),
  ]);
  const board = new Map(boards);
  showViewer(viewer);
  const rows = projects.map((project) => projectRow(project, board.get(project.id), attempt));
  byId('projects').replaceChildren(...(rows.length ? rows : [noProjects(viewer, attempt)]));
}

async function loadProjects() {
  return allRows(async (after) => (await data(client.query(ProjectsDocument, { first: 200, after }))).projects);
}

async function loadBoard(projectId: string): Promise<Board> {
  return allRows(async (after) => (await data(client.query(BoardDocument, { projectId, after }))).project?.missions);
}

/** Who is signed in, and the organisations to choose from where there are several. */
function showViewer({ me, org, myRole }: ViewerQuery) {
  byId('viewer').textContent = `${me.displayName}, ${org.name} (${myRole.toLowerCase()})`;
  const options = me.memberships.map((membership) => {
    const option = element('option', membership.org.name);
    option.value = membership.org.id;
    option.selected = membership.org.id === org.id;
    return option;
  });
  byId('organisations').replaceChildren(...options);
  byId('switch').hidden = options.length < 2;
}

/** Moves to the organisation that was chosen. The cookie moves too, so a reloaded page works there as well. */
export async function switchOrganisation(attempt: Attempt) {
  const orgId = byId('organisations', HTMLSelectElement).value;
  const { switchOrg } = await data(client.mutation(SwitchOrgDocument, { input: { orgId } }));
  session.start(switchOrg.accessToken, switchOrg.expiresAt);
  open.clear();
  await loadPlanning(attempt);
}

/** What an organisation shows before it has a project: how to begin, for whoever may. */
function noProjects({ org, myRole }: ViewerQuery, attempt: Attempt) {
  const about = 'A project is a show, a tour or a festival day. Its missions are what people are invited to.';
  if (myRole === 'TECH') {
    return element('p', `${org.name} has no projects yet. You will see them here as soon as somebody plans one. ${about}`);
  }
  const first = form(
    [element('h3', 'No projects yet'), element('p', about), field('Name of the first project', 'name'), button('Create it')],
    (fields) =>
      attempt(async () => {
        await data(client.mutation(CreateProjectDocument, { input: { name: String(fields.get('name')) } }));
        await loadPlanning(attempt);
      }),
  );
  first.className = 'card';
  return first;
}

function projectRow({ id, name, status, staffing }: ProjectCardFragment, board: Board | undefined, attempt: Attempt) {
  const filled = `${staffing.accepted} of ${staffing.needed} places filled`;
  const summary = element('summary', `${name} · ${status.toLowerCase()} · ${filled}`);
  const row = element('details', '', summary, ...(board ? [boardTable(board)] : []));
  row.open = board !== undefined;
  row.addEventListener('toggle', () => {
    if (!row.open) open.delete(id);
    else if (!open.has(id)) {
      open.add(id);
      void attempt(async () => row.replaceChildren(summary, boardTable(await loadBoard(id))));
    }
  });
  return row;
}
