import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Attempts } from './attempts.ts';

const MINUTE = 60_000;
const RULE = { free: 5, windowMs: MINUTE, mostRestMs: 15 * MINUTE };

describe('attempts', () => {
  test('five a minute are free; with the fifth that fails the first rest begins, then each is twice as long', () => {
    const attempts = new Attempts(RULE);
    for (let i = 0; i < 4; i++) assert.deepEqual(attempts.begin('anna', i), { waitMs: 0, restMs: 0 });
    const rests: number[] = [];
    let now = 4;
    for (let i = 0; i < 7; i++) {
      const { waitMs, restMs } = attempts.begin('anna', now);
      assert.equal(waitMs, 0);
      assert.equal(attempts.begin('anna', now + 1).waitMs, restMs - 1);
      rests.push(restMs / MINUTE);
      now += restMs;
    }
    assert.deepEqual(rests, [1, 2, 4, 8, 15, 15, 15]);
  });

  test('few of them, spread out, are forgiven', () => {
    const attempts = new Attempts(RULE);
    for (let t = 0; t < 100 * MINUTE; t += 16_000) assert.equal(attempts.begin('anna', t).waitMs, 0);
  });

  test('of one name say nothing of another; one that was right forgives all', () => {
    const attempts = new Attempts(RULE);
    for (let i = 0; i < 5; i++) attempts.begin('anna', 0);
    assert.ok(attempts.begin('anna', 1).waitMs > 0);
    assert.equal(attempts.begin('ben', 1).waitMs, 0);
    attempts.succeed('anna');
    assert.equal(attempts.begin('anna', 1).waitMs, 0);
  });

  test('in an hour no more get through than the rule lets, however they come', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 60 * MINUTE }), { maxLength: 300 }), (moments) => {
        const attempts = new Attempts(RULE);
        const through = moments
          .sort((a, b) => a - b)
          .filter((now) => attempts.begin('anna', now).waitMs === 0);
        // Four free ones a minute at the most, and never five within one without a rest.
        for (let i = 5; i < through.length; i++) assert.ok(through[i]! - through[i - 5]! >= MINUTE);
      }),
    );
  });
});
