// What an organisation does in its first days, by the contract's operations alone.

import assert from 'node:assert/strict';
import { changesThePlan } from './changes.js';
import { Company } from './company.js';

const PASSWORD = 'seven purple tents at dawn';
const DAY = 24 * 3600e3;
const later = (days) => new Date(Date.now() + days * DAY).toISOString();

/** Goes through all of it with one kind of client. Hands out the names of the operations that were made. */
export async function tour(connect) {
  const company = new Company(connect);
  const { owner, projectId, missions } = await plans(company);
  const crew = await hires(company, owner, missions);
  await readsTheBoard(company, owner, projectId, missions, crew);
  const tech = await answers(company, owner, missions, crew);
  await readsWhatATechMay(company, owner, tech);
  await changesThePlan(company, owner);
  await managesMembers(owner);
  await managesTheOrganisation(company, owner);
  await looksAfterTheAccount(company);
  return company.made;
}

/** Signing up; a project with two missions; lists, and a list with pages. */
async function plans({ name, nobody, address, person }) {
  const { signUp } = await nobody.mutate('SignUp', {
    email: address('olive'), password: PASSWORD, displayName: 'Olive', orgName: name,
  });
  const owner = person(signUp.accessToken);
  const { createProject } = await owner.mutate('CreateProject', { name: 'Festival', description: 'One "day" \\ 🎭' });
  const projectId = createProject.project.id;
  const { projects } = await owner.query('Projects', { filter: { search: 'fest' }, first: 10 });
  assert.deepEqual(projects.nodes.map(({ id }) => id), [projectId]);

  const missions = [];
  for (const [index, title] of ['Load-in', 'Show'].entries()) {
    const roles = [{ name: 'Rigger', skill: 'rigging', quantity: 3 }];
    const mission = { title, startsAt: later(20 + index), endsAt: later(20.5 + index), roles };
    const { createMission } = await owner.mutate('CreateMission', { projectId, mission });
    missions.push(createMission.mission);
  }
  const { missions: page } = await owner.query('Agenda', { first: 1 });
  assert.deepEqual([page.totalCount, page.edges.length, page.pageInfo.hasNextPage], [2, 1, true]);
  await owner.query('Agenda', { first: 1, after: page.pageInfo.endCursor }, 'network-only');
  // Both pages are one list now.
  const { missions: all } = await owner.cached('Agenda', { first: 1 });
  assert.deepEqual(all.edges.map(({ node }) => node.title), ['Load-in', 'Show']);
  return { owner, projectId, missions };
}

/** The crew, and who could come. */
async function hires({ address }, owner, [mission]) {
  const before = await owner.query('Crew', { first: 10 });
  assert.equal(before.users.totalCount, 0);
  const ids = {};
  for (const displayName of ['lea', 'noor', 'sam']) {
    const input = { displayName, email: address(displayName), skills: ['rigging'] };
    const { createUser } = await owner.mutate('CreateUser', input);
    ids[displayName] = createUser.user.id;
  }
  const { users } = await owner.query('Crew', { first: 10 }, 'network-only');
  assert.deepEqual(users.nodes.map(({ id }) => id), Object.values(ids));
  assert.deepEqual(await owner.cached('Crew', { first: 10 }), { users });

  const away = { userId: ids.sam, startsAt: later(19), endsAt: later(23), kind: 'UNAVAILABLE' };
  const { createAvailability } = await owner.mutate('CreateAvailability', away);
  assert.equal(createAvailability.availability.user.id, ids.sam);
  const { candidates } = await owner.query('Candidates', { roleId: mission.roles[0].id, first: 5 });
  assert.equal(candidates.length, 3);
  return ids;
}

/** The pages that are looked at most: once from the server, then from the cache. */
async function readsTheBoard({ nobody }, owner, projectId, missions, crew) {
  const input = { roleId: missions[0].roles[0].id, userIds: Object.values(crew) };
  const { inviteToMission } = await owner.mutate('InviteToMission', input);
  assert.deepEqual(inviteToMission.warnings.map(({ code }) => code), ['UNAVAILABLE']);
  const [lea, noor, sam] = inviteToMission.invitations;

  const board = await owner.query('Board', { projectId });
  assert.deepEqual(board.project.missions.nodes.map(({ assignments }) => assignments.length), [3, 0]);
  assert.deepEqual(await owner.cached('Board', { projectId }), board);
  const page = await owner.query('MissionPage', { id: missions[0].id });
  assert.equal(page.mission.roles[0].assignments.length, 3);

  const { invitation } = await nobody.query('InvitationPage', { token: lea.token });
  assert.deepEqual([invitation.inviteeName, invitation.mission.title], ['lea', 'Load-in']);
  await nobody.mutate('AcceptInvitation', { token: lea.token });
  await nobody.mutate('DeclineInvitation', { token: sam.token, reason: 'away' });
  const { mission } = await owner.query('MissionPage', { id: missions[0].id }, 'network-only');
  assert.deepEqual(mission.staffing.accepted, 1);
  // The board is made of the same objects, so it knows as well who comes.
  const known = await owner.cached('Board', { projectId });
  const { assignments } = known.project.missions.nodes[0];
  const status = Object.fromEntries(assignments.map((of) => [of.user.displayName, of.status]));
  assert.deepEqual(status, { lea: 'ACCEPTED', noor: 'INVITED', sam: 'DECLINED' });
  assert.equal(noor.assignment.status, 'INVITED');
}

