// The operations of the API's contract. A mistake in one of them ends the run.

import { readdirSync, readFileSync } from 'node:fs';
import { buildSchema, concatAST, parse, separateOperations, validate } from 'graphql';

const read = (path) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

export const schema = buildSchema(read('schema.graphql'));

const FOLDER = 'tests/contract/operations';
const files = readdirSync(new URL(`../../../${FOLDER}`, import.meta.url)).filter((name) => name.endsWith('.graphql'));
const everything = concatAST(files.map((name) => parse(read(`${FOLDER}/${name}`))));

/** Each with the fragments that it spreads, by its name. */
export const operations = separateOperations(everything);

for (const [name, document] of Object.entries(operations)) {
  const [mistake] = validate(schema, document);
  if (mistake) throw new Error(`${name}: ${mistake.message}`);
}
