// The introspection queries of graphql-js 15, 16 and 17: do they tell the same schema as schema.graphql?

import assert from 'node:assert/strict';
import * as graphql16 from 'graphql';
import * as graphql15 from 'graphql15';
import * as graphql17 from 'graphql17';
import { gql } from '../server.js';

const VERSIONS = { 15: graphql15, 16: graphql16, 17: graphql17 };

/** All that getIntrospectionQuery can be asked for; a version takes what it knows. */
const EVERYTHING = {
  descriptions: true,
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  schemaDescription: true,
  inputValueDeprecation: true,
  oneOf: true,
};
/** Version 15 asks for `specifiedByUrl`, as a draft called it: it is not asked, and does not tell. */
const KNOWN = { 15: { ...EVERYTHING, specifiedByUrl: false }, 16: EVERYTHING, 17: EVERYTHING };
const NOTHING = Object.fromEntries(Object.keys(EVERYTHING).map((option) => [option, false]));

/** No field leads to these types, so introspection leaves them out. */
const NOT_TOLD = ['ErrorCode', 'SortDirection'];

/** The types of a schema, each as its SDL. */
function types({ isIntrospectionType, isSpecifiedScalarType, lexicographicSortSchema, printType }, schema) {
  const own = Object.values(lexicographicSortSchema(schema).getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type) && !NOT_TOLD.includes(type.name),
  );
  return Object.fromEntries(own.map((type) => [type.name, printType(type)]));
}

/** Those of the specification (3.13). */
const DIRECTIVES = ['deprecated', 'include', 'oneOf', 'skip', 'specifiedBy'];

/** Asks as each version does. Hands out a line about it. */
export async function judgeIntrospection(sdl) {
  for (const [version, graphql] of Object.entries(VERSIONS)) {
    const { buildClientSchema, buildSchema, getIntrospectionQuery } = graphql;
    const full = buildClientSchema(await gql(getIntrospectionQuery(KNOWN[version])));
    const { specifiedByUrl } = KNOWN[version];
    const written = buildSchema(specifiedByUrl ? sdl : sdl.replaceAll(/ @specifiedBy\(url: ".*?"\)/g, ''));
    assert.deepEqual(types(graphql, full), types(graphql, written), `graphql-js ${version}`);
    assert.deepEqual(full.getDirectives().map(({ name }) => name).sort(), DIRECTIVES, `graphql-js ${version}`);
    buildClientSchema(await gql(getIntrospectionQuery(NOTHING)));
  }
  return `introspection by graphql-js ${Object.keys(VERSIONS).join(', ')}: schema.graphql, type for type`;
}
