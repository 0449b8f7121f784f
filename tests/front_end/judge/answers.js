// Requests whose whole answer is known: what is collected, merged, skipped, decoded, and null.

import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { gql, post } from '../server.js';

const raw = String.raw;

const COLLECTED = [
  {
    about: 'fields of one name are merged before anything runs',
    query: '{ org { name } org { timezone name } }',
    data: { org: { name: 'Théâtre du Port', timezone: 'Europe/Paris' } },
  },
  {
    about: 'a skipped field does not take the others of its name with it',
    query: '{ org { id @skip(if: true) } ...F } fragment F on Query { org { name } }',
    data: { org: { name: 'Théâtre du Port' } },
  },
  {
    about: 'a skipped field has no place in the order',
    query: '{ org { name @skip(if: true) timezone name } myRole @include(if: false) __typename myRole }',
    data: { org: { timezone: 'Europe/Paris', name: 'Théâtre du Port' }, __typename: 'Query', myRole: 'OWNER' },
  },
  {
    about: 'fields of fragments stand where the first of their name does',
    query:
      '{ org { ...A timezone ... { name } } ...B } fragment A on Node { __typename } ' +
      'fragment B on Query { org { a: name } }',
    data: { org: { __typename: 'Org', timezone: 'Europe/Paris', name: 'Théâtre du Port', a: 'Théâtre du Port' } },
  },
  { about: 'all of an object is skipped', query: '{ org { name @skip(if: true) } }', data: { org: {} } },
  { about: 'everything is skipped', query: '{ org @skip(if: true) { name } }', data: {} },
  {
    about: 'a variable decides what is skipped',
    query: 'query($x: Boolean!) { org { name @skip(if: $x) timezone @include(if: $x) } }',
    variables: { x: true },
    data: { org: { timezone: 'Europe/Paris' } },
  },
];

const FAILED = [
  {
    about: 'a field that may be null is null beside the others',
    asker: 'TECH',
    query: '{ org { name members(first: 5) { totalCount } } }',
    data: { org: { name: 'Théâtre du Port', members: null } },
    errors: [{ code: 'FORBIDDEN', path: ['org', 'members'], locations: [{ line: 1, column: 14 }] }],
  },
  {
    about: 'a failing field that is asked for three times fails once',
    asker: 'TECH',
    query: '{ rbacDemo { any owner owner ... on RbacDemo { owner } } }',
    data: { rbacDemo: { any: 'You are a member of this organisation.', owner: null } },
    errors: [{ code: 'FORBIDDEN', path: ['rbacDemo', 'owner'], locations: [{ line: 1, column: 18 }] }],
  },
  {
    about: 'an id that is none',
    query: '{ user(id: "user_x") { id } }',
    data: { user: null },
    errors: [{ code: 'BAD_USER_INPUT', path: ['user'], locations: [{ line: 1, column: 3 }] }],
  },
  {
    about: 'null moves up to the nearest field that may be null',
    query: 'query($id: ID!) { myRole node(id: $id) { id ... on Project { missions(first: 500) { totalCount } } } }',
    variables: { id: '$id' },
    data: { myRole: 'OWNER', node: null },
    errors: [{ code: 'BAD_USER_INPUT', path: ['node', 'missions'], locations: [{ line: 1, column: 62 }] }],
  },
  {
    about: 'null moves up to the top',
    asker: 'TECH',
    query: '{ myRole users(first: 500) { totalCount } }',
    data: null,
    errors: [{ code: 'BAD_USER_INPUT', path: ['users'], locations: [{ line: 1, column: 10 }] }],
  },
  {
    about: 'null stays where it is for who asks for that',
    query: 'query($id: ID!) { myRole node(id: $id) { id ... on Project { missions(first: 500) { totalCount } } } }',
    variables: { id: '$id' },
    onError: 'NULL',
    data: { myRole: 'OWNER', node: { id: '$id', missions: null } },
    errors: [{ code: 'BAD_USER_INPUT', path: ['node', 'missions'], locations: [{ line: 1, column: 62 }] }],
  },
  {
    about: 'null moves up for who asks for that',
    asker: 'TECH',
    query: '{ myRole users(first: 500) { totalCount } }',
    onError: 'PROPAGATE',
    data: null,
    errors: [{ code: 'BAD_USER_INPUT', path: ['users'], locations: [{ line: 1, column: 10 }] }],
  },
  ...['HALT', 'null', '', 1, true, {}].map((onError) => ({
    about: `the way ${JSON.stringify(onError)} of handling errors is none`,
    query: '{ myRole }',
    onError,
    errors: [{ code: 'BAD_REQUEST' }],
  })),
];

