// What a planner does on the pages of a mission and of a person, and what somebody of the crew sees of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Locator, Page, Request } from 'playwright-core';
import * as api from '../generated/graphql.ts';
import { PHONE, screenshot, signIn, visits } from './browser.ts';
import { hour, PAGE_ORIGIN, PASSWORD, run, SERVER_URL, signUp } from './server.ts';

const visit = visits();

async function hire(token: string, displayName: string, email: string | null = null): Promise<string> {
  const input = { displayName, email, skills: ['rigging'] };
  const { createUser } = await run(token, api.CreateUserDocument, { input });
  return createUser.user.id;
}

/** A project with missions of one role each, from and until so many hours; in UTC, as the page shows it. */
async function plan(token: string, missions: Record<string, [number, number]>) {
  const { createProject } = await run(token, api.CreateProjectDocument, { input: { name: 'Autumn tour' } });
  const projectId = createProject.project.id;
  const made = Object.entries(missions).map(async ([title, [from, to]]) => {
    const roles = [{ name: 'Rigger', skill: 'rigging', quantity: 2 }];
    const mission = { title, location: 'Le Havre', startsAt: hour(from), endsAt: hour(to), timezone: 'UTC', roles };
    const { createMission } = await run(token, api.CreateMissionDocument, { input: { projectId, mission } });
    return { id: createMission.mission.id, roleId: createMission.mission.roles[0]!.id };
  });
  return Promise.all(made);
}

const book = async (token: string, roleId: string, userId: string) =>
  (await run(token, api.AssignToMissionDocument, { input: { roleId, userId } })).assignToMission.assignment.id;

/** How everybody on a mission stands, by name. */
async function people(token: string, id: string) {
  const { mission } = await run(token, api.MissionPageDocument, { id });
  const rows = mission!.roles.flatMap(({ assignments }) => assignments);
  return rows.map(({ user, status, reason }) => [user.displayName, status, reason].filter(Boolean).join(' ')).sort();
}

/** Opens something folded, and hands it out. */
async function unfold(within: Page | Locator, title: string) {
  const summary = within.getByText(title, { exact: true }).and(within.locator('summary'));
  await summary.click();
  return summary.locator('..');
}

const isFor = (operation: string, request: Request) => request.postDataJSON()?.operationName === operation;

/** Holds the first request for an operation back. Returns a function that lets it go and waits for the answer. */
async function hold(page: Page, operation: string) {
  let first: Request | undefined;
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route(`${SERVER_URL}/graphql`, async (route) => {
    const held = !first && isFor(operation, route.request());
    if (held) {
      first = route.request();
      await released;
    }
    await route.continue();
  });
  return async () => {
    const answered = page.waitForEvent('requestfinished', (request) => request === first);
    release();
    await answered;
  };
}

/** What a field for a time takes: an instant in UTC without its end. */
const local = (hours: number) => hour(hours).slice(0, 16);

test('a planner moves a mission, and sees first who has to confirm again', async () => {
  const { email, token } = await signUp();
  const [loadIn, show] = await plan(token, { 'Load-in': [8, 12], Show: [20, 24] });
  const [ben, cleo] = [await hire(token, 'Ben'), await hire(token, 'Cleo')];
  for (const person of [ben, cleo]) await book(token, loadIn!.roleId, person);
  await book(token, show!.roleId, cleo);
  await visit('/', async (page) => {
    await signIn(page, email);
    await page.getByText('Autumn tour').click();
    await page.getByRole('link', { name: 'Load-in' }).click();
    const form = await unfold(page, 'Move');
    await form.getByLabel('New start').fill(local(18));
    await form.getByLabel('New end').fill(local(22));
    await form.getByRole('button', { name: 'What would happen?' }).click();
    await page.getByText('Ben is asked again', { exact: true }).waitFor();
    await page.getByText('Cleo is asked again, but is booked elsewhere at that time: Show').waitFor();
    await screenshot(page, 'desk-move');
    assert.deepEqual(await people(token, loadIn!.id), ['Ben ACCEPTED', 'Cleo ACCEPTED'], 'nothing has changed yet');

    await form.getByLabel('New end').fill(local(21));
    assert.equal(await form.getByRole('button', { name: 'Move it' }).count(), 0, 'that was about another time');
    await form.getByRole('button', { name: 'What would happen?' }).click();
    await form.getByRole('button', { name: 'Move it' }).click();
    await page.getByText('The mission is moved.').waitFor();
    await page.getByText('0 of 2 filled, 2 asked').waitFor();
  });
  assert.deepEqual(await people(token, loadIn!.id), ['Ben INVITED', 'Cleo INVITED']);
});

