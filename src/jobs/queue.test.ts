import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { testStore } from '../../test/store.ts';
import { openQueue } from './index.ts';

let store: Awaited<ReturnType<typeof testStore>>;
before(async () => {
  store = await testStore();
});
after(() => store.close());

test('a queue that is closed ends what was begun, and leaves the rest of the handful to others', async () => {
  const images = Array.from({ length: 12 }, () => randomUUID());
  const first = await openQueue(store, { name: 'first', isWorker: true });
  await first.enqueue(store.db, images);
  const [begun, ended]: [string[], string[]] = [[], []];
  const gate = Promise.withResolvers<void>();
  await first.work(async ({ imageId }) => {
    begun.push(imageId);
    await gate.promise;
    ended.push(imageId);
  });
  while (begun.length === 0) await sleep(20);
  const closed = first.close();
  gate.resolve();
  await closed;
  assert.ok(begun.length <= 2, `two hands began ${begun.length}`);
  assert.deepEqual(ended.toSorted(), begun.toSorted());

  const second = await openQueue(store, { name: 'second', isWorker: true });
  const done: string[] = [];
  await second.work(async ({ imageId }) => {
    done.push(imageId);
  });
  for (let i = 0; done.length < images.length - ended.length; i++) {
    assert.ok(i < 600, `${done.length} are done by the second`);
    await sleep(50);
  }
  await second.close();
  // Each was done by one of the two, and none is given up.
  assert.deepEqual([...ended, ...done].toSorted(), images.toSorted());
});
