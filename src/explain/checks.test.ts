import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { random } from '../core/random.ts';
import type { OnnxModel } from '../formats/onnx/model.ts';
import { GraphSession } from '../model/session.ts';
import { redness, SIDE, spot } from './fixtures/redness.ts';
import {
  by,
  type Case,
  checkPointing,
  checkRandomisation,
  checkStability,
  deletionInsertion,
  Explainer,
  type MapMaker,
  type MarkedCase,
  quadrantEvidence,
} from './index.ts';

const explainerOf = (model: OnnxModel) => new Explainer(model, true, (onnx) => GraphSession.open(onnx));

/** Patches of any colour: what is red in them is one thing, what is bright or has an edge is another. */
function patches(seed: string): Case {
  const draws = random(seed);
  const colours = Array.from({ length: 64 }, () => [draws.unit(), draws.unit(), draws.unit()]);
  const { data, ...rest } = spot(0, 0);
  const painted = data.map((_, at) => {
    const i = Math.floor(at / 3);
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    return colours[(y >> 2) * 8 + (x >> 2)]![at % 3]!;
  });
  return { input: { ...rest, data: painted }, index: 1 };
}

const CASES = ['a', 'b', 'c', 'd'].map(patches);

/** What looks like evidence and is not: where the picture's brightness changes, whatever the model. */
const edges: MapMaker = async (_, { data }) => {
  const bright = (i: number) => data[i * 3]! + data[i * 3 + 1]! + data[i * 3 + 2]!;
  const map = Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
    const right = i % SIDE < SIDE - 1 ? i + 1 : i;
    const below = i + SIDE < SIDE * SIDE ? i + SIDE : i;
    return Math.abs(bright(right) - bright(i)) + Math.abs(bright(below) - bright(i));
  });
  return { width: SIDE, height: SIDE, data: map };
};

describe('a model that loses what it has learnt', () => {
  for (const method of ['cam', 'grad-cam', 'occlusion'] as const) {
    test(`has other maps by ${method}, which passes`, async () => {
      const explainer = explainerOf(redness('pooled'));
      const check = await checkRandomisation(explainer, by(method), CASES, { draws: 6 });
      assert.equal(check.pictures, CASES.length);
      assert.ok(check.passed, `correlation ${check.correlation}`);
      assert.deepEqual(
        check.stages.map(({ layers }) => layers),
        [1, 2],
      );
      await explainer.close();
    });
  }

  test('has the same edges still: an edge detector fails', async () => {
    const explainer = explainerOf(redness('pooled'));
    const check = await checkRandomisation(explainer, edges, CASES);
    assert.ok(!check.passed);
    for (const { correlation, ssim } of check.stages) {
      assert.ok(correlation > 0.999);
      assert.ok(ssim > 0.999);
    }
    await explainer.close();
  });

  test('is drawn alike from the same seed', async () => {
    const explainer = explainerOf(redness('flat'));
    const [one, same, other] = [
      await checkRandomisation(explainer, by('hires-cam'), CASES, { seed: 1 }),
      await checkRandomisation(explainer, by('hires-cam'), CASES, { seed: 1 }),
      await checkRandomisation(explainer, by('hires-cam'), CASES, { seed: 2 }),
    ];
    assert.deepEqual(one, same);
    assert.notDeepEqual(one.stages, other.stages);
    await explainer.close();
  });

  test('cannot be compared where the maps are empty to begin with: that is no pass', async () => {
    const explainer = explainerOf(redness('pooled'));
    const nothing: MapMaker = async () => ({ width: 7, height: 7, data: new Float32Array(49) });
    const check = await checkRandomisation(explainer, nothing, CASES);
    assert.equal(check.pictures, 0);
    assert.ok(!check.passed);
    await explainer.close();
  });
});

