import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { clahe, USUAL_CLAHE } from './clahe.ts';
import { equaliseGreen, equaliseLightness, lightnessOf, withLightness } from './lightness.ts';

interface Case {
  readonly width: number;
  readonly height: number;
  readonly clipLimit: number;
  readonly tiles: number;
  readonly seed: number;
  /** Base64 of OpenCV's answers. Equalised, a byte a pixel. */
  readonly grey: string;
  /** L* of a picture in colour, 0–255. */
  readonly lightness: string;
  /** The same with another lightness: half of it + 64. */
  readonly rgb: string;
}

/** Made by training/clahe_fixtures.py. */
const golden = JSON.parse(readFileSync(new URL('fixtures/clahe.json', import.meta.url), 'utf8')) as {
  readonly opencv: string;
  readonly cases: readonly Case[];
};

/** As in training/clahe_fixtures.py. */
function picture(width: number, height: number, channels: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length: width * height * channels }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const [pixel, channel] = [Math.floor(i / channels), i % channels];
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    const wave = (x * (3 + channel) + y * 2) % 128;
    return wave + (state >>> 26) + ((Math.floor(x / 16) + Math.floor(y / 16)) % 2 ? 60 : 0);
  });
}

function rgbaOf(rgb: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray((rgb.length / 3) * 4).fill(255);
  for (let i = 0; i < rgb.length; i++) out[Math.floor(i / 3) * 4 + (i % 3)] = rgb[i]!;
  return out;
}

const off = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a, (value, i) => Math.abs(value - b[i]!));

describe(`CLAHE as OpenCV ${golden.opencv} does it`, () => {
  for (const { width, height, clipLimit, tiles, seed, grey } of golden.cases) {
    test(`${width} × ${height}, clip limit ${clipLimit}, ${tiles} tiles a side: equal to the grey level`, () => {
      const answer = clahe({ width, height, data: picture(width, height, 1, seed) }, { clipLimit, tiles });
      assert.deepEqual(Buffer.from(answer.data), Buffer.from(grey, 'base64'));
    });
  }

  test('lightness is CIELAB’s within one of 255, and another one is put in its place within two', () => {
    for (const { width, height, seed, lightness, rgb } of golden.cases) {
      const colour = { width, height, data: rgbaOf(picture(width, height, 3, seed)) };
      const expected = Buffer.from(lightness, 'base64');
      assert.ok(Math.max(...off(lightnessOf(colour), expected)) <= 1);
      const halved = withLightness(
        colour,
        new Uint8Array(expected),
        Uint8Array.from(expected, (l) => (l >> 1) + 64),
      );
      assert.ok(Math.max(...off(halved.data, rgbaOf(Buffer.from(rgb, 'base64')))) <= 2);
    }
  });
});

test('in colour the lightness is equalised', () => {
  const [width, height] = [64, 48];
  const colour = { width, height, data: rgbaOf(picture(width, height, 3, 9)) };
  const before = lightnessOf(colour);
  const { data } = clahe({ width, height, data: before });
  assert.deepEqual(equaliseLightness(colour), withLightness(colour, before, data));
});

test('a red-free view is equalised by its green channel alone', () => {
  const [width, height] = [64, 48];
  const data = rgbaOf(picture(width, height, 3, 5));
  const green = Uint8Array.from({ length: width * height }, (_, i) => data[i * 4 + 1]!);
  const expected = clahe({ width, height, data: green });
  const answer = equaliseGreen({ width, height, data });
  for (let channel = 0; channel < 3; channel++)
    assert.deepEqual(
      Uint8Array.from(expected.data, (_, i) => answer.data[i * 4 + channel]!),
      expected.data,
    );
});

test('a flat picture stays flat, any size is taken', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 0, max: 255 }),
      (width, height, level) => {
        const { data } = clahe({ width, height, data: new Uint8Array(width * height).fill(level) });
        assert.equal(data.length, width * height);
        assert.ok(data.every((value) => value === data[0]));
      },
    ),
  );
});

test('faint contrast becomes stronger', () => {
  const [width, height] = [128, 128];
  const faint = Uint8Array.from({ length: width * height }, (_, i) => 120 + ((i % width) % 8));
  const { data } = clahe({ width, height, data: faint }, USUAL_CLAHE);
  const spread = (values: Uint8Array) => Math.max(...values) - Math.min(...values);
  assert.ok(spread(data) > 2 * spread(faint), `${spread(faint)} → ${spread(data)}`);
});
