import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemory } from './memory.ts';

test('what is at hand is not made again; the one that was not asked for the longest goes', () => {
  const memory = createMemory<string>(2);
  const made: string[] = [];
  const ask = (key: string) =>
    memory.get(key, () => {
      made.push(key);
      return key.toUpperCase();
    });
  assert.deepEqual(['a', 'b', 'a', 'c', 'a', 'b'].map(ask), ['A', 'B', 'A', 'C', 'A', 'B']);
  assert.deepEqual(made, ['a', 'b', 'c', 'b']);
});

test('what could not be made is tried again', async () => {
  const memory = createMemory<Promise<string>>(2);
  await assert.rejects(memory.get('a', () => Promise.reject(new Error('offline'))));
  assert.equal(await memory.get('a', () => Promise.resolve('online')), 'online');
});
