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
    assert.equal(a.features, null);
    assert.equal(b.features!.length, SIZE);
    await Promise.all([whole.close(), parts.close()]);
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
