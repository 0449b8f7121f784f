// A person of the crew: when they work, where they are booked twice, their profile. To its owner this is "My schedule".
import {
  AcceptAssignmentDocument,
  ArchiveUserDocument,
  CancelAssignmentDocument,
  CrewMemberPageDocument,
  DeclineAssignmentDocument,
  UpdateUserDocument,
  type CrewMemberPageQuery,
} from '../generated/graphql.ts';
import { change, client, plans, type Page, type Part } from './app.ts';
import { availabilityCard } from './availability.ts';
import { data } from './client.ts';
import { profile, profileFields } from './crew.ts';
import { action, box, button, card, element, field, folded, form, link, list, text } from './dom.ts';
import { STATUS } from './staffing.ts';
import { when } from './time.ts';

export type Person = NonNullable<CrewMemberPageQuery['user']>;
type Booking = Person['assignments']['nodes'][number];

const YEAR = 365 * 24 * 3_600_000;

/** The year ahead. Only planners and the person themselves may ask who is booked twice. */
export const personPart: Part = async (id) => {
  const [from, to] = [Date.now(), Date.now() + YEAR].map((instant) => new Date(instant).toISOString());
  const { user, conflicts } = await data(client.query(CrewMemberPageDocument, { id, from: from!, to: to! }));
  return (page) => (user ? personNodes(user, conflicts, page) : [element('p', 'This person does not exist.')]);
};

function personNodes(user: Person, conflicts: CrewMemberPageQuery['conflicts'], page: Page): Node[] {
  const own = page.viewer.myProfile?.id === user.id;
  const { timezone } = page.viewer.org;
  const twice = conflicts.map(({ first, second, ...time }) => [
    new Text(`${first.mission.title} and ${second.mission.title}, both ${when({ ...time, timezone })} (${timezone})`),
  ]);
  const contact = [user.phone, user.email].filter(Boolean).join(' · ');
  return [
    element('h2', user.displayName + (user.archivedAt ? ' (archived)' : '')),
    element('p', [contact, user.skills.join(', '), user.tags.join(', ')].filter(Boolean).join(' · ')),
    ...(twice.length ? [wide(card('Booked twice', list(twice, '')))] : []),
    wide(card('The year ahead', list(user.assignments.nodes.map((booking) => bookingRow(booking, own, page)), 'Nothing yet.'))),
    wide(availabilityCard(user, page)),
    ...(user.archivedAt ? [] : [changing(user, page), ...(plans(page) ? [archiving(user, page)] : [])]),
  ];
}

function wide(section: HTMLElement) {
  section.classList.add('wide');
  return section;
}

/** A booking. Its owner answers here, and can withdraw: the server says until when. */
function bookingRow({ id, status, role, mission }: Booking, own: boolean, page: Page): Node[] {
  const where = mission.location ? `, ${mission.location}` : '';
  const told = `${role.name} · ${when(mission)} (${mission.timezone})${where} · ${STATUS[status]}`;
  const row: Node[] = [link(mission.title, `#/mission/${mission.id}`), new Text(told)];
  if (!own) return row;
  const accept = () =>
    change(page, async () => {
      await data(client.mutation(AcceptAssignmentDocument, { input: { id } }));
    });
  if (status !== 'INVITED') {
    const withdraw = (input: Refusal) => data(client.mutation(CancelAssignmentDocument, { input }));
    return [...row, refusing('Withdraw', id, withdraw, page)];
  }
  const decline = (input: Refusal) => data(client.mutation(DeclineAssignmentDocument, { input }));
  return [...row, action('Accept', accept), refusing('Decline', id, decline, page)];
}

interface Refusal {
  id: string;
  reason: string | null;
}

function refusing(title: string, id: string, refuse: (input: Refusal) => Promise<unknown>, page: Page) {
  const made = form([field('Why? (if you like)', 'reason', { required: false }), button(title)], (fields) =>
    change(page, async () => {
      await refuse({ id, reason: text(fields, 'reason') });
    }),
  );
  return folded(title, made);
}

function changing(user: Person, page: Page) {
  const made = form([...profileFields(page, user), button('Save')], (fields) =>
    change(page, async () => {
      const input = { id: user.id, expectedVersion: user.version, ...profile(fields) };
      await data(client.mutation(UpdateUserDocument, { input }));
    }),
  );
  return folded('Change the profile', made);
}

function archiving({ id }: Person, page: Page) {
  const fields = [
    element('p', 'The history stays. Nobody can book the person any more.'),
    box('cancel what is ahead', 'cancelFuture', 'yes'),
    button('Archive'),
  ];
  const made = form(fields, (fields) =>
    change(page, async () => {
      await data(client.mutation(ArchiveUserDocument, { input: { id, cancelFuture: fields.has('cancelFuture') } }));
    }),
  );
  return folded('Archive', made);
}