/** Sends one request and compares: data to the last key and its place, errors but for their messages. */
async function judge({ about, asker = 'OWNER', data, errors, ...request }, { askers, ids }) {
  const id = ids.find((of) => of.startsWith('project_'));
  const filled = (value) => value && JSON.parse(JSON.stringify(value).replaceAll('"$id"', `"${id}"`));
  const answer = await post({ ...request, variables: filled(request.variables) }, askers[asker]);
  const found = answer.errors?.map(({ message, extensions: { code }, ...others }) => ({ code, ...others }));
  const expected = filled(data);
  // Data as text, for its keys have an order.
  const isExpected = JSON.stringify(answer.data) === JSON.stringify(expected) && isDeepStrictEqual(found, errors);
  return isExpected
    ? []
    : [`${about}:\n    ${JSON.stringify(answer)}\n    instead of\n    ${JSON.stringify({ data: expected, errors })}`];
}

/** Two fields of one name must not make two people. */
async function mutationsRunOnce(owner) {
  const count = async () => (await gql('{ users { totalCount } }', {}, owner)).users.totalCount;
  const create = 'createUser(input: {displayName: "Once"})';
  const before = await count();
  const fragment = `fragment F on Mutation { ${create} { user { displayName } } }`;
  const query = `mutation { ${create} { user { id } } ...F } ${fragment}`;
  const { data, errors } = await post({ query }, owner);
  const keys = Object.keys(data?.createUser.user ?? {}).join();
  const made = (await count()) - before;
  return errors || keys !== 'id,displayName' || made !== 1
    ? [`one mutation in two places: ${made} made, ${JSON.stringify({ data, errors })}`]
    : [];
}

/** Texts as they are written in a document, and as they are stored. */
const TEXTS = [
  [raw`"\uD83C\uDFAD"`, '🎭'],
  [raw`"\u{1F3AD} \u00e9 \u{e9}"`, '🎭 é é'],
  [raw`"\"\\\/\t\n|"`, '"\\/\t\n|'],
  [raw`"""a \""" b"""`, 'a """ b'],
  [raw`"""\n \u00e9 \\ |"""`, raw`\n \u00e9 \\ |`],
  ['"""\n    one\n      two\r\n\n    three\n  """', 'one\n  two\n\nthree'],
];

async function textsAreDecoded(owner) {
  const complaints = [];
  for (const [index, [written, meant]] of TEXTS.entries()) {
    const input = `{name: "Text ${index}", description: ${written}}`;
    const query = `mutation { createProject(input: ${input}) { project { description } } }`;
    const { data, errors } = await post({ query }, owner);
    const found = data?.createProject?.project.description;
    if (found !== meant) complaints.push(`the text ${written}: ${JSON.stringify(found ?? errors)}`);
  }
  return complaints;
}

/** Numbers as they are written in JSON, which JavaScript would write otherwise; and whether they are an Int. */
const NUMBERS = {
  '10': true, '10.0': true, '1e1': true, '-0.0': true,
  '10.5': false, '2147483648.0': false, '1e400': false,
};

async function numbersAreWhole(owner) {
  const complaints = [];
  for (const [written, fits] of Object.entries(NUMBERS)) {
    const query = 'query($n: Int) { users(first: $n) { totalCount } }';
    const { data, errors } = await post(`{"query": "${query}", "variables": {"n": ${written}}}`, owner);
    if (Boolean(data) !== fits) complaints.push(`the number ${written}: ${JSON.stringify(errors ?? data)}`);
  }
  return complaints;
}

/** Sends all of them. Hands out a line about them. */
export async function judgeAnswers(world) {
  const complaints = [];
  for (const one of [...COLLECTED, ...FAILED]) complaints.push(...(await judge(one, world)));
  complaints.push(...(await mutationsRunOnce(world.askers.OWNER)));
  complaints.push(...(await textsAreDecoded(world.askers.OWNER)));
  complaints.push(...(await numbersAreWhole(world.askers.OWNER)));
  assert(!complaints.length, complaints.join('\n'));
  return `${COLLECTED.length + FAILED.length} answers, ${TEXTS.length} texts: all as they should be`;
}
