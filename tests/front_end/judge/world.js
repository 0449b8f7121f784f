// An organisation to ask about, and who asks: its OWNER, a TECH with a crew profile, and nobody.

import { gql } from '../server.js';
import { accept, plan } from '../stage.js';

const DAY = 24 * 3600e3;
const TECH = { email: 'noor@example.org', password: 'sept-tentes-violettes-a-l-aube' };

const later = (days) => new Date(Date.now() + days * DAY).toISOString();

const mutation = (name, selection) => {
  const type = `${name[0].toUpperCase()}${name.slice(1)}Input`;
  return `mutation ($input: ${type}!) { ${name}(input: $input) ${selection} }`;
};

/** A TECH who joins by invitation, and is the person of the crew with that address. */
async function techJoins(owner) {
  const { email } = TECH;
  const profile = { displayName: 'Noor Haddad', email, phone: '+33 1 23 45 67 89', skills: ['sound', 'light'] };
  await gql(mutation('createUser', '{ user { id } }'), { input: profile }, owner);
  const invited = await gql(mutation('inviteMember', '{ token }'), { input: { email, role: 'TECH' } }, owner);
  const input = { token: invited.inviteMember.token, password: TECH.password, displayName: 'Noor Haddad' };
  const { joinOrg } = await gql(mutation('joinOrg', '{ accessToken }'), { input });
  return joinOrg.accessToken;
}

/** A second project, with three missions of two roles each; everybody of the crew is asked to come to one of them. */
async function moreToPlan(owner) {
  const { users } = await gql('{ users { nodes { id } } }', {}, owner);
  const userIds = users.nodes.map((user) => user.id);
  const project = { name: 'Nuit blanche', description: 'Une nuit,\n"trois" scènes — 🎭' };
  const { createProject } = await gql(mutation('createProject', '{ project { id } }'), { input: project }, owner);
  for (const [index, place] of ['Cour', 'Jardin', 'Rue'].entries()) {
    const roles = [{ name: 'Sound', skill: 'sound' }, { name: 'Runner', quantity: 5 }];
    const times = { startsAt: later(40 + index), endsAt: later(41 + index) };
    const mission = { title: `Scène ${place}`, location: place, ...times, roles };
    const input = { projectId: createProject.project.id, mission };
    const made = await gql(mutation('createMission', '{ mission { roles { id } } }'), { input }, owner);
    if (index > 0) continue;
    const invitation = { roleId: made.createMission.mission.roles[1].id, userIds };
    await gql(mutation('inviteToMission', '{ warnings { code } }'), { input: invitation }, owner);
  }
  const away = { userId: userIds[0], startsAt: later(40), endsAt: later(43), kind: 'UNAVAILABLE', note: 'away' };
  await gql(mutation('createAvailability', '{ availability { id } }'), { input: away }, owner);
}

/** The ids of all rows that the OWNER sees. */
async function idsOf(owner) {
  const seen = await gql(
    `{
      me { id sessions { id } }
      org { id members { nodes { id account { id } } } }
      users(first: 20) { nodes { id assignments(first: 5) { nodes { id invitation { id } } } } }
      missions { nodes { id roles { id } } }
      projects { nodes { id } }
    }`,
    {},
    owner,
  );
  return [...new Set(JSON.stringify(seen).match(/(?<="id":")[^"]+/g))];
}

/** Makes the organisation. Hands out who may ask, the ids of all its rows, and the token of an open invitation. */
export async function people() {
  const { token: owner, forLea, forSam } = await plan();
  const tech = await techJoins(owner);
  await accept(forLea);
  await moreToPlan(owner);
  return { askers: { OWNER: owner, TECH: tech, nobody: undefined }, ids: await idsOf(owner), invitation: forSam };
}
