import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { strFromU8, unzipSync } from 'fflate';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { unitNumbers } from '../../test/lcg.ts';
import type { FoveaError } from '../core/errors.ts';
import { sizeOf } from '../core/tensor.ts';
import { decodeOnnx } from '../formats/onnx/decode.ts';
import { encodeOnnx } from '../formats/onnx/encode.ts';
import type { OnnxModel } from '../formats/onnx/model.ts';
import { convertKeras } from '../keras/index.ts';
import { appendGradient } from './index.ts';

const open = (url: string) => unzipSync(readFileSync(new URL(url, import.meta.url)));
const layers = open('../keras/fixtures/layers.zip');
const packed = open('fixtures/gradients.zip');

interface Expected {
  readonly inputs: readonly (readonly number[])[];
  readonly kernels: Readonly<Record<string, { readonly shape: number[]; readonly values: number[] }>>;
}

/** Written by training/gradient_fixtures.py. */
const { tensorflow, cases }: { tensorflow: string; cases: Record<string, Expected> } = JSON.parse(
  strFromU8(packed['expected.json']!),
);

const BATCH = 2;

/** −1…1, as in training/keras_fixtures.py. */
const picture = (shape: readonly number[]) =>
  new Tensor(
    'float32',
    Float32Array.from(unitNumbers(sizeOf(shape)), (unit) => 2 * unit - 1),
    [...shape],
  );

/** Of the largest value. */
function difference(ours: ArrayLike<number>, theirs: readonly number[]): number {
  const scale = Math.max(1e-3, ...theirs.map(Math.abs));
  assert.equal(ours.length, theirs.length);
  return theirs.reduce((most, value, i) => Math.max(most, Math.abs(value - ours[i]!)), 0) / scale;
}

const names = ({ graph }: OnnxModel) => graph.inputs.map(({ name }) => name);

/** The gradients of every output together, with respect to the inputs and some constants. */
async function gradientsOf(bytes: Uint8Array, constants: readonly string[] = []) {
  const converted = await convertKeras(bytes);
  const model = decodeOnnx(converted.onnx);
  const inputs = names(model);
  const shapes = converted.inputs.map(({ shape }) => shape.map((size, i) => (i === 0 ? BATCH : (size ?? 9))));
  const feeds = Object.fromEntries(inputs.map((name, i) => [name, picture(shapes[i]!)]));
  const plain = await (await InferenceSession.create(converted.onnx)).run(feeds);
  const wanted = [...inputs, ...constants];
  const sums = wanted.map(() => undefined as Float32Array | undefined);
  for (const { name } of converted.outputs) {
    const depends = appendable(model, name, wanted);
    if (!depends) continue;
    const session = await InferenceSession.create(encodeOnnx(depends.model));
    const results = await session.run({ ...feeds, [depends.given]: picture(plain[name]!.dims) });
    depends.gradients.forEach((gradient, i) => {
      const data = results[gradient]!.data as Float32Array;
      sums[i] = sums[i] ? sums[i]!.map((sum, j) => sum + data[j]!) : Float32Array.from(data);
    });
  }
  return { model, gradients: sums };
}

/** An output that hangs on no input has no gradient to add. */
function appendable(model: OnnxModel, of: string, withRespectTo: readonly string[]) {
  try {
    return appendGradient(model, { of, withRespectTo });
  } catch (thrown) {
    if ((thrown as FoveaError).code === 'VALUE_NOT_FOUND') return undefined;
    throw thrown;
  }
}

/** Sums that nearly cancel, where single precision leaves either side less than five digits. */
const CANCELLING: Readonly<Record<string, number>> = {
  'group norm of each': 5e-4,
  'unit norm': 5e-4,
  'dot of vectors': 1e-4,
};

describe(`gradients are those of TensorFlow ${tensorflow}`, () => {
  for (const [name, { inputs }] of Object.entries(cases)) {
    const isNetwork = name.startsWith('network ');
    test(name, async () => {
      const bytes = isNetwork ? packed[`${name.slice(8)}.keras`]! : layers[`${name}.keras`]!;
      const { gradients } = await gradientsOf(bytes);
      inputs.forEach((expected, i) => {
        const largest = difference(gradients[i]!, expected);
        const tolerance = CANCELLING[name] ?? (isNetwork ? 1e-4 : 1e-5);
        assert.ok(largest <= tolerance, `input ${i} differs by ${largest}`);
      });
    });
  }
});

