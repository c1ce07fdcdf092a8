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

/** A worker that begins something, is told to stop, and ends it. */
async function workAndStop(): Promise<string[]> {
  const queue = await openQueue(store, { name: 'stopped', isWorker: true });
  const [begun, ended]: [string[], string[]] = [[], []];
  const gate = Promise.withResolvers<void>();
  await queue.work(async ({ imageId }) => {
    begun.push(imageId);
    await gate.promise;
    ended.push(imageId);
  });
  for (let i = 0; begun.length === 0; i++) {
    assert.ok(i < 600, 'it begins nothing');
    await sleep(50);
  }
  const closed = queue.close();
  gate.resolve();
  await closed;
  assert.ok(begun.length <= 2, `two hands began ${begun.length}`);
  assert.deepEqual(ended.toSorted(), begun.toSorted());
  return ended;
}

test('a queue that is closed ends what was begun, and hands on the rest of the handful, however often', async () => {
  const images = Array.from({ length: 20 }, () => randomUUID());
  const queue = await openQueue(store, { name: 'asks', isWorker: false });
  await queue.enqueue(store.db, images);
  await queue.close();
  const done: string[] = [];
  // More often than a job is tried that failed.
  for (let stops = 0; stops < 5; stops++) done.push(...(await workAndStop()));

  const last = await openQueue(store, { name: 'last', isWorker: true });
  await last.work(async ({ imageId }) => {
    done.push(imageId);
  });
  for (let i = 0; done.length < images.length; i++) {
    assert.ok(i < 600, `${done.length} are done`);
    await sleep(50);
  }
  assert.deepEqual(await last.failures(), []);
  await last.close();
  assert.deepEqual(done.toSorted(), images.toSorted());
});
