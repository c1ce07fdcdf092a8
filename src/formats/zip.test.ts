import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import type { FoveaError } from '../core/errors.ts';
import { crc32 } from './crc32.ts';
import { inflate } from './inflate.ts';
import { listZip, readZip } from './zip.ts';

const bytes = fc.uint8Array({ maxLength: 5000 });

test('the sum is that of zlib', () => {
  fc.assert(fc.property(bytes, (data) => assert.equal(crc32(data), zlib.crc32(data))));
});

describe('an archive', () => {
  test('gives back what was put in, packed or not', () => {
    fc.assert(
      fc.property(bytes, bytes, fc.constantFrom(0, 6, 9), (a, b, level) => {
        const archive = zipSync({ 'model/a': a, b }, { level });
        assert.deepEqual(readZip(archive, ['a', 'b', 'c']), { a, b });
        assert.deepEqual(
          listZip(archive).map(({ path, size }) => [path, size]),
          [
            ['model/a', a.length],
            ['b', b.length],
          ],
        );
      }),
    );
  });

  test('is not copied where it is not packed', () => {
    const archive = zipSync({ a: new Uint8Array(1000) }, { level: 0 });
    assert.equal(readZip(archive, ['a']).a!.buffer, archive.buffer);
  });

  test('gives the least deep of several entries of one name', () => {
    const archive = zipSync({ 'old/a': Uint8Array.of(1), a: Uint8Array.of(2) });
    assert.deepEqual(readZip(archive, ['a']), { a: Uint8Array.of(2) });
  });

  test('with one bit turned is refused, unless nothing came of it', () => {
    const data = Uint8Array.from({ length: 500 }, (_, i) => (i * i) & 255);
    for (const level of [0, 6] as const) {
      const archive = zipSync({ a: data }, { level });
      const { offset, packedSize } = listZip(archive)[0]!;
      const start = offset + 30 + 1; // The local header and the name.
      fc.assert(
        fc.property(fc.nat(8 * packedSize - 1), (bit) => {
          const damaged = archive.slice();
          damaged[start + (bit >> 3)]! ^= 1 << (bit & 7);
          try {
            // The bits behind the end of a packed stream are nobody's.
            assert.deepEqual(readZip(damaged, ['a']), { a: data });
          } catch (refusal) {
            assert.equal((refusal as FoveaError).code, 'MODEL_DAMAGED');
          }
        }),
      );
    }
  });

  test('that is encrypted, or packed in another way, is refused by name', () => {
    const archive = zipSync({ a: Uint8Array.of(1, 2, 3) });
    const directory = archive.findIndex(
      (_, i) => archive[i] === 0x50 && archive[i + 2] === 1 && archive[i + 3] === 2,
    );
    for (const [at, value, message] of [
      [8, 1, /encrypted/],
      [10, 12, /method 12/],
    ] as const) {
      const changed = archive.slice();
      changed[directory + at] = value;
      assert.throws(
        () => readZip(changed, ['a']),
        (error: FoveaError) => error.code === 'MODEL_STORAGE_UNSUPPORTED' && message.test(error.message),
      );
    }
  });
});

describe('a packed stream', () => {
  const data = Uint8Array.from({ length: 300_000 }, (_, i) => (i >> 8) & 255);

  test('is unpacked, whole, with either wrapping', () => {
    assert.deepEqual(inflate(zlib.deflateSync(data), data.length, 'zlib'), data);
    assert.deepEqual(inflate(zlib.deflateRawSync(data), data.length, 'none'), data);
  });

  test('that holds more than it should is stopped', () => {
    const bomb = zlib.deflateRawSync(new Uint8Array(2 ** 24));
    assert.throws(() => inflate(bomb, 1000, 'none'), RangeError);
  });
});