describe('deletion and insertion', () => {
  const explainer = explainerOf(redness('pooled'));
  const of: Case = { input: spot(9, 20), index: 1 };

  test('a map of the evidence does better than chance, its opposite worse', async () => {
    const map = await explainer.explain(of.input, 1, { method: 'cam' });
    const opposite = { ...map, data: map.data.map((value) => 1 - value) };
    const right = await deletionInsertion(explainer, map, of);
    const wrong = await deletionInsertion(explainer, opposite, of);
    assert.ok(right.deletion.area < right.chance.deletion);
    assert.ok(right.insertion.area > right.chance.insertion);
    assert.ok(wrong.deletion.area > right.chance.deletion);
    assert.ok(wrong.insertion.area < right.chance.insertion);
  });

  test('each curve begins and ends at the whole picture and at the blurred one', async () => {
    const map = await explainer.explain(of.input, 1, { method: 'cam' });
    const { deletion, insertion } = await deletionInsertion(explainer, map, of);
    const [whole, gone] = [deletion.probabilities[0]!, deletion.probabilities.at(-1)!];
    assert.ok(Math.abs(whole - map.probability) < 1e-6);
    assert.ok(Math.abs(insertion.probabilities[0]! - gone) < 1e-6);
    assert.ok(Math.abs(insertion.probabilities.at(-1)! - whole) < 1e-6);
    await explainer.close();
  });
});

describe('a picture that moves', () => {
  test('takes its map with it', async () => {
    const explainer = explainerOf(redness('pooled'));
    const { correlation, worst, shifts } = await checkStability(explainer, by('cam'), {
      input: spot(16, 16),
      index: 1,
    });
    assert.ok(worst > 0.99 && correlation >= worst, `${worst}`);
    assert.deepEqual(Math.max(...shifts.map(({ dx, dy }) => Math.max(Math.abs(dx), Math.abs(dy)))), 8);
    await explainer.close();
  });

  test('shows a map that stays where it was', async () => {
    const explainer = explainerOf(redness('pooled'));
    const data = spot(16, 16).data.filter((_, at) => at % 3 === 0);
    const fixed: MapMaker = async () => ({ width: SIDE, height: SIDE, data });
    const { worst } = await checkStability(explainer, fixed, { input: spot(16, 16), index: 1 });
    assert.ok(worst < 0.5, `${worst}`);
    await explainer.close();
  });
});

describe('the pointing game', () => {
  const mask = (cx: number, cy: number, radius: number) => ({
    width: SIDE,
    height: SIDE,
    data: Uint8Array.from({ length: SIDE * SIDE }, (_, i) =>
      Number(Math.hypot((i % SIDE) - cx, Math.floor(i / SIDE) - cy) < radius),
    ),
  });
  const everywhere = { width: SIDE, height: SIDE, data: new Uint8Array(SIDE * SIDE).fill(1) };
  const marked = (x: number, y: number, at = [x, y]): MarkedCase => ({
    input: spot(x, y),
    index: 1,
    lesions: mask(at[0]!, at[1]!, 4),
    field: everywhere,
  });
  const places = [
    [6, 7],
    [25, 8],
    [7, 24],
    [24, 25],
    [16, 16],
  ] as const;

  test('is won where the model looks at the lesion', async () => {
    const explainer = explainerOf(redness('pooled'));
    const check = await checkPointing(
      explainer,
      by('cam'),
      places.map(([x, y]) => marked(x, y)),
    );
    assert.equal(check.rate, 1);
    assert.equal(check.centre.hits, 1);
    assert.ok(check.low > check.random, `${check.low} ${check.random}`);
    await explainer.close();
  });

  test('is lost where the lesion is elsewhere, and where the map is empty', async () => {
    const explainer = explainerOf(redness('pooled'));
    const elsewhere = places.slice(0, 4).map(([x, y]) => marked(x, y, [SIDE - x, SIDE - y]));
    assert.equal((await checkPointing(explainer, by('cam'), elsewhere)).hits, 0);
    const nothing: MapMaker = async () => ({ width: 7, height: 7, data: new Float32Array(49) });
    const here = places.map(([x, y]) => marked(x, y));
    assert.equal((await checkPointing(explainer, nothing, here)).hits, 0);
    await explainer.close();
  });
});

test('without the quarter that holds the evidence the probability falls, without another it stays', async () => {
  const explainer = explainerOf(redness('gated'));
  const of: Case = { input: spot(24, 8), index: 1 };
  const map = await explainer.explain(of.input, 1);
  const quarters = await quadrantEvidence(explainer, map, of);
  const { 'upper right': pointed, 'lower left': other } = Object.fromEntries(
    quarters.map((quarter) => [quarter.quadrant, quarter]),
  );
  assert.ok(Math.abs(quarters.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-4);
  assert.equal(Math.max(...quarters.map(({ share }) => share)), pointed!.share);
  assert.ok(pointed!.without < map.probability - 0.1, `${pointed!.without} of ${map.probability}`);
  assert.ok(Math.abs(other!.without - map.probability) < 1e-4);
  await explainer.close();
});
