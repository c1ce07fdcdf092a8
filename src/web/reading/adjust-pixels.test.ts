import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adjustPixels } from './adjust-pixels.ts';
import { PLAIN, toneTable } from './tone.ts';

const picture = () => ({
  width: 4,
  height: 2,
  data: Uint8ClampedArray.from({ length: 32 }, (_, i) => (i % 4 === 3 ? 255 : i * 7)),
});
const table = toneTable(PLAIN);
const negative = toneTable({ ...PLAIN, isInverted: true });

test('as it is, not a pixel changes', () => {
  const shown = picture();
  adjustPixels(shown, { table, isRedFree: false, field: null });
  assert.deepEqual(shown, picture());
});

test('red-free shows the green channel in all three', () => {
  const shown = picture();
  adjustPixels(shown, { table, isRedFree: true, field: null });
  for (let i = 0; i < 8; i++) {
    const green = picture().data[i * 4 + 1]!;
    assert.deepEqual([...shown.data.subarray(i * 4, i * 4 + 4)], [green, green, green, 255]);
  }
});

test('outside of the camera’s field the dark stays dark: the negative dazzles nobody', () => {
  const shown = picture();
  const field = { x: 0.25, y: 0.25, radius: 0.26, left: 0, top: 0.2, right: 1, bottom: 1 };
  adjustPixels(shown, { table: negative, isRedFree: false, field });
  const changed = Array.from({ length: 8 }, (_, i) => shown.data[i * 4] !== picture().data[i * 4]);
  assert.deepEqual(changed, [false, false, false, false, true, true, false, false]);
  assert.equal(shown.data[16], 255 - picture().data[16]!);
});
