import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Resample } from './contract.ts';
import { coverBox } from './crop.ts';
import { resize } from './resize.ts';

interface Case {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly seed: number;
  readonly to: [number, number];
  readonly whole: Record<string, string>;
  readonly fit: Record<string, string>;
}

/** Made by training/image_fixtures.py with the libraries themselves. */
const golden: { readonly madeWith: Record<string, string>; readonly cases: readonly Case[] } = JSON.parse(
  readFileSync(new URL('fixtures/resize.json', import.meta.url), 'utf8'),
);

/** The picture of training/image_fixtures.py. */
function picture({ width, height, channels, seed }: Case) {
  const data = new Uint8Array(width * height * channels);
  let state = seed;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const noise = state >>> 24;
    data[i] = i % 7 ? (noise + 3 * (data[i - channels] ?? 0)) >> 2 : noise;
  }
  return { width, height, channels, data };
}

const digest = (data: Uint8Array | Float32Array) =>
  createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex');

const name = ({ width, height, channels, to }: Case) => `${width}×${height}×${channels} → ${to.join('×')}`;

describe(`resizing equals its original to the bit (${JSON.stringify(golden.madeWith)})`, () => {
  for (const c of golden.cases) {
    for (const [resample, expected] of Object.entries(c.whole)) {
      test(`${resample} ${name(c)}`, () => {
        const { data } = resize(picture(c), { width: c.to[0], height: c.to[1] }, resample as Resample);
        assert.equal(digest(data), expected);
      });
    }
  }
});

describe('cropping to cover equals ImageOps.fit to the bit', () => {
  for (const c of golden.cases) {
    for (const [resample, expected] of Object.entries(c.fit)) {
      test(`${resample} ${name(c)}`, () => {
        const size = { width: c.to[0], height: c.to[1] };
        const { data } = resize(picture(c), size, resample as Resample, coverBox(c, size));
        assert.equal(digest(data), expected);
      });
    }
  }
});

describe('every kernel', () => {
  const kernels = Object.keys(golden.cases[0]!.whole) as Resample[];
  const side = fc.integer({ min: 1, max: 40 });

  test('leaves a flat picture flat, whatever the sizes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...kernels),
        side,
        side,
        side,
        side,
        fc.nat(255),
        (kernel, w, h, ow, oh, level) => {
          const image = { width: w, height: h, channels: 1, data: new Uint8Array(w * h).fill(level) };
          const { data } = resize(image, { width: ow, height: oh }, kernel);
          assert.ok(data.every((value) => value === level));
        },
      ),
    );
  });

  test('leaves a picture of the right size as it is', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kernels), side, side, fc.nat(1000), (kernel, width, height, seed) => {
        const image = picture({ width, height, channels: 3, seed } as Case);
        assert.deepEqual([...resize(image, { width, height }, kernel).data], [...image.data]);
      }),
    );
  });

  test('refuses a box outside the picture', () => {
    const image = { width: 4, height: 4, channels: 1, data: new Uint8Array(16) };
    assert.throws(() => resize(image, { width: 2, height: 2 }, 'pil_box', [0, 0, 5, 4]), {
      code: 'CONTRACT_INVALID',
    });
  });
});
