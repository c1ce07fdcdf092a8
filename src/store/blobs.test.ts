import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { tryBlobs } from '../../test/blobs.ts';
import { FoveaError } from '../core/errors.ts';
import { type Blobs, FolderBlobs } from './index.ts';

const temporary = () => mkdtemp(join(tmpdir(), 'fovea-blobs-'));

tryBlobs('a folder', async () => {
  const folder = await temporary();
  return {
    blobs: new FolderBlobs(folder),
    spoil: (sha256, bytes) => writeFile(join(folder, sha256.slice(0, 2), sha256), bytes),
    close: () => rm(folder, { recursive: true }),
  };
});

// The least that passes: it shows what is asked of whoever keeps blobs elsewhere.
tryBlobs('memory', async () => {
  const kept = new Map<string, { bytes: Uint8Array; modified: number }>();
  let owner: string | undefined;
  const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  const blobs: Blobs = {
    put: async (source, limit = Number.POSITIVE_INFINITY) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of source instanceof Uint8Array ? [source] : source) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      if (bytes.length > limit) throw new FoveaError('FILE_TOO_LARGE');
      if (bytes.length === 0) throw new FoveaError('FILE_EMPTY');
      const sha256 = hashOf(bytes);
      const isNew = (await blobs.check(sha256)) !== 'whole';
      if (isNew) kept.set(sha256, { bytes, modified: Date.now() });
      return { sha256, bytes: bytes.length, isNew };
    },
    get: async (sha256) => {
      const state = await blobs.check(sha256);
      if (state !== 'whole') throw new FoveaError(state === 'missing' ? 'BLOB_MISSING' : 'BLOB_ALTERED');
      return kept.get(sha256)!.bytes;
    },
    has: async (sha256) => kept.has(sha256),
    remove: async (sha256) => void kept.delete(sha256),
    list: async function* () {
      for (const [sha256, { modified }] of kept) yield { sha256, modified };
    },
    check: async (sha256) => {
      const found = kept.get(sha256);
      return !found ? 'missing' : hashOf(found.bytes) === sha256 ? 'whole' : 'altered';
    },
    free: async () => 1024 ** 3,
    tidy: async () => {},
    owner: async (identity) => (owner ??= identity),
  };
  return {
    blobs,
    spoil: async (sha256, bytes) => void kept.set(sha256, { bytes, modified: Date.now() }),
    close: async () => {},
  };
});

describe('what a killed process left unfinished', () => {
  test('is tidied away after a day, and what is being written is not', async (t) => {
    const folder = await temporary();
    t.after(() => rm(folder, { recursive: true }));
    const blobs = new FolderBlobs(folder);
    await blobs.put(Buffer.from('whole'));
    const unfinished = join(folder, 'unfinished');
    for (const name of ['old', 'young']) await writeFile(join(unfinished, name), 'half');
    const twoDaysAgo = new Date(Date.now() - 48 * 3600 * 1000);
    await utimes(join(unfinished, 'old'), twoDaysAgo, twoDaysAgo);
    await blobs.tidy();
    assert.deepEqual(await readdir(unfinished), ['young']);
  });
});