/** Noor joins as TECH, and says yes to one mission and no to the other. */
async function answers({ nobody, address, person }, owner, missions, { noor }) {
  await owner.mutate('InviteToMission', { roleId: missions[1].roles[0].id, userIds: [noor] });
  const mistyped = await owner.mutate('InviteMember', { email: address('noro'), role: 'TECH' });
  const { revokeInvitation } = await owner.mutate('RevokeInvitation', { id: mistyped.inviteMember.invitation.id });
  assert.equal(revokeInvitation.invitation.status, 'REVOKED');
  const { inviteMember } = await owner.mutate('InviteMember', { email: address('noor'), role: 'TECH' });
  const { joinOrg } = await nobody.mutate('JoinOrg', {
    token: inviteMember.token, password: 'seven purple tents at dusk', displayName: 'Noor',
  });
  const tech = person(joinOrg.accessToken);
  const { assignments } = await tech.query('MyAssignments', { filter: { userId: noor } });
  const [first, second] = assignments.nodes;
  await tech.mutate('AcceptAssignment', { id: first.id });
  await tech.mutate('DeclineAssignment', { id: second.id, reason: 'busy' });
  // What a mutation answers is in the cache, by its id.
  const { assignments: known } = await tech.cached('MyAssignments', { filter: { userId: noor } });
  assert.deepEqual(known.nodes.map(({ status }) => status), ['ACCEPTED', 'DECLINED']);
  return tech;
}

/** What a TECH may not see is an error each time it is asked for, and spoils nothing that is in the cache. */
async function readsWhatATechMay({ name }, owner, tech) {
  const viewer = await tech.query('Viewer');
  assert.deepEqual([viewer.myRole, viewer.org.name], ['TECH', name]);
  await tech.refused('Members', { first: 5 }, 'FORBIDDEN');
  assert.deepEqual(await tech.cached('Viewer'), viewer);
  await tech.refused('Members', { first: 5 }, 'FORBIDDEN');

  const { data, codes } = await tech.partial('Members', { first: 5 });
  assert.deepEqual([data.org.id, data.org.members, codes], [viewer.org.id, null, ['FORBIDDEN']]);
  const demo = { orgId: viewer.org.id };
  await tech.refused('RbacDemo', demo, 'FORBIDDEN');
  const { rbacDemo } = (await tech.partial('RbacDemo', demo)).data;
  assert.deepEqual([typeof rbacDemo.any, rbacDemo.owner, typeof rbacDemo.scoped], ['string', null, 'string']);
  assert.equal(typeof (await owner.query('RbacDemo', demo)).rbacDemo.owner, 'string');
}

async function managesMembers(owner) {
  const { org } = await owner.query('Members', { first: 5 });
  const { id: membershipId } = org.members.nodes.find(({ role }) => role === 'TECH');
  await owner.mutate('SetMemberRole', { membershipId, role: 'MANAGER' });
  const known = await owner.cached('Members', { first: 5 });
  // The clock of the tests stands still: which of the two came first is not told.
  assert.deepEqual(known.org.members.nodes.map(({ role }) => role).sort(), ['MANAGER', 'OWNER']);
  await owner.mutate('RemoveMember', { membershipId });
  const { org: left } = await owner.query('Members', { first: 5 }, 'network-only');
  assert.deepEqual(left.members.nodes.map(({ role }) => role), ['OWNER']);
}

async function managesTheOrganisation({ name, person }, owner) {
  await owner.query('Viewer');
  await owner.mutate('UpdateOrg', { name: `${name} & Co` });
  assert.equal((await owner.cached('Viewer')).org.name, `${name} & Co`);
  const { createOrg } = await owner.mutate('CreateOrg', { name: `${name} on tour` });
  const { switchOrg } = await owner.mutate('SwitchOrg', { orgId: createOrg.org.id });
  const { org } = await person(switchOrg.accessToken).query('Viewer');
  assert.equal(org.id, createOrg.org.id);
}

/** Devices and passwords. */
async function looksAfterTheAccount({ nobody, address, person }) {
  const login = async (password) => {
    const answer = await nobody.mutate('Login', { email: address('olive'), password });
    return person(answer.login.accessToken);
  };
  const first = await login(PASSWORD);
  const second = await login(PASSWORD);
  const { me } = await second.query('Viewer');
  // The clock of the tests stands still, so their order does not tell which of the others is the first: all end.
  for (const { id: sessionId } of me.sessions.filter(({ current }) => !current)) {
    await second.mutate('RevokeSession', { sessionId });
  }
  await first.refused('Viewer', {}, 'UNAUTHENTICATED');

  await second.mutate('ChangePassword', { currentPassword: PASSWORD, newPassword: 'eight purple tents at dawn' });
  const { requestPasswordReset } = await nobody.mutate('RequestPasswordReset', { email: address('olive') });
  const token = requestPasswordReset.resetToken;
  await nobody.mutate('ConfirmPasswordReset', { token, newPassword: 'nine purple tents at dawn' });
  const third = await login('nine purple tents at dawn');
  const { logout } = await third.mutate('Logout');
  assert.equal(logout.loggedOut, true);
}
