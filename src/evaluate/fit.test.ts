import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { fitIsotonic, fitPlatt, fitShiftedTemperature, fitTemperature, lowerLimit } from './fit.ts';

const golden = JSON.parse(readFileSync(new URL('./fixtures/fits.json', import.meta.url), 'utf8'));
const near = (got: number, wanted: number, what: string, tolerance = 1e-5) =>
  assert.ok(Math.abs(got - wanted) <= tolerance, `${what}: ${got}, SciPy ${wanted}`);

describe('fits agree with SciPy and scikit-learn', () => {
  for (const [i, { said, truth, platt, isotonic }] of golden.binary.entries())
    test(`of one label, case ${i}`, () => {
      const { scale, shift } = fitPlatt(said, truth);
      near(scale, platt[0], 'scale');
      near(shift, platt[1], 'shift');
      const knots = new Map(fitIsotonic(said, truth));
      for (const [k, p] of said.entries())
        if (knots.has(p)) near(knots.get(p)!, isotonic[k], `isotonic at ${p}`, 1e-12);
      assert.ok(knots.size > 2);
    });
  for (const [i, { said, truth, temperature, shifted }] of golden.classes.entries())
    test(`of classes, case ${i}`, () => {
      near(fitTemperature(said, truth), temperature, 'temperature', 1e-4);
      const own = fitShiftedTemperature(said, truth);
      near(own.temperature, shifted.temperature, 'temperature with shifts', 1e-3);
      for (const [k, shift] of own.shifts.entries())
        near(shift, shifted.shifts[k], `shift of class ${k}`, 1e-3);
    });
});

describe('fits of few or odd cases', () => {
  test('isotonic steps never fall', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.boolean()), { minLength: 1, maxLength: 60 }),
        (rows) => {
          const knots = fitIsotonic(
            rows.map(([p]) => p / 20),
            rows.map(([, truth]) => truth),
          );
          for (const [k, [said, meant]] of knots.entries()) {
            const [before, low] = knots[k - 1] ?? [0, 0];
            assert.ok(said >= before && meant >= low && meant <= 1);
          }
        },
      ),
    );
  });

  test('a label that is told the wrong way round is not turned, and one told perfectly stays finite', () => {
    const said = [0.1, 0.2, 0.3, 0.7, 0.8, 0.9];
    const wrong = fitPlatt(said, [true, true, true, false, false, false]);
    assert.ok(wrong.scale > 0 && Number.isFinite(wrong.shift));
    const right = fitPlatt(said, [false, false, false, true, true, true]);
    assert.ok(right.scale > 0 && right.scale < 20 && Number.isFinite(right.shift));
  });
});

describe('the conformal limit', () => {
  test('keeps at least its share of new cases, on the mean over samples', () => {
    let kept = 0;
    let seed = 7;
    const random = () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed / 2 ** 32;
    };
    const trials = 4000;
    for (let i = 0; i < trials; i++) {
      const limit = lowerLimit(Array.from({ length: 25 }, random), 0.9)!;
      if (random() >= limit) kept++;
    }
    // 1 − 2/26: the second smallest of 25.
    assert.ok(Math.abs(kept / trials - 24 / 26) < 0.015, `${kept / trials}`);
  });

  test('promises nothing of fewer than nine cases at 90 %', () => {
    assert.equal(lowerLimit([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], 0.9), null);
    assert.equal(lowerLimit([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9], 0.9), 0.1);
  });
});
