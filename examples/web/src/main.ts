import { BoardDocument, LoginDocument, ProjectsDocument, ViewerDocument, type ProjectCardFragment } from '../generated/graphql.ts';
import { boardTable, type Board } from './board.ts';
import { allRows, createClient, data } from './client.ts';
import { byId, element } from './dom.ts';
import { inWords } from './errors.ts';
import { Session, SessionEnded } from './session.ts';

const server = import.meta.env.SERVER_URL ?? 'http://127.0.0.1:8000';
const session = new Session(server);
const client = createClient(server, session);

const signIn = byId('sign-in', HTMLFormElement);
/** The projects whose boards are open. */
const open = new Set<string>();

async function loadProjects() {
  return allRows(async (after) => (await data(client.query(ProjectsDocument, { first: 200, after }))).projects);
}

async function loadBoard(projectId: string): Promise<Board> {
  return allRows(async (after) => (await data(client.query(BoardDocument, { projectId, after }))).project?.missions);
}

/** Everything on the page, in parallel: whether the token has expired is none of its business. */
async function load() {
  const [viewer, projects, boards] = await Promise.all([
    data(client.query(ViewerDocument, {})),
    loadProjects(),
    Promise.all([...open].map(async (id) => [id, await loadBoard(id)] as const)),
  ]);
  const board = new Map(boards);
  byId('viewer').textContent = `${viewer.me.displayName}, ${viewer.org.name} (${viewer.myRole.toLowerCase()})`;
  byId('projects').replaceChildren(...projects.map((project) => projectRow(project, board.get(project.id))));
}

function projectRow({ id, name, status, staffing }: ProjectCardFragment, board: Board | undefined) {
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

/** Does something and shows what comes of it: an error, in words, and whether somebody is signed in. */
async function attempt(work: () => Promise<unknown>) {
  const problem = byId('problem');
  problem.textContent = '';
  try {
    await work();
  } catch (error) {
    problem.textContent = inWords(error);
  }
  const signedIn = session.token !== undefined;
  signIn.hidden = signedIn;
  byId('planning').hidden = !signedIn;
  if (!signedIn) {
    open.clear();
    byId('projects').replaceChildren();
  }
}

signIn.addEventListener('submit', (event) => {
  event.preventDefault();
  const fields = new FormData(signIn);
  const input = { email: String(fields.get('email')), password: String(fields.get('password')) };
  void attempt(async () => {
    const { login } = await data(client.mutation(LoginDocument, { input }));
    session.start(login.accessToken, login.expiresAt);
    signIn.reset();
    await load();
  });
});
byId('reload').addEventListener('click', () => void attempt(load));
byId('sign-out').addEventListener('click', () => void attempt(() => session.signOut()));

// The page was opened or reloaded: the cookie may stand for a session.
await attempt(async () => {
  try {
    await session.renew(undefined);
  } catch (error) {
    if (error instanceof SessionEnded) return; // there was none
    throw error;
  }
  await load();
});
