import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from './random.ts';

test('the same key gives the same numbers, on every machine', () => {
  const { unit } = random('eye/7');
  assert.deepEqual(
    Array.from({ length: 4 }, () => Math.floor(unit() * 2 ** 32)),
    [3814931676, 1134830482, 3470725511, 2434866530],
  );
});

test('a fork is told by its name, not by what was drawn before it', () => {
  const one = random(3);
  const other = random(3);
  other.unit();
  assert.equal(one.fork('a').unit(), other.fork('a').unit());
  assert.notEqual(one.fork('a').unit(), one.fork('b').unit());
});

test('uniform and normal numbers have the mean and deviation they should', () => {
  const stream = random('statistics');
  const n = 40_000;
  const uniform = Array.from({ length: n }, () => stream.range(2, 4));
  const normal = Array.from({ length: n }, () => stream.normal(10, 2));
  const mean = (values: number[]) => values.reduce((a, b) => a + b) / n;
  // Four standard errors.
  assert.ok(Math.abs(mean(uniform) - 3) < (4 * 0.577) / Math.sqrt(n));
  assert.ok(Math.abs(mean(normal) - 10) < (4 * 2) / Math.sqrt(n));
  const variance = mean(normal.map((x) => (x - 10) ** 2));
  assert.ok(variance > 3.75 && variance < 4.05, `cut at 3 deviations: a little under 4, not ${variance}`);
});

test('whole numbers reach both ends', () => {
  const stream = random(1);
  const seen = new Set(Array.from({ length: 200 }, () => stream.whole(2, 5)));
  assert.deepEqual([...seen].sort(), [2, 3, 4, 5]);
});
