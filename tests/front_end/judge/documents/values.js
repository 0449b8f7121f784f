// Values in documents (5.6).

import { at, refused, runs } from './case.js';

const users = (filter) => `{ users(filter: ${filter}) { totalCount } }`;
const projects = (filter) => `{ projects(filter: ${filter}) { totalCount } }`;
const invite = (input) => `mutation { inviteMember(input: ${input}) { token } }`;
const plan = (roles) =>
  `mutation { createMission(input: {projectId: "x", mission: {title: "t", startsAt: "2030-01-01T08:00:00Z", endsAt: "2030-01-01T10:00:00Z", roles: ${roles}}}) { mission { id } } }`;
const wrong = (about, query, request) => refused('ValuesOfCorrectType', about, query, request);

const scalars = [
  runs('the largest Int', '{ users(first: 2147483647) { totalCount } }'),
  runs('the smallest Int', '{ users(first: -2147483648) { totalCount } }'),
  runs('an Int for an ID', '{ project(id: 12) { id } }'),
  runs('an Int for an ID beyond 53 bits', '{ project(id: 9007199254740993) { id } }'),
  runs('an Int for an ID beyond 64 bits', '{ project(id: 123456789012345678901234567890) { id } }'),
  runs('a negative Int for an ID', '{ project(id: -1) { id } }'),
  runs('an empty ID', '{ project(id: "") { id } }'),
  runs('a block string for an ID', '{ project(id: """x""") { id } }'),
  wrong('an Int too large', '{ users(first: 2147483648) { totalCount } }'),
  wrong('an Int too small', '{ users(first: -2147483649) { totalCount } }'),
  wrong('an Int beyond 64 bits', '{ users(first: 123456789012345678901234567890) { totalCount } }'),
  wrong('a Float for an Int', '{ users(first: 1.0) { totalCount } }'),
  wrong('a text for an Int', '{ users(first: "1") { totalCount } }'),
  wrong('a Boolean for an Int', '{ users(first: true) { totalCount } }'),
  wrong('a list of an Int for an Int', '{ users(first: [1]) { totalCount } }'),
  wrong('an object for an Int', '{ users(first: {n: 1}) { totalCount } }'),
  wrong('an enum for an Int', '{ users(first: ONE) { totalCount } }'),
  wrong('an Int for a text', '{ users(after: 1) { totalCount } }'),
  wrong('a Float for a text', '{ users(after: 1.5) { totalCount } }'),
  wrong('a Boolean for a text', '{ invitation(token: true) { status } }'),
  wrong('an enum for a text', '{ invitation(token: ABC) { status } }'),
  wrong('a list for a text', '{ invitation(token: ["a"]) { status } }'),
  wrong('an object for a text', '{ invitation(token: {a: "b"}) { status } }'),
  wrong('a Float for an ID', '{ project(id: 1.5) { id } }'),
  wrong('a Boolean for an ID', '{ project(id: true) { id } }'),
  wrong('an enum for an ID', '{ project(id: abc) { id } }'),
  wrong('a text for a Boolean', users('{includeArchived: "true"}')),
  wrong('an Int for a Boolean', users('{includeArchived: 1}')),
  wrong('an enum for a Boolean', users('{includeArchived: TRUE}')),
];

const enums = [
  runs('an enum', projects('{status: [ACTIVE, DRAFT]}')),
  runs('an enum in an input object', invite('{email: "a@example.org", role: TECH}')),
  wrong('a text for an enum', invite('{email: "a@example.org", role: "TECH"}')),
  wrong('a text for an enum in a list', projects('{status: ["ACTIVE"]}')),
  wrong('an unknown value of an enum', projects('{status: [PAUSED]}')),
  wrong('a value of an enum in other letters', projects('{status: [active]}')),
  wrong('an Int for an enum', projects('{status: [1]}')),
  wrong('true for an enum', projects('{status: [true]}')),
];

const lists = [
  runs('an empty list', projects('{status: []}')),
  runs('one value for a list', projects('{status: ACTIVE}')),
  runs('one object for a list', plan('{name: "Rigger"}')),
  runs('null for a list', projects('{status: null}')),
  runs('objects in a list', plan('[{name: "Rigger", quantity: 2}, {name: "Driver", skill: null}]')),
  wrong('null in a list that may hold none', projects('{status: [null]}')),
  wrong('a list in a list', projects('{status: [[ACTIVE]]}')),
  wrong('one wrong value in a list', users('{skills: ["a", 1]}')),
  wrong('one wrong value for a list', users('{skills: 1}')),
  wrong('a wrong field in the second object of a list', plan('[{name: "Rigger"}, {name: 1}]')),
];

const objects = [
  runs('an empty object', users('{}')),
  runs('a field with a default that is left out', users('{search: "a"}')),
  runs('null for a field with a default', users('{includeArchived: null}')),
  runs('fields in another order', users('{tags: [], search: "a", skills: []}')),
  wrong('a text for an object', users('"a"')),
  wrong('a list for an object', users('[1]')),
  wrong('an unknown field', users('{name: "a"}'), at(24)),
  wrong('an unknown field further down', plan('[{name: "a", number: 2}]'), at(166)),
  wrong('a field that is missing', invite('{email: "a@example.org"}')),
  wrong('a field that is missing further down', plan('[{quantity: 2}]')),
  wrong('null for a field that must not be null', invite('{email: null, role: TECH}'), at(32)),
  wrong('a wrong value in an object', users('{search: 1}')),
  refused('UniqueInputFieldNames', 'a field twice', users('{search: "a", search: "b"}')),
  refused('UniqueInputFieldNames', 'a field twice with the same value', users('{search: "a", search: "a"}')),
  refused('UniqueInputFieldNames', 'a field twice, further down', plan('[{name: "a", name: "b"}]')),
  refused('UniqueInputFieldNames', 'a field twice in a default', 'query($f: UserFilter = {search: "a", search: "b"}) { users(filter: $f) { totalCount } }'),
];

export default [...scalars, ...enums, ...lists, ...objects];
