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

/** A project with a load-in from 8 to 12 o'clock and a show from 20 to 24, each for two riggers. */
async function winterTour(token: string) {
  const { createProject } = await run(token, api.CreateProjectDocument, { input: { name: 'Winter tour' } });
  const projectId = createProject.project.id;
  const roles = [{ name: 'Rigger', quantity: 2 }];
  const missions = [
    { title: 'Load-in', startsAt: hour(8), endsAt: hour(12), roles },
    { title: 'Show', startsAt: hour(20), endsAt: hour(24), roles },
  ];
  const { createMissions } = await run(token, api.CreateMissionsDocument, { input: { projectId, missions } });
  const [loadIn, show] = createMissions.missions.map(({ id }) => id) as [string, string];
  return { projectId, loadIn, show };
}

const roleOf = async (token: string, id: string) => (await run(token, api.MissionPageDocument, { id })).mission!.roles[0]!.id;

test('projects, missions and roles that change', async () => {
  const { token } = await signUp();
  const { projectId, loadIn, show } = await winterTour(token);
  const ten = { id: projectId, expectedVersion: 1, description: 'Ten towns' };
  const { updateProject } = await run(token, api.UpdateProjectDocument, { input: ten });
  assert.deepEqual([updateProject.project.version, updateProject.project.description], [2, 'Ten towns']);
  const { updateMission } = await run(token, api.UpdateMissionDocument, { input: { id: loadIn, expectedVersion: 1, location: 'Le Havre' } });
  assert.equal(updateMission.mission.location, 'Le Havre');
  const copy = { id: show, startsAt: hour(100), title: 'Second show' };
  const { duplicateMission } = await run(token, api.DuplicateMissionDocument, { input: copy });
  assert.deepEqual(Date.parse(duplicateMission.mission.endsAt), Date.parse(hour(104)));

  const cook = { missionId: show, role: { name: 'Cook' } };
  const { addMissionRole } = await run(token, api.AddMissionRoleDocument, { input: cook });
  const { id } = addMissionRole.role;
  const { updateMissionRole } = await run(token, api.UpdateMissionRoleDocument, { input: { id, quantity: 2 } });
  assert.equal(updateMissionRole.role.quantity, 2);
  const { deleteMissionRole } = await run(token, api.DeleteMissionRoleDocument, { input: { id } });
  assert.equal(deleteMissionRole.roleId, id);

  const ben = await hire(token, 'Ben');
  await run(token, api.AssignToMissionDocument, { input: { roleId: await roleOf(token, show), userId: ben } });
  const { cancelMission } = await run(token, api.CancelMissionDocument, { input: { id: show, reason: 'Rain' } });
  assert.deepEqual(cancelMission.mission.assignments.map(({ status, reason }) => [status, reason]), [['CANCELLED', 'Rain']]);
  const archived = { id: projectId, status: 'ARCHIVED' } as const;
  const { setProjectStatus } = await run(token, api.SetProjectStatusDocument, { input: archived });
  assert.equal(setProjectStatus.project.status, 'ARCHIVED');
  const mistake = await run(token, api.CreateProjectDocument, { input: { name: 'Mistake' } });
  const { deleteProject } = await run(token, api.DeleteProjectDocument, { input: { id: mistake.createProject.project.id } });
  assert.equal(deleteProject.projectId, mistake.createProject.project.id);
});

