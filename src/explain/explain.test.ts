import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FoveaError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import type { OnnxModel, OnnxNode } from '../formats/onnx/model.ts';
import { GraphSession } from '../model/session.ts';
import { redness, SIDE, spot } from './fixtures/redness.ts';
import { Explainer, METHODS, type Method } from './index.ts';

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

/** A pooled head for the map that needs one; for the one of slopes alone, a model whose slope is somewhere. */
const HEADS: Partial<Record<Method, 'pooled' | 'gated' | 'attended'>> = {
  cam: 'pooled',
  smoothgrad: 'gated',
  'attention-rollout': 'attended',
};

const PLACES = [
  [8, 9],
  [23, 8],
  [10, 24],
] as const;

describe('a map is strongest where the evidence is', () => {
  for (const method of METHODS) {
    test(method, async () => {
      const explainer = new Explainer(redness(HEADS[method] ?? 'flat'), true, open);
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
    method: Method,
    reason: RegExp,
    code = 'EXPLANATION_IMPOSSIBLE',
    input = spot(8, 9),
  ) => {
    const explainer = new Explainer(model, true, open);
    await assert.rejects(explainer.explain(input, index, { method }), (error: FoveaError) => {
      assert.equal(error.code, code);
      assert.match(`${error.message} ${error.details.received}`, reason);
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

  test('a map where its operators have no gradient, by name', () =>
    refused(withOperator('Mod'), 1, 'grad-cam', /Mod/, 'GRADIENT_UNSUPPORTED'));

  test('where nobody chose, another method is taken then, and it says so', async () => {
    const explainer = new Explainer(withOperator('Mod'), true, open);
    const { method, fallback, data, width, height } = await explainer.explain(spot(23, 8), 1);
    assert.equal(method, 'occlusion');
    assert.match(fallback!, /^Instead of hires-cam: .*Mod/);
    const { x, y } = summit({ data, width, height });
    assert.ok(Math.hypot(x - 23.5 / SIDE, y - 8.5 / SIDE) < 0.15);
    await explainer.close();
  });

  test('gradients of a graph in whole numbers of 8 bits; from outside it can be', async () => {
    await refused(quantised(), 1, 'grad-cam', /whole numbers \("QuantizeLinear"\)/);
    await refused(quantised(), 1, 'input-gradient', /DequantizeLinear/, 'GRADIENT_UNSUPPORTED');
    const explainer = new Explainer(quantised(), true, open);
    assert.equal((await explainer.explain(spot(8, 9), 1)).method, 'occlusion');
    await explainer.close();
  });

  test('a graph that takes whole numbers of 8 bits', () => {
    const { graph, ...model } = redness('pooled');
    const inputs = graph.inputs.map((input) => ({ ...input, dtype: 'uint8' as const }));
    assert.throws(() => new Explainer({ ...model, graph: { ...graph, inputs } }, true, open), {
      code: 'EXPLANATION_IMPOSSIBLE',
      message: /uint8, not float32/,
    });
  });

  test('answers and gradients that are no numbers', async () => {
    const { graph, ...model } = redness('pooled');
    const sick = new Map([...graph.initializers, ['b', vector(Number.NaN, 0)] as const]);
    for (const method of ['grad-cam', 'input-gradient', 'rise'] as const)
      await refused(
        { ...model, graph: { ...graph, initializers: sick } },
        1,
        method,
        /NaN/,
        'OUTPUT_NOT_FINITE',
      );
    // The slope of a root at nothing: the answers are finite, the gradient is not.
    await refused(withOperator('Sqrt'), 1, 'grad-cam', /NaN|infinity/, 'OUTPUT_NOT_FINITE', black);
  });
});

describe('a model need not be plain', () => {
  test("sizes that the graph leaves open are the picture's", async () => {
    const { graph, ...model } = redness('gated');
    const inputs = graph.inputs.map((input) => ({ ...input, shape: [null, null, null, 3] }));
    const outputs = graph.outputs.map((output) => ({ ...output, shape: null }));
    const explainer = new Explainer({ ...model, graph: { ...graph, inputs, outputs } }, true, open);
    for (const method of METHODS) {
      if (method === 'attention-rollout') continue; // It has no layers of attention.
      const { data, width, height } = await explainer.explain(spot(23, 8), 1, { method, masks: 400 });
      const { x, y } = summit({ data, width, height });
      assert.ok(Math.hypot(x - 23.5 / SIDE, y - 8.5 / SIDE) < 0.15, method);
    }
    await explainer.close();
  });

  test('a graph for one picture at a time is asked one at a time', async () => {
    const { graph, ...model } = redness('flat');
    const inputs = graph.inputs.map((input) => ({ ...input, shape: [1, SIDE, SIDE, 3] }));
    const one = new Explainer({ ...model, graph: { ...graph, inputs } }, true, open);
    const many = new Explainer(redness('flat'), true, open);
    const [a, b] = [
      await one.explain(spot(8, 9), 1, { method: 'occlusion' }),
      await many.explain(spot(8, 9), 1, { method: 'occlusion' }),
    ];
    a.data.forEach((value, i) => {
      assert.ok(Math.abs(value - b.data[i]!) < 1e-5);
    });
    await Promise.all([one.close(), many.close()]);
  });

  test('one output under two classes: each has its own map and the rest of the other', async () => {
    const single = singleOutput();
    const explainer = new Explainer(single, true, open, { complementary: true });
    const [first, second] = [
      await explainer.explain(spot(23, 8), 0),
      await explainer.explain(spot(23, 8), 1),
    ];
    assert.ok(Math.abs(first.probability + second.probability - 1) < 1e-6);
    assert.ok(second.probability > 0.9);
    const { x, y } = summit(second);
    assert.ok(Math.hypot(x - 23.5 / SIDE, y - 8.5 / SIDE) < 0.15);
    assert.ok(first.data.every((value) => value === 0));
    assert.match(first.caveat, /Nothing in the picture/);
    assert.equal(await explainer.likeliest(spot(23, 8)), 1);
    await explainer.close();
  });

  test('logits are made probabilities', async () => {
    const { graph, ...model } = redness('gated');
    const outputs = graph.outputs.map((output) => ({ ...output, name: 'scores' }));
    const nodes = graph.nodes.slice(0, -1);
    const logits = new Explainer({ ...model, graph: { ...graph, nodes, outputs } }, true, open, {
      activation: 'softmax',
    });
    const plain = new Explainer(redness('gated'), true, open);
    const [a, b] = [await logits.probabilities(spot(8, 9)), await plain.probabilities(spot(8, 9))];
    assert.ok(Math.abs(a[1]! - b[1]!) < 1e-6);
    await Promise.all([logits.close(), plain.close()]);
  });
});

const vector = (...values: number[]) =>
  ({ dtype: 'float32', shape: [values.length], data: Float32Array.from(values) }) as const;

const black: Tensor<'float32'> = { ...spot(0, 0), data: new Float32Array(SIDE * SIDE * 3) };

const step = (op: string, inputs: string[], output: string): OnnxNode => ({
  op,
  name: output,
  inputs,
  outputs: [output],
  attributes: op === 'Mod' ? { fmod: 1 } : {},
});

/** `redness` with one more operator between its features and their mean. */
function withOperator(op: string): OnnxModel {
  const { graph, ...model } = redness('flat');
  const nodes = graph.nodes.flatMap((node) =>
    node.op === 'MaxPool'
      ? [step(op, op === 'Mod' ? ['features', 'large'] : ['features'], 'more'), { ...node, inputs: ['more'] }]
      : [node],
  );
  const initializers = new Map([...graph.initializers, ['large', vector(1000)] as const]);
  return { ...model, graph: { ...graph, nodes, initializers } };
}

/** Features to 256 steps and back, as in a quantised graph. */
function quantised(): OnnxModel {
  const { graph, ...model } = redness('flat');
  const zero = { dtype: 'uint8', shape: [], data: Uint8Array.of(0) } as const;
  const scale = { dtype: 'float32', shape: [], data: Float32Array.of(1 / 255) } as const;
  const nodes = graph.nodes.flatMap((node) =>
    node.op === 'Conv'
      ? [
          step('QuantizeLinear', [node.inputs[0]!, 'scale', 'zero'], 'steps'),
          step('DequantizeLinear', ['steps', 'scale', 'zero'], 'conv'),
        ]
      : [node],
  );
  const initializers = new Map([...graph.initializers, ['scale', scale] as const, ['zero', zero] as const]);
  return { ...model, graph: { ...graph, nodes, initializers } };
}

/** Redness as one sigmoid. */
function singleOutput(): OnnxModel {
  const { graph, ...model } = redness('gated');
  const column = { dtype: 'float32', shape: [3, 1], data: Float32Array.of(600, -200, -200) } as const;
  const nodes = graph.nodes.map((node) =>
    node.op === 'Softmax' ? { ...step('Sigmoid', ['scores'], 'y') } : node,
  );
  const outputs = graph.outputs.map((output) => ({ ...output, shape: [null, 1] }));
  const initializers = new Map([
    ...graph.initializers,
    ['steep', column] as const,
    ['b', vector(-3)] as const,
  ]);
  return { ...model, graph: { ...graph, nodes, outputs, initializers } };
}

test('attention is rolled out where there is any, and else refused', async () => {
  const explainer = new Explainer(redness('flat'), true, open);
  await assert.rejects(
    explainer.explain(spot(8, 8), 1, { method: 'attention-rollout' }),
    (error: FoveaError) => error.code === 'EXPLANATION_IMPOSSIBLE',
  );
  await explainer.close();
});
