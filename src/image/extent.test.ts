import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inputExtent } from './extent.ts';
import { fit } from './preprocess.ts';

const size = { width: 64, height: 48 };

/** Lit in a part of it, which is what counts for `field_of_view`. */
function lit(width: number, height: number) {
  const data = new Uint8Array(width * height);
  for (let y = height >> 3; y < height - (height >> 2); y++)
    data.fill(200, y * width + 10, y * width + width - 20);
  return { width, height, channels: 1 as const, data };
}

/** Each pixel's value is its column, or its row. */
function ramp(width: number, height: number, along: 'x' | 'y') {
  const data = Uint8Array.from({ length: width * height }, (_, i) =>
    along === 'x' ? i % width : Math.floor(i / width),
  );
  return { width, height, channels: 1 as const, data };
}

for (const crop of ['none', 'cover', 'contain', 'field_of_view'] as const) {
  for (const [width, height] of [
    [240, 120],
    [100, 200],
    [128, 96],
  ] as const) {
    test(`${crop}: a place of the input is found again in a picture of ${width} × ${height}`, () => {
      const [left, top, right, bottom] = inputExtent(lit(width, height), { size, crop });
      const contract = { size, crop, resample: 'pil_bilinear', channel_order: 'GRAY' } as const;
      for (const along of ['x', 'y'] as const) {
        const { data } = fit(ramp(width, height, along), contract, lit(width, height));
        const value = data[24 * size.width + 32]!;
        const expected =
          along === 'x'
            ? left + (32.5 / size.width) * (right - left)
            : top + (24.5 / size.height) * (bottom - top);
        assert.ok(Math.abs(value + 0.5 - expected) < 1, `${along}: ${value} where ${expected} was expected`);
      }
    });
  }
}
