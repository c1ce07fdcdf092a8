import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  colourAt,
  contour,
  enlarge,
  fineGrid,
  LEVELS,
  PALETTES,
  type Palette,
  paintMap,
  strongest,
} from './evidence-map.ts';

/** Relative luminance (WCAG 2.2). */
const luminance = (colour: readonly number[]) => {
  const [r, g, b] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
};

for (const palette of Object.keys(PALETTES) as Palette[]) {
  test(`${palette} gets lighter all the way, so that it is read without telling colours apart`, () => {
    const ladder = Array.from({ length: 41 }, (_, i) => luminance(colourAt(palette, i / 40)));
    for (let i = 1; i < ladder.length; i++) assert.ok(ladder[i]! > ladder[i - 1]!, `at ${i} of 40`);
  });
}

test('where the map has nothing the picture stays as it is, and the strongest place is opaque', () => {
  const pixels = paintMap({ width: 3, height: 1, data: [0, 0.5, 1] }, 'viridis');
  assert.deepEqual([pixels[3], pixels[7], pixels[11]], [0, 128, 255]);
  assert.deepEqual([...pixels.subarray(8, 11)], [0xfd, 0xe7, 0x25]);
});

test('a coarse map enlarged keeps its values at the centres of its cells, and makes up none beyond', () => {
  const values = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 12, maxLength: 12 });
  fc.assert(
    fc.property(values, (data) => {
      const large = enlarge({ width: 4, height: 3, data }, 4 * 5, 3 * 5);
      for (let y = 0; y < 3; y++)
        for (let x = 0; x < 4; x++)
          assert.ok(Math.abs(large.data[(y * 5 + 2) * 20 + x * 5 + 2]! - data[y * 4 + x]!) < 1e-6);
      assert.ok(Math.max(...Array.from(large.data)) <= Math.max(...data) + 1e-6);
      assert.ok(Math.min(...Array.from(large.data)) >= Math.min(...data) - 1e-6);
    }),
  );
});

test('the line at a level goes round a hill at the distance where the hill has that height', () => {
  const side = 101;
  const data = Array.from({ length: side * side }, (_, i) => {
    const [x, y] = [(i % side) - 50, Math.floor(i / side) - 50];
    return Math.max(0, 1 - Math.hypot(x, y) / 40);
  });
  for (const level of LEVELS) {
    const points = [...contour({ width: side, height: side, data }, level).matchAll(/([\d.]+) ([\d.]+)/g)];
    assert.ok(points.length > 16);
    for (const [, x, y] of points) {
      const radius = Math.hypot(Number(x) * side - 50.5, Number(y) * side - 50.5);
      assert.ok(Math.abs(radius - 40 * (1 - level)) < 0.5, `${radius} at ${level}`);
    }
  }
});

test('no line where the map never has the value', () => {
  assert.equal(contour(fineGrid({ width: 2, height: 2, data: [0.1, 0.2, 0.3, 0.4] }), 0.5), '');
});

test('the strongest place in pixels of the picture, however the map lies over it', () => {
  const data = new Array(12).fill(0);
  data[6] = 1; // Third column, second row of 4 × 3.
  const extent = { left: -100, top: 0, right: 300, bottom: 300 };
  assert.deepEqual(strongest({ map: { width: 4, height: 3, data }, extent }), { x: 150, y: 150 });
});
