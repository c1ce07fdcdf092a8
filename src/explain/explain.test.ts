import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FoveaError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import type { OnnxModel, OnnxNode } from '../formats/onnx/model.ts';
import { GraphSession } from '../model/session.ts';
import { Explainer, METHODS } from './index.ts';

const SIDE = 32;

/** Red, green and blue as features; class 1 is the mean of red over that of the others, class 0 the rest. */
function redness(head: 'pooled' | 'flat' | 'blind'): OnnxModel {
  const node = (
    op: string,
    inputs: string[],
    output: string,
    attributes: OnnxNode['attributes'] = {},
  ): OnnxNode => ({
    op,
    name: output,
    inputs,
    outputs: [output],
    attributes,
  });
  const unit = Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
  const features = [
    node('Transpose', ['x'], 'first', { perm: [0, 3, 1, 2] }),
    node('Conv', ['first', 'unit'], 'conv', { kernel_shape: [1, 1] }),
    node('Relu', ['conv'], 'features'),
  ];
  const pooled = [
    node('ReduceMean', ['features'], 'mean', { axes: [2, 3], keepdims: 0 }),
    node('Gemm', ['mean', 'k', 'b'], 'scores'),
  ];
  const flat = [
    node('MaxPool', ['features'], 'pool', { kernel_shape: [4, 4], strides: [4, 4] }),
    node('ReduceMean', ['pool'], 'mean', { axes: [2, 3], keepdims: 0 }),
    node('Relu', ['mean'], 'kept'),
    node('Gemm', ['kept', 'k', 'b'], 'scores'),
  ];
  const blind = [
    node('ReduceMean', ['x'], 'mean', { axes: [1, 2], keepdims: 0 }),
    node('Gemm', ['mean', 'k', 'b'], 'scores'),
  ];
  const body = { pooled: [...features, ...pooled], flat: [...features, ...flat], blind }[head];
  return {
    opset: 17,
    producer: 'test',
    graph: {
      name: head,
      inputs: [{ name: 'x', dtype: 'float32', shape: [null, SIDE, SIDE, 3] }],
      outputs: [{ name: 'y', dtype: 'float32', shape: [null, 2] }],
      nodes: [...body, node('Softmax', ['scores'], 'y', { axis: -1 })],
      initializers: new Map([
        ['unit', { dtype: 'float32', shape: [3, 3, 1, 1], data: unit } as const],
        ['k', { dtype: 'float32', shape: [3, 2], data: Float32Array.of(-30, 30, 10, -10, 10, -10) } as const],
        ['b', { dtype: 'float32', shape: [2], data: Float32Array.of(3.5, -3.5) } as const],
      ]),
    },
  };
}

/** A red spot on grey, its middle at a place. */
function spot(cx: number, cy: number): Tensor<'float32'> {
  const data = new Float32Array(SIDE * SIDE * 3).fill(0.3);
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) if (Math.hypot(x - cx, y - cy) < 4) data[(y * SIDE + x) * 3] = 1;
  return { dtype: 'float32', shape: [1, SIDE, SIDE, 3], data };
}

const open = (onnx: Uint8Array) => GraphSession.open(onnx);

/** Where a map is strongest, as shares of its sides: the middle of all that is within a tenth of the most. */
function summit({ width, height, data }: { width: number; height: number; data: Float32Array }) {
  let [sx, sy, n] = [0, 0, 0];
  data.forEach((value, i) => {
    if (value < 0.9) return;
    sx += (i % width) + 0.5;
    sy += Math.floor(i / width) + 0.5;
    n++;
  });
  return { x: sx / n / width, y: sy / n / height };
}

const PLACES = [
  [8, 9],
  [23, 8],
  [10, 24],
] as const;

describe('a map is strongest where the evidence is', () => {
  for (const method of METHODS) {
    test(method, async () => {
      const explainer = new Explainer(redness(method === 'cam' ? 'pooled' : 'flat'), true, open);
      for (const [x, y] of PLACES) {
        const { data, width, height, caveat } = await explainer.explain(spot(x, y), 1, {
          method,
          masks: 600,
        });
        const found = summit({ data, width, height });
        const away = Math.hypot(found.x - (x + 0.5) / SIDE, found.y - (y + 0.5) / SIDE);
        assert.ok(away < 0.15, `${method} points ${away.toFixed(2)} of the picture's side away`);
        assert.ok(caveat.length > 20);
        assert.ok(data.every((value) => value >= 0 && value <= 1));
      }
      await explainer.close();
    });
  }
});

test('where the head is pooled, the class activation map is exact: its mean is the score', async () => {
  const explainer = new Explainer(redness('pooled'), true, open);
  assert.equal(explainer.defaultMethod, 'cam');
  const input = spot(12, 20);
  const [cam, gradCam] = [
    await explainer.explain(input, 1, { method: 'cam' }),
    await explainer.explain(input, 1, { method: 'grad-cam' }),
  ];
  // Grad-CAM of such a head is the same up to its scale.
  cam.data.forEach((value, i) => {
    assert.ok(Math.abs(value - gradCam.data[i]!) < 1e-6);
  });
  const mean = (c: number) =>
    input.data.reduce((sum, value, i) => sum + (i % 3 === c ? value : 0), 0) / SIDE ** 2;
  const margin = 2 * (30 * mean(0) - 10 * mean(1) - 10 * mean(2) - 3.5);
  assert.ok(Math.abs(cam.probability - 1 / (1 + Math.exp(-margin))) < 1e-5);
  await explainer.close();
});

test('covering the strongest place lowers the probability more than covering the weakest', async () => {
  const explainer = new Explainer(redness('flat'), true, open);
  const input = spot(8, 9);
  const { probability } = await explainer.explain(input, 1, { method: 'hires-cam' });
  const without = async (x: number, y: number) => {
    const data = input.data.slice();
    for (let dy = -5; dy <= 5; dy++)
      for (let dx = -5; dx <= 5; dx++)
        data.fill(0.3, ((y + dy) * SIDE + x + dx) * 3, ((y + dy) * SIDE + x + dx) * 3 + 3);
    return (await explainer.explain({ ...input, data }, 1, { method: 'hires-cam' })).probability;
  };
  assert.ok((await without(8, 9)) < probability - 0.1);
  assert.ok(Math.abs((await without(24, 24)) - probability) < 1e-6);
  await explainer.close();
});

describe('what cannot be explained so is refused', () => {
  const refused = async (
    model: OnnxModel,
    index: number,
    method: (typeof METHODS)[number],
    reason: RegExp,
  ) => {
    const explainer = new Explainer(model, true, open);
    await assert.rejects(explainer.explain(spot(8, 9), index, { method }), (error: FoveaError) => {
      assert.equal(error.code, 'EXPLANATION_IMPOSSIBLE');
      assert.match(error.message, reason);
      return true;
    });
    await explainer.close();
  };

  test('a class that is not there', () => refused(redness('flat'), 7, 'hires-cam', /no output 7/));
  test('a class activation map without a pooled head', () =>
    refused(redness('flat'), 1, 'cam', /not an average/));
  test('a map where the model has none', () =>
    refused(redness('blind'), 1, 'grad-cam', /no map of features/));

  test('but from outside every model can', async () => {
    const explainer = new Explainer(redness('blind'), true, open);
    assert.equal(explainer.defaultMethod, 'occlusion');
    const { data, width, height } = await explainer.explain(spot(23, 8), 1);
    const { x, y } = summit({ data, width, height });
    assert.ok(Math.hypot(x - 23.5 / SIDE, y - 8.5 / SIDE) < 0.15);
    await explainer.close();
  });
});
