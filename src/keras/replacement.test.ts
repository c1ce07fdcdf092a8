import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { FoveaError } from '../core/errors.ts';
import { encodeOnnx } from '../formats/onnx/encode.ts';
import { convertKeras, type Replacement } from './index.ts';

const packed = unzipSync(readFileSync(new URL('fixtures/layers.zip', import.meta.url)));

/** A model of one dense layer without an activation, whose class is somebody's own. */
function modelWith(layer: { readonly class_name: string; readonly module?: string }): Uint8Array {
  const files = unzipSync(packed['dense.keras']!);
  const config = JSON.parse(strFromU8(files['config.json']!));
  Object.assign(config.config.layers[1], layer);
  config.config.layers[1].config.name = 'strange';
  return zipSync({ ...files, 'config.json': strToU8(JSON.stringify(config)) });
}

const strange = modelWith({ class_name: 'Strange', module: 'mine' });
const input = Float32Array.from({ length: 7 }, (_, i) => i - 3);

async function answer(model: Uint8Array, replacements: Readonly<Record<string, Replacement>>) {
  const { onnx, outputs } = await convertKeras(model, { replacements });
  const session = await InferenceSession.create(onnx);
  const results = await session.run({ [session.inputNames[0]!]: new Tensor('float32', input, [1, 7]) });
  return { values: Array.from(results[outputs[0]!.name]!.data as Float32Array), shape: outputs[0]!.shape };
}

/** ONNX: twice what comes in. */
const doubling = (opset: number, inputs = 1) =>
  encodeOnnx({
    opset,
    producer: 'test',
    graph: {
      name: 'doubling',
      inputs: Array.from(
        { length: inputs },
        (_, i) => ({ name: `x${i}`, dtype: 'float32', shape: [null, 7] }) as const,
      ),
      outputs: [{ name: 'y', dtype: 'float32', shape: [null, 7] }],
      nodes: [{ op: 'Mul', name: '', inputs: ['x0', 'two'], outputs: ['y'], attributes: {} }],
      initializers: new Map([['two', { dtype: 'float32', shape: [], data: Float32Array.of(2) } as const]]),
    },
  });

const refused = (model: Promise<unknown>, reason: RegExp) =>
  assert.rejects(model, (error: FoveaError) => {
    assert.equal(error.code, 'LAYER_UNSUPPORTED');
    assert.match(error.message, reason);
    return true;
  });

describe('a class of somebody’s own', () => {
  test('is refused by name', () => refused(convertKeras(strange), /"strange" \(Strange\)/));

  test('is refused also where it is called like one of Keras’s', () =>
    refused(convertKeras(modelWith({ class_name: 'Dense', module: 'mine' })), /"strange" \(Dense\)/));

  test('is replaced by an ONNX model', async () => {
    const { values, shape } = await answer(strange, { Strange: doubling(17) });
    assert.deepEqual(
      values,
      Array.from(input, (x) => 2 * x),
    );
    assert.deepEqual(shape, [null, 7]);
  });

  test('is replaced by a function that may read its weights', async () => {
    const { values } = await answer(modelWith({ class_name: 'Dense', module: 'mine' }), {
      strange: (layer, [x]) => {
        const [kernel] = layer.weights('kernel', 'bias');
        const name = layer.node('MatMul', [x!.name, layer.constant('kernel', kernel!)]);
        return { name, shape: [x!.shape[0]!, kernel!.shape[1]!], channelsFirst: false };
      },
    });
    assert.equal(values.length, 4);
    assert.ok(values.some((value) => value !== 0));
  });

  test('is not replaced by a model of another operator set or with other inputs', async () => {
    await refused(convertKeras(strange, { replacements: { Strange: doubling(9) } }), /operator set 9/);
    await refused(
      convertKeras(strange, { replacements: { Strange: doubling(17, 2) } }),
      /takes 2 inputs, the layer 1/,
    );
  });

  test('is not replaced by bytes that are no ONNX model', () =>
    assert.rejects(
      convertKeras(strange, { replacements: { Strange: Uint8Array.of(1, 2, 3) } }),
      ({ code }: FoveaError) => code === 'MODEL_DAMAGED',
    ));
});
