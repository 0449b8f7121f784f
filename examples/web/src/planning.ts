// The projects of the organisation, and their boards.
import { BoardDocument, CreateProjectDocument, ProjectsDocument, type ProjectCardFragment } from '../generated/graphql.ts';
import { change, client, plans, type Page } from './app.ts';
import { boardTable, newMission, type Board } from './board.ts';
import { allRows, data } from './client.ts';
import { button, element, field, form, loadWhenOpened } from './dom.ts';

/** The projects whose boards are open. */
const open = new Set<string>();

/** Another person or another organisation comes. */
export const forgetPlanning = () => open.clear();

export async function projectsPart() {
  const [projects, boards] = await Promise.all([
    loadProjects(),
    Promise.all([...open].map(async (id) => [id, await loadBoard(id)] as const)),
  ]);
  const board = new Map(boards);
  return (page: Page) => [
    element('h2', 'Projects'),
    ...projects.map((project) => projectRow(project, board.get(project.id), page)),
    ...(projects.length ? [] : [noProjects(page)]),
  ];
}

async function loadProjects() {
  return allRows(async (after) => (await data(client.query(ProjectsDocument, { first: 200, after }))).projects);
}

async function loadBoard(projectId: string): Promise<Board> {
  return allRows(async (after) => (await data(client.query(BoardDocument, { projectId, after }))).project?.missions);
}

/** What an organisation shows before it has a project: how to begin, for whoever may. */
function noProjects(page: Page) {
  const about = 'A project is a show, a tour or a festival day. Its missions are what people are invited to.';
  if (!plans(page)) {
    const { name } = page.viewer.org;
    return element('p', `${name} has no projects yet. You will see them here as soon as somebody plans one. ${about}`);
  }
  const first = form(
    [element('h3', 'No projects yet'), element('p', about), field('Name of the first project', 'name'), button('Create it')],
    (fields) =>
      change(page, async () => {
        await data(client.mutation(CreateProjectDocument, { input: { name: String(fields.get('name')) } }));
      }),
  );
  first.className = 'card';
  return first;
}

function projectRow(project: ProjectCardFragment, board: Board | undefined, page: Page) {
  const { id, name, status, staffing } = project;
  const filled = `${staffing.accepted} of ${staffing.needed} places filled`;
  const summary = element('summary', `${name} · ${status.toLowerCase()} · ${filled}`);
  const shown = (missions: Board) => {
    const mayAdd = plans(page) && status !== 'ARCHIVED';
    return [boardTable(missions), ...(mayAdd ? [newMission(id, page)] : [])];
  };
  // Whether it is open by now: somebody may have opened or closed it while the projects were loading.
  const isOpen = open.has(id);
  const row = element('details', '', summary, ...(board && isOpen ? shown(board) : []));
  row.open = isOpen;
  row.addEventListener('toggle', () => {
    if (row.open) open.add(id);
    else {
      open.delete(id);
      // Whoever opens it again wants to see what it is by then.
      while (summary.nextSibling) summary.nextSibling.remove();
    }
  });
  const load = async () => {
    const board = await loadBoard(id);
    if (row.open) row.append(...shown(board));
  };
  loadWhenOpened(row, () => page.attempt(load));
  return row;
}