test('bookings that change', async () => {
  const { token } = await signUp();
  const { loadIn, show } = await winterTour(token);
  const [ben, cleo] = [await hire(token, 'Ben'), await hire(token, 'Cleo')];
  const [roleId, showRole] = [await roleOf(token, loadIn), await roleOf(token, show)];
  const { assignToMission } = await run(token, api.AssignToMissionDocument, { input: { roleId, userId: ben } });
  assert.equal(assignToMission.assignment.status, 'ACCEPTED');
  await run(token, api.AssignToMissionDocument, { input: { roleId: showRole, userId: ben } });
  const { inviteToMission } = await run(token, api.InviteToMissionDocument, { input: { roleId, userIds: [cleo] } });
  const asked = inviteToMission.invitations[0]!;
  const again = { assignmentId: asked.assignment.id };
  const { resendInvitation } = await run(token, api.ResendInvitationDocument, { input: again });
  assert.notEqual(resendInvitation.token, asked.token);

  const move = { id: loadIn, expectedVersion: 1, startsAt: hour(18), endsAt: hour(22) };
  const { rescheduleMission } = await run(token, api.RescheduleMissionDocument, { input: { ...move, dryRun: true } });
  const bens = rescheduleMission.outcomes.find(({ assignment }) => assignment.user.id === ben);
  assert.deepEqual([bens?.effect, bens?.conflicts.map(({ mission }) => mission.title)], ['CONFLICT', ['Show']]);
  assert.deepEqual([bens?.assignment.status, rescheduleMission.applied], ['ACCEPTED', false]);
  await run(token, api.RescheduleMissionDocument, { input: move });
  const force = { id: assignToMission.assignment.id, force: true, reason: 'He swaps at eight' };
  await run(token, api.AcceptAssignmentDocument, { input: force });

  const { user, conflicts } = await run(token, api.CrewMemberPageDocument, { id: ben, from: hour(0), to: hour(48) });
  assert.equal(user?.assignments.nodes.length, 2);
  const overlaps = conflicts.map(({ startsAt, endsAt }) => [startsAt, endsAt].map(Date.parse));
  assert.deepEqual(overlaps, [[hour(20), hour(22)].map(Date.parse)]);
  const dan = { userId: await hire(token, 'Dan'), kind: 'AVAILABLE', startsAt: hour(0), endsAt: hour(24) } as const;
  await run(token, api.CreateAvailabilityDocument, { input: dan });
  const { candidates } = await run(token, api.WhoCouldComeDocument, { roleId });
  assert.deepEqual(candidates.map(({ user, availability }) => [user.displayName, availability]), [['Dan', 'AVAILABLE']]);
  const enough = { id: asked.assignment.id, reason: 'Enough' };
  const { cancelAssignment } = await run(token, api.CancelAssignmentDocument, { input: enough });
  assert.equal(cancelAssignment.assignment.reason, 'Enough');
  const { invitations } = await run(token, api.InvitationsDocument, { filter: { status: ['REVOKED'] } });
  assert.ok(invitations.nodes.length >= 2);
});

test('a crew that changes, and who changed it', async () => {
  const { token } = await signUp();
  const ben = await hire(token, 'Ben');
  const { updateUser } = await run(token, api.UpdateUserDocument, { input: { id: ben, expectedVersion: 1, phone: '0612', tags: ['night'] } });
  assert.deepEqual([updateUser.user.phone, updateUser.user.skills, updateUser.user.tags], ['0612', ['rigging'], ['night']]);
  const { org } = await run(token, api.ViewerDocument, {});
  assert.deepEqual([org.skills, org.tags], [['rigging'], ['night']]);

  const slot = { userId: ben, kind: 'AVAILABLE', startsAt: hour(0), endsAt: hour(24) } as const;
  const { createAvailability } = await run(token, api.CreateAvailabilityDocument, { input: slot });
  const { id } = createAvailability.availability;
  const { updateAvailability } = await run(token, api.UpdateAvailabilityDocument, { input: { id, kind: 'UNAVAILABLE' } });
  assert.equal(updateAvailability.availability.kind, 'UNAVAILABLE');
  await run(token, api.DeleteAvailabilityDocument, { input: { id } });
  const { archiveUser } = await run(token, api.ArchiveUserDocument, { input: { id: ben } });
  assert.notEqual(archiveUser.user.archivedAt, null);

  const { auditLog } = await run(token, api.AuditLogDocument, { filter: { entityId: ben }, first: 10 });
  // The clock of the test stands still, so the order of the entries says nothing.
  assert.deepEqual(auditLog.edges.map(({ node }) => node.action).sort(), ['archiveUser', 'createUser', 'updateUser']);
});

async function hire(token: string, displayName: string): Promise<string> {
  const { createUser } = await run(token, api.CreateUserDocument, { input: { displayName, skills: ['rigging'] } });
  return createUser.user.id;
}

test('no generated operation was left out above', () => {
  assert.deepEqual(neverRan(), []);
});
