// What the browser finds: an organisation with a mission, its role, and two people who are invited to it.

import assert from 'node:assert/strict';

const { SERVER_URL } = process.env;
assert(SERVER_URL, 'SERVER_URL says where the server is');

export { SERVER_URL };

export const CAMILLE = { email: 'camille@example.org', password: 'quatre-grues-au-clair-de-lune' };

async function gql(query, input, token) {
  const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) };
  const body = JSON.stringify({ query, variables: { input } });
  const response = await fetch(`${SERVER_URL}/graphql`, { method: 'POST', headers, body });
  const { data, errors } = await response.json();
  assert(!errors, JSON.stringify(errors));
  return data;
}

/** Signs Camille up, plans a mission and invites Léa and Sam; hands out the project and their invitations. */
export async function plan() {
  const { signUp } = await gql('mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }', {
    ...CAMILLE,
    displayName: 'Camille Durand',
    orgName: 'Théâtre du Port',
  });
  const token = signUp.accessToken;

  const newcomer = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }';
  const lea = await gql(newcomer, { displayName: 'Léa Martin', skills: ['rigging'] }, token);
  const sam = await gql(newcomer, { displayName: 'Sam Diallo', skills: ['rigging'] }, token);

  const { createProject } = await gql(
    'mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }',
    { name: 'Festival des Lumières' },
    token,
  );
  const projectId = createProject.project.id;

  const startsAt = new Date(Date.now() + 30 * 24 * 3600e3);
  const { createMission } = await gql(
    'mutation ($input: CreateMissionInput!) { createMission(input: $input) { mission { roles { id } } } }',
    {
      projectId,
      mission: {
        title: 'Montage de la grande scène',
        startsAt: startsAt.toISOString(),
        endsAt: new Date(startsAt.getTime() + 6 * 3600e3).toISOString(),
        roles: [{ name: 'Rigger', skill: 'rigging', quantity: 2 }],
      },
    },
    token,
  );

  const { inviteToMission } = await gql(
    'mutation ($input: InviteToMissionInput!) { inviteToMission(input: $input) { invitations { token } } }',
    { roleId: createMission.mission.roles[0].id, userIds: [lea.createUser.user.id, sam.createUser.user.id] },
    token,
  );
  const [forLea, forSam] = inviteToMission.invitations.map((invitation) => invitation.token);
  return { projectId, forLea, forSam };
}

/** Whoever has the invitation says yes. */
export const accept = (token) =>
  gql('mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { status } }', { token });

/** Lets time go by on the server. */
export async function pass(minutes) {
  const response = await fetch(`${SERVER_URL}/test/clock?${minutes}`, { method: 'POST' });
  assert(response.ok, `the clock answered ${response.status}`);
}
