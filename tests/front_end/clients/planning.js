// How plans change: each operation of projects and missions after the first ones.

import assert from 'node:assert/strict';

const DAY = 24 * 3600e3;
const later = (days) => new Date(Date.now() + days * DAY).toISOString();

/** A project of its own, from its first mission to its end. */
export async function replans(owner) {
  const { createProject } = await owner.mutate('CreateProject', { name: 'Tour' });
  const { id: projectId, version } = createProject.project;
  const times = (day) => ({ startsAt: later(day), endsAt: later(day + 0.5) });
  const evenings = ['Lyon', 'Nantes'].map((title, index) => ({ title, ...times(40 + index), roles: [{ name: 'Sound' }] }));
  const { createMissions } = await owner.mutate('CreateMissions', { projectId, missions: evenings });
  const [lyon, nantes] = createMissions.missions;
  assert.deepEqual([lyon.title, nantes.title], ['Lyon', 'Nantes']);
  await changesMissions(owner, lyon, times);
  await changesRoles(owner, lyon);

  const { cancelMission } = await owner.mutate('CancelMission', { id: nantes.id, reason: 'Storm' });
  assert.notEqual(cancelMission.mission.cancelledAt, null);
  const renamed = { id: projectId, expectedVersion: version, description: 'Two evenings' };
  const { updateProject } = await owner.mutate('UpdateProject', renamed);
  assert.equal(updateProject.project.version, version + 1);
  const { setProjectStatus } = await owner.mutate('SetProjectStatus', { id: projectId, status: 'ARCHIVED' });
  assert.equal(setProjectStatus.project.status, 'ARCHIVED');
  const { deleteProject } = await owner.mutate('DeleteProject', { id: projectId });
  assert.equal(deleteProject.projectId, projectId);
}

async function changesMissions(owner, { id }, times) {
  const { updateMission } = await owner.mutate('UpdateMission', { id, expectedVersion: 1, location: 'Halle' });
  assert.deepEqual([updateMission.mission.location, updateMission.mission.version], ['Halle', 2]);
  const { rescheduleMission } = await owner.mutate('RescheduleMission', { id, ...times(43), dryRun: true });
  assert.deepEqual([rescheduleMission.applied, rescheduleMission.outcomes], [false, []]);
  await owner.mutate('RescheduleMission', { id, ...times(43) });
  const { duplicateMission } = await owner.mutate('DuplicateMission', { id, startsAt: later(50) });
  assert.notEqual(duplicateMission.mission.id, id);
}

async function changesRoles(owner, { id: missionId }) {
  const { addMissionRole } = await owner.mutate('AddMissionRole', { missionId, role: { name: 'Light' } });
  const { id } = addMissionRole.role;
  const { updateMissionRole } = await owner.mutate('UpdateMissionRole', { id, quantity: 2 });
  assert.equal(updateMissionRole.role.quantity, 2);
  const { deleteMissionRole } = await owner.mutate('DeleteMissionRole', { id });
  assert.equal(deleteMissionRole.roleId, id);
}
