import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { crc32, deflateSync } from 'node:zlib';
import type { FoveaError } from '../core/errors.ts';
import { renderFundus } from '../synth/index.ts';
import { decode, encodeJpeg, encodePng } from './decode-node.ts';
import type { Image } from './image.ts';

interface Decoded {
  readonly width: number;
  readonly height: number;
  readonly sha256: string;
}

/** Made by training/golden.py: what PIL makes of the same files. */
const golden: Record<'fixtures' | 'shared' | 'decoded', Record<string, Decoded>> = JSON.parse(
  readFileSync(new URL('../../test/golden/fundus-disease.json', import.meta.url), 'utf8'),
);
const fixtures = new URL('../../test/fixtures/', import.meta.url);
const photographs = new URL('../../../shared/data/', import.meta.url);
const fixture = (name: string) => readFileSync(new URL(name, fixtures));

describe('decoding gives the pixels of PIL', () => {
  for (const [name, expected] of Object.entries(golden.fixtures)) {
    test(name, async () => assert.deepEqual(summary(await decode(fixture(name))), expectation(expected)));
  }
  const skip = existsSync(photographs) ? false : 'the photographs of ../shared/data are not on this machine';
  for (const [path, expected] of Object.entries({ ...golden.shared, ...golden.decoded })) {
    test(path, { skip }, async () => {
      const image = await decode(readFileSync(new URL(path, photographs)));
      assert.deepEqual(summary(image), expectation(expected));
    });
  }

  test('a single pixel', async () => {
    const image = await decode(
      await encodePng({ width: 1, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3) }),
    );
    assert.deepEqual(
      { ...image, data: [...image.data] },
      { width: 1, height: 1, channels: 3, data: [1, 2, 3] },
    );
  });

  test('a picture of one channel, as RGB', async () => {
    const { width, height, channels, data } = await decode(fixture('grey.jpg'));
    assert.deepEqual([width, height, channels], [240, 200, 3]);
    assert.ok(data.every((value, i) => value === data[i - (i % 3)]));
  });
});

describe('what cannot be decoded is refused by its own code', () => {
  const text = (value: string) => new TextEncoder().encode(value);
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345\n`;
  const cut = (name: string) => fixture(name).subarray(0, fixture(name).length >> 1);

  const refusals: [what: string, bytes: Uint8Array, code: string, received: RegExp][] = [
    ['an empty file', new Uint8Array(), 'FILE_EMPTY', /^0 bytes$/],
    ['a Git-LFS pointer', text(pointer), 'FILE_IS_LFS_POINTER', /^a pointer of \d+ bytes$/],
    ['half a JPEG', cut('square.jpg'), 'IMAGE_DAMAGED', /./],
    ['half a progressive JPEG', cut('progressive.jpg'), 'IMAGE_DAMAGED', /./],
    ['half a PNG', cut('grey.png'), 'IMAGE_DAMAGED', /./],
    ['the first bytes of a JPEG', fixture('square.jpg').subarray(0, 20), 'IMAGE_DAMAGED', /./],
    ['the first bytes of a PNG', fixture('grey.png').subarray(0, 20), 'IMAGE_DAMAGED', /./],
    [
      '30000 × 30000 pixels',
      pngOfSize(30000, 30000),
      'IMAGE_TOO_LARGE',
      /^30000 × 30000, 900 million pixels$/,
    ],
    ['plain text', text('this is no picture'), 'IMAGE_UNRECOGNISED', /^bytes 74 68 69 73 20 69 73 20…$/],
    ['BMP', text('BM\x36\x00\x00\x00\x00\x00\x00\x00'), 'IMAGE_UNRECOGNISED', /^a BMP image$/],
    ['HDF5', bytesOf('89 48 44 46 0d 0a 1a 0a'), 'IMAGE_UNRECOGNISED', /^an HDF5 file/],
    ['ZIP', text('PK\x03\x04....'), 'IMAGE_UNRECOGNISED', /^a ZIP archive$/],
    ['PDF', text('%PDF-1.7'), 'IMAGE_UNRECOGNISED', /^a PDF document$/],
    ['SVG', text('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'IMAGE_UNRECOGNISED', /SVG/],
  ];
  for (const [what, bytes, code, received] of refusals) {
    test(`${what}: ${code}`, async () => {
      await assert.rejects(decode(bytes), (error: FoveaError) => {
        assert.equal(error.code, code);
        assert.match(error.toJSON().received ?? '', received);
        return true;
      });
    });
  }
});

describe('encoding', () => {
  const { image: data, width, height } = renderFundus({ seed: 1, size: 64 });
  const image: Image = { width, height, channels: 3, data };

  test('PNG keeps every byte', async () => {
    assert.deepEqual(summary(await decode(await encodePng(image))), summary(image));
  });

  test('JPEG keeps the size', async () => {
    const { width, height, channels } = await decode(await encodeJpeg(image));
    assert.deepEqual([width, height, channels], [64, 64, 3]);
  });
});

/** Size and hash, as RGB. */
function summary({ width, height, channels, data }: Image): Decoded {
  const rgb =
    channels === 3
      ? data
      : data.reduce((out, v, i) => out.fill(v, 3 * i, 3 * i + 3), new Uint8Array(data.length * 3));
  return { width, height, sha256: createHash('sha256').update(rgb).digest('hex') };
}

function expectation({ width, height, sha256 }: Decoded): Decoded {
  return { width, height, sha256 };
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.split(' '), (byte) => Number.parseInt(byte, 16));
}

/** A PNG whose header claims a size, with hardly any pixels behind it (https://www.w3.org/TR/png-3/#5DataRep). */
function pngOfSize(width: number, height: number): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const chunk = (type: string, data: Uint8Array) => {
    const whole = Buffer.alloc(12 + data.length);
    whole.writeUInt32BE(data.length, 0);
    whole.write(type, 4, 'latin1');
    whole.set(data, 8);
    whole.writeUInt32BE(crc32(whole.subarray(4, -4)), whole.length - 4);
    return whole;
  };
  const pixels = deflateSync(new Uint8Array(64));
  const start = bytesOf('89 50 4e 47 0d 0a 1a 0a');
  return Buffer.concat([
    start,
    chunk('IHDR', header),
    chunk('IDAT', pixels),
    chunk('IEND', new Uint8Array()),
  ]);
}
