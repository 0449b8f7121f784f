// GraphiQL at $SERVER_URL/graphiql, used as somebody would: sign in, run the board, come back later, sign out.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parse, print, separateOperations } from 'graphql';
import { openBrowser } from './browser.js';
import { controls, runSteps } from './controls.js';
import { SERVER_URL } from './server.js';
import { accept, CAMILLE, pass, plan } from './stage.js';

const documents = readFileSync(new URL('../contract/operations/planning.graphql', import.meta.url), 'utf8');
const BOARD = print(separateOperations(parse(documents)).Board);

const { projectId, forLea, forSam } = await plan();
const { browser, page, origins, calls, errors } = await openBrowser();

const { button, ready, shown, resultHas, screenshot, write, runStep } = controls(page);

const isFor = (operation, request) => request.postDataJSON()?.operationName === operation;
const answerTo = (operation) => page.waitForResponse((response) => isFor(operation, response.request()));

/** Runs what is in the editor. Hands out the calls that it took; what the page asks for itself is not among them. */
async function run(expected) {
  const before = calls.length;
  await button(/^Execute query/).click();
  await resultHas(expected);
  return calls.slice(before).filter((call) => /Board|auth/.test(call));
}

async function opensSignedOut() {
  await page.goto(`${SERVER_URL}/graphiql`);
  const hint = 'this server was built without GraphiQL: build it again with GRAPHIQL_BUILD=on';
  assert.equal(await page.title(), 'GraphiQL · Coulisses Crew', hint);
  await ready();
  await button('Sign in').waitFor();
}

async function signsIn() {
  await page.getByLabel('E-mail').fill(CAMILLE.email);
  await page.getByLabel('Password').fill(CAMILLE.password);
  await button('Sign in').click();
  await isSignedIn();
}

async function isSignedIn() {
  await shown('Camille Durand');
  await shown(CAMILLE.email);
  await page.getByRole('banner').filter({ hasText: 'Théâtre du Port OWNER' }).waitFor();
}

async function runsTheBoardOfTheFirstDocument() {
  await runStep('Step4');
  await resultHas('"Festival des Lumières"');
  assert.equal(await page.locator('.result-window').filter({ hasText: '"errors"' }).count(), 0);
}

async function runsTheBoard() {
  await accept(forLea);
  await write('Query Editor', BOARD);
  await write('Variables', JSON.stringify({ projectId }));
  assert.deepEqual(await run('"accepted": 1'), ['/graphql Board 200']);
  await resultHas('"Léa Martin"');
  await screenshot('board');
}

async function showsTheSchema() {
  await button('Show Documentation Explorer').click();
  await page.locator('.graphiql-doc-explorer').filter({ hasText: 'All Schema Types' }).waitFor();
  await screenshot('documentation');
  await button('Hide Documentation Explorer').click();
}

async function isStillSignedInAfterAReload() {
  // GraphiQL keeps what is in its editors a moment after it was typed.
  await page.waitForFunction((id) => {
    const [{ query, variables }] = JSON.parse(sessionStorage.getItem('graphiql:tabState')).tabs;
    return query.startsWith('query Board(') && variables?.includes(id);
  }, projectId);
  // It is sent for the schema after the reload. If it came after the next step has begun, it would have to renew.
  const introspected = answerTo('IntrospectionQuery');
  await page.reload();
  await ready();
  await isSignedIn();
  await introspected;
}

async function renewsWhatHasLapsed() {
  await pass(16);
  await accept(forSam);
  const took = await run('"accepted": 2');
  assert.deepEqual(took, ['/graphql Board 200', '/api/v1/auth/refresh 200', '/graphql Board 200']);
}

async function sendsNothingAgainForWhoeverSignsInNext() {
  await pass(16);
  const before = calls.length;
  let signedIn;
  const somebodyElse = new Promise((resolve) => (signedIn = resolve));
  await page.route(`${SERVER_URL}/graphql`, async (route) => {
    if (!isFor('Board', route.request())) return route.continue();
    const refusal = await route.fetch();
    await somebodyElse;
    await route.fulfill({ response: refusal });
  });
  const answered = answerTo('Board');
  await button(/^Execute query/).click();
  await button('Sign out').click();
  await signsIn();
  signedIn();
  await answered;
  await resultHas('UNAUTHENTICATED');
  assert.equal(calls.slice(before).filter((call) => call.includes('Board')).length, 1);
  await page.unroute(`${SERVER_URL}/graphql`);
  await run('"accepted": 2');
}

async function keepsNoToken() {
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  assert.match(kept, /Board/);
  assert.doesNotMatch(kept, /eyJ|Bearer/);
  assert.equal(await page.evaluate(() => document.cookie), '');
}

async function signsOut() {
  await button('Sign out').click();
  await button('Sign in').waitFor();
  await run('UNAUTHENTICATED');
  await page.reload();
  await button('Sign in').waitFor();
}

function talkedToNobodyElse() {
  assert.deepEqual([...origins], [SERVER_URL]);
}

function foundNoErrors() {
  // Nobody was signed in when the page was opened first and last: the cookie is asked, and there is none.
  const refused = 'Failed to load resource: the server responded with a status of 401 (Unauthorized)';
  const expected = `${refused} ${SERVER_URL}/api/v1/auth/refresh`;
  assert.deepEqual(errors, [expected, expected]);
}

try {
  const steps = [
    opensSignedOut,
    signsIn,
    showsTheSchema,
    runsTheBoardOfTheFirstDocument,
    runsTheBoard,
    isStillSignedInAfterAReload,
    renewsWhatHasLapsed,
    sendsNothingAgainForWhoeverSignsInNext,
    keepsNoToken,
    signsOut,
    talkedToNobodyElse,
    foundNoErrors,
  ];
  await runSteps(steps);
} catch (error) {
  console.error(`calls: ${calls.join(', ')}`, `errors: ${errors.join(', ')}`);
  await screenshot('failure');
  throw error;
} finally {
  await browser.close();
}
