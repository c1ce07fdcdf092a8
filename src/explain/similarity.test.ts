import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { blurred, layoutOf, shifted } from './pictures.ts';
import { dilated, rateOf, topOf } from './pointing.ts';
import { pearson, spearman, ssim } from './similarity.ts';

/** Few values, so that some are equal. */
const values = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 49, maxLength: 49 });

describe('how alike maps are', () => {
  test('equals what SciPy gives', () => {
    // scipy.stats.spearmanr([1, 2, 2, 5, 4], [3, 1, 4, 4, 9]), .pearsonr
    assert.ok(Math.abs(spearman([1, 2, 2, 5, 4], [3, 1, 4, 4, 9]) - 0.605263157894737) < 1e-9);
    assert.ok(Math.abs(pearson([1, 2, 2, 5, 4], [3, 1, 4, 4, 9]) - 0.5261367915016468) < 1e-9);
  });

  test('ranks do not mind a scale that only rises, and are turned by one that falls', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const risen = a.map((value) => Math.fround(value) * 8 + 1);
        const rounded = a.map(Math.fround);
        assert.ok(Math.abs(spearman(rounded, b) - spearman(risen, b)) < 1e-9);
        assert.ok(
          Math.abs(
            spearman(rounded, b) +
              spearman(
                risen.map((value) => -value),
                b,
              ),
          ) < 1e-9,
        );
      }),
    );
  });

  test('a map is like itself, and a flat one like nothing', () => {
    fc.assert(
      fc.property(values, (a) => {
        assert.ok(Math.abs(ssim(a, a, 7, 7) - 1) < 1e-6);
        assert.equal(pearson(a, Array(49).fill(0.5)), 0);
      }),
    );
    const one = Array.from({ length: 49 }, (_, i) => Number(i < 24));
    assert.ok(ssim(one, one.toReversed(), 7, 7) < 0);
  });
});

test('a dilated mask is all that is within the radius', () => {
  const size = { width: 9, height: 7 };
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { minLength: 63, maxLength: 63 }),
      fc.double({ min: 0, max: 5, noNaN: true }),
      (cells, radius) => {
        const data = cells.map(Number);
        const found = dilated({ ...size, data }, radius);
        for (let i = 0; i < 63; i++) {
          const near = data.some(
            (cell, j) =>
              cell && Math.hypot((i % 9) - (j % 9), Math.floor(i / 9) - Math.floor(j / 9)) <= radius + 1e-9,
          );
          const nearer = data.some(
            (cell, j) =>
              cell && Math.hypot((i % 9) - (j % 9), Math.floor(i / 9) - Math.floor(j / 9)) <= radius - 1e-9,
          );
          assert.ok(found[i] === Number(near) || found[i] === Number(nearer));
        }
      },
    ),
  );
});

test("a rate's interval is Wilson's", () => {
  // statsmodels.stats.proportion.proportion_confint(8, 10, method='wilson')
  const { rate, low, high } = rateOf(8, 10);
  assert.equal(rate, 0.8);
  assert.ok(Math.abs(low - 0.4901625) < 1e-5);
  assert.ok(Math.abs(high - 0.9433178) < 1e-5);
  assert.deepEqual(rateOf(0, 0), { hits: 0, of: 0, rate: 0, low: 0, high: 1 });
});

test("a map's top is the middle of its strongest cell; an empty map has none", () => {
  const data = new Float32Array(12);
  assert.equal(topOf({ width: 4, height: 3, data }), undefined);
  data[6] = 0.2;
  assert.deepEqual(topOf({ width: 4, height: 3, data }), { x: 2.5 / 4, y: 1.5 / 3 });
});

describe('a picture', () => {
  const picture = (data: Float32Array, shape: readonly number[]) => ({
    dtype: 'float32' as const,
    shape,
    data,
  });

  for (const channelsLast of [true, false]) {
    test(`is blurred as by a Gaussian, channels ${channelsLast ? 'last' : 'first'}`, () => {
      const shape = channelsLast ? [1, 41, 41, 2] : [1, 2, 41, 41];
      const input = picture(new Float32Array(41 * 41 * 2), shape);
      const layout = layoutOf(input, channelsLast);
      // One point in channel 1 only.
      input.data[(20 * 41 + 20) * layout.pixel + layout.channel] = 1;
      const { data } = blurred(input, 4, layout);
      let [total, variance] = [0, 0];
      for (let i = 0; i < 41 * 41; i++) {
        assert.equal(data[i * layout.pixel], 0);
        const value = data[i * layout.pixel + layout.channel]!;
        total += value;
        variance += value * ((i % 41) - 20) ** 2;
      }
      assert.ok(Math.abs(total - 1) < 1e-3);
      assert.ok(Math.abs(Math.sqrt(variance) - 4) < 0.6, `${Math.sqrt(variance)}`);
    });
  }

  test('moves by whole pixels, its edge repeated', () => {
    const input = picture(Float32Array.of(1, 2, 3, 4, 5, 6), [1, 2, 3, 1]);
    const { data } = shifted(input, 1, -1, layoutOf(input, true));
    assert.deepEqual(Array.from(data), [4, 4, 5, 4, 4, 5]);
  });
});
