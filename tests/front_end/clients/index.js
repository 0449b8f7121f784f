// The contract's operations through the clients that front ends use, with their caches.

import assert from 'node:assert/strict';
import { apollo } from './apollo.js';
import { operations } from './operations.js';
import { tour } from './tour.js';
import { urql } from './urql.js';

for (const connect of [apollo, urql]) {
  const made = await tour(connect);
  const missed = Object.keys(operations).filter((name) => !made.has(name));
  assert.deepEqual(missed, [], `the tour leaves these operations out: clients/tour.js, clients/changes.js`);
  console.log(`ok ${connect.name}: ${made.size} operations`);
}
