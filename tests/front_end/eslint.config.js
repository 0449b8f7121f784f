// What is asked of schema.graphql, and of the documents that front ends send. Paths are those of the repository.
// Each has a run of eslint to itself: the plugin keeps what it knows of the first schema that it meets, and takes it
// for all.

import graphql from '@graphql-eslint/eslint-plugin';

const { 'flat/schema-recommended': schema, 'flat/schema-relay': relay, 'flat/operations-recommended': operations } =
  graphql.configs;

const judged = (files, graphQLConfig, rules) => ({
  files,
  languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig } },
  plugins: { '@graphql-eslint': graphql },
  rules,
});

export default [
  judged(['schema.graphql'], { schema: 'schema.graphql' }, {
    ...schema.rules,
    ...relay.rules,
    // The contract has short lists that are no connections (Mission.roles), and `nodes` beside `edges`.
    '@graphql-eslint/relay-edge-types': ['error', { listTypeCanWrapOnlyEdgeType: false }],
    // What the contract has without an id: answers, pages, and values that are part of something else.
    '@graphql-eslint/strict-id-in-types': ['error', {
      exceptions: {
        suffixes: ['Payload', 'Connection', 'Edge'],
        types: [
          'AssignmentInvitation', 'Candidate', 'Conflict', 'InvitationMission', 'InvitationPreview', 'PageInfo',
          'RbacDemo', 'RescheduleOutcome', 'Staffing', 'Warning',
        ],
      },
    }],
    // Two findings are known, in eslint-suppressions.json: ErrorCode, which is for extensions.code of errors, and
    // SortDirection. The contract has both, and no field leads to them.
  }),
  // By the contract, and not by schema.graphql, which may offer more.
  judged(['tests/contract/operations/*.graphql'], {
    schema: 'tests/contract/contract.graphql',
    documents: 'tests/contract/operations/*.graphql',
  }, operations.rules),
];