test('what was asked about other times is not shown any more when it is answered late', async () => {
  const { email, token } = await signUp();
  const [mission] = await plan(token, { 'Load-in': [8, 12] });
  await visit(`/#/mission/${mission!.id}`, async (page) => {
    await signIn(page, email);
    const form = await unfold(page, 'Move');
    const answerLate = await hold(page, 'RescheduleMission');
    await form.getByLabel('New end').fill(local(13));
    await form.getByRole('button', { name: 'What would happen?' }).click();
    await form.getByLabel('New end').fill(local(14));
    await form.getByRole('button', { name: 'What would happen?' }).click();
    await form.getByText('Nobody is on this mission yet.').waitFor();
    await answerLate();
    await form.getByRole('button', { name: 'Move it' }).click();
    await page.getByText('The mission is moved.').waitFor();
  });
  const moved = await run(token, api.MissionPageDocument, { id: mission!.id });
  assert.equal(Date.parse(moved.mission!.endsAt), Date.parse(hour(14)));
});

test('a board that is opened while the page reloads is shown', async () => {
  const { email, token } = await signUp();
  await plan(token, { 'Load-in': [8, 12] });
  await visit('/', async (page) => {
    await signIn(page, email);
    const row = await page.locator('details').filter({ hasText: 'Autumn tour' }).elementHandle();
    const answerLate = await hold(page, 'Projects');
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.getByText('Autumn tour').click();
    await page.getByRole('link', { name: 'Load-in' }).waitFor();
    await answerLate();
    await row!.waitForElementState('hidden');
    await page.getByRole('link', { name: 'Load-in' }).waitFor();
  });
});

test('the link of an invitation is shown even if the mission cannot be loaded after it', async () => {
  const { email, token } = await signUp();
  const [mission] = await plan(token, { 'Load-in': [8, 12] });
  await hire(token, 'Ben');
  await visit(`/#/mission/${mission!.id}`, async (page) => {
    await signIn(page, email);
    const found = await unfold(page, 'Find people');
    await found.getByLabel('Ben').check();
    await page.route(`${SERVER_URL}/graphql`, (route) =>
      isFor('MissionPage', route.request()) ? route.abort() : route.continue(),
    );
    await found.getByRole('button', { name: 'Invite' }).click();
    await page.getByText('The connection broke off. Try again.').waitFor();
    assert.equal(await page.getByRole('status').getByRole('link').count(), 1);
  });
});

test('candidates are loaded once, however often they are opened meanwhile', async () => {
  const { email, token } = await signUp();
  const [mission] = await plan(token, { 'Load-in': [8, 12] });
  await hire(token, 'Ben');
  await visit(`/#/mission/${mission!.id}`, async (page) => {
    await signIn(page, email);
    let asked = 0;
    page.on('request', (request) => (asked += Number(isFor('WhoCouldCome', request))));
    const answerLate = await hold(page, 'WhoCouldCome');
    const found = await unfold(page, 'Find people');
    await unfold(page, 'Find people');
    await unfold(page, 'Find people');
    await answerLate();
    await found.getByLabel('Ben').check();
    await found.getByRole('button', { name: 'Invite' }).click();
    await page.getByRole('status').getByText('Ben is asked.').waitFor();
    assert.equal(asked, 1);
  });
});

test('a change of somebody who did not see the last one is refused', async () => {
  const { email, token } = await signUp();
  const [mission] = await plan(token, { 'Load-in': [8, 12] });
  await visit(`/#/mission/${mission!.id}`, async (page) => {
    await signIn(page, email);
    const form = await unfold(page, 'Change what it says');
    await run(token, api.UpdateMissionDocument, { input: { id: mission!.id, title: 'Get-in' } });
    await form.getByLabel('Where').fill('Hall 2');
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Somebody else has changed this.').waitFor();
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.getByRole('heading', { name: 'Get-in' }).waitFor();
  });
});

