// The operations of the API's contract that the server can answer. tests/contract/not-yet.txt names what it has not
// yet: an operation that needs such a thing is left out, any other mistake ends the run.

import { readdirSync, readFileSync } from 'node:fs';
import { buildSchema, concatAST, parse, separateOperations, validate } from 'graphql';

const read = (path) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

export const schema = buildSchema(read('schema.graphql'));

const FOLDER = 'tests/contract/operations';
const files = readdirSync(new URL(`../../../${FOLDER}`, import.meta.url)).filter((name) => name.endsWith('.graphql'));
const everything = concatAST(files.map((name) => parse(read(`${FOLDER}/${name}`))));
const notYet = new Set(read('tests/contract/not-yet.txt').split(/\r?\n/));

/** What a validation error says is missing, as not-yet.txt writes it: `Type` or `Type.field`. */
function missing({ message }) {
  const type = /^Unknown type "(\w+)"/.exec(message);
  const field = /^Cannot query field "(\w+)" on type "(\w+)"/.exec(message);
  return type ? type[1] : field && `${field[2]}.${field[1]}`;
}

function canRun(name, document) {
  const errors = validate(schema, document);
  const mistake = errors.find((error) => !notYet.has(missing(error)));
  if (mistake) throw new Error(`${name} is not explained by not-yet.txt: ${mistake.message}`);
  return !errors.length;
}

/** Each with the fragments that it spreads, by its name. */
export const operations = Object.fromEntries(
  Object.entries(separateOperations(everything)).filter(([name, document]) => canRun(name, document)),
);
