import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FolderBlobs } from '../../store/index.ts';
import { BoundedFolder } from './bounded-folder.ts';
import { PictureCopies } from './pictures.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fovea-copies-'));
});
afterEach(() => rm(folder, { recursive: true }));

const photograph = () => readFile(new URL('../../../test/fixtures/square.jpg', import.meta.url));
const filesIn = async (within: string) =>
  (await readdir(within, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();

describe('a copy of a picture', () => {
  test('is made once, and says so when what it was made of is gone', async () => {
    const blobs = new FolderBlobs(join(folder, 'blobs'));
    const copies = new PictureCopies(blobs, folder);
    const { sha256 } = await blobs.put(await photograph());
    const jpeg = await copies.get(sha256, 90);
    assert.deepEqual(await filesIn(join(folder, 'cache')), [`${sha256}-96.jpg`]);
    assert.deepEqual(await copies.get(sha256, 96), jpeg);
    await blobs.remove(sha256);
    await assert.rejects(copies.get(sha256, 96), { code: 'BLOB_MISSING' });
    await blobs.put(await photograph());
    assert.deepEqual(await copies.get(sha256, 96), jpeg);
  });

  test('is shown also where it cannot be kept', async () => {
    const blobs = new FolderBlobs(join(folder, 'blobs'));
    await writeFile(join(folder, 'cache'), 'no folder');
    const { sha256 } = await blobs.put(await photograph());
    assert.ok((await new PictureCopies(blobs, folder).get(sha256, 96)).length > 100);
  });
});

describe('a folder with a limit', () => {
  test('lets the oldest go, also of those it finds there', async () => {
    const before = new BoundedFolder(folder, 1000);
    for (const [i, name] of ['a/1', 'a/2', 'b/3'].entries()) {
      await before.write(name, Buffer.alloc(300));
      const moment = new Date(Date.now() - 60_000 + i * 1000);
      await utimes(join(folder, name), moment, moment);
    }
    const bounded = new BoundedFolder(folder, 1000);
    await bounded.write('b/4', Buffer.alloc(300));
    assert.deepEqual(await filesIn(folder), ['2', '3', '4'], 'down to nine tenths');
    await Promise.all([5, 6, 7].map((i) => bounded.write(`c/${i}`, Buffer.alloc(300))));
    const left = await filesIn(folder);
    assert.ok(left.length <= 3 && !left.includes('2'), `${left}`);
    assert.equal(await bounded.read('a/1'), undefined);
    let bytes = 0;
    for (const name of await readdir(folder, { recursive: true })) {
      const found = await stat(join(folder, name));
      if (found.isFile()) bytes += found.size;
    }
    assert.ok(bytes <= 1000);
  });

  test('holds no more than it may also where files come while others go', async () => {
    const bounded = new BoundedFolder(folder, 1000);
    for (let round = 0; round < 40; round++) {
      const late = async (i: number) => {
        await sleep(i);
        await bounded.write(`${i % 3}/${round}-${i}`, Buffer.alloc(100 + 37 * i));
      };
      await Promise.all(Array.from({ length: 8 }, (_, i) => late(i)));
      const files = await readdir(folder, { recursive: true, withFileTypes: true });
      const sizes = await Promise.all(
        files.filter((entry) => entry.isFile()).map(({ parentPath, name }) => stat(join(parentPath, name))),
      );
      const bytes = sizes.reduce((sum, { size }) => sum + size, 0);
      assert.ok(bytes <= 1000, `${bytes} in round ${round}`);
    }
  });

  test('keeps what fits, byte for byte', async () => {
    const bounded = new BoundedFolder(folder, 1000);
    await bounded.write('x', Buffer.from('same'));
    assert.equal(String(await bounded.read('x')), 'same');
    assert.deepEqual(await filesIn(folder), ['x']);
  });
});
