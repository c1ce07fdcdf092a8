import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { moved, zoomed } from '../view.ts';
import { fitted, gazeOf, linked, looked, mirrored, START, sheetOf, viewOf, WHOLE } from './pair-view.ts';

const panel = { width: 700, height: 800 };
const right = { width: 2400, height: 2000 };
const left = { width: 1024, height: 1024 };
const temporal = { zoom: 3, x: 0.25, y: 0.4 };

describe('linked eyes', () => {
  test('the other eye follows in the mirror: temporal stays temporal', () => {
    const pair = looked(START, 'OD', temporal);
    assert.deepEqual(pair.OS, { zoom: 3, x: 0.75, y: 0.4 });
    assert.deepEqual(looked(pair, 'OS', pair.OS), pair);
  });

  test('unmirrored it goes to the same place', () => {
    const pair = looked(mirrored(START, 'OD'), 'OD', temporal);
    assert.deepEqual(pair.OS, temporal);
  });

  test('unlinked it stays; linked again it comes', () => {
    const apart = looked(linked(START, 'OD'), 'OD', temporal);
    assert.deepEqual(apart.OS, WHOLE);
    assert.deepEqual(linked(apart, 'OD').OS, { zoom: 3, x: 0.75, y: 0.4 });
    assert.deepEqual(linked(apart, 'OS').OD, WHOLE);
  });

  test('both are fitted at once, linked or not', () => {
    const apart = looked(linked(START, 'OD'), 'OS', temporal);
    assert.deepEqual([fitted(apart).OD, fitted(apart).OS], [WHOLE, WHOLE]);
  });
});

test('the same gaze shows the same place of pictures of any size', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 2.5, max: 8, noNaN: true }),
      fc.double({ min: 0.35, max: 0.65, noNaN: true }),
      fc.double({ min: 0.35, max: 0.65, noNaN: true }),
      (zoom, x, y) => {
        for (const picture of [right, left]) {
          const gaze = gazeOf(viewOf({ zoom, x, y }, picture, panel), picture, panel);
          assert.ok(Math.abs(gaze.x - x) < 1e-9 && Math.abs(gaze.y - y) < 1e-9 && gaze.zoom === zoom);
        }
      },
    ),
  );
});

test('a place under the pointer stays there while it is zoomed, in any picture', () => {
  const at = { x: 120, y: -80 };
  const start = viewOf({ zoom: 2, x: 0.5, y: 0.5 }, left, panel);
  const placeAt = (view: typeof start) => {
    const sheet = sheetOf(view, left, panel);
    return [
      (panel.width / 2 + at.x - sheet.left) / sheet.width,
      (panel.height / 2 + at.y - sheet.top) / sheet.height,
    ] as const;
  };
  const before = placeAt(start);
  const after = placeAt(zoomed(start, 1.5, left, panel, at.x, at.y));
  assert.ok(Math.hypot(before[0] - after[0], before[1] - after[1]) < 1e-9);
});

test('a picture never leaves its panel, wherever the other eye went', () => {
  const { x, y } = viewOf({ zoom: 1, x: 0, y: 1 }, right, panel);
  assert.deepEqual([x, y], [0, 0]);
  const far = viewOf({ zoom: 2, x: 5, y: 5 }, left, panel);
  assert.deepEqual(far, moved(far, -1e6, -1e6, left, panel));
});

test('before picture or panel have a size, nothing is shown at no place', () => {
  const none = { width: 0, height: 0 };
  assert.deepEqual(viewOf(temporal, none, panel), viewOf(temporal, left, none));
  assert.ok(Object.values(gazeOf(viewOf(temporal, none, none), none, none)).every(Number.isFinite));
});
