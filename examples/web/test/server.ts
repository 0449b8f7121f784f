// What the tests know of the server: where it is, its clock, and people who use it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Client, fetchExchange, type AnyVariables, type TypedDocumentNode } from '@urql/core';
import * as documents from '../generated/graphql.ts';
import { data } from '../src/client.ts';

export const SERVER_URL = setting('SERVER_URL');
export const PAGE_ORIGIN = setting('PAGE_ORIGIN');
export const PASSWORD = 'seven purple tents at dawn';

const ran = new Set<unknown>();

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

/** Runs an operation, with an access token or as nobody, and notes that it ran. */
export async function run<Data, Variables extends AnyVariables>(
  token: string | undefined,
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const url = `${SERVER_URL}/graphql`;
  const client = new Client({ url, preferGetMethod: false, fetchOptions: { headers }, exchanges: [fetchExchange] });
  const [operation] = document.definitions;
  const send = operation?.kind === 'OperationDefinition' && operation.operation === 'mutation' ? client.mutation : client.query;
  const answer = await data(send.call(client, document, variables));
  ran.add(document);
  return answer as Data;
}

/** The names of generated operations that `run` never ran. */
export function neverRan(): string[] {
  const operations = Object.entries(documents).filter(([, { definitions }]) => definitions[0]?.kind === 'OperationDefinition');
  assert.ok(operations.length > 30, 'the generated operations');
  return operations.filter(([, document]) => !ran.has(document)).map(([name]) => name);
}

/** An owner of a new organisation. */
export async function signUp() {
  const [email, orgName] = [`${randomUUID()}@example.org`, `Night Riggers ${randomUUID()}`];
  const input = { email, orgName, password: PASSWORD, displayName: 'Ada' };
  const { signUp } = await run(undefined, documents.SignUpDocument, { input });
  return { email, token: signUp.accessToken, orgId: signUp.org!.id };
}

let passed = 0;

/** Moves the server's clock. */
export async function passMinutes(minutes: number) {
  const answer = await fetch(`${SERVER_URL}/test/clock?${minutes}`, { method: 'POST' });
  assert.equal(answer.status, 200);
  passed += minutes * 60_000;
}

/** What a clock shows that was moved as well. */
export const serverNow = () => Date.now() + passed;

// Asked once: a test that runs over midnight stays on its day.
const DAY = new Date(Date.now() + 10 * 24 * 3_600_000).setUTCHours(0, 0, 0, 0);

/** An instant, so many hours after the beginning of a day in ten days. */
export const hour = (hours: number) => new Date(DAY + hours * 3_600_000).toISOString();
