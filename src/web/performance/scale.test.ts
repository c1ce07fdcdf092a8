import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { linePath, marksUpTo } from './scale.ts';

describe('marks of an axis', () => {
  test('begin at 0, hold the greatest value, and are few and evenly spaced', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), (most) => {
        const marks = marksUpTo(most);
        const step = marks[1]!;
        assert.equal(marks[0], 0);
        assert.ok(marks.at(-1)! >= most * (1 - 1e-6));
        assert.ok(marks.length >= 3 && marks.length <= 6, `${marks.length} marks for ${most}`);
        for (const [i, mark] of marks.entries()) {
          assert.ok(Math.abs(mark - i * step) <= 1e-9 * Math.max(1, mark));
        }
      }),
    );
  });

  test('are round', () => {
    assert.deepEqual(marksUpTo(1), [0, 0.5, 1]);
    assert.deepEqual(marksUpTo(37), [0, 10, 20, 30, 40]);
    assert.deepEqual(marksUpTo(0), marksUpTo(1));
  });
});

describe('the line', () => {
  const box = { width: 100, height: 50 };
  test('rises with the value', () => {
    assert.equal(linePath([0, 1], 1, box), 'M0.0 50.0L100.0 0.0');
  });
  test('is broken where nothing was measured', () => {
    assert.equal(linePath([1, null, 0], 1, box), 'M0.0 0.0M100.0 50.0');
  });
});
