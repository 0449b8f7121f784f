// The built page in a browser, served from another origin than the server: its cookie, its token, its network log.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContext, Page, Request, Response } from 'playwright-core';
import type { PreviewServer } from 'vite';
import * as api from '../generated/graphql.ts';
import { launch, screenshot, servePage, VISITOR } from './browser.ts';
import { hour, PAGE_ORIGIN, PASSWORD, passMinutes, run, SERVER_URL, serverNow, signUp } from './server.ts';

// An access token lives for 15 minutes.
const LONGER_THAN_A_TOKEN = 16;

let pages: PreviewServer;
let browser: Browser;
let ada: { email: string; token: string };

before(async () => {
  pages = await servePage();
  browser = await launch();
  ada = await signUp();
  await plan(ada.token);
});

after(async () => {
  await browser?.close();
  await pages?.close();
});

/** Three projects; the first has a page of missions and one more. */
async function plan(token: string) {
  const project = async (name: string) => (await run(token, api.CreateProjectDocument, { input: { name } })).createProject.project.id;
  const projectId = await project('Autumn tour');
  await project('Opera');
  await project('Street festival');
  const place = { location: 'Le Havre', timezone: 'Asia/Tokyo', roles: [{ name: 'Rigger', quantity: 2 }] };
  for (let show = 1; show <= 51; show += 1) {
    const mission = { ...place, title: `Show ${show}`, startsAt: hour(24 * show + 8), endsAt: hour(24 * show + 12) };
    await run(token, api.CreateMissionDocument, { input: { projectId, mission } });
  }
}

/** What a page asked the server for, in order, without the preflights. */
class Log {
  readonly #requests: Request[] = [];
  #start = 0;

  constructor(context: BrowserContext) {
    context.on('request', (request) => this.#requests.push(request));
  }

  /** What was asked before does not count as an outcome any more. */
  clear() {
    this.#start = this.#requests.length;
  }

  /** Where requests went, from the beginning. */
  origins(): string[] {
    const urls = this.#requests.map((request) => new URL(request.url())).filter(({ protocol }) => protocol !== 'data:');
    return [...new Set(urls.map(({ origin }) => origin))].sort();
  }

  /** What came of each renewal. */
  renewals = () => this.#outcomes('/api/v1/auth/refresh');
  /** What came of each query and mutation. */
  operations = () => this.#outcomes('/graphql');

  async #outcomes(path: string): Promise<string[]> {
    const asked = this.#requests.slice(this.#start).filter((request) => request.url() === SERVER_URL + path);
    return Promise.all(asked.map(async (request) => outcome(await request.response())));
  }
}

/** `OK` or the code of the error; GraphQL and the cookie's routes put it in different places. */
async function outcome(response: Response | null): Promise<string> {
  const { error, errors } = (await response?.json()) ?? {};
  return error?.code ?? errors?.[0].extensions.code ?? 'OK';
}

const asksForProjects = (request: Request) => request.postData()?.includes('query Projects') ?? false;

/** Opens the page in a browser that has never seen it. */
async function visit(work: (page: Page, log: Log) => Promise<void>) {
  const context = await browser.newContext(VISITOR);
  context.setDefaultTimeout(30_000);
  try {
    const log = new Log(context);
    const page = await context.newPage();
    await page.goto(PAGE_ORIGIN);
    await work(page, log);
    assert.deepEqual(log.origins().filter((origin) => origin !== SERVER_URL && origin !== PAGE_ORIGIN), []);
  } finally {
    await context.close();
  }
}

