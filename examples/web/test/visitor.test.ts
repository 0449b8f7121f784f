// What somebody sees who is new: no projects yet, a second organisation, the link of an invitation, a server that is away.
import type { AddressInfo } from 'node:net';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as api from '../generated/graphql.ts';
import { PHONE, screenshot, servePage, signIn, visits } from './browser.ts';
import { hour, PAGE_ORIGIN, PASSWORD, passMinutes, run, SERVER_URL, signUp } from './server.ts';

const visit = visits();

/** A mission in ten days, to which Ben is invited. */
async function invite(token: string) {
  const { createProject } = await run(token, api.CreateProjectDocument, { input: { name: `Opera ${hour(0)}` } });
  const roles = [{ name: 'Rigger', quantity: 1 }];
  const mission = { title: 'Load-in', location: 'Le Havre', startsAt: hour(8), endsAt: hour(12), timezone: 'Asia/Tokyo', roles };
  const input = { projectId: createProject.project.id, mission };
  const { createMission } = await run(token, api.CreateMissionDocument, { input });
  const { createUser } = await run(token, api.CreateUserDocument, { input: { displayName: 'Ben' } });
  const asked = { roleId: createMission.mission.roles[0]!.id, userIds: [createUser.user.id] };
  const { inviteToMission } = await run(token, api.InviteToMissionDocument, { input: asked });
  return { link: `/invitation?token=${inviteToMission.invitations[0]!.token}`, missionId: createMission.mission.id };
}

async function inviteMember(token: string, email: string): Promise<string> {
  const { inviteMember } = await run(token, api.InviteMemberDocument, { input: { email, role: 'TECH' } });
  return `/join?token=${inviteMember.token}`;
}

async function statusOf(token: string, missionId: string) {
  const { mission } = await run(token, api.MissionPageDocument, { id: missionId });
  return mission!.roles[0]!.assignments.map(({ status, reason }) => [status, reason]);
}

test('an organisation without projects shows how to begin', async () => {
  const ada = await signUp();
  await visit('/', async (page) => {
    await screenshot(page, 'desk-sign-in');
    await signIn(page, ada.email);
    await page.getByText('No projects yet').waitFor();
    await screenshot(page, 'desk-no-projects');
    await page.getByLabel('Name of the first project').fill('Autumn tour');
    await page.getByRole('button', { name: 'Create it' }).click();
    await page.getByText('Autumn tour · draft · 0 of 0 places filled').click();
    await page.getByText('No missions yet.').waitFor();
    assert.equal(await page.getByLabel('Organisation').isVisible(), false, 'there is only one');
  });
});

test('who may not plan is told so where there are no projects', async () => {
  const ada = await signUp();
  const email = `tech.${ada.email}`;
  const link = await inviteMember(ada.token, email);
  const token = new URL(link, PAGE_ORIGIN).searchParams.get('token')!;
  await run(undefined, api.JoinOrgDocument, { input: { token, displayName: 'Tom', password: PASSWORD } });
  await visit(
    '/',
    async (page) => {
      await screenshot(page, 'phone-sign-in');
      await signIn(page, email);
      await page.getByText('has no projects yet').waitFor();
      assert.equal(await page.getByRole('button', { name: 'Create it' }).count(), 0);
    },
    PHONE,
  );
});

test('the organisation can be switched, and a reloaded page stays there', async () => {
  const ada = await signUp();
  await run(ada.token, api.CreateProjectDocument, { input: { name: 'Spring tour' } });
  await run(ada.token, api.CreateOrgDocument, { input: { name: 'Day Riggers' } });
  await visit('/', async (page) => {
    await signIn(page, ada.email);
    await page.getByText('Spring tour').waitFor();
    await page.getByLabel('Organisation').selectOption('Day Riggers');
    await page.getByText('Ada, Day Riggers (owner)').waitFor();
    await page.getByText('No projects yet').waitFor();
    await page.reload();
    await page.getByText('Ada, Day Riggers (owner)').waitFor();
    assert.equal(await page.getByText('Spring tour').count(), 0);
    await screenshot(page, 'desk-switched');
  });
});

