import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { drawRetina } from './draw.ts';

const size = { width: 120, height: 90 };
const pixel = (image: ReturnType<typeof drawRetina>, x: number, y: number) => {
  const at = (y * image.width + x) * 3;
  return [...image.data.subarray(at, at + 3)];
};

describe('a drawn retina', () => {
  test('is the same for the same seed, byte for byte', () => {
    assert.deepEqual(drawRetina({ ...size, seed: 7 }), drawRetina({ ...size, seed: 7 }));
  });

  test('differs from seed to seed', () => {
    assert.notDeepEqual(drawRetina({ ...size, seed: 7 }).data, drawRetina({ ...size, seed: 8 }).data);
  });

  test('is both right and left eyes', () => {
    const brighter = (seed: number) => {
      const image = drawRetina({ width: 90, height: 90, seed });
      return pixel(image, 66, 43)[2]! > pixel(image, 23, 43)[2]! ? 'right' : 'left';
    };
    assert.deepEqual(
      new Set(Array.from({ length: 12 }, (_, seed) => brighter(seed))),
      new Set(['right', 'left']),
    );
  });

  test('has black corners around a field that is more red than green, and more green than blue', () => {
    const image = drawRetina({ ...size, seed: 1 });
    for (const [x, y] of [
      [0, 0],
      [119, 0],
      [0, 89],
      [119, 89],
    ] as const) {
      assert.deepEqual(pixel(image, x, y), [0, 0, 0]);
    }
    const [red, green, blue] = pixel(image, 60, 20) as [number, number, number];
    assert.ok(red > green && green > blue);
  });
});
