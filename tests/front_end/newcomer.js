// Somebody who has never seen GraphiQL at $SERVER_URL/graphiql: signs up in the editor, follows the first document, moves
// to another organisation and to another account, on a desk and on a phone.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { openBrowser } from './browser.js';
import { controls, runSteps } from './controls.js';
import { SERVER_URL } from './server.js';
import { pass } from './stage.js';

const PASSWORD = 'seven purple tents at dawn';
const DESK = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

const banner = (page, text) => page.getByRole('banner').filter({ hasText: text }).waitFor();

async function open(page) {
  await page.goto(`${SERVER_URL}/graphiql`);
  await controls(page).ready();
}

/** Runs the only operation in the editor, and waits until the answer is there. */
async function run(page, document, expected) {
  const { button, write, resultHas } = controls(page);
  await write('Query Editor', document);
  await button(/^Execute query/).click();
  await resultHas(expected);
}

const signUp = (email, name, org) => `mutation {
  me: signUp(input: { email: "${email}", password: "${PASSWORD}", displayName: "${name}", orgName: "${org}" }) { role }
}`;

/** The first document, from an empty organisation to a board. The ids of one step get into the next. */
async function followsTheFirstDocument(page) {
  const { runStep, resultHas } = controls(page);
  const answers = [
    ['Step1', '"My first show"'],
    ['Step2', '"Load-in"'],
    ['Step3', '"token"'],
    ['Step4', '"invited": 2'],
    ['Step5', '"RECONFIRM"'],
  ];
  for (const [step, expected] of answers) {
    await runStep(step);
    await resultHas(expected);
  }
}

async function onADesk() {
  const { browser, page, calls } = await openBrowser(DESK);
  const { button, ready, screenshot, resultHas } = controls(page);
  const [ada, ben] = [`${randomUUID()}@example.org`, `${randomUUID()}@example.org`];
  let orgId;

  async function signsUpInTheForm() {
    await open(page);
    await button('Create an account').click();
    const fields = { 'Your name': 'Ada', Organisation: 'Night Riggers', 'E-mail': ada, Password: PASSWORD };
    for (const [label, text] of Object.entries(fields)) await page.getByLabel(label).fill(text);
    await button('Create the account').click();
    await banner(page, 'Night Riggers OWNER');
  }

  async function makesTheFirstShow() {
    await followsTheFirstDocument(page);
    await screenshot('newcomer-desk');
  }

  async function switchingInTheEditorMovesThePage() {
    await run(page, 'mutation { createOrg(input: { name: "Day Riggers" }) { org { id } } }', '"org_');
    orgId = /org_\w+/.exec(await page.locator('.result-window').innerText())[0];
    await run(page, `mutation { moved: switchOrg(input: { orgId: "${orgId}" }) { org { name } } }`, '"Day Riggers"');
    await page.getByLabel('Organisation').locator('option:checked', { hasText: 'Day Riggers' }).waitFor({ state: 'attached' });
    await run(page, '{ org { name } }', '"Day Riggers"');
  }

  async function signingUpInTheEditorIsSignedInForThePage() {
    await run(page, signUp(ben, 'Ben', 'Quay Crew'), '"OWNER"');
    await banner(page, 'Quay Crew OWNER');
    await run(page, '{ me { email } }', ben);
  }

  async function loggingInInTheEditorChangesWhoThePageIs() {
    const login = `mutation Again { l: login(input: { email: "${ada}", password: "${PASSWORD}", orgId: "${orgId}" }) { t: accessToken } }`;
    await run(page, login, '"t"');
    await banner(page, ada);
    await run(page, '{ org { name } me { email } }', ada);
    await resultHas('"Day Riggers"');
  }

  async function theCookieIsOfTheSameSession() {
    await pass(16);
    await run(page, '{ me { email } now: org { name } }', ada);
    await page.reload();
    await ready();
    await banner(page, ada);
  }

  async function aRefusedLoginChangesNothing() {
    const before = calls.length;
    const login = `mutation { login(input: { email: "${ada}", password: "wrong" }) { role } }`;
    await run(page, login, 'INVALID_CREDENTIALS');
    assert.deepEqual(calls.slice(before).filter((call) => call.includes('/auth/')), []);
    await banner(page, ada);
  }

  async function loggingOutInTheEditorSignsThePageOut() {
    await run(page, 'mutation { logout { loggedOut } }', '"loggedOut": true');
    await button('Sign in').waitFor();
    await page.reload();
    await button('Sign in').waitFor();
  }

  try {
    await runSteps([
      signsUpInTheForm,
      makesTheFirstShow,
      switchingInTheEditorMovesThePage,
      signingUpInTheEditorIsSignedInForThePage,
      loggingInInTheEditorChangesWhoThePageIs,
      theCookieIsOfTheSameSession,
      aRefusedLoginChangesNothing,
      loggingOutInTheEditorSignsThePageOut,
    ]);
  } catch (error) {
    console.error(`calls: ${calls.join(', ')}`);
    await screenshot('failure');
    throw error;
  } finally {
    await browser.close();
  }
}

async function onAPhone() {
  const { browser, page } = await openBrowser(PHONE);
  const { button, write, screenshot } = controls(page);

  const widthOf = async (selector) => (await page.locator(selector).first().boundingBox()).width;

  async function isReadable() {
    await open(page);
    await button('Sign in').waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.width);
    for (const part of ['.graphiql-query-editor', '.graphiql-response', 'header form']) {
      assert.ok((await widthOf(part)) > 0.85 * PHONE.width, part);
    }
    await screenshot('newcomer-phone-out');
  }

  async function signsUpInTheEditor() {
    const editor = page.locator('.graphiql-query-editor .CodeMirror');
    const first = await editor.evaluate((shown) => shown.CodeMirror.getValue());
    await run(page, signUp(`${randomUUID()}@example.org`, 'Eve', 'Pocket Crew'), '"OWNER"');
    await banner(page, 'Pocket Crew OWNER');
    await write('Query Editor', first);
  }

  async function makesTheFirstShow() {
    await followsTheFirstDocument(page);
    await page.locator('.graphiql-response').scrollIntoViewIfNeeded();
    await screenshot('newcomer-phone-board');
  }

  async function readsTheDocumentation() {
    await button('Show Documentation Explorer').click();
    await page.locator('.graphiql-doc-explorer').filter({ hasText: 'All Schema Types' }).waitFor();
    assert.ok((await widthOf('.graphiql-doc-explorer')) > 0.85 * PHONE.width);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.width);
    await screenshot('newcomer-phone-documentation');
  }

  try {
    await runSteps([isReadable, signsUpInTheEditor, makesTheFirstShow, readsTheDocumentation]);
  } catch (error) {
    await screenshot('failure');
    throw error;
  } finally {
    await browser.close();
  }
}

await onADesk();
await onAPhone();
