import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { random } from '../core/random.ts';
import { growVessels } from './vessels.ts';

const PLAN = {
  disc: { x: 4760, width: 1770, height: 1880 },
  arcade: 3850,
  avascularZone: 450,
  equivalents: { artery: 152, vein: 233 },
  tortuosity: 1,
};
const trees = [1, 2, 3, 4, 5].map((seed) => growVessels(random(seed), PLAN));
const points = trees.flat().flatMap(({ x, y }) => Array.from(x, (px, i) => ({ x: px, y: y[i]! })));

describe('the vessel trees', () => {
  test('spare the avascular zone', () => {
    assert.ok(points.every(({ x, y }) => Math.hypot(x, y) > PLAN.avascularZone / 2));
  });

  test('none crosses the raphe, temporal of the fovea', () => {
    for (const { x, y } of trees.flat()) {
      const temporal = Array.from(y).filter((_, i) => x[i]! < 0);
      assert.ok(temporal.every((height) => height > 0) || temporal.every((height) => height < 0));
    }
  });

  test('reach above, below, temporal and nasal', () => {
    for (const quadrant of [
      (x: number, y: number) => x < -2500 && y < -1000,
      (x: number, y: number) => x < -2500 && y > 1000,
      (x: number) => x > 7000,
      (x: number, y: number) => Math.hypot(x, y) < 1500,
    ])
      assert.ok(points.some(({ x, y }) => quadrant(x, y)));
  });

  test('grow narrower on their way, and a daughter is narrower than her mother where she leaves', () => {
    for (const vessels of trees) {
      for (const { diameter, parent, x, y } of vessels) {
        assert.ok(diameter.every((width, i) => i === 0 || width <= diameter[i - 1]!));
        if (parent < 0) continue;
        const mother = vessels[parent]!;
        const at = mother.x.findIndex((px, i) => Math.hypot(px - x[0]!, mother.y[i]! - y[0]!) < 51);
        assert.ok(at >= 0, 'springs from her mother');
        assert.ok(diameter[0]! < mother.diameter[at]!);
      }
    }
  });

  test('the branches of arteries obey the Murray exponent of the table', () => {
    let checked = 0;
    for (const vessels of trees) {
      for (const { kind, diameter, parent, x, y } of vessels) {
        if (parent < 0 || kind !== 'artery') continue;
        const mother = vessels[parent]!;
        // The daughter starts between two points of her mother; the steps of the taper are far smaller than a branch's.
        const at = mother.x.findIndex((px, i) => Math.hypot(px - x[0]!, mother.y[i]! - y[0]!) < 1);
        if (at < 1) continue;
        const sum = (mother.diameter[at]! ** 2.59 + diameter[0]! ** 2.59) ** (1 / 2.59);
        assert.ok(Math.abs(sum / mother.diameter[at - 1]! - 1) < 0.005, `${sum}, ${mother.diameter[at - 1]}`);
        checked++;
      }
    }
    assert.ok(checked > 100);
  });

  test('the same seed grows the same trees', () => {
    assert.deepEqual(growVessels(random(3), PLAN), trees[2]);
  });
});
