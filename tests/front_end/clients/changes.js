// What a planner changes later on: missions, people, bookings; and what is left of it in the lists and in the audit log.

import assert from 'node:assert/strict';

const DAY = 24 * 3600e3;
const later = (days) => new Date(Date.now() + days * DAY).toISOString();

/** Goes through all of it in a project of its own, as somebody who may do everything. */
export async function changesThePlan({ address }, owner) {
  const { projectId, missions } = await changesMissions(owner);
  const people = await changesPeople(owner, address);
  await changesBookings(owner, missions, people);
  await readsWhatHappened(owner, people);
  await endsIt(owner, projectId, missions, people);
}

/** A project and its missions: many at once, one changed, one copied, roles. */
async function changesMissions(owner) {
  const { createProject } = await owner.mutate('CreateProject', { name: 'Winter tour' });
  const projectId = createProject.project.id;
  const project = { id: projectId, expectedVersion: 1, description: 'Ten towns' };
  const { updateProject } = await owner.mutate('UpdateProject', project);
  assert.deepEqual([updateProject.project.version, updateProject.project.description], [2, 'Ten towns']);

  const mission = (title, day) => ({ title, startsAt: later(day), endsAt: later(day + 0.25), roles: [{ name: 'Driver', quantity: 2 }] });
  const both = { projectId, missions: [mission('Depart', 40), mission('Return', 41)] };
  const { createMissions } = await owner.mutate('CreateMissions', both);
  const [depart, home] = createMissions.missions;
  const { mission: before } = await owner.query('MissionPage', { id: depart.id });
  const { updateMission } = await owner.mutate('UpdateMission', { id: depart.id, expectedVersion: 1, location: 'Yard' });
  assert.equal(updateMission.mission.version, 2);
  // The page is made of the same object.
  const { mission: known } = await owner.cached('MissionPage', { id: depart.id });
  assert.deepEqual([before.location, known.location], [null, 'Yard']);

  const { duplicateMission } = await owner.mutate('DuplicateMission', { id: home.id, startsAt: later(45), title: 'Return again' });
  assert.equal(duplicateMission.mission.staffing.needed, 2);
  const cook = { missionId: home.id, role: { name: 'Cook' } };
  const { addMissionRole } = await owner.mutate('AddMissionRole', cook);
  const { updateMissionRole } = await owner.mutate('UpdateMissionRole', { id: addMissionRole.role.id, quantity: 3 });
  assert.equal(updateMissionRole.role.quantity, 3);
  const { deleteMissionRole } = await owner.mutate('DeleteMissionRole', { id: addMissionRole.role.id });
  assert.equal(deleteMissionRole.roleId, addMissionRole.role.id);
  return { projectId, missions: { depart, home, copy: duplicateMission.mission } };
}

/** Two people; a profile and a slot that change. */
async function changesPeople(owner, address) {
  const hire = async (displayName) => {
    const input = { displayName, email: address(displayName), skills: ['driving'] };
    return (await owner.mutate('CreateUser', input)).createUser.user;
  };
  const [rae, kim] = [await hire('rae'), await hire('kim')];
  const { updateUser } = await owner.mutate('UpdateUser', { id: rae.id, expectedVersion: 1, phone: '0612', tags: ['night'] });
  assert.deepEqual([updateUser.user.phone, updateUser.user.tags, updateUser.user.version], ['0612', ['night'], 2]);

  const slot = { userId: rae.id, startsAt: later(30), endsAt: later(31), kind: 'AVAILABLE' };
  const { createAvailability } = await owner.mutate('CreateAvailability', slot);
  const { id } = createAvailability.availability;
  const { updateAvailability } = await owner.mutate('UpdateAvailability', { id, kind: 'UNAVAILABLE', note: 'Exam' });
  const { kind, note } = updateAvailability.availability;
  assert.deepEqual([kind, note, updateAvailability.clashes], ['UNAVAILABLE', 'Exam', []]);
  const { deleteAvailability } = await owner.mutate('DeleteAvailability', { id });
  assert.equal(deleteAvailability.availabilityId, id);
  return { rae: rae.id, kim: kim.id };
}

