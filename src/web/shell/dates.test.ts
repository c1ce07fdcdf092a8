import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ageAt, dayText } from './dates.ts';

test('a year is counted from the birthday on', () => {
  assert.equal(ageAt('1960-05-20', '2026-05-19'), 65);
  assert.equal(ageAt('1960-05-20', '2026-05-20'), 66);
  assert.equal(ageAt('2026-01-31', '2026-02-01'), 0);
});

test('a day is written with its own date, month and year', () => {
  assert.match(dayText('2026-01-31'), /31/);
  assert.match(dayText('2026-01-31'), /2026/);
});
