// graphql-js judges the server: its introspection, what it refuses, what it answers, and how it answers at random.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';
import { judgeAnswers } from './answers.js';
import { judgeIntrospection } from './introspection.js';
import { judgeRandom } from './random.js';
import { judgeRules } from './rules.js';
import { people } from './world.js';

const sdl = readFileSync(new URL('../../../schema.graphql', import.meta.url), 'utf8');
const schema = buildSchema(sdl);
const codes = schema.getType('ErrorCode').getValues().map(({ name }) => name);
const world = await people();

const failures = [];
for (const judge of [
  () => judgeIntrospection(sdl),
  () => judgeRules(schema),
  () => judgeAnswers(world),
  () => judgeRandom(schema, world, codes),
]) {
  try {
    console.log(`ok ${await judge()}`);
  } catch (error) {
    console.error(error.message);
    failures.push(error);
  }
}
assert(!failures.length, `${failures.length} of 4 judgements failed`);
