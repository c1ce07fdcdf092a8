import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { inOrder } from './in-order.ts';

test('results come in order, with no more under way than allowed', async () => {
  let [under, most] = [0, 0];
  const work = async (n: number) => {
    most = Math.max(most, ++under);
    await setTimeout((n * 7) % 5);
    under--;
    return n * 2;
  };
  const got: number[] = [];
  for await (const n of inOrder(Array.from({ length: 20 }).keys(), work, 3)) got.push(n);
  assert.deepEqual(
    got,
    Array.from({ length: 20 }, (_, n) => n * 2),
  );
  assert.equal(most, 3);
});

test('an error reaches who reads, in its turn', async () => {
  const got: number[] = [];
  const reading = async () => {
    for await (const n of inOrder(
      [1, 2, 3],
      async (n) => (n === 2 ? Promise.reject(new Error('two')) : n),
      3,
    ))
      got.push(n);
  };
  await assert.rejects(reading, /two/);
  assert.deepEqual(got, [1]);
});
