// Variables in documents (5.8), and their values (6.1.2).

import { at, refused, runs } from './case.js';

const of = (type, use) => `query($v: ${type}) { ${use} }`;
const PROJECT = 'project(id: $v) { id }';
const USERS = 'users(first: $v) { totalCount }';
const SEARCH = 'users(filter: {search: $v}) { totalCount }';
const FILTER = 'users(filter: $v) { totalCount }';
const STATUS = 'projects(filter: {status: $v}) { totalCount }';
const STATUSES = 'projects(filter: {status: [$v]}) { totalCount }';
const INVITATION = 'invitation(token: $v) { status }';
const INVITE = 'mutation($v: InviteMemberInput!) { inviteMember(input: $v) { token } }';
const MISSION = 'mutation($v: CreateMissionInput!) { createMission(input: $v) { mission { id } } }';

const mission = (roles) => ({
  projectId: 'x',
  mission: { title: 't', startsAt: '2030-01-01T08:00:00Z', endsAt: '2030-01-01T10:00:00Z', roles },
});
const given = (v) => ({ variables: { v } });
const misplaced = (about, query, request) => refused('VariablesInAllowedPosition', about, query, request);

const definitions = [
  runs('a variable in a fragment', 'query($v: ID!) { ...F } fragment F on Query { project(id: $v) { id } }', given('x')),
  runs('one fragment in two operations with the same variable', 'query A($v: Int) { ...F } query B($v: Int!) { ...F } fragment F on Query { users(first: $v) { totalCount } }', { operationName: 'A' }),
  runs('a variable in a list and in an object', `query($v: String!) { users(filter: {search: $v, skills: [$v]}) { totalCount } }`, given('a')),
  runs('a default of an object', of('UserFilter = {search: "a", skills: ["b"]}', FILTER)),
  runs('a default of one value for a list', of('[ProjectStatus!] = ACTIVE', STATUS)),
  refused('UniqueVariableNames', 'a variable twice', `query($v: ID!, $v: ID!) { ${PROJECT} }`, { ...given('x'), ...at(16) }),
  refused('VariablesAreInputTypes VariablesInAllowedPosition', 'a variable of an object type', of('Org', INVITATION)),
  refused('VariablesAreInputTypes VariablesInAllowedPosition', 'a variable of a list of an interface', of('[Node!]', INVITATION)),
  refused('KnownTypeNames', 'a variable of an unknown type', of('Nothing', INVITATION), at(7)),
  refused('NoUndefinedVariables', 'a variable that is not defined', `{ ${PROJECT} }`),
  refused('NoUndefinedVariables', 'a variable that another operation defines', `query A { ${PROJECT} } query B($v: ID!) { ${PROJECT} }`, { operationName: 'B', ...given('x') }),
  refused('NoUndefinedVariables', 'a variable that is not defined, in a fragment', '{ ...F } fragment F on Query { project(id: $v) { id } }'),
  refused('NoUndefinedVariables', 'a variable that is not defined, in an object', `{ ${SEARCH} }`),
  refused('NoUndefinedVariables', 'a variable that is not defined, in a list', `{ ${STATUSES} }`),
  refused('NoUnusedVariables', 'a variable that is not used', 'query($v: ID!) { __typename }', given('x')),
  refused('NoUnusedVariables', 'a variable that only another operation uses', `query A($v: ID!) { __typename } query B($v: ID!) { ${PROJECT} }`, { operationName: 'A', ...given('x') }),
  refused('ValuesOfCorrectType', 'a default of the wrong type', of('Int = "1"', USERS)),
  refused('ValuesOfCorrectType', 'a default of null where null must not be', of('ID! = null', PROJECT)),
  refused('ValuesOfCorrectType', 'a default with an unknown field', of('UserFilter = {name: "a"}', FILTER), at(31)),
];

const positions = [
  runs('never null where null may be', of('Int!', USERS), given(1)),
  runs('a default where null must not be', of('ID = "x"', PROJECT)),
  runs('one value of a list', of('ProjectStatus!', STATUSES), given('ACTIVE')),
  runs('a list of values that are never null where they may be', of('[ProjectStatus!]!', STATUS), given(['ACTIVE'])),
  runs('a variable that may be null where the argument has a default', 'query($v: Int) { candidates(first: $v, roleId: "x") { hasSkill } }'),
  misplaced('null where it must not be', of('ID', PROJECT), { ...given('x'), ...at(25) }),
  misplaced('a default of null where null must not be', of('ID = null', PROJECT), given('x')),
  misplaced('a text for an Int', of('String', USERS), { ...given('1'), ...at(27) }),
  misplaced('an Int for a text', of('Int', SEARCH), given(1)),
  misplaced('a text for an ID', of('String!', PROJECT), { ...given('x'), ...at(30) }),
  misplaced('an ID for a text', of('ID!', INVITATION), { ...given('x'), ...at(29) }),
  misplaced('a list for one value', of('[ID!]!', PROJECT), { ...given(['x']), ...at(29) }),
  misplaced('one value for a list', of('ProjectStatus', STATUS), given('ACTIVE')),
  misplaced('a list of values that may be null', of('[ProjectStatus]', STATUS), given(['ACTIVE'])),
  misplaced('a value of a list that may be null', of('ProjectStatus', STATUSES), given('ACTIVE')),
  misplaced('another enum', of('Role!', STATUSES), given('TECH')),
  misplaced('another input object', of('ProjectFilter', FILTER), { ...given({}), ...at(34) }),
  misplaced('an Int in an object in an object', 'mutation($v: Int!) { createMission(input: {projectId: "x", mission: {title: $v, startsAt: "x", endsAt: "x"}}) { mission { id } } }', given(1)),
  misplaced('null in an object that wants none', 'mutation($v: String) { inviteMember(input: {email: $v, role: TECH}) { token } }', given('a@example.org')),
  misplaced('a variable in a fragment', 'query($v: String!) { ...F } fragment F on Query { users(first: $v) { totalCount } }', { ...given('1'), ...at(57) }),
];

