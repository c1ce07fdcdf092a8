import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FITTED, fittedSize, moved, zoomed } from './view.ts';

const panel = { width: 800, height: 600 };
const picture = { width: 4000, height: 2000 };

test('a picture is fitted by its longer side', () => {
  assert.deepEqual(fittedSize(picture, panel), { width: 800, height: 400 });
});

test('zooming keeps the point under the pointer in its place', () => {
  const view = zoomed(FITTED, 4, picture, panel, 100, 50);
  assert.equal(view.zoom, 4);
  // The point 100, 50 off the centre was at 100, 50 of the fitted picture; four times as far now, less the move.
  assert.deepEqual([100 * 4 + view.x, 50 * 4 + view.y], [100, 50]);
});

test('zooming out ends at the fitted picture, zooming in at pixels of 12', () => {
  assert.deepEqual(zoomed(zoomed(FITTED, 3, picture, panel, 70, 0), 0.01, picture, panel), FITTED);
  assert.equal(zoomed(FITTED, 1e9, picture, panel).zoom, (4000 * 12) / 800);
});

test('a picture moves no further than its edge, and not at all where it fits', () => {
  assert.deepEqual(moved(FITTED, 500, 500, picture, panel), FITTED);
  const view = moved(zoomed(FITTED, 2, picture, panel), 1e6, -1e6, picture, panel);
  assert.deepEqual([view.x, view.y], [400, -100]);
});
