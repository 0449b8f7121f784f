// A mission: what it is, who does it, and what a planner does with it.
import { CancelMissionDocument, MissionPageDocument, UpdateMissionDocument, type MissionPageQuery } from '../generated/graphql.ts';
import { change, client, plans, type Page, type Part } from './app.ts';
import { data } from './client.ts';
import { button, element, facts, field, folded, form, text } from './dom.ts';
import { moving } from './moving.ts';
import { newRole, roleCard } from './staffing.ts';
import { when } from './time.ts';

export type Mission = NonNullable<MissionPageQuery['mission']>;

export const missionPart: Part = async (id) => {
  const { mission } = await data(client.query(MissionPageDocument, { id }));
  return (page) => (mission ? missionNodes(mission, page) : [element('p', 'This mission does not exist.')]);
};

function missionNodes(mission: Mission, page: Page): Node[] {
  const { project, staffing } = mission;
  const closed = mission.cancelledAt !== null || project.status === 'ARCHIVED';
  const planning = plans(page) && !closed;
  const shown = facts(
    ['Project', project.name],
    ['When', `${when(mission)} (${mission.timezone})`],
    ['Where', mission.location],
    ['About', mission.description],
    ['Places', `${staffing.accepted} of ${staffing.needed} filled, ${staffing.invited} asked`],
  );
  return [
    element('h2', mission.title + (mission.cancelledAt ? ' (cancelled)' : '')),
    shown,
    ...(planning ? [moving(mission, page), changing(mission, page), cancelling(mission, page)] : []),
    ...mission.roles.map((role) => roleCard(role, planning, page)),
    ...(planning ? [newRole(mission.id, page)] : []),
  ];
}

/** `expectedVersion` refuses the change if somebody else was faster. */
function changing({ id, version, title, location, description }: Mission, page: Page) {
  const fields = [
    field('Title', 'title', { value: title }),
    field('Where', 'location', { required: false, value: location ?? '' }),
    field('About', 'description', { required: false, value: description ?? '' }),
    button('Save'),
  ];
  const made = form(fields, (fields) =>
    change(page, async () => {
      const [title, location, description] = ['title', 'location', 'description'].map((name) => text(fields, name));
      const input = { id, expectedVersion: version, title, location, description };
      await data(client.mutation(UpdateMissionDocument, { input }));
    }),
  );
  return folded('Change what it says', made);
}

function cancelling({ id }: Mission, page: Page) {
  const fields = [
    element('p', 'Everybody who is asked or booked is told. This cannot be undone.'),
    field('Why? (they read it)', 'reason', { required: false }),
    button('Cancel the mission'),
  ];
  const made = form(fields, (fields) =>
    change(page, async () => {
      await data(client.mutation(CancelMissionDocument, { input: { id, reason: text(fields, 'reason') } }));
    }),
  );
  return folded('Cancel', made);
}
