// What the link of an invitation leads to: `/invitation?token=…` for a mission, `/join?token=…` (the link in a mail) for
// an organisation. One query serves both, and no account is needed to look or to answer.
import {
  AcceptInvitationDocument,
  DeclineInvitationDocument,
  InvitationPageDocument,
  JoinOrgDocument,
  type InvitationPageQuery,
} from '../generated/graphql.ts';
import { client, session, startSession, type Attempt } from './app.ts';
import { data } from './client.ts';
import { action, button, byId, card, element, facts, field, form, text } from './dom.ts';
import { when } from './time.ts';

type Invitation = NonNullable<InvitationPageQuery['invitation']>;

const STATUS: Record<Invitation['status'], string> = {
  PENDING: '',
  ACCEPTED: 'This invitation is accepted.',
  DECLINED: 'This invitation is declined.',
  EXPIRED: 'This invitation was not answered in time. Ask for a new one.',
  REVOKED: 'This invitation was withdrawn, or a newer one has replaced it.',
};

/** The token in the page's address, if the address is that of an invitation. */
export function invitationToken(): string | null {
  const { pathname, searchParams } = new URL(location.href);
  return ['/invitation', '/join'].includes(pathname) ? searchParams.get('token') : null;
}

/** Shows an invitation. `reload` loads the page again: somebody has signed out, or the address has changed. */
export async function showInvitation(token: string, attempt: Attempt, reload: () => Promise<void>) {
  const { invitation } = await data(client.query(InvitationPageDocument, { token }));
  const page = byId('invitation');
  delete page.dataset['signIn'];
  if (!invitation) {
    page.replaceChildren(card('This link is not known', element('p', 'It may not be complete. Ask whoever sent it.')));
  } else if (invitation.status !== 'PENDING') {
    page.replaceChildren(card(invitation.orgName, about(invitation), element('p', STATUS[invitation.status])));
  } else if (invitation.mission) {
    page.replaceChildren(card(title(invitation), about(invitation), answers(token, attempt, reload)));
  } else {
    if (!session.token) page.dataset['signIn'] = '';
    page.replaceChildren(card(title(invitation), about(invitation), joining(token, attempt, reload)));
  }
}

function title({ orgName, inviteeName, mission }: Invitation): string {
  return mission ? `${inviteeName ?? 'Hello'}, ${orgName} asks you` : `Join ${orgName}`;
}

/** What it is about, and until when it can be answered. */
function about({ mission, role, expiresAt, status }: Invitation): HTMLElement {
  const until = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' }).format(new Date(expiresAt));
  return facts(
    ['What', mission?.title],
    ['As', mission?.roleName ?? role?.toLowerCase()],
    ['When', mission && `${when(mission)} (${mission.timezone})`],
    ['Where', mission?.location],
    ['Answer until', status === 'PENDING' ? until : null],
  );
}

/** Yes or no to a mission. Nothing is answered before somebody presses a button: mail scanners open links. */
function answers(token: string, attempt: Attempt, reload: () => Promise<void>) {
  const accept = action('Accept', () =>
    attempt(async () => {
      await data(client.mutation(AcceptInvitationDocument, { input: { token } }));
      await reload();
    }),
  );
  const decline = button('Decline', 'quiet');
  return form([accept, field('Why not? (if you like)', 'reason', { required: false }), decline], (fields) =>
    attempt(async () => {
      await data(client.mutation(DeclineInvitationDocument, { input: { token, reason: text(fields, 'reason') } }));
      await reload();
    }),
  );
}

/** Joining an organisation: with the account that is signed in, or with a new one. */
function joining(token: string, attempt: Attempt, reload: () => Promise<void>) {
  const join = (who: { displayName?: string; password?: string }) =>
    attempt(async () => {
      const { joinOrg } = await data(client.mutation(JoinOrgDocument, { input: { token, ...who } }));
      startSession(joinOrg);
      history.replaceState(null, '', '/');
      await reload();
    });
  if (session.token) {
    const other = action('I am somebody else', () => attempt(() => session.signOut().then(reload)), 'quiet');
    return form([element('p', 'You are signed in.'), button('Join'), other], () => join({}));
  }
  return form(
    [
      element('p', 'Make an account for the address that was invited. If it has one, sign in below instead.'),
      field('Your name', 'displayName', { autocomplete: 'name' }),
      field('New password', 'password', { type: 'password', autocomplete: 'new-password' }),
      button('Create the account and join'),
    ],
    (fields) => join({ displayName: String(fields.get('displayName')), password: String(fields.get('password')) }),
  );
}
