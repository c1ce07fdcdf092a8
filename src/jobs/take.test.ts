import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { testStore } from '../../test/store.ts';
import { inMemory } from '../intake/index.ts';
import { createBatch, listItems } from '../store/index.ts';
import { type GivenFile, type Import, SOON, takeFiles } from './index.ts';

let store: Awaited<ReturnType<typeof testStore>>;
before(async () => {
  store = await testStore();
});
after(() => store.close());

/** So many bytes that begin as a JPEG does. */
function jpeg(text: string, size = 100): Buffer {
  const bytes = Buffer.alloc(size);
  Buffer.from([0xff, 0xd8, 0xff, 0xe0]).copy(bytes);
  bytes.write(text, 4);
  return bytes;
}

const file = (name: string, bytes: Uint8Array): GivenFile => ({ name, open: async () => inMemory(bytes) });

/** An import, and what was asked for: of each call how many images, by priority. */
async function begin() {
  const batchId = await createBatch(store.db, { name: 'b', source: 'files', options: {}, createdBy: 'anna' });
  const asked: [images: number, priority: number][] = [];
  let calls = 0;
  const into: Import = {
    ...{ store, batchId, hintsOf: async () => ({}) },
    queue: {
      enqueue: async (_, ids, priority = 0) => {
        if (ids.length > 0) asked.push([ids.length, priority]);
      },
    },
    callWorkers: () => calls++,
  };
  return { into, batchId, asked, calls: () => calls };
}

describe('files that are handed over', () => {
  test('are taken in groups of twenty, and listed in their order with those that are refused', async () => {
    const { into, batchId, asked, calls } = await begin();
    const given = Array.from({ length: 45 }, (_, i) =>
      file(`${i}.jpg`, i === 30 ? Buffer.from('no picture') : jpeg(`order ${i}`)),
    );
    const taken = await takeFiles(into, given);
    const names = given.map(({ name }) => name);
    assert.deepEqual(
      taken.map(({ name }) => name),
      names,
    );
    assert.equal(taken[30]!.error?.code, 'IMAGE_UNRECOGNISED');
    const { items } = await listItems(store.db, batchId);
    assert.deepEqual(
      items.map(({ name }) => name),
      names,
    );
    // The refused one ends its group; of an import no more than twenty stand before all else.
    assert.deepEqual(asked, [
      [20, SOON],
      [10, 0],
      [14, 0],
    ]);
    assert.equal(calls(), 3);
  });

  test('of one import stand no more than twenty before all else, also where four requests come at one moment', async () => {
    const { into, asked } = await begin();
    await Promise.all(
      [0, 1, 2, 3].map((hand) =>
        takeFiles(
          into,
          Array.from({ length: 15 }, (_, i) => file(`${hand} ${i}.jpg`, jpeg(`hand ${hand} ${i}`))),
        ),
      ),
    );
    const soon = asked.reduce((sum, [images, priority]) => sum + (priority === SOON ? images : 0), 0);
    assert.equal(soon, 20);
  });

  test('are taken sooner where they are large', async () => {
    const { into, asked } = await begin();
    await takeFiles(
      into,
      Array.from({ length: 5 }, (_, i) => file(`${i}.jpg`, jpeg(`large ${i}`, 9 * 1024 ** 2))),
    );
    assert.deepEqual(
      asked.map(([images]) => images),
      [2, 2, 1],
    );
  });

  test('that came before the line broke are taken', async () => {
    const { into, batchId } = await begin();
    async function* broken() {
      yield file('came.jpg', jpeg('came'));
      throw new Error('the line is cut');
    }
    await assert.rejects(takeFiles(into, broken()), /the line is cut/);
    const { items } = await listItems(store.db, batchId);
    assert.deepEqual(
      items.map(({ name, state }) => [name, state]),
      [['came.jpg', 'waiting']],
    );
  });
});
