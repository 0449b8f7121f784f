// The roles of a mission and the people in them.
import {
  AddMissionRoleDocument,
  CancelAssignmentDocument,
  DeleteMissionRoleDocument,
  ResendInvitationDocument,
  UpdateMissionRoleDocument,
} from '../generated/graphql.ts';
import { change, client, type Page } from './app.ts';
import { findPeople, handOver } from './candidates.ts';
import { data } from './client.ts';
import { action, button, card, element, field, folded, form, link, list, text } from './dom.ts';
import type { Mission } from './mission.ts';

type MissionRole = Mission['roles'][number];
type Assignment = MissionRole['assignments'][number];

/** In the order in which they are listed. */
export const STATUS: Record<Assignment['status'], string> = {
  ACCEPTED: 'comes',
  INVITED: 'asked',
  DECLINED: 'declined',
  CANCELLED: 'cancelled',
};

export function roleCard(role: MissionRole, planning: boolean, page: Page) {
  const { accepted, needed } = role.staffing;
  const order = Object.keys(STATUS);
  const sorted = role.assignments.slice().sort((one, other) => order.indexOf(one.status) - order.indexOf(other.status));
  const people = sorted.map((assignment) => personRow(assignment, planning, page));
  const shown = card(
    `${role.name}: ${accepted} of ${needed}`,
    ...(role.skill ? [element('p', `Asks for the skill: ${role.skill}`)] : []),
    list(people, 'Nobody yet.'),
    ...(planning ? [findPeople(role.id, page), changing(role, page)] : []),
  );
  shown.classList.add('wide');
  return shown;
}

/** A name, how it stands, and how to reach the person: the server tells that to planners only. */
function personRow({ id, status, reason, user }: Assignment, planning: boolean, page: Page): Node[] {
  const told = [STATUS[status], reason, user.phone, user.email].filter(Boolean).join(' · ');
  const name = planning ? link(user.displayName, `#/person/${user.id}`) : element('b', user.displayName);
  const row: Node[] = [name, new Text(` ${told}`)];
  if (planning && status === 'INVITED') row.push(action('New link', () => resend(id, user.displayName, page), 'quiet'));
  if (planning && (status === 'INVITED' || status === 'ACCEPTED')) row.push(takingOff(id, page));
  return row;
}

function resend(assignmentId: string, name: string, page: Page) {
  return change(page, async () => {
    const { resendInvitation } = await data(client.mutation(ResendInvitationDocument, { input: { assignmentId } }));
    return [handOver(name, resendInvitation.token)];
  });
}

function takingOff(id: string, page: Page) {
  const fields = [field('Why? (the person reads it)', 'reason', { required: false }), button('Take off the mission')];
  const made = form(fields, (fields) =>
    change(page, async () => {
      await data(client.mutation(CancelAssignmentDocument, { input: { id, reason: text(fields, 'reason') } }));
    }),
  );
  return folded('Take off', made);
}

const roleFields = ({ viewer }: Page, role?: MissionRole) => [
  field('Role', 'name', { value: role?.name ?? '' }),
  field('Skill that it asks for', 'skill', { required: false, value: role?.skill ?? '', offers: viewer.org.skills }),
  field('Places', 'quantity', { type: 'number', value: String(role?.quantity ?? 1) }),
];

const roleInput = (fields: FormData) => ({
  name: String(fields.get('name')),
  skill: text(fields, 'skill'),
  quantity: Number(fields.get('quantity')),
});

function changing(role: MissionRole, page: Page) {
  const { id } = role;
  const remove = () =>
    change(page, async () => {
      await data(client.mutation(DeleteMissionRoleDocument, { input: { id } }));
    });
  const made = form([...roleFields(page, role), button('Save'), action('Delete the role', remove, 'quiet')], (fields) =>
    change(page, async () => {
      await data(client.mutation(UpdateMissionRoleDocument, { input: { id, ...roleInput(fields) } }));
    }),
  );
  return folded('Change the role', made);
}

export function newRole(missionId: string, page: Page) {
  const made = form([...roleFields(page), button('Add the role')], (fields) =>
    change(page, async () => {
      await data(client.mutation(AddMissionRoleDocument, { input: { missionId, role: roleInput(fields) } }));
    }),
  );
  return folded('New role', made);
}