async function signIn(page: Page) {
  await page.getByLabel('E-mail').fill(ada.email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Ada, Night Riggers').waitFor();
}

/** The cell that names the last mission. A row's text would not do: "Show 5" on "13 Dec" reads "Show 513 Dec". */
const lastShow = (page: Page) => page.getByRole('cell', { name: 'Show 51', exact: true });

/** Opens each project's board. Waits for it, because a board that appears moves what stands below from under the pointer. */
async function openBoards(page: Page) {
  await page.getByText('Autumn tour').click();
  await lastShow(page).waitFor();
  for (const [empty, name] of ['Opera', 'Street festival'].entries()) {
    await page.getByText(name).click();
    await page.getByText('No missions yet.').nth(empty).waitFor();
  }
}

/** Loads the viewer, the list of projects and the open boards in parallel, and waits until they are shown. */
async function reload(page: Page) {
  const old = await page.locator('details').first().elementHandle();
  await page.getByRole('button', { name: 'Reload' }).click();
  await old!.waitForElementState('hidden');
  await page.locator('details').first().waitFor();
}

/** The same with all three boards. */
async function reloadAll(page: Page) {
  await reload(page);
  await lastShow(page).waitFor();
}

const times = (count: number, outcome: string) => Array<string>(count).fill(outcome);

test('signs in, shows projects and a board, signs out', () =>
  visit(async (page, log) => {
    await page.getByLabel('E-mail').fill(ada.email);
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('The e-mail address or the password is wrong.').waitFor();
    await signIn(page);
    await page.getByText('Autumn tour').click();
    const row = page.getByRole('row').filter({ has: lastShow(page) });
    await row.getByText('Le Havre').waitFor();
    assert.match((await row.textContent()) ?? '', /17:00.*21:00.*Rigger \(2\): nobody yet/);
    assert.equal(await page.getByRole('row').count(), 52, 'both pages of the board, and the head');
    assert.deepEqual(await page.evaluate(() => [{ ...localStorage }, { ...sessionStorage }, document.cookie]), [{}, {}, '']);
    await screenshot(page, 'desk-board');

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Password').waitFor();
    log.clear();
    await page.reload();
    await page.getByLabel('Password').waitFor();
    assert.deepEqual(await log.renewals(), ['UNAUTHENTICATED']);
    assert.deepEqual(await log.operations(), []);
  }));

test('renews once for parallel queries that the server refuses', () =>
  visit(async (page, log) => {
    await signIn(page);
    await openBoards(page);
    await passMinutes(LONGER_THAN_A_TOKEN);
    log.clear();
    await reloadAll(page);
    assert.deepEqual(await log.renewals(), ['OK']);
    // Five queries; the first board has a second page.
    assert.deepEqual(await log.operations(), [...times(5, 'UNAUTHENTICATED'), ...times(6, 'OK')]);
  }));

test('does not renew again for a refusal that arrives after the renewal', () =>
  visit(async (page, log) => {
    await signIn(page);
    await openBoards(page);
    await passMinutes(LONGER_THAN_A_TOKEN);
    log.clear();
    const endpoint = `${SERVER_URL}/graphql`;
    const renewed = page.waitForResponse(async (answer) => answer.url() === endpoint && (await outcome(answer)) === 'OK');
    let held = false;
    await page.route(endpoint, async (route) => {
      if (held || !asksForProjects(route.request())) return route.continue();
      held = true;
      const refusal = await route.fetch();
      await renewed;
      await route.fulfill({ response: refusal });
    });
    await reloadAll(page);
    assert.deepEqual(await log.renewals(), ['OK']);
    assert.deepEqual((await log.operations()).sort(), [...times(6, 'OK'), ...times(5, 'UNAUTHENTICATED')]);
  }));

test('renews once, before it asks, when it knows that the token has expired', () =>
  visit(async (page, log) => {
    await signIn(page);
    await openBoards(page);
    await passMinutes(LONGER_THAN_A_TOKEN);
    await page.clock.setFixedTime(serverNow());
    log.clear();
    await reloadAll(page);
    assert.deepEqual(await log.renewals(), ['OK']);
    assert.deepEqual(await log.operations(), times(6, 'OK'));
  }));

test('does not renew again and again where the clock is wrong', () =>
  visit(async (page, log) => {
    await page.clock.setFixedTime(serverNow() + 365 * 24 * 3_600_000);
    await signIn(page);
    await openBoards(page);
    log.clear();
    await reloadAll(page);
    assert.deepEqual(await log.renewals(), []);
    assert.deepEqual(await log.operations(), times(6, 'OK'));
  }));

test('restores the session through the cookie once when the page is reloaded', () =>
  visit(async (page, log) => {
    await signIn(page);
    for (const minutes of [0, LONGER_THAN_A_TOKEN]) {
      await passMinutes(minutes);
      log.clear();
      await page.reload();
      await page.getByText('Street festival').waitFor();
      assert.deepEqual(await log.renewals(), ['OK']);
      assert.deepEqual(await log.operations(), ['OK', 'OK']);
    }
  }));

test('goes back to the sign-in form, without a loop, when the session was ended elsewhere', () =>
  visit(async (page, log) => {
    await signIn(page);
    await openBoards(page);
    await endSessions();
    log.clear();
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.getByText('Your session has ended. Sign in again.').waitFor();
    await page.getByLabel('Password').waitFor();
    assert.equal(await page.getByText('Autumn tour').count(), 0);
    await signIn(page);
    assert.deepEqual(await log.renewals(), ['INVALID_TOKEN']);
    // Five that were refused and not repeated; then the sign-in, the viewer and the projects.
    assert.deepEqual(await log.operations(), [...times(5, 'UNAUTHENTICATED'), ...times(3, 'OK')]);
  }));

test('sends nothing again for whoever signs in before a refusal arrives', () =>
  visit(async (page, log) => {
    await signIn(page);
    await openBoards(page);
    await endSessions();
    let signedIn = () => {};
    const somebodyElse = new Promise<void>((resolve) => (signedIn = resolve));
    let held = false;
    await page.route(`${SERVER_URL}/graphql`, async (route) => {
      if (held || !asksForProjects(route.request())) return route.continue();
      held = true;
      const refusal = await route.fetch();
      await somebodyElse;
      await route.fulfill({ response: refusal });
    });
    log.clear();
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.getByText('Your session has ended. Sign in again.').waitFor();
    await signIn(page);
    const late = page.waitForResponse(
      async (answer) => asksForProjects(answer.request()) && (await outcome(answer)) === 'UNAUTHENTICATED',
    );
    signedIn();
    await late;
    await reload(page);
    assert.deepEqual((await log.operations()).sort(), [...times(5, 'OK'), ...times(5, 'UNAUTHENTICATED')]);
  }));

test('says nothing to whoever signs in about the session of somebody before', () =>
  visit(async (page) => {
    await signIn(page);
    let signedIn = () => {};
    const somebodyElse = new Promise<void>((resolve) => (signedIn = resolve));
    const asksForABoard = (request: Request) => request.postData()?.includes('query Board') ?? false;
    await page.route(`${SERVER_URL}/graphql`, async (route) => {
      if (asksForABoard(route.request())) await somebodyElse;
      await route.continue();
    });
    await page.getByText('Opera').click();
    await endSessions();
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.getByText('Your session has ended. Sign in again.').waitFor();
    await signIn(page);
    const late = page.waitForResponse((answer) => asksForABoard(answer.request()));
    signedIn();
    await (await late).finished();
    // Until the page has nothing left to do.
    await page.evaluate(() => new Promise((done) => requestIdleCallback(done)));
    assert.equal(await page.getByRole('alert').textContent(), '');
  }));

/** Signs in elsewhere and ends all other sessions. */
async function endSessions() {
  const { login } = await run(undefined, api.LoginDocument, { input: { email: ada.email, password: PASSWORD } });
  const { me } = await run(login.accessToken, api.ViewerDocument, {});
  for (const { id, current } of me.sessions ?? []) {
    if (!current) await run(login.accessToken, api.RevokeSessionDocument, { input: { sessionId: id } });
  }
}

test('stays signed in when the server cannot renew for a moment', () =>
  visit(async (page, log) => {
    await signIn(page);
    await openBoards(page);
    await passMinutes(LONGER_THAN_A_TOKEN);
    await page.clock.setFixedTime(serverNow());
    await page.route(`${SERVER_URL}/api/v1/auth/refresh`, (route) => route.abort(), { times: 1 });
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.getByText('The connection broke off. Try again.').waitFor();
    log.clear();
    await reloadAll(page);
    assert.deepEqual(await log.renewals(), ['OK']);
  }));
