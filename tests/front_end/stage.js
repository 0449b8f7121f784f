// What the clients find: an organisation with a mission, its role, and two people who are invited to it.

import assert from 'node:assert/strict';
import { gql, SERVER_URL } from './server.js';

export const CAMILLE = { email: 'camille@example.org', password: 'quatre-grues-au-clair-de-lune' };

/** Signs Camille up, plans a mission and invites Léa and Sam; hands out her token, the project and the invitations. */
export async function plan() {
  const { signUp } = await gql('mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }', {
    input: { ...CAMILLE, displayName: 'Camille Durand', orgName: 'Théâtre du Port' },
  });
  const token = signUp.accessToken;

  const newcomer = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }';
  const lea = await gql(newcomer, { input: { displayName: 'Léa Martin', skills: ['rigging'] } }, token);
  const sam = await gql(newcomer, { input: { displayName: 'Sam Diallo', skills: ['rigging'] } }, token);

  const { createProject } = await gql(
    'mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }',
    { input: { name: 'Festival des Lumières' } },
    token,
  );
  const projectId = createProject.project.id;

  const startsAt = new Date(Date.now() + 30 * 24 * 3600e3);
  const { createMission } = await gql(
    'mutation ($input: CreateMissionInput!) { createMission(input: $input) { mission { roles { id } } } }',
    {
      input: {
        projectId,
        mission: {
          title: 'Montage de la grande scène',
          startsAt: startsAt.toISOString(),
          endsAt: new Date(startsAt.getTime() + 6 * 3600e3).toISOString(),
          roles: [{ name: 'Rigger', skill: 'rigging', quantity: 2 }],
        },
      },
    },
    token,
  );

  const { inviteToMission } = await gql(
    'mutation ($input: InviteToMissionInput!) { inviteToMission(input: $input) { invitations { token } } }',
    { input: { roleId: createMission.mission.roles[0].id, userIds: [lea.createUser.user.id, sam.createUser.user.id] } },
    token,
  );
  const [forLea, forSam] = inviteToMission.invitations.map((invitation) => invitation.token);
  return { token, projectId, forLea, forSam };
}

/** Whoever has the invitation says yes. */
export const accept = (token) =>
  gql('mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { status } }', { input: { token } });

/** Lets time go by on the server. */
export async function pass(minutes) {
  const response = await fetch(`${SERVER_URL}/test/clock?${minutes}`, { method: 'POST' });
  assert(response.ok, `the clock answered ${response.status}`);
}
