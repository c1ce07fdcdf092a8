import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { asFoveaError, FoveaError } from '../src/core/errors.ts';
import type { Queue } from '../src/jobs/index.ts';
import { Registry } from '../src/model/index.ts';
import { buildApp } from '../src/server/app.ts';
import { BoundedFolder } from '../src/server/clinic/bounded-folder.ts';
import { backUp, FolderBlobs, listPatients, restore } from '../src/store/index.ts';
import { testStore } from './store.ts';

const folder = mkdtempSync(join(tmpdir(), 'fovea-full-'));
const disk = join(folder, 'disk');
mkdirSync(disk);
const mount = (options: string) => spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk]).status;
const isMounted = mount('size=256k') === 0;
after(async () => {
  if (isMounted) spawnSync('umount', [disk]);
  await rm(folder, { recursive: true });
});

const full = { code: 'STORAGE_FULL' };
const large = () => Buffer.alloc(400_000, 7);

describe('on a full disk', { skip: !isMounted && 'only root mounts a small disk' }, () => {
  test('a blob is refused, and nothing of it stays', async () => {
    const blobs = new FolderBlobs(join(disk, 'blobs'));
    await assert.rejects(blobs.put(large()), full);
    assert.deepEqual(await readdir(join(disk, 'blobs', 'unfinished')), []);
    const { sha256 } = await blobs.put(Buffer.from('small'));
    assert.equal(await blobs.check(sha256), 'whole');
  });

  test('a backup is refused; the one before it stays, and is whole', async () => {
    const [store, empty] = [await testStore(), await testStore()];
    try {
      const options = { version: '1', actor: 'anna', modelsFolder: join(folder, 'models') };
      await mkdir(join(folder, 'models', 'mine'), { recursive: true });
      const backup = join(disk, 'all.tar');
      await backUp(store, backup, options);
      const before = await readFile(backup);
      await writeFile(join(folder, 'models', 'mine', 'model.onnx'), large());
      await assert.rejects(backUp(store, backup, options), full);
      assert.ok(before.equals(await readFile(backup)));
      assert.ok(!(await readdir(disk)).includes('all.tar.unfinished'));

      const elsewhere = join(folder, 'all.tar');
      await backUp(store, elsewhere, options);
      const modelsFolder = join(disk, 'models');
      await assert.rejects(restore(empty, elsewhere, { ...options, modelsFolder }), full);
      assert.deepEqual(await readdir(modelsFolder), [], 'no model of which a part is missing');
      assert.equal((await listPatients(empty.db, {})).total, 0);
      await restore(empty, elsewhere, { ...options, modelsFolder: join(folder, 'restored') });
      assert.ok(large().equals(await readFile(join(folder, 'restored', 'mine', 'model.onnx'))));
    } finally {
      await Promise.all([store.close(), empty.close()]);
    }
  });

  test('an upload in pieces is refused, and goes on from there once there is room', async () => {
    const store = await testStore();
    const app = await buildApp({
      registry: new Registry({ builtIn: folder, user: folder, cache: folder, threads: 1 }),
      ...{ version: '1', webFolder: join(folder, 'none'), store, dataFolder: disk },
      queue: { enqueue: async () => {}, workReports: async () => {} } as unknown as Queue,
    });
    try {
      const post = async (url: string, payload: object) =>
        (await app.inject({ method: 'POST', url: `/api${url}`, payload })).json().id as string;
      const batch = await post('/batches', { name: 'b' });
      const picture = Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), large()]);
      const id = await post('/uploads', { batch, name: 'a.jpg', size: picture.length });
      const offset = async () =>
        Number((await app.inject({ method: 'HEAD', url: `/api/uploads/${id}` })).headers['upload-offset']);
      const send = async () => {
        const at = await offset();
        return app.inject({
          ...{ method: 'PATCH', url: `/api/uploads/${id}`, payload: picture.subarray(at) },
          headers: { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(at) },
        });
      };
      const refused = await send();
      assert.deepEqual([refused.statusCode, refused.json().error.code], [507, 'STORAGE_FULL']);
      assert.ok((await offset()) < picture.length);
      assert.equal(mount('remount,size=8m'), 0);
      assert.deepEqual(
        (await send()).json().items.map(({ state }: { state: string }) => state),
        ['taken'],
      );
      const [kept] = await store.db.selectFrom('images').select(['sha256', 'bytes']).execute();
      assert.deepEqual([kept!.bytes, await store.blobs.check(kept!.sha256)], [picture.length, 'whole']);
    } finally {
      mount('remount,size=256k');
      await app.close();
      await store.close();
    }
  });

  test('what can be made again is done without', async () => {
    const copies = new BoundedFolder(join(disk, 'cache'), 10 ** 9);
    await copies.write('large', large());
    assert.equal(await copies.read('large'), undefined);
    assert.deepEqual(await readdir(join(disk, 'cache')), []);
  });
});

test('a full disk is told wherever it is met: by the system, by a quota, by PostgreSQL', () => {
  for (const code of ['ENOSPC', 'EDQUOT', '53100'])
    assert.equal(asFoveaError(Object.assign(new Error(), { code })).code, 'STORAGE_FULL');
  assert.equal(asFoveaError(Object.assign(new Error(), { code: 'EIO' })).code, 'INTERNAL');
  const own = new FoveaError('FILE_EMPTY');
  assert.equal(asFoveaError(own), own);
});