const fits = (about, query, v) => runs(about, query, given(v));
const unfit = (about, query, v) => refused('Variables', about, query, given(v));

const values = [
  fits('an Int', of('Int', USERS), 1),
  fits('null where it may be', of('Int', USERS), null),
  fits('a text for an ID', of('ID!', PROJECT), 'x'),
  fits('an Int for an ID', of('ID!', PROJECT), 12),
  fits('a large Int for an ID', of('ID!', PROJECT), 9007199254740991),
  fits('an enum', of('ProjectStatus!', STATUSES), 'ACTIVE'),
  fits('one value for a list', of('[ProjectStatus!]', STATUS), 'ACTIVE'),
  fits('an empty list', of('[ProjectStatus!]', STATUS), []),
  fits('an empty object', of('UserFilter', FILTER), {}),
  fits('null for a field with a default', of('UserFilter', FILTER), { includeArchived: null }),
  fits('objects in a list', MISSION, mission([{ name: 'Rigger', quantity: 2 }])),
  fits('one object for a list', MISSION, mission({ name: 'Rigger' })),
  fits('an emoji', of('String!', INVITATION), '🎭'),
  runs('a variable that is missing where null may be', of('Int', USERS)),
  runs('no variables', of('Int', USERS), { variables: null }),
  runs('a value that no variable asks for', '{ __typename }', { variables: { other: 1 } }),
  runs('a default for what is missing', of('Int! = 3', USERS)),
  runs('a list of lists in a variable that nobody needs', '{ __typename }', { variables: { other: [[[]]] } }),
  refused('Variables', 'a variable that is missing', of('ID!', PROJECT)),
  refused('Variables', 'no variables where one is needed', of('ID!', PROJECT), { variables: null }),
  unfit('null where it must not be', of('ID!', PROJECT), null),
  unfit('null for a default that must not be null', of('Int! = 3', USERS), null),
  unfit('a text for an Int', of('Int', USERS), '1'),
  unfit('a fraction for an Int', of('Int', USERS), 10.5),
  unfit('an Int too large', of('Int', USERS), 2147483648),
  unfit('an Int too small', of('Int', USERS), -2147483649),
  unfit('a Boolean for an Int', of('Int', USERS), true),
  unfit('a list for an Int', of('Int', USERS), [1]),
  unfit('an Int for a text', of('String!', INVITATION), 1),
  unfit('a Boolean for a text', of('String!', INVITATION), true),
  unfit('an object for a text', of('String!', INVITATION), {}),
  unfit('a fraction for an ID', of('ID!', PROJECT), 1.5),
  unfit('a Boolean for an ID', of('ID!', PROJECT), false),
  unfit('a text for a Boolean', of('UserFilter', FILTER), { includeArchived: 'true' }),
  unfit('an unknown value of an enum', of('ProjectStatus!', STATUSES), 'PAUSED'),
  unfit('a value of an enum in other letters', of('ProjectStatus!', STATUSES), 'active'),
  unfit('an Int for an enum', of('ProjectStatus!', STATUSES), 1),
  unfit('null in a list that may hold none', of('[ProjectStatus!]', STATUS), [null]),
  unfit('a text for an object', of('UserFilter', FILTER), 'a'),
  unfit('an unknown field', of('UserFilter', FILTER), { name: 'a' }),
  unfit('a wrong value in a list in an object', of('UserFilter', FILTER), { skills: ['a', 1] }),
  unfit('a field that is missing', INVITE, { email: 'a@example.org' }),
  unfit('null for a field that must not be null', INVITE, { email: null, role: 'TECH' }),
  unfit('a field that is missing further down', MISSION, mission([{ quantity: 2 }])),
  unfit('an unknown field further down', MISSION, mission([{ name: 'a', number: 2 }])),
];

export default [...definitions, ...positions, ...values];
