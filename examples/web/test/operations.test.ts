// Every generated operation against the server, with variables that the compiler has checked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as api from '../generated/graphql.ts';
import { hour, neverRan, PASSWORD, run, signUp } from './server.ts';

const NEW_PASSWORD = 'nine green ladders by noon';

test('an account: sessions, passwords, organisations', async () => {
  const { email, token, orgId } = await signUp();
  const { login } = await run(undefined, api.LoginDocument, { input: { email, password: PASSWORD } });
  assert.equal(login.org?.id, orgId);

  const { me, myRole } = await run(token, api.ViewerDocument, {});
  assert.equal(myRole, 'OWNER');
  const other = me.sessions?.find((session) => !session.current);
  const { revokeSession } = await run(token, api.RevokeSessionDocument, { input: { sessionId: other!.id } });
  assert.equal(revokeSession.sessionId, other?.id);

  const second = { name: `Second of ${email}`, timezone: 'Europe/London' };
  const { createOrg } = await run(token, api.CreateOrgDocument, { input: second });
  const { switchOrg } = await run(token, api.SwitchOrgDocument, { input: { orgId: createOrg.org.id } });
  assert.equal(switchOrg.org?.timezone, 'Europe/London');

  const change = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
  const { changePassword } = await run(switchOrg.accessToken, api.ChangePasswordDocument, { input: change });
  assert.equal(changePassword.account.id, me.id);
  const { requestPasswordReset } = await run(undefined, api.RequestPasswordResetDocument, { input: { email } });
  const reset = { token: requestPasswordReset.resetToken!, newPassword: PASSWORD };
  await run(undefined, api.ConfirmPasswordResetDocument, { input: reset });

  const again = await run(undefined, api.LoginDocument, { input: { email, password: PASSWORD } });
  const { logout } = await run(again.login.accessToken, api.LogoutDocument, {});
  assert.equal(logout.loggedOut, true);
});

test('an organisation and its members', async () => {
  const { email, token, orgId } = await signUp();
  const { updateOrg } = await run(token, api.UpdateOrgDocument, { input: { timezone: 'Asia/Tokyo' } });
  assert.equal(updateOrg.org.timezone, 'Asia/Tokyo');

  const mistyped = await run(token, api.InviteMemberDocument, { input: { email: `grcae.${email}`, role: 'TECH' } });
  const { id } = mistyped.inviteMember.invitation;
  const { revokeInvitation } = await run(token, api.RevokeInvitationDocument, { input: { id } });
  assert.equal(revokeInvitation.invitation.status, 'REVOKED');

  const invitee = `grace.${email}`;
  const { inviteMember } = await run(token, api.InviteMemberDocument, { input: { email: invitee, role: 'TECH' } });
  const { invitation } = await run(undefined, api.InvitationPageDocument, { token: inviteMember.token });
  assert.equal(invitation?.role, 'TECH');
  const joining = { token: inviteMember.token, displayName: 'Grace', password: PASSWORD };
  const { joinOrg } = await run(undefined, api.JoinOrgDocument, { input: joining });
  assert.equal(joinOrg.org?.id, orgId);

  const { org } = await run(token, api.MembersDocument, { first: 10 });
  assert.equal(org.members?.totalCount, 2);
  const membershipId = org.members!.nodes.find(({ account }) => account.email === invitee)!.id;
  const { setMemberRole } = await run(token, api.SetMemberRoleDocument, { input: { membershipId, role: 'ADMIN' } });
  assert.equal(setMemberRole.membership.role, 'ADMIN');
  await run(token, api.RbacDemoDocument, { orgId });
  const { removeMember } = await run(token, api.RemoveMemberDocument, { input: { membershipId } });
  assert.equal(removeMember.membershipId, membershipId);
});

