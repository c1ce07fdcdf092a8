import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { testStore } from '../../test/store.ts';
import { FoveaError } from '../core/errors.ts';
import {
  claimFolder,
  createBatch,
  keepBlobs,
  openStore,
  type Store,
  sweepBlobs,
  takeImages,
  verifyStorage,
} from './index.ts';

let store: Awaited<ReturnType<typeof testStore>>;
let batch: string;
before(async () => {
  store = await testStore();
  batch = await createBatch(store.db, { name: 'b', source: 'files', options: {}, createdBy: 'local' });
});
after(() => store.close());

/** Every blob is older. */
const LATER = () => Date.now() + 60_000;

/** Imports a text as an image. */
const importText = (into: Pick<Store, 'db' | 'blobs'>, text: string, enqueue = async () => {}) =>
  keepBlobs(into, [Buffer.from(text)], (trx, kept) =>
    takeImages(
      trx,
      batch,
      [...kept.values()].map(({ sha256, bytes }) => ({
        ...{ sha256, bytes, fileName: `${text}.jpg`, patient: { identifier: text }, date: '2026-01-31' },
        ...{ eye: null, eyeSource: null, camera: null, operator: null, takenAt: null },
      })),
      enqueue,
    ),
  );

describe('contents', () => {
  test('that fit on the disk are kept and written of, where others do not fit', async () => {
    const [fits, fitsNot] = [Buffer.from('it fits'), Buffer.from('it fits not')];
    const full = new FoveaError('STORAGE_FULL');
    const blobs: Store['blobs'] = Object.assign(Object.create(store.blobs), {
      put: async (bytes: Uint8Array) => (bytes === fitsNot ? Promise.reject(full) : store.blobs.put(bytes)),
      has: (name: string) => store.blobs.has(name),
    });
    const written: Uint8Array[] = [];
    const write = async (_: unknown, kept: ReadonlyMap<Uint8Array, unknown>) =>
      void written.push(...kept.keys());
    await assert.rejects(keepBlobs({ db: store.db, blobs }, [fitsNot, fits], write), full);
    assert.deepEqual(written, [fits]);
    await assert.rejects(keepBlobs({ db: store.db, blobs }, [fitsNot], write), full);
    assert.deepEqual(written, [fits], 'of nothing nothing is written');
    await sweepBlobs(store, LATER());
  });
});

describe('a sweep', () => {
  test('removes what nothing refers to, and nothing else', async () => {
    await importText(store, 'referred to');
    const { sha256 } = await store.blobs.put(Buffer.from('orphan'));
    assert.equal(await sweepBlobs(store, 0), 0, 'all are younger');
    assert.equal(await sweepBlobs(store, LATER()), 1);
    assert.equal(await store.blobs.has(sha256), false);
    const { missing, altered, orphans, checked } = await verifyStorage(store);
    assert.deepEqual([missing, altered, orphans, checked], [[], [], 0, 1]);
  });

  test('that comes between a file handed over again and what is written of it costs nobody the file', async () => {
    const { sha256 } = await store.blobs.put(Buffer.from('again'));
    const swept: number[] = [];
    const blobs: Store['blobs'] = Object.assign(Object.create(store.blobs), {
      put: async (bytes: Uint8Array) => {
        const kept = await store.blobs.put(bytes);
        if (swept.length === 0) swept.push(await sweepBlobs(store, LATER()));
        return kept;
      },
      has: (name: string) => store.blobs.has(name),
    });
    await importText({ db: store.db, blobs }, 'again');
    assert.deepEqual(swept, [1], 'the orphan of before was swept away meanwhile');
    assert.equal(await store.blobs.check(sha256), 'whole');
  });

  test('waits for whoever is writing of a file', async () => {
    let sweeping: Promise<number> | undefined;
    await store.blobs.put(Buffer.from('under way'));
    await importText(store, 'under way', async () => {
      sweeping = sweepBlobs(store, LATER());
      const first = await Promise.race([sweeping.then(() => 'swept'), sleep(500, 'waits')]);
      assert.equal(first, 'waits');
    });
    assert.equal(await sweeping, 0);
    assert.equal((await verifyStorage(store)).missing.length, 0);
  });

  test('beside many imports of files that were left over costs none of them', async () => {
    const texts = Array.from({ length: 60 }, (_, i) => `left over ${i}`);
    for (const text of texts) await store.blobs.put(Buffer.from(text));
    let isOver = false;
    const sweeping = (async () => {
      while (!isOver) await sweepBlobs(store, LATER());
    })();
    await Promise.all(
      [0, 1, 2].map(async (hand) => {
        for (let i = hand; i < texts.length; i += 3) await importText(store, texts[i]!);
      }),
    );
    isOver = true;
    await sweeping;
    const { missing, altered, orphans } = await verifyStorage(store);
    assert.deepEqual([missing, altered, orphans], [[], [], 0]);
  });

  test('leaves alone what was kept for another database, whoever asks', async () => {
    await importText(store, 'of the first');
    await sql`create database other`.execute(store.db);
    await sql`create role clinic login password 'x'`.execute(store.db);
    await sql`alter database other owner to clinic`.execute(store.db);
    const url = new URL(store.url);
    Object.assign(url, { pathname: 'other', username: 'clinic', password: 'x' });
    const other = await openStore({ dataFolder: store.folder, databaseUrl: url.href });
    try {
      const before = (await verifyStorage(store)).checked;
      await assert.rejects(sweepBlobs(other, LATER()), { code: 'STORAGE_FOREIGN' });
      await sweepBlobs(store, LATER());
      assert.deepEqual(await verifyStorage(store), { checked: before, missing: [], altered: [], orphans: 0 });
    } finally {
      await other.close();
    }
  });

  test('is for the one server of a folder to do, whatever the database of a second', async () => {
    await sql`create database second`.execute(store.db);
    const url = new URL(store.url);
    url.pathname = 'second';
    const second = await openStore({ dataFolder: store.folder, databaseUrl: url.href });
    const release = await claimFolder(store, 'the first');
    try {
      await assert.rejects(claimFolder(second, 'the second'), {
        code: 'DATA_FOLDER_TAKEN',
        message: /the first on /,
      });
      await release();
      await (await claimFolder(second, 'the second'))();
    } finally {
      await second.close();
    }
  });
});