test('a mission is accepted by the link, without an account, on a phone', async () => {
  const ada = await signUp();
  const { link, missionId } = await invite(ada.token);
  await visit(
    link,
    async (page) => {
      await page.getByRole('heading', { name: /^Ben, Night Riggers .* asks you$/ }).waitFor();
      await page.getByText('17:00–21:00 (Asia/Tokyo)').waitFor();
      assert.equal(await page.getByLabel('E-mail').isVisible(), false, 'nobody has to sign in');
      await screenshot(page, 'phone-invitation');
      assert.deepEqual(await statusOf(ada.token, missionId), [['INVITED', null]], 'looking answers nothing');
      await page.getByRole('button', { name: 'Accept' }).click();
      await page.getByText('This invitation is accepted.').waitFor();
    },
    PHONE,
  );
  assert.deepEqual(await statusOf(ada.token, missionId), [['ACCEPTED', null]]);
  await visit(link, async (page) => page.getByText('This invitation is accepted.').waitFor());
  await visit(
    '/',
    async (page) => {
      await signIn(page, ada.email);
      await page.getByText('Opera').click();
      await page.getByText('Rigger (1): Ben').waitFor();
      await screenshot(page, 'phone-board');
    },
    PHONE,
  );
});

test('a mission is declined by the link, with a reason', async () => {
  const ada = await signUp();
  const { link, missionId } = await invite(ada.token);
  await visit(link, async (page) => {
    await page.getByLabel('Why not?').fill('Holiday');
    await screenshot(page, 'desk-invitation');
    await page.getByRole('button', { name: 'Decline' }).click();
    await page.getByText('This invitation is declined.').waitFor();
  });
  assert.deepEqual(await statusOf(ada.token, missionId), [['DECLINED', 'Holiday']]);
});

test('somebody new joins by the link of a mail', async () => {
  const ada = await signUp();
  const link = await inviteMember(ada.token, `grace.${ada.email}`);
  await visit(
    link,
    async (page) => {
      await page.getByRole('heading', { name: /^Join Night Riggers/ }).waitFor();
      await screenshot(page, 'phone-join');
      await page.getByLabel('Your name').fill('Grace');
      await page.getByLabel('New password').fill(PASSWORD);
      await page.getByRole('button', { name: 'Create the account and join' }).click();
      await page.getByText(/^Grace, Night Riggers .* \(tech\)$/).waitFor();
      assert.equal(new URL(page.url()).search, '', 'the token is gone from the address');
      await page.reload();
      await page.getByText(/^Grace, Night Riggers/).waitFor();
    },
    PHONE,
  );
});

test('who has an account signs in first and joins with it', async () => {
  const [ada, eve, other] = [await signUp(), await signUp(), await signUp()];
  const link = await inviteMember(ada.token, eve.email);
  await visit(link, async (page) => {
    await signIn(page, other.email);
    await page.getByRole('button', { name: 'Join', exact: true }).click();
    await page.getByText('Sign in first, as the person whom this is for.').waitFor();
    await page.getByRole('button', { name: 'I am somebody else' }).click();
    await signIn(page, eve.email);
    await page.getByRole('button', { name: 'Join', exact: true }).click();
    await page.getByText('(tech)').waitFor();
    await page.getByLabel('Organisation').waitFor();
  });
});

test('a link that is not known says so', () =>
  visit('/invitation?token=nothing', async (page) => page.getByRole('heading', { name: 'This link is not known' }).waitFor()));

test('tells a page that is refused from a server that is away', async () => {
  // Any free port: an origin that the server does not know.
  const elsewhere = await servePage('http://127.0.0.1:0');
  const { port } = elsewhere.httpServer.address() as AddressInfo;
  const refused = `http://127.0.0.1:${port}`;
  try {
    await visit(refused, async (page) => {
      await page.getByText(`CORS_ALLOW_ORIGINS=${refused}`).waitFor();
      await screenshot(page, 'desk-refused');
    });
  } finally {
    await elsewhere.close();
  }
  await visit('/', async (page) => {
    await page.getByLabel('E-mail').waitFor();
    await page.route(`${SERVER_URL}/**`, (route) => route.abort());
    await signIn(page, 'ada@example.org');
    await page.getByText(`The server cannot be reached. Does it run at ${SERVER_URL}?`).waitFor();
  });
});

// The last test of all, by the name of its file: the clock never goes back.
test('an invitation that was not answered in time says so', async () => {
  const ada = await signUp();
  const { link } = await invite(ada.token);
  await passMinutes(7 * 24 * 60 + 1);
  await visit(link, async (page) => {
    await page.getByText('This invitation was not answered in time.').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Accept' }).count(), 0);
  });
});
