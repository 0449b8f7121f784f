// The audits of graphql-http against $SERVER_URL/graphql: does the endpoint do what "GraphQL over HTTP" says?

import assert from 'node:assert/strict';
import { auditServer } from 'graphql-http';

// What this version of graphql-http has. Fewer would mean that something was not asked.
const AUDITS = { MUST: 13, SHOULD: 23, MAY: 25 };

const { SERVER_URL } = process.env;
assert(SERVER_URL, 'SERVER_URL says where the server is');

const results = await auditServer({ url: `${SERVER_URL}/graphql` });
const asked = { MUST: 0, SHOULD: 0, MAY: 0 };
const passed = { MUST: 0, SHOULD: 0, MAY: 0 };
for (const { id, name, status, reason, response } of results) {
  const [level] = name.split(' ');
  asked[level] += 1;
  if (status === 'ok') passed[level] += 1;
  console.log(`${status.padEnd(6)} ${id} ${name}`);
  if (reason) console.log(`       ${reason} (HTTP ${response?.status})`);
}
for (const level of Object.keys(AUDITS)) console.log(`${level}: ${passed[level]} of ${AUDITS[level]} passed`);
assert.deepEqual(asked, AUDITS, 'not all audits were made');
assert.deepEqual(passed, AUDITS, 'the endpoint fails some of them');
