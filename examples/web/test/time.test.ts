// The clock of a time zone in the two nights of the year in which it jumps.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instantOf, wallClock } from '../src/time.ts';

const PARIS = 'Europe/Paris';

test('a time on a clock is an instant of its time zone', () => {
  assert.equal(instantOf('2026-07-14T20:00', PARIS), '2026-07-14T18:00:00Z');
  assert.equal(instantOf('2026-07-14T20:00', 'Asia/Tokyo'), '2026-07-14T11:00:00Z');
  assert.equal(wallClock('2026-07-14T18:00:00Z', PARIS), '2026-07-14T20:00');
});

test('a time that the clock skips in spring is taken an hour later', () => {
  const instant = instantOf('2026-03-29T02:30', PARIS);
  assert.deepEqual([instant, wallClock(instant, PARIS)], ['2026-03-29T01:30:00Z', '2026-03-29T03:30']);
});

test('a time that the clock shows twice in autumn is the first one, unless the second was there and stays', () => {
  const [first, second] = ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'];
  assert.deepEqual([first, second].map((instant) => wallClock(instant, PARIS)), ['2026-10-25T02:30', '2026-10-25T02:30']);
  assert.equal(instantOf('2026-10-25T02:30', PARIS), first);
  assert.equal(instantOf('2026-10-25T02:30', PARIS, second), second);
});