test('a planner adds a mission and a role, asks one person and books another', async () => {
  const { email, token } = await signUp();
  const [show] = await plan(token, { Show: [8, 12] });
  const [, cleo] = [await hire(token, 'Ben'), await hire(token, 'Cleo')];
  await book(token, show!.roleId, cleo);
  await visit('/', async (page) => {
    await signIn(page, email);
    await page.getByText('Autumn tour').click();
    const mission = await unfold(page, 'New mission');
    await mission.getByLabel('Title').fill('Load-in');
    // Paris is where the organisation is, an hour or two ahead of UTC.
    await mission.getByLabel('Start').fill(local(10));
    await mission.getByLabel('End').fill(local(13));
    await mission.getByRole('button', { name: 'Add the mission' }).click();
    await page.getByRole('heading', { name: 'Load-in' }).waitFor();

    const role = await unfold(page, 'New role');
    await role.getByLabel('Role').fill('Rigger');
    await role.getByLabel('Skill').fill('rigging');
    await role.getByRole('button', { name: 'Add the role' }).click();
    await page.getByRole('heading', { name: 'Rigger: 0 of 1' }).waitFor();

    let found = await unfold(page, 'Find people');
    await found.getByText('Cleo · booked: Show').waitFor();
    await screenshot(page, 'desk-candidates');
    await found.getByLabel('Ben').check();
    await found.getByRole('button', { name: 'Invite' }).click();
    await page.getByRole('status').getByText('Ben is asked.').waitFor();
    assert.match((await page.getByRole('status').getByRole('link').getAttribute('href')) ?? '', /^\/invitation\?token=./);

    found = await unfold(page, 'Find people');
    const row = found.getByRole('listitem').filter({ hasText: 'Cleo' });
    await row.getByRole('button', { name: 'Book' }).click();
    await page.getByText('The person is booked elsewhere at that time: Show.').waitFor();
    await found.getByLabel('booked elsewhere: why?').fill('She swaps at ten');
    await row.getByRole('button', { name: 'Book' }).click();
    await page.getByRole('heading', { name: 'Rigger: 1 of 1' }).waitFor();

    const cleos = page.getByRole('listitem').filter({ hasText: 'Cleo' });
    const taking = await unfold(cleos, 'Take off');
    await taking.getByLabel('Why?').fill('No swap');
    await taking.getByRole('button', { name: 'Take off the mission' }).click();
    await page.getByText('cancelled · No swap').waitFor();
    await screenshot(page, 'desk-mission');
  });
});

test('a planner calls a mission off on a phone', async () => {
  const { email, token } = await signUp();
  const [mission] = await plan(token, { 'Load-in': [8, 12] });
  await book(token, mission!.roleId, await hire(token, 'Ben'));
  await visit(
    `/#/mission/${mission!.id}`,
    async (page) => {
      await signIn(page, email);
      await page.getByRole('heading', { name: 'Rigger: 1 of 2' }).waitFor();
      await screenshot(page, 'phone-mission');
      const form = await unfold(page, 'Cancel');
      await form.getByLabel('Why?').fill('Rain');
      await form.getByRole('button', { name: 'Cancel the mission' }).click();
      await page.getByRole('heading', { name: 'Load-in (cancelled)' }).waitFor();
      assert.equal(await page.locator('details.folded').count(), 0, 'nothing is left to plan');
    },
    PHONE,
  );
  assert.deepEqual(await people(token, mission!.id), ['Ben CANCELLED Rain']);
});

test('a planner looks after the crew', async () => {
  const { email, token } = await signUp();
  const [mission] = await plan(token, { 'Load-in': [8, 12] });
  await hire(token, 'Ben');
  await visit('/', async (page) => {
    await signIn(page, email);
    await page.getByRole('link', { name: 'Crew', exact: true }).click();
    const person = await unfold(page, 'New person');
    await person.getByLabel('Name').fill('Cleo');
    await person.getByLabel('rigging').check();
    await person.getByLabel('Others').nth(1).fill('night, van');
    await person.getByRole('button', { name: 'Add to the crew' }).click();
    await page.getByRole('cell', { name: 'night, van' }).waitFor();
    await screenshot(page, 'desk-crew');
    await page.getByRole('link', { name: 'Cleo' }).click();
    await page.getByRole('heading', { name: 'Cleo' }).waitFor();
    const cleo = page.url().split('/').at(-1)!;

    const profile = await unfold(page, 'Change the profile');
    await profile.getByLabel('Phone').fill('0612');
    await profile.getByLabel('rigging').uncheck();
    await profile.getByRole('button', { name: 'Save' }).click();
    await page.getByText('0612 · night, van').waitFor();

    await book(token, mission!.roleId, cleo);
    const slot = await unfold(page, 'New slot');
    await slot.getByLabel('From').fill(local(0));
    await slot.getByLabel('Until').fill(local(24));
    await slot.getByLabel('Note').fill('Exam');
    await slot.getByRole('button', { name: 'Add' }).click();
    await page.getByText('The person is booked then: Load-in. Nothing was cancelled.').waitFor();
    await page.getByText(/cannot work · .* · Exam/).waitFor();
    await screenshot(page, 'desk-person');

    const archive = await unfold(page, 'Archive');
    await archive.getByRole('button', { name: 'Archive' }).click();
    await page.getByText('Something else still needs this: 1 in all.').waitFor();
    await archive.getByLabel('cancel what is ahead').check();
    await archive.getByRole('button', { name: 'Archive' }).click();
    await page.getByRole('heading', { name: 'Cleo (archived)' }).waitFor();
  });
  assert.deepEqual(await people(token, mission!.id), ['Cleo CANCELLED']);
});

