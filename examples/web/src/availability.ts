// When a person can work and when not, in the time zone of the organisation. Time without a slot is unknown.
import {
  CreateAvailabilityDocument,
  DeleteAvailabilityDocument,
  UpdateAvailabilityDocument,
  type CreateAvailabilityMutation,
} from '../generated/graphql.ts';
import { change, client, plans, type Page } from './app.ts';
import { data } from './client.ts';
import { action, button, card, choice, element, field, folded, form, list, text } from './dom.ts';
import type { Person } from './person.ts';
import { instantOf, wallClock, when } from './time.ts';

type Slot = Person['availability'][number];
type Clashes = CreateAvailabilityMutation['createAvailability']['clashes'];

const KIND: Record<Slot['kind'], string> = { AVAILABLE: 'can work', UNAVAILABLE: 'cannot work' };

export function availabilityCard({ id, availability, archivedAt }: Person, page: Page) {
  const mayChange = !archivedAt && (plans(page) || page.viewer.myProfile?.id === id);
  const slots = availability.map((slot) => [new Text(inWords(slot, page)), ...(mayChange ? changing(slot, page) : [])]);
  return card('Availability', list(slots, 'Nothing was said.'), ...(mayChange ? [newSlot(id, page)] : []));
}

function inWords({ kind, note, ...time }: Slot, { viewer }: Page): string {
  const { timezone } = viewer.org;
  return [KIND[kind], `${when({ ...time, timezone })} (${timezone})`, note].filter(Boolean).join(' · ');
}

function slotFields({ timezone }: Page['viewer']['org'], slot?: Slot) {
  const time = (label: string, name: 'startsAt' | 'endsAt') =>
    field(`${label} (${timezone})`, name, { type: 'datetime-local', value: slot ? wallClock(slot[name], timezone) : '' });
  return [
    choice('Kind', 'kind', Object.entries(KIND), slot?.kind ?? 'UNAVAILABLE'),
    time('From', 'startsAt'),
    time('Until', 'endsAt'),
    field('Note', 'note', { required: false, value: slot?.note ?? '' }),
  ];
}

function slotInput(fields: FormData, { timezone }: Page['viewer']['org'], slot?: Slot) {
  const at = (name: 'startsAt' | 'endsAt') => instantOf(String(fields.get(name)), timezone, slot?.[name]);
  const kind = fields.get('kind') as Slot['kind'];
  return { kind, startsAt: at('startsAt'), endsAt: at('endsAt'), note: text(fields, 'note') };
}

function newSlot(userId: string, page: Page) {
  const { org } = page.viewer;
  const made = form([...slotFields(org), button('Add')], (fields) =>
    change(page, async () => {
      const input = { userId, ...slotInput(fields, org) };
      return told((await data(client.mutation(CreateAvailabilityDocument, { input }))).createAvailability.clashes);
    }),
  );
  return folded('New slot', made);
}

function changing(slot: Slot, page: Page): Node[] {
  const { org } = page.viewer;
  const { id } = slot;
  const made = form([...slotFields(org, slot), button('Save')], (fields) =>
    change(page, async () => {
      const input = { id, ...slotInput(fields, org, slot) };
      return told((await data(client.mutation(UpdateAvailabilityDocument, { input }))).updateAvailability.clashes);
    }),
  );
  const remove = () =>
    change(page, async () => {
      await data(client.mutation(DeleteAvailabilityDocument, { input: { id } }));
    });
  return [action('Delete', remove, 'quiet'), folded('Change', made)];
}

/** Bookings in a time in which the person now cannot work. The server cancels nothing: a planner has to. */
function told(clashes: Clashes): Node[] {
  if (!clashes.length) return [];
  const titles = clashes.map(({ mission }) => mission.title).join(', ');
  return [element('p', `The person is booked then: ${titles}. Nothing was cancelled.`)];
}
