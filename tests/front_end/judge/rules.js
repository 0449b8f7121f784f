// Does the server refuse what graphql-js refuses, and nothing else?

import assert from 'node:assert/strict';
import { getOperationAST, getVariableValues, parse, specifiedRules, validate } from 'graphql';
import { post } from '../server.js';
import fields from './documents/fields.js';
import fragments from './documents/fragments.js';
import grammar from './documents/grammar.js';
import operations from './documents/operations.js';
import values from './documents/values.js';
import variables from './documents/variables.js';

const DOCUMENTS = [...grammar, ...operations, ...fields, ...fragments, ...values, ...variables];

const nameOf = (rule) => rule.name.replace(/Rule$/, '');

/** What graphql-js says: which rules refuse the document, and where. Nothing for a document that runs. */
function verdict(schema, { query, variables = {}, operationName }) {
  let document;
  try {
    document = parse(query);
  } catch (error) {
    return { by: ['Syntax'], places: error.locations };
  }
  // One by one: an error does not say which rule it is of.
  const broken = specifiedRules.filter((rule) => validate(schema, document, [rule]).length);
  if (broken.length) {
    const places = validate(schema, document).flatMap(({ locations }) => locations ?? []);
    return { by: broken.map(nameOf), places };
  }
  const operation = getOperationAST(document, operationName);
  // That the schema has no subscriptions is said by graphql-js when it executes, and not before.
  if (!operation || !schema.getRootType(operation.operation)) return { by: ['Operation'] };
  const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {});
  return errors && { by: ['Variables'] };
}

/** What is wrong with the server's answer, if anything. */
function complaint(expected, answer, at) {
  const { data, errors, ...others } = answer;
  if (!expected) return data === undefined ? `refused: ${errors?.[0]?.message}` : undefined;
  if (data !== undefined) return `runs, though refused by ${expected.by}`;
  assert.deepEqual(others, {});
  const codes = errors.map((error) => error.extensions?.code);
  if (codes.some((code) => code !== 'BAD_REQUEST')) return `the codes ${codes}`;
  if (errors.some((error) => error.path)) return 'a path, though nothing ran';
  if (errors.some(({ message }) => !message || message.includes('\n'))) return 'a message of no line, or several';
  const places = at ? [at] : expected.places;
  return places?.length ? misplaced(places, errors[0]) : undefined;
}

/** The first error stands at one of the places, of which a fault such as a conflict has several. */
function misplaced(places, { locations, message }) {
  const [place] = locations ?? [];
  if (!place) return `no place: ${message}`;
  if (places.some(({ line, column }) => place.line === line && place.column === column)) return undefined;
  const shown = [place, ...places].map(({ line, column }) => `${line}:${column}`);
  return `${shown[0]} and not ${shown.slice(1).join(' or ')}: ${message}`;
}

/** The documents leave no rule out but that of subscriptions, which the schema has not. */
function everyRuleIsBroken(broken) {
  const names = specifiedRules.map(nameOf);
  const spared = names.filter((name) => !broken.has(name));
  assert.deepEqual(spared, ['SingleFieldSubscriptions'], 'no document breaks these rules');
}

/** What is wrong with one document, or with what the server makes of it, if anything. */
async function judge(schema, { by = '', at, ...request }, broken) {
  const expected = verdict(schema, request);
  const rules = expected?.by ?? [];
  rules.forEach((rule) => broken.add(rule));
  if (rules.join(' ') !== by) return `graphql-js says otherwise: ${rules}`;
  return complaint(expected, await post(request), at);
}

/** Asks the server about all documents. Hands out a line about them. */
export async function judgeRules(schema) {
  const complaints = [];
  const broken = new Set();
  for (const { about, ...one } of DOCUMENTS) {
    const wrong = await judge(schema, one, broken);
    if (wrong) complaints.push(`${about}: ${wrong}\n    ${JSON.stringify(one)}`);
  }
  everyRuleIsBroken(broken);
  assert(!complaints.length, `${complaints.length} of ${DOCUMENTS.length} documents:\n${complaints.join('\n')}`);
  return `${DOCUMENTS.length} documents, ${broken.size} ways to be refused: the server agrees`;
}