/** Booked without asking, asked twice, moved, booked twice, taken off. */
async function changesBookings(owner, { depart, home }, { rae, kim }) {
  const role = async ({ id }) => (await owner.query('MissionPage', { id }, 'network-only')).mission.roles[0];
  const { id: roleId } = await role(depart);
  const { assignToMission } = await owner.mutate('AssignToMission', { roleId, userId: rae });
  assert.equal(assignToMission.assignment.status, 'ACCEPTED');
  const { inviteToMission } = await owner.mutate('InviteToMission', { roleId, userIds: [kim] });
  const asked = inviteToMission.invitations[0];
  const { resendInvitation } = await owner.mutate('ResendInvitation', { assignmentId: asked.assignment.id });
  assert.notEqual(resendInvitation.token, asked.token);

  const move = { id: depart.id, startsAt: later(40.5), endsAt: later(40.75) };
  const { rescheduleMission: tried } = await owner.mutate('RescheduleMission', { ...move, dryRun: true });
  assert.equal(tried.applied, false);
  assert.deepEqual((await role(depart)).assignments.map(({ status }) => status).sort(), ['ACCEPTED', 'INVITED']);
  const { rescheduleMission: moved } = await owner.mutate('RescheduleMission', move);
  assert.equal(moved.applied, true);
  assert.ok(moved.outcomes.some(({ effect, assignment }) => effect === 'RECONFIRM' && assignment.user.id === rae));
  assert.deepEqual((await role(depart)).assignments.map(({ status }) => status), ['INVITED', 'INVITED']);

  await owner.mutate('AcceptAssignment', { id: assignToMission.assignment.id });
  const back = { id: home.id, startsAt: later(40.6), endsAt: later(40.9) };
  await owner.mutate('RescheduleMission', back);
  const forced = { roleId: (await role(home)).id, userId: rae, force: true, reason: 'She swaps at noon' };
  const { assignToMission: twice } = await owner.mutate('AssignToMission', forced);
  assert.deepEqual(twice.warnings.map(({ code }) => code), ['OVERLAP']);
  const { cancelAssignment } = await owner.mutate('CancelAssignment', { id: asked.assignment.id, reason: 'Enough drivers' });
  assert.deepEqual([cancelAssignment.assignment.status, cancelAssignment.assignment.reason], ['CANCELLED', 'Enough drivers']);
}

async function readsWhatHappened(owner, { rae }) {
  const page = await owner.query('CrewMemberPage', { id: rae, from: later(1), to: later(60) });
  assert.deepEqual([page.user.assignments.nodes.length, page.conflicts.length], [2, 1]);
  const { invitations } = await owner.query('Invitations', { filter: { status: ['REVOKED'] } });
  assert.ok(invitations.nodes.length >= 2);
  const { auditLog } = await owner.query('AuditLog', { filter: { entityId: rae }, first: 10 });
  // The clock of the test stands still, so the order of the entries says nothing.
  const changes = Object.fromEntries(auditLog.edges.map(({ node }) => [node.action, node.changes]));
  assert.deepEqual(Object.keys(changes).sort(), ['createUser', 'updateUser']);
  assert.deepEqual(changes.updateUser.phone, [null, '0612']);
}

/** What is over: a mission, a person, a project; and a project that was a mistake. */
async function endsIt(owner, projectId, { copy }, { rae }) {
  const { cancelMission } = await owner.mutate('CancelMission', { id: copy.id, reason: 'Once is enough' });
  assert.notEqual(cancelMission.mission.cancelledAt, null);
  const { archiveUser } = await owner.mutate('ArchiveUser', { id: rae, cancelFuture: true });
  assert.notEqual(archiveUser.user.archivedAt, null);
  const { setProjectStatus } = await owner.mutate('SetProjectStatus', { id: projectId, status: 'ARCHIVED', cancelFuture: true });
  assert.equal(setProjectStatus.project.status, 'ARCHIVED');
  const { createProject } = await owner.mutate('CreateProject', { name: 'Mistake' });
  const { deleteProject } = await owner.mutate('DeleteProject', { id: createProject.project.id });
  assert.equal(deleteProject.projectId, createProject.project.id);
}
