import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Blobs } from '../src/store/index.ts';

/** An empty place for blobs, and a hand that reaches past its door. */
export interface TriedBlobs {
  readonly blobs: Blobs;
  /** Puts other bytes where a blob lies, as a failing disk does. */
  spoil(sha256: string, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

const bytes = (text: string) => Buffer.from(text);
const hashOf = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
const code = (expected: string) => ({ code: expected });

/** What every kind of blobs promises. */
export function tryBlobs(kind: string, open: () => Promise<TriedBlobs>): void {
  describe(`blobs in ${kind}`, () => {
    let tried: TriedBlobs;
    let blobs: Blobs;
    beforeEach(async () => {
      tried = await open();
      ({ blobs } = tried);
    });
    afterEach(() => tried.close());
    const names = async () => {
      const found: string[] = [];
      for await (const { sha256 } of blobs.list()) found.push(sha256);
      return found.sort();
    };

    test('are kept by the hash of what is in them', async () => {
      const kept = await blobs.put(bytes('one'));
      assert.deepEqual(kept, { sha256: hashOf(bytes('one')), bytes: 3, isNew: true });
      assert.deepEqual(Buffer.from(await blobs.get(kept.sha256)), bytes('one'));
      assert.equal(await blobs.has(kept.sha256), true);
      assert.equal(await blobs.check(kept.sha256), 'whole');
    });

    test('are taken as they come, in pieces', async () => {
      const pieces = Array.from({ length: 40 }, (_, i) => Buffer.alloc(100_000, i));
      async function* stream() {
        yield* pieces;
      }
      const whole = Buffer.concat(pieces);
      const { sha256, bytes: size } = await blobs.put(stream());
      assert.deepEqual([sha256, size], [hashOf(whole), whole.length]);
      assert.ok(whole.equals(await blobs.get(sha256)));
    });

    test('are one where the bytes are the same, also of many hands at once', async () => {
      const kept = await Promise.all(Array.from({ length: 8 }, () => blobs.put(bytes('same'))));
      assert.equal((await blobs.put(bytes('same'))).isNew, false);
      assert.deepEqual(new Set(kept.map(({ sha256 }) => sha256)), new Set(await names()));
      assert.equal(await blobs.check(kept[0]!.sha256), 'whole');
    });

    test('are listed, each with the moment at which it came, until they are removed', async () => {
      const kept = [await blobs.put(bytes('a')), await blobs.put(bytes('b'))].map(({ sha256 }) => sha256);
      assert.deepEqual(await names(), [...kept].sort());
      for await (const { modified } of blobs.list())
        assert.ok(Math.abs(modified - Date.now()) < 3_600_000, `${modified}`);
      await blobs.remove(kept[0]!);
      assert.deepEqual(await names(), [kept[1]]);
      assert.equal(await blobs.has(kept[0]!), false);
      await blobs.remove(kept[0]!);
    });

    test('that are gone are said to be', async () => {
      const { sha256 } = await blobs.put(bytes('gone'));
      await blobs.remove(sha256);
      await assert.rejects(blobs.get(sha256), code('BLOB_MISSING'));
      assert.deepEqual([await blobs.check(sha256), await blobs.has(sha256)], ['missing', false]);
    });

    for (const [what, other] of [
      ['altered', 'blub'],
      ['cut short', 'bl'],
      ['emptied', ''],
    ] as const) {
      test(`that were ${what} are found out, and are whole again once handed over anew`, async () => {
        const { sha256 } = await blobs.put(bytes('blob'));
        await tried.spoil(sha256, bytes(other));
        await assert.rejects(blobs.get(sha256), code('BLOB_ALTERED'));
        assert.equal(await blobs.check(sha256), 'altered');
        assert.equal((await blobs.put(bytes('blob'))).isNew, true);
        assert.equal(await blobs.check(sha256), 'whole');
      });
    }

    test('beyond the limit or empty are refused, and nothing of them stays', async () => {
      await assert.rejects(blobs.put(bytes('12345'), 4), code('FILE_TOO_LARGE'));
      await assert.rejects(blobs.put(bytes('')), code('FILE_EMPTY'));
      assert.deepEqual(await names(), []);
    });

    test('that end in the middle leave nothing', async () => {
      async function* broken() {
        yield bytes('half');
        throw new Error('the line is cut');
      }
      await assert.rejects(blobs.put(broken()), /the line is cut/);
      assert.deepEqual(await names(), []);
    });

    test('have no other names than hashes', async () => {
      for (const name of ['../../etc/passwd', '', 'A'.repeat(64), `${'a'.repeat(64)}/..`]) {
        await assert.rejects(blobs.get(name), code('BLOB_MISSING'));
        assert.deepEqual([await blobs.check(name), await blobs.has(name)], ['missing', false]);
      }
    });

    test('are of the database that asked first, also of many at once', async () => {
      const said = await Promise.all(['one', 'two', 'three'].map((identity) => blobs.owner(identity)));
      assert.equal(new Set(said).size, 1);
      assert.equal(await blobs.owner('four'), said[0]);
      assert.deepEqual(await names(), []);
    });

    test('have room left, and are not tidied away', async () => {
      const { sha256 } = await blobs.put(bytes('kept'));
      assert.ok((await blobs.free()) > 0);
      await blobs.tidy(Date.now() + 365 * 24 * 3_600_000);
      assert.equal(await blobs.check(sha256), 'whole');
    });
  });
}
