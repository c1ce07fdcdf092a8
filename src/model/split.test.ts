import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Tensor } from '../core/tensor.ts';
import { encodeOnnx } from '../formats/onnx/encode.ts';
import type { OnnxNode } from '../formats/onnx/model.ts';
import { splitNetwork, wholeNetwork } from './network.ts';
import { splitAtFeatures } from './split.ts';

const SIZE = 4;
const node = (op: string, inputs: string[], output: string): OnnxNode => ({
  ...{ op, name: output, inputs, outputs: [output], attributes: {} },
});
const matrix: Tensor<'float32'> = {
  dtype: 'float32',
  shape: [SIZE, SIZE],
  data: Float32Array.from({ length: SIZE * SIZE }, (_, i) => Math.sin(i)),
};
const graph = (...nodes: OnnxNode[]) =>
  encodeOnnx({
    opset: 17,
    producer: 'test',
    graph: {
      name: 'test',
      inputs: [{ name: 'x', dtype: 'float32', shape: [null, SIZE] }],
      outputs: [{ name: 'y', dtype: 'float32', shape: [null, SIZE] }],
      nodes,
      initializers: new Map([['w', matrix]]),
    },
  });

describe('a graph', () => {
  test('is cut at what its last matrix is given, and answers in two parts as it does whole', async () => {
    const onnx = graph(
      node('MatMul', ['x', 'w'], 'a'),
      node('Relu', ['a'], 'features'),
      node('MatMul', ['features', 'w'], 'b'),
      node('Softmax', ['b'], 'y'),
    );
    const [whole, parts] = [await wholeNetwork(onnx, {}), await splitNetwork(splitAtFeatures(onnx)!, {})];
    assert.deepEqual([parts.inputShape, parts.outputShape], [whole.inputShape, whole.outputShape]);
    const input: Tensor<'float32'> = {
      dtype: 'float32',
      shape: [1, SIZE],
      data: Float32Array.of(1, -2, 3, 4),
    };
    const [a, b] = [await whole.run(input), await parts.run(input)];
    assert.deepEqual(a.output, b.output);
    assert.equal(a.look, null);
    assert.equal(b.look!.features.length, SIZE);
    assert.equal(b.look!.channels, null);
    await Promise.all([whole.close(), parts.close()]);
  });

  const constant = (shape: number[], data: number[]): Tensor<'float32'> => ({
    ...{ dtype: 'float32', shape, data: Float32Array.from(data) },
  });
  /** Three convolutions of 1 × 1 on 2 × 2 pixels: twice, apart into two channels, together again. */
  const convolutions = (nodes: OnnxNode[]) =>
    encodeOnnx({
      opset: 17,
      producer: 'test',
      graph: {
        name: 'test',
        inputs: [{ name: 'x', dtype: 'float32', shape: [null, 1, 2, 2] }],
        outputs: [{ name: 'y', dtype: 'float32', shape: [null, 1] }],
        nodes: [...nodes, node('MatMul', ['features', 'sum'], 'y')],
        initializers: new Map([
          ['twice', constant([1, 1, 1, 1], [2])],
          ['apart', constant([2, 1, 1, 1], [1, -3])],
          ['together', constant([1, 2, 1, 1], [1, 1])],
          ['sum', constant([4, 1], [1, 1, 1, 1])],
        ]),
      },
    });
  const cast = (from: string, to: string, type: number): OnnxNode => ({
    ...node('Cast', [from], to),
    attributes: { to: type },
  });
  const [single, half] = [1, 10];

  const bodies: readonly (readonly [what: string, nodes: OnnxNode[]])[] = [
    [
      'in single precision',
      [
        node('Conv', ['x', 'twice'], 'a'),
        node('Conv', ['a', 'apart'], 'b'),
        node('Conv', ['b', 'together'], 'c'),
        node('Flatten', ['c'], 'features'),
      ],
    ],
    [
      'in half precision',
      [
        cast('x', 'x16', half),
        ...['twice', 'apart', 'together'].map((name) => cast(name, `${name}16`, half)),
        node('Conv', ['x16', 'twice16'], 'a'),
        node('Conv', ['a', 'apart16'], 'b'),
        node('Conv', ['b', 'together16'], 'c'),
        cast('c', 'c32', single),
        node('Flatten', ['c32'], 'features'),
      ],
    ],
  ];
  for (const [what, nodes] of bodies)
    test(`tells the means of the channels of its middle convolution, ${what}`, async () => {
      const parts = await splitNetwork(splitAtFeatures(convolutions(nodes))!, {});
      const { output, look } = await parts.run(constant([1, 1, 2, 2], [1, 2, 3, 6]));
      assert.deepEqual([...look!.channels!], [6, -18]);
      assert.deepEqual([...look!.features], [-4, -8, -12, -24]);
      assert.deepEqual([...output], [-48]);
      await parts.close();
    });

  test('of fewer than three convolutions has features alone', async () => {
    const nodes = [node('Conv', ['x', 'twice'], 'a'), node('Flatten', ['a'], 'features')];
    const parts = await splitNetwork(splitAtFeatures(convolutions(nodes))!, {});
    const { look } = await parts.run(constant([1, 1, 2, 2], [1, 2, 3, 6]));
    assert.deepEqual({ ...look, features: [...look!.features] }, { features: [2, 4, 6, 12], channels: null });
    await parts.close();
  });

  test('that does not end in a matrix has no features', () =>
    assert.equal(splitAtFeatures(graph(node('MatMul', ['x', 'w'], 'a'), node('Relu', ['a'], 'y'))), null));

  for (const passed of ['x', 'a'])
    test(`of which ${passed === 'x' ? 'its input' : 'a layer'} passes the matrix by stays whole`, () => {
      const trunk = [node('Relu', ['x'], 'a'), node('Sigmoid', ['a'], 'features')];
      const head = [node('MatMul', ['features', 'w'], 'b'), node('Add', ['b', passed], 'y')];
      assert.equal(splitAtFeatures(graph(...trunk, ...head)), null);
    });
});
