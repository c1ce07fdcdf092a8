import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { boundsOf, type Canvas, type Region, takeAway } from './region.ts';

const [width, height] = [80, 60];

/** A slope of light from left to right, with a bright square in its middle. */
function slopeWithLesion(channels: 1 | 3 | 4 = 3): Canvas {
  const data = new Uint8Array(width * height * channels);
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const isLesion = Math.abs(x - 40) < 5 && Math.abs(y - 30) < 5;
    for (let c = 0; c < channels; c++) data[i * channels + c] = c === 3 ? 200 : isLesion ? 255 : 40 + x;
  }
  return { width, height, channels, data };
}

const circle = { shape: 'circle', x: 40.5, y: 30.5, radius: 12 } as const;
const box = { shape: 'box', left: 28, top: 20, right: 53, bottom: 41 } as const;

describe('a region that is taken away', () => {
  for (const region of [circle, box]) {
    test(`${region.shape}: the light around flows in, and nothing of the lesion is left`, () => {
      const picture = slopeWithLesion();
      takeAway(picture, region);
      for (let x = 36; x < 46; x++) {
        const value = picture.data[(30 * width + x) * 3]!;
        assert.ok(Math.abs(value - (40 + x)) < 6, `${value} at ${x}, where the slope has ${40 + x}`);
      }
    });

    test(`${region.shape}: nothing outside of it changes`, () => {
      const [before, after] = [slopeWithLesion(), slopeWithLesion()];
      takeAway(after, region);
      const { left, top, right, bottom } = boundsOf(region, after);
      for (let i = 0; i < width * height; i++) {
        const [x, y] = [i % width, Math.floor(i / width)];
        const isInside =
          region.shape === 'circle'
            ? Math.hypot(x + 0.5 - region.x, y + 0.5 - region.y) < region.radius
            : x >= left && x < right && y >= top && y < bottom;
        if (!isInside) assert.equal(after.data[i * 3], before.data[i * 3]);
      }
    });
  }

  test('alpha stays, and grey is grey', () => {
    const [alpha, grey] = [slopeWithLesion(4), slopeWithLesion(1)];
    takeAway(alpha, circle);
    takeAway(grey, circle);
    assert.ok(alpha.data.every((value, i) => i % 4 !== 3 || value === 200));
    assert.deepEqual(
      grey.data,
      alpha.data.filter((_, i) => i % 4 === 0),
    );
  });

  test('wherever it lies, nothing gets darker than the darkest place of the picture', () => {
    const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
    const regions: fc.Arbitrary<Region> = fc.oneof(
      fc.record({
        shape: fc.constant('circle' as const),
        x: number(-40, 120),
        y: number(-40, 100),
        radius: number(0.1, 90),
      }),
      fc.record({
        shape: fc.constant('box' as const),
        left: number(-40, 39),
        top: number(-40, 29),
        right: number(40, 120),
        bottom: number(30, 100),
      }),
    );
    fc.assert(
      fc.property(regions, (region) => {
        const picture = slopeWithLesion();
        takeAway(picture, region);
        assert.ok(picture.data.every((value) => value >= 40));
      }),
      { numRuns: 60 },
    );
  });
});
