// Who could take a place: the server has the best first. Some are invited, or one is booked without being asked.
import {
  AssignToMissionDocument,
  InviteToMissionDocument,
  WhoCouldComeDocument,
  type InviteToMissionMutation,
  type WhoCouldComeQuery,
} from '../generated/graphql.ts';
import { change, client, type Page } from './app.ts';
import { data } from './client.ts';
import { action, box, button, element, field, folded, form, link, list, loadWhenOpened, text } from './dom.ts';

type Candidate = WhoCouldComeQuery['candidates'][number];
type Invited = InviteToMissionMutation['inviteToMission'];

const WARNING: Record<Invited['warnings'][number]['code'], string> = {
  OVERLAP: 'is asked or booked elsewhere at that time',
  UNAVAILABLE: 'said that they cannot work then',
  MISSING_SKILL: 'does not have the skill',
};

/** The candidates are loaded when somebody opens this. */
export function findPeople(roleId: string, page: Page) {
  const made = folded('Find people');
  const load = async () => {
    const { candidates } = await data(client.query(WhoCouldComeDocument, { roleId, first: 50 }));
    made.append(candidates.length ? candidatesForm(roleId, candidates, page) : element('p', 'There is no crew yet.'));
  };
  loadWhenOpened(made, () => page.attempt(load));
  return made;
}

function candidatesForm(roleId: string, candidates: Candidate[], page: Page) {
  const book = (userId: string) =>
    change(page, async () => {
      const reason = text(new FormData(made), 'reason');
      await data(client.mutation(AssignToMissionDocument, { input: { roleId, userId, force: reason !== null, reason } }));
    });
  const rows = candidates.map(({ user, ...known }) => [
    box(`${user.displayName} ${inWords(known)}`, 'userId', user.id),
    action('Book', () => book(user.id), 'quiet'),
  ]);
  const why = field('To book somebody who is booked elsewhere: why?', 'reason', { required: false });
  const made = form([list(rows, ''), button('Invite'), why], (fields) =>
    change(page, async () => {
      const userIds = fields.getAll('userId').map(String);
      return told((await data(client.mutation(InviteToMissionDocument, { input: { roleId, userIds } }))).inviteToMission);
    }),
  );
  return made;
}

function inWords({ hasSkill, availability, overlaps }: Omit<Candidate, 'user'>): string {
  const elsewhere = overlaps.map(({ mission, status }) => `${status === 'ACCEPTED' ? 'booked' : 'asked'}: ${mission.title}`);
  // Nothing was said: unknown is not the same as free.
  const said = availability && (availability === 'AVAILABLE' ? 'can work then' : 'cannot work then');
  return ['', hasSkill ? '' : 'does not have the skill', said, ...elsewhere].filter((part, at) => !at || part).join(' · ');
}

/** What came of inviting. A token is shown once, so this is the moment to hand its link over. */
function told({ invitations, warnings }: Invited): Node[] {
  const name = new Map(invitations.map(({ assignment: { user } }) => [user.id, user.displayName]));
  return [
    ...invitations.map(({ token, assignment }) => handOver(assignment.user.displayName, token)),
    ...warnings.map(({ code, message, user }) => element('p', WARNING[code] ? `${name.get(user.id)} ${WARNING[code]}.` : message)),
  ];
}

/** The link of an invitation, which the server also mails to whoever has an address. */
export function handOver(name: string, token: string) {
  const address = `/invitation?token=${token}`;
  return element('p', `${name} is asked. If they have no e-mail address, hand over this `, link('link', address), new Text('.'));
}