describe('gradients of constants', () => {
  for (const [name, { kernels }] of Object.entries(cases).filter(([name]) => name.startsWith('network '))) {
    test(`${name}: its first kernels`, async () => {
      const bytes = packed[`${name.slice(8)}.keras`]!;
      const { onnx } = await convertKeras(bytes);
      const { initializers } = decodeOnnx(onnx).graph;
      for (const [path, { shape, values }] of Object.entries(kernels)) {
        const layer = path.split('/').at(-2)!;
        const constant = [...initializers.keys()].find((key) => key === `${layer}/kernel`);
        // A kernel with a batch norm folded into it is another than Keras's.
        if (constant === undefined) continue;
        const { gradients } = await gradientsOf(bytes, [constant]);
        const turned = asKeras(gradients.at(-1)!, initializers.get(constant)!.shape, shape);
        const largest = difference(turned, values);
        assert.ok(largest <= 1e-4, `${path} differs by ${largest}`);
      }
    });
  }
});

/** Out × in × height × width as height × width × in × out; a matrix as it is. */
function asKeras(data: Float32Array, from: readonly number[], to: readonly number[]): Float32Array {
  if (to.length !== 4) return data;
  const [out, inner, height, width] = from as [number, number, number, number];
  const result = new Float32Array(data.length);
  // Depthwise kernels keep channel and multiplier where others keep input and output.
  const depthwise = inner === 1 && to[2] !== 1;
  for (let o = 0; o < out; o++)
    for (let i = 0; i < inner; i++)
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
          const value = data[((o * inner + i) * height + y) * width + x]!;
          const place = depthwise ? (y * width + x) * out + o : ((y * width + x) * inner + i) * out + o;
          result[place] = value;
        }
  return result;
}

describe('a gradient that there is not', () => {
  const refused = async (bytes: Uint8Array, code: string, of?: string) => {
    const model = decodeOnnx((await convertKeras(bytes)).onnx);
    const { inputs, outputs } = model.graph;
    assert.throws(
      () => appendGradient(model, { of: of ?? outputs[0]!.name, withRespectTo: [inputs[0]!.name] }),
      (error: FoveaError) => error.code === code,
    );
  };

  for (const name of ['lstm', 'gru', 'simple rnn', 'conv lstm', 'lstm masked'])
    test(`through ${name} is refused by name`, () =>
      refused(layers[`${name}.keras`]!, 'GRADIENT_UNSUPPORTED'));

  test('of a value that is not there, or hangs on nothing', async () => {
    await refused(layers['dense.keras']!, 'VALUE_NOT_FOUND', 'nowhere');
    const model = decodeOnnx((await convertKeras(layers['shared layer.keras']!)).onnx);
    const [input] = model.graph.inputs;
    const constant = [...model.graph.initializers.keys()][0]!;
    assert.throws(
      () => appendGradient(model, { of: input!.name, withRespectTo: [constant] }),
      /does not depend/,
    );
  });
});

test('a gradient of a value within, with respect to a value within', async () => {
  const converted = await convertKeras(packed['resnet.keras']!);
  const model = decodeOnnx(converted.onnx);
  const pool = model.graph.nodes.find(({ op }) => op === 'ReduceMean')!;
  const logits = model.graph.nodes.find(({ op }) => op === 'Gemm')!.outputs[0]!;
  const features = pool.inputs[0]!;
  const { model: whole, given, gradients } = appendGradient(model, { of: logits, withRespectTo: [features] });
  const session = await InferenceSession.create(encodeOnnx(whole));
  const [input] = names(model);
  const seed = new Tensor('float32', Float32Array.of(0, 1, 0, 0), [1, 4]);
  const results = await session.run({ [input!]: picture([1, 24, 24, 3]), [given]: seed });
  const { dims, data } = results[gradients[0]!]!;
  // Pooling and a matrix: the gradient is the class's column over the number of pixels, the same at each of them.
  const kernel = model.graph.initializers.get(model.graph.nodes.find(({ op }) => op === 'Gemm')!.inputs[1]!)!;
  const pixels = dims[2]! * dims[3]!;
  const columns = Array.from({ length: dims[1]! }, (_, c) => Number(kernel.data[c * 4 + 1]) / pixels);
  const expected = columns.flatMap((value) => new Array<number>(pixels).fill(value));
  assert.ok(difference(data as Float32Array, expected) <= 1e-5);
});