test('from an empty organisation to a staffed mission', async () => {
  const { token } = await signUp();
  const people = await Promise.all(['Ben', 'Cleo', 'Dan', 'Eve'].map((name) => hire(token, name)));
  const [ben, cleo, dan, eve] = people as [string, string, string, string];
  const { users } = await run(token, api.CrewDocument, { filter: { skills: ['rigging'] }, first: 2 });
  assert.deepEqual([users.totalCount, users.nodes.length, users.pageInfo.hasNextPage], [4, 2, true]);
  const busy = { userId: eve, kind: 'UNAVAILABLE', startsAt: hour(0), endsAt: hour(24), note: 'Exam' } as const;
  const { createAvailability } = await run(token, api.CreateAvailabilityDocument, { input: busy });
  assert.deepEqual(createAvailability.clashes, []);

  const { createProject } = await run(token, api.CreateProjectDocument, { input: { name: 'Summer tour' } });
  const projectId = createProject.project.id;
  const mission = { title: 'Load-in', startsAt: hour(8), endsAt: hour(12), roles: [{ name: 'Rigger', skill: 'rigging', quantity: 4 }] };
  const { createMission } = await run(token, api.CreateMissionDocument, { input: { projectId, mission } });
  const roleId = createMission.mission.roles[0]!.id;

  const { candidates } = await run(token, api.CandidatesDocument, { roleId, first: 10 });
  assert.equal(candidates.length, 4);
  const { inviteToMission } = await run(token, api.InviteToMissionDocument, { input: { roleId, userIds: [ben, cleo, dan, eve] } });
  assert.deepEqual(inviteToMission.warnings.map(({ code, user }) => [code, user.id]), [['UNAVAILABLE', eve]]);
  const [toBen, toCleo, toDan, toEve] = inviteToMission.invitations;

  const { invitation } = await run(undefined, api.InvitationPageDocument, { token: toBen!.token });
  assert.equal(invitation?.mission?.title, 'Load-in');
  const byToken = await run(undefined, api.AcceptInvitationDocument, { input: { token: toBen!.token } });
  assert.equal(byToken.acceptInvitation.status, 'ACCEPTED');
  const refusal = await run(undefined, api.DeclineInvitationDocument, { input: { token: toCleo!.token, reason: 'Holiday' } });
  assert.equal(refusal.declineInvitation.status, 'DECLINED');
  const byPlanner = await run(token, api.AcceptAssignmentDocument, { input: { id: toDan!.assignment.id } });
  assert.equal(byPlanner.acceptAssignment.assignment.status, 'ACCEPTED');
  const forEve = await run(token, api.DeclineAssignmentDocument, { input: { id: toEve!.assignment.id, reason: 'Exam' } });
  assert.equal(forEve.declineAssignment.assignment.reason, 'Exam');

  const staffing = { needed: 4, invited: 0, accepted: 2, open: 2 };
  const { projects } = await run(token, api.ProjectsDocument, { filter: { status: ['DRAFT'] } });
  assert.deepEqual(projects.nodes[0]?.staffing, staffing);
  const { project } = await run(token, api.BoardDocument, { projectId });
  const [onBoard] = project!.missions.nodes;
  assert.deepEqual(onBoard?.staffing, staffing);
  assert.deepEqual(onBoard?.assignments.map(({ user }) => user.displayName).sort(), ['Ben', 'Dan']);
  const agenda = await run(token, api.AgendaDocument, { filter: { from: hour(9), to: hour(10), understaffed: true } });
  assert.equal(agenda.missions.edges[0]?.node.id, onBoard?.id);
  const page = await run(token, api.MissionPageDocument, { id: onBoard!.id });
  assert.equal(page.mission?.roles[0]?.assignments.length, 4);
  const booked = await run(token, api.MyAssignmentsDocument, { filter: { userId: ben } });
  assert.deepEqual(booked.assignments.nodes.map(({ status }) => status), ['ACCEPTED']);
});

async function hire(token: string, displayName: string): Promise<string> {
  const { createUser } = await run(token, api.CreateUserDocument, { input: { displayName, skills: ['rigging'] } });
  return createUser.user.id;
}

test('no generated operation was left out above', () => {
  assert.deepEqual(neverRan(), []);
});
