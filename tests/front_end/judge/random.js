// Random questions, each as OWNER, as TECH and as nobody: do the answers fit the schema and the question?
//
// They are the same in each run. JUDGE_SEED=random asks others and prints their number, JUDGE_SEED=<number> asks those
// again, and JUDGE_QUERIES=<number> says how many.

import assert from 'node:assert/strict';
import { getVariableValues, parse, validate } from 'graphql';
import { post } from '../server.js';
import { checkAnswer, propagated, question } from './conform.js';
import { Generator } from './generate.js';

const { JUDGE_SEED = '1', JUDGE_QUERIES = '1000' } = process.env;

/** A question that graphql-js takes: now and then fields cannot be merged, and another one is made. */
function valid(schema, generator) {
  for (;;) {
    const request = generator.query();
    const document = parse(request.query);
    if (validate(schema, document).length) continue;
    const [{ variableDefinitions }] = document.definitions;
    const { coerced, errors } = getVariableValues(schema, variableDefinitions ?? [], request.variables);
    assert(!errors, `${errors}: ${JSON.stringify(request)}`);
    return { request, of: question(schema, document, coerced) };
  }
}

/** Partial data of the same question is the same data, but for the nulls that have not moved up. */
async function checkPartial(of, request, token, { data, errors }) {
  const partial = await post({ ...request, onError: 'NULL' }, token);
  assert(partial.data, `no partial data: ${JSON.stringify(partial.errors)}`);
  assert.equal(JSON.stringify(propagated(of, partial.data)), JSON.stringify(data), 'partial data are other data');
  const paths = partial.errors.map(({ path }) => path.join('.'));
  for (const { path } of partial.errors) {
    const value = path.reduce((parent, step) => parent[step], partial.data);
    assert.equal(value, null, `${path} failed and is not null`);
  }
  for (const { path } of errors) assert(paths.includes(path.join('.')), `${path} does not fail in partial data`);
}

async function checkAsker(of, request, token, codes) {
  const answer = await post(request, token);
  checkAnswer(of, answer, codes);
  if (answer.errors) await checkPartial(of, request, token, answer);
  return answer;
}

/** Asks. Hands out a line about it; `codes` are those that an error may have. */
export async function judgeRandom(schema, world, codes) {
  const seed = JUDGE_SEED === 'random' ? Math.floor(Math.random() * 2 ** 32) : Number(JUDGE_SEED);
  const count = Number(JUDGE_QUERIES);
  console.log(`JUDGE_SEED=${seed}`);
  const generator = new Generator(schema, world, seed);
  let failed = 0;
  for (let index = 0; index < count; index += 1) {
    const { request, of } = valid(schema, generator);
    for (const [asker, token] of Object.entries(world.askers)) {
      try {
        const { errors } = await checkAsker(of, request, token, codes);
        if (errors) failed += 1;
      } catch (error) {
        const which = `question ${index} of seed ${seed} as ${asker}`;
        throw new Error(`${which}: ${error.message}\n${JSON.stringify(request)}`, { cause: error });
      }
    }
  }
  return `${count} random questions as ${Object.keys(world.askers).join(', ')}: ${failed} answers with errors, all fit`;
}
