import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import sharp from 'sharp';
import { random } from '../core/random.ts';
import { decode, type Image } from '../image/index.ts';
import { type PhantomParameters, renderEye } from '../synth/index.ts';
import { findModality, MODALITIES } from './modality.ts';

const SHARED = new URL('../../../shared/data/', import.meta.url);

function phantom(parameters: PhantomParameters): Image {
  const { image, width, height, channels } = renderEye(parameters);
  return { data: image, width, height, channels };
}

/** A picture from a function of place, each channel 0–255. */
function drawn(width: number, height: number, level: (x: number, y: number, c: number) => number): Image {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return Math.max(0, Math.min(255, level(pixel % width, Math.floor(pixel / width), i % 3)));
  });
  return { width, height, channels: 3, data };
}

const greenOf = ({ width, height, data }: Image): Image => ({
  width,
  height,
  channels: 1,
  data: Uint8Array.from({ length: width * height }, (_, i) => data[i * 3 + 1]!),
});

const fundus = phantom({ modality: 'fundus', seed: 'gate/fundus', size: 256 });
const scan = phantom({ modality: 'oct', seed: 'gate/oct' });

describe('an eye is told by what it was taken with', () => {
  for (const seed of ['a', 'b']) {
    test(`colour, green channel, scan and angiogram of phantom ${seed}`, async () => {
      const photograph = phantom({ modality: 'fundus', seed, size: 192 });
      assert.equal((await findModality(photograph)).modality, 'fundus');
      assert.equal((await findModality(greenOf(photograph))).modality, 'red-free');
      assert.equal((await findModality(phantom({ modality: 'oct', seed }))).modality, 'oct');
      assert.equal((await findModality(phantom({ modality: 'fa', seed, size: 192 }))).modality, 'angiogram');
    });
  }
});

describe('what is no retina is refused, and the reason said', () => {
  const noise = random('gate/noise');
  const ball = drawn(240, 240, (x, y, c) => {
    const [u, v] = [(x - 120) / 90, (y - 120) / 90];
    const depth = 1 - u * u - v * v;
    return depth < 0 ? 8 : [250, 140, 30][c]! * Math.max(0.05, 0.6 * Math.sqrt(depth) - 0.5 * u - 0.4 * v);
  });
  const refused: Record<string, [Image, RegExp]> = {
    'a black frame': [drawn(300, 200, () => 0), /black all over/],
    'a white frame': [drawn(300, 200, () => 255), /white all over/],
    'one colour': [drawn(64, 64, (_x, _y, c) => [180, 90, 30][c]!), /one tone all over/],
    'pure noise': [drawn(200, 200, () => noise.unit() * 256), /noise/],
    '10 × 10 pixels': [drawn(10, 10, (x, y) => x * y), /10 × 10 pixels are too few/],
    '1 × 4000 pixels': [drawn(1, 4000, (_x, y) => y % 256), /1 × 4000 pixels are too few/],
    'a strip': [drawn(1000, 40, (x) => x % 256), /shape of a strip/],
    'an orange ball': [ball, /nearest/],
    'a ramp of greys': [drawn(200, 150, (x) => x * 1.2), /nearest/],
    'lines of a page': [
      drawn(200, 280, (x, y) => (y % 14 < 7 && x > 20 && x < 180 && (x * 7 + y * 3) % 11 < 6 ? 30 : 250)),
      /white, as of a page/,
    ],
  };
  for (const [name, [image, reason]] of Object.entries(refused)) {
    test(name, async () => {
      const verdict = await findModality(image);
      assert.equal(verdict.modality, 'other');
      assert.match(verdict.reasons.join(' '), reason);
    });
  }
});

describe('the way a picture is stored does not change what it is', () => {
  const raw = { width: fundus.width, height: fundus.height, channels: 3 as const };
  const stored: Record<string, () => Promise<Buffer>> = {
    '16 bits': () => sharp(fundus.data, { raw }).toColourspace('rgb16').png().toBuffer(),
    'half transparent': () => sharp(fundus.data, { raw }).ensureAlpha(0.5).png().toBuffer(),
    'an animation': () =>
      sharp(Buffer.concat([fundus.data, fundus.data]), {
        raw: { ...raw, height: raw.height * 2, pageHeight: raw.height },
      })
        .gif()
        .toBuffer(),
    'strongly compressed': () => sharp(fundus.data, { raw }).jpeg({ quality: 12 }).toBuffer(),
  };
  for (const [name, store] of Object.entries(stored)) {
    test(name, async () =>
      assert.equal((await findModality(await decode(await store()))).modality, 'fundus'),
    );
  }

  test('one channel', async () => {
    assert.equal(scan.channels, 1);
    assert.equal((await findModality(scan)).modality, 'oct');
  });
});

test('whatever the picture, the verdict is whole', async () => {
  const picture = fc
    .record({
      width: fc.integer({ min: 1, max: 90 }),
      height: fc.integer({ min: 1, max: 90 }),
      channels: fc.constantFrom(1 as const, 3 as const),
      seed: fc.integer(),
      smooth: fc.integer({ min: 1, max: 4000 }),
    })
    .map(({ width, height, channels, seed, smooth }): Image => {
      const draws = random(seed);
      const block = Array.from(
        { length: Math.ceil((width * height * channels) / smooth) },
        () => draws.unit() * 256,
      );
      const data = Uint8Array.from(
        { length: width * height * channels },
        (_, i) => block[Math.floor(i / smooth)]!,
      );
      return { width, height, channels, data };
    });
  await fc.assert(
    fc.asyncProperty(picture, async (image) => {
      const { modality, confidence, retina, reasons } = await findModality(image);
      assert.ok(MODALITIES.includes(modality));
      assert.ok(confidence >= 0 && confidence <= 1 && retina >= 0 && retina <= 1);
      assert.ok(reasons.length > 0);
    }),
    { numRuns: 60 },
  );
});

describe('real pictures', { skip: existsSync(SHARED) ? false : 'no ../shared/data here' }, () => {
  const some = (folder: string, count: number) => {
    const url = new URL(folder, SHARED);
    const names = readdirSync(url)
      .filter((name) => /\.(jpe?g|png)$/.test(name) && !/HO\.png$/.test(name))
      .sort();
    const step = Math.max(1, Math.floor(names.length / count));
    return names
      .filter((_, i) => i % step === 0)
      .map((name) => fileURLToPath(new URL(`${folder}${name}`, SHARED)));
  };
  const folders = [
    ['drive/images/', 'fundus'],
    ['chase/', 'fundus'],
    ['idrid/images/', 'fundus'],
    ['oct/CNV/', 'oct'],
    ['oct/NORMAL/', 'oct'],
  ] as const;
  for (const [folder, modality] of folders) {
    test(`${folder} are ${modality}`, async () => {
      for (const path of some(folder, 12))
        assert.equal((await findModality(await decode(readFileSync(path)))).modality, modality, path);
    });
  }
});
