import { LoginDocument } from '../generated/graphql.ts';
import { client, server, session, startSession, type Part } from './app.ts';
import { data } from './client.ts';
import { crewPart } from './crew.ts';
import { byId } from './dom.ts';
import { explain, isEnd } from './errors.ts';
import { invitationToken, showInvitation } from './invitation.ts';
import { missionPart } from './mission.ts';
import { personPart } from './person.ts';
import { forgetPlanning, projectsPart } from './planning.ts';
import { SessionEnded } from './session.ts';
import { loadViewer, showViewer, switchOrganisation } from './viewer.ts';

/** What stands behind the `#` of the address: `#/mission/mission_01…`. */
const PARTS: Record<string, Part> = { '': projectsPart, crew: crewPart, mission: missionPart, person: personPart };

const signIn = byId('sign-in', HTMLFormElement);
let loads = 0;

/** Everything on the page. */
async function load() {
  const token = invitationToken();
  if (token) await showInvitation(token, attempt, load);
  else if (session.token) await loadPart();
}

/** All at once: whether the token has expired is none of its business. */
async function loadPart() {
  const [, name = '', id = ''] = location.hash.split('/');
  const turn = (loads += 1);
  const [viewer, draw] = await Promise.all([loadViewer(), (PARTS[name] ?? projectsPart)(id)]);
  // Somebody may have gone elsewhere in the meantime.
  if (turn !== loads) return;
  showViewer(viewer);
  byId('part').replaceChildren(...draw({ viewer, attempt, reload: load }));
}

async function attempt(work: () => Promise<unknown>) {
  const problem = byId('problem');
  problem.textContent = '';
  byId('notice').replaceChildren();
  try {
    await work();
  } catch (error) {
    // If somebody is signed in by now, it was the session of somebody before.
    if (!isEnd(error) || session.token === undefined) problem.textContent = await explain(error, server);
  }
  const signedIn = session.token !== undefined;
  const invited = invitationToken() !== null;
  // Who only answers an invitation needs no account; who joins may have one (`showInvitation` says so).
  signIn.hidden = signedIn || (invited && byId('invitation').dataset['signIn'] === undefined);
  byId('planning').hidden = !signedIn || invited;
  byId('invitation').hidden = !invited;
  if (!signedIn) forget();
}

/** Nobody is signed in any more, or somebody is elsewhere: what was shown is not theirs. */
function forget() {
  forgetPlanning();
  byId('part').replaceChildren();
}

signIn.addEventListener('submit', (event) => {
  event.preventDefault();
  const fields = new FormData(signIn);
  const input = { email: String(fields.get('email')), password: String(fields.get('password')) };
  void attempt(async () => {
    const { login } = await data(client.mutation(LoginDocument, { input }));
    startSession(login);
    signIn.reset();
    await load();
  });
});
byId('organisations').addEventListener('change', () =>
  void attempt(async () => {
    await switchOrganisation();
    forget();
    await load();
  }),
);
byId('reload').addEventListener('click', () => void attempt(load));
byId('sign-out').addEventListener('click', () => void attempt(() => session.signOut()));
window.addEventListener('hashchange', () => {
  scrollTo(0, 0);
  void attempt(load);
});

// The page was opened or reloaded: the cookie may stand for a session.
await attempt(async () => {
  try {
    await session.renew(undefined);
  } catch (error) {
    if (!(error instanceof SessionEnded)) throw error; // otherwise there was none
  }
  await load();
});
