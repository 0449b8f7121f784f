// Documents and operations (5.1, 5.2), and which operation runs (6.1).

import { refused, runs } from './case.js';

const TWO = 'query A { __typename } query B { org { name } }';

export default [
  runs('one operation, not asked for by name', 'query A { __typename }'),
  runs('one operation by its name', 'query A { __typename }', { operationName: 'A' }),
  runs('the first of two by its name', TWO, { operationName: 'A' }),
  runs('the second of two by its name', TWO, { operationName: 'B' }),
  runs('a query beside a mutation', 'query A { __typename } mutation B { __typename }', { operationName: 'A' }),
  runs('no name', '{ __typename }', { operationName: null }),
  runs('a mutation that asks for nothing but its type', 'mutation { __typename }'),
  runs('fragments before and behind the operation', 'fragment F on Query { a: __typename } { ...F ...G } fragment G on Query { b: __typename }'),
  runs('a variable of the other operation is missing', 'query A { __typename } query B($id: ID!) { project(id: $id) { id } }', { operationName: 'A' }),
  refused('Operation', 'two operations and no name', TWO),
  refused('Operation', 'a name that no operation has', TWO, { operationName: 'C' }),
  refused('Operation', 'a name for an operation without one', '{ __typename }', { operationName: 'A' }),
  refused('Operation', 'a name in other letters', 'query A { __typename }', { operationName: 'a' }),
  refused('NoUnusedFragments', 'fragments only', 'fragment F on Query { __typename }'),
  refused('Operation', 'a subscription, which the schema has not', 'subscription { __typename }'),
  refused('ExecutableDefinitions', 'a type beside the operation', '{ __typename } type A { b: Int }'),
  refused('ExecutableDefinitions', 'an extension beside the operation', '{ __typename } extend type Query { b: Int }'),
  refused('ExecutableDefinitions', 'a schema beside the operation', '{ __typename } schema { query: Query }'),
  refused('ExecutableDefinitions', 'a directive beside the operation', '{ __typename } directive @a on FIELD'),
  refused('UniqueOperationNames', 'two operations of one name', 'query A { __typename } query A { org { name } }', { operationName: 'A' }),
  refused('UniqueOperationNames', 'a query and a mutation of one name', 'query A { __typename } mutation A { __typename }', { operationName: 'A' }),
  refused('LoneAnonymousOperation', 'two operations without names', '{ __typename } { org { name } }'),
  refused('LoneAnonymousOperation', 'one with a name, one without', 'query A { __typename } { org { name } }', { operationName: 'A' }),
  refused('FieldsOnCorrectType', 'a mistake in the operation that does not run', 'query A { __typename } query B { nothing }', { operationName: 'A' }),
];
