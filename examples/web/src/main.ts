import { LoginDocument } from '../generated/graphql.ts';
import { client, server, session } from './app.ts';
import { data } from './client.ts';
import { byId } from './dom.ts';
import { explain } from './errors.ts';
import { invitationToken, showInvitation } from './invitation.ts';
import { forgetPlanning, loadPlanning, switchOrganisation } from './planning.ts';
import { SessionEnded } from './session.ts';

const signIn = byId('sign-in', HTMLFormElement);

/** Everything on the page. */
async function load() {
  const token = invitationToken();
  if (token) await showInvitation(token, attempt, load);
  else if (session.token) await loadPlanning(attempt);
}

async function attempt(work: () => Promise<unknown>) {
  const problem = byId('problem');
  problem.textContent = '';
  try {
    await work();
  } catch (error) {
    problem.textContent = await explain(error, server);
  }
  const signedIn = session.token !== undefined;
  const invited = invitationToken() !== null;
  // Who only answers an invitation needs no account; who joins may have one (`showInvitation` says so).
  signIn.hidden = signedIn || (invited && byId('invitation').dataset['signIn'] === undefined);
  byId('planning').hidden = !signedIn || invited;
  byId('invitation').hidden = !invited;
  if (!signedIn) forgetPlanning();
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
byId('organisations').addEventListener('change', () => void attempt(() => switchOrganisation(attempt)));
byId('reload').addEventListener('click', () => void attempt(load));
byId('sign-out').addEventListener('click', () => void attempt(() => session.signOut()));

// The page was opened or reloaded: the cookie may stand for a session.
await attempt(async () => {
  try {
    await session.renew(undefined);
  } catch (error) {
    if (!(error instanceof SessionEnded)) throw error; // otherwise there was none
  }
  await load();
});