/** Tom, who is of the crew and has an account that may not plan. */
async function tom(ada: { email: string; token: string }) {
  const email = `tom.${ada.email}`;
  const userId = await hire(ada.token, 'Tom', email);
  const { inviteMember } = await run(ada.token, api.InviteMemberDocument, { input: { email, role: 'TECH' } });
  await run(undefined, api.JoinOrgDocument, { input: { token: inviteMember.token, displayName: 'Tom', password: PASSWORD } });
  return { email, userId };
}

test('somebody of the crew answers, withdraws and says when they cannot work', async () => {
  const ada = await signUp();
  const [loadIn, show] = await plan(ada.token, { 'Load-in': [8, 12], Show: [10, 14] });
  const { email, userId } = await tom(ada);
  await run(ada.token, api.InviteToMissionDocument, { input: { roleId: loadIn!.roleId, userIds: [userId] } });
  const force = { roleId: show!.roleId, userId, force: true, reason: 'Only he knows the show' };
  await run(ada.token, api.AssignToMissionDocument, { input: force });
  await visit(
    '/',
    async (page) => {
      await signIn(page, email);
      await page.getByRole('link', { name: 'My schedule' }).click();
      const invited = page.getByRole('listitem').filter({ hasText: 'Load-in' });
      await invited.getByRole('button', { name: 'Accept' }).click();
      await page.getByText('The person is booked elsewhere at that time: Show.').waitFor();
      await screenshot(page, 'phone-schedule');

      const booked = page.getByRole('listitem').filter({ hasText: 'Show' });
      const withdrawing = await unfold(booked, 'Withdraw');
      await withdrawing.getByLabel('Why?').fill('My sister marries');
      await withdrawing.getByRole('button', { name: 'Withdraw' }).click();
      await booked.waitFor({ state: 'detached' });
      await invited.getByRole('button', { name: 'Accept' }).click();
      await invited.getByText('comes').waitFor();

      await page.getByRole('link', { name: 'Load-in' }).click();
      await page.getByRole('heading', { name: 'Rigger: 1 of 2' }).waitFor();
      assert.equal(await page.locator('details.folded').count(), 0, 'only planners plan');
    },
    PHONE,
  );
  assert.deepEqual(await people(ada.token, show!.id), ['Tom CANCELLED My sister marries']);
  assert.deepEqual(await people(ada.token, loadIn!.id), ['Tom ACCEPTED']);
});

test('a planner sees who is booked twice', async () => {
  const { email, token } = await signUp();
  const [loadIn, show] = await plan(token, { 'Load-in': [8, 12], Show: [10, 14] });
  const ben = await hire(token, 'Ben');
  await book(token, loadIn!.roleId, ben);
  const force = { roleId: show!.roleId, userId: ben, force: true, reason: 'He swaps at ten' };
  await run(token, api.AssignToMissionDocument, { input: force });
  await visit(
    `/#/person/${ben}`,
    async (page) => {
      await signIn(page, email);
      await page.getByRole('heading', { name: 'Booked twice' }).waitFor();
      await page.getByText('Load-in and Show, both').waitFor();
      await screenshot(page, 'phone-booked-twice');
    },
    PHONE,
  );
});

test('the address of a page of another organisation shows nothing of it', async () => {
  const [ada, eve] = [await signUp(), await signUp()];
  const [mission] = await plan(ada.token, { 'Load-in': [8, 12] });
  await visit(new URL(`/#/mission/${mission!.id}`, PAGE_ORIGIN).href, async (page) => {
    await signIn(page, eve.email);
    await page.getByText('This mission does not exist.').waitFor();
  });
});
