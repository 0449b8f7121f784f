// The page for a server without GraphiQL, at $SERVER_URL/graphiql/plain: signs up, signs in, sends, shows the schema.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { openBrowser } from './browser.js';
import { controls, runSteps } from './controls.js';
import { SERVER_URL } from './server.js';

const EMAIL = `${randomUUID()}@example.org`;
const PASSWORD = 'seven purple tents at dawn';
const PHONE = { width: 390, height: 844 };

const { browser, page, origins, errors } = await openBrowser(PHONE);
const { button, screenshot } = controls(page);
const account = (text) => page.locator('#account').filter({ hasText: text }).waitFor();
const result = (text) => page.locator('#result').filter({ hasText: text }).waitFor();

async function signsUp() {
  await page.goto(`${SERVER_URL}/graphiql/plain`);
  await button('Create an account').click();
  const form = page.locator('#sign-up');
  const fields = { 'Your name': 'Ada', Organisation: 'Night Riggers', 'E-mail': EMAIL, Password: 'short' };
  for (const [label, text] of Object.entries(fields)) await form.getByLabel(label).fill(text);
  await button('Create the account').click();
  await account('password');
  await form.getByLabel('Password').fill(PASSWORD);
  await button('Create the account').click();
  await account(`Signed in as ${EMAIL}`);
}

async function runsTheFirstOperation() {
  await button('Run').click();
  await result('"project_');
}

async function showsTheSchema() {
  const summaries = page.locator('#schema summary');
  // They appear all at once.
  await summaries.first().waitFor();
  const definitions = await summaries.allInnerTexts();
  assert.deepEqual(definitions.slice(0, 2), ['type Query', 'type Mutation']);
  await page.getByLabel('Search the schema').fill('createproject');
  await page.locator('#found').filter({ hasText: `2 of ${definitions.length}` }).waitFor();
  const open = page.locator('#schema details[open] pre').filter({ visible: true });
  assert.equal(await open.count(), 2);
  assert.match(await open.last().innerText(), /^"""\n.*\n"""\ninput CreateProjectInput \{/);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.width);
  await screenshot('plain-phone');
}

async function signsOutAndIn() {
  await button('Sign out').click();
  await account('Not signed in');
  await button('Run').click();
  await result('"MISSING"');
  await page.locator('#sign-in').getByLabel('E-mail').fill(EMAIL);
  await page.locator('#sign-in').getByLabel('Password').fill(PASSWORD);
  await button('Sign in').click();
  await account(`Signed in as ${EMAIL}`);
  await page.getByLabel('Operation').fill('{ projects { nodes { name } } }');
  await button('Run').click();
  await result('"My first show"');
}

function keepsToItself() {
  assert.deepEqual([...origins], [SERVER_URL]);
  assert.deepEqual(errors, []);
}

try {
  await runSteps([signsUp, runsTheFirstOperation, showsTheSchema, signsOutAndIn, keepsToItself]);
} catch (error) {
  await screenshot('failure');
  throw error;
} finally {
  await browser.close();
}
