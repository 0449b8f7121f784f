// Moving a mission. The server says first what would happen to the people on it, and changes nothing (`dryRun`).
import { RescheduleMissionDocument, type RescheduleMissionMutation } from '../generated/graphql.ts';
import { change, client, type Page } from './app.ts';
import { data } from './client.ts';
import { action, button, element, field, folded, form, list } from './dom.ts';
import type { Mission } from './mission.ts';
import { instantOf, wallClock } from './time.ts';

type Outcome = RescheduleMissionMutation['rescheduleMission']['outcomes'][number];

const EFFECT: Record<Outcome['effect'], string> = {
  KEPT: 'stays',
  RECONFIRM: 'is asked again',
  CONFLICT: 'is asked again, but is booked elsewhere at that time',
};

/** The form to move a mission, in the mission's own time zone. */
export function moving(mission: Mission, page: Page) {
  const { id, timezone, version } = mission;
  const answer = element('div', '');
  let edits = 0;
  const time = (label: string, name: 'startsAt' | 'endsAt') =>
    field(`${label} (${timezone})`, name, { type: 'datetime-local', value: wallClock(mission[name], timezone) });
  const move = (fields: FormData, dryRun: boolean) => {
    const at = (name: 'startsAt' | 'endsAt') => instantOf(String(fields.get(name)), timezone, mission[name]);
    const input = { id, expectedVersion: version, startsAt: at('startsAt'), endsAt: at('endsAt'), dryRun };
    return data(client.mutation(RescheduleMissionDocument, { input }));
  };
  const fields = [time('New start', 'startsAt'), time('New end', 'endsAt'), button('What would happen?', 'quiet'), answer];
  const made = form(fields, (fields) =>
    page.attempt(async () => {
      const asked = edits;
      const { outcomes } = (await move(fields, true)).rescheduleMission;
      // The times may have been changed in the meantime.
      if (asked !== edits) return;
      const forReal = () =>
        change(page, async () => {
          await move(fields, false);
          return [element('p', 'The mission is moved.')];
        });
      const people = outcomes.map((outcome) => [new Text(inWords(outcome))]);
      answer.replaceChildren(list(people, 'Nobody is on this mission yet.'), action('Move it', forReal));
    }),
  );
  // What was said is about other times.
  made.addEventListener('input', () => {
    edits += 1;
    answer.replaceChildren();
  });
  return folded('Move', made);
}

function inWords({ assignment, effect, conflicts }: Outcome): string {
  const titles = conflicts.map(({ mission }) => mission.title).join(', ');
  return `${assignment.user.displayName} ${EFFECT[effect]}${titles && `: ${titles}`}`;
}
