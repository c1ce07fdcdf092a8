import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { strFromU8, unzipSync } from 'fflate';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { unitNumbers } from '../../test/lcg.ts';
import { sizeOf } from '../core/tensor.ts';
import { convertKeras } from './index.ts';

interface Expected {
  readonly inputs: number[][];
  readonly outputs: readonly { readonly shape: number[]; readonly values: number[] }[];
}

/** Tiny models for each layer and option, with what real Keras answers: training/keras_fixtures.py, keras2_fixtures.py. */
const archives = ['layers.zip', 'keras2.zip'].map((name) => {
  const packed = unzipSync(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));
  const expected = JSON.parse(strFromU8(packed['expected.json']!));
  return { packed, ...(expected as { keras: string; cases: Record<string, Expected> }) };
});

/** Of the largest value. */
const TOLERANCE = 1e-5;

/** −1…1, as in training/keras_fixtures.py. */
const picture = (shape: number[]) =>
  new Tensor(
    'float32',
    Float32Array.from(unitNumbers(sizeOf(shape)), (unit) => 2 * unit - 1),
    shape,
  );

for (const { packed, keras, cases } of archives)
  describe(`each layer gives the numbers of Keras ${keras}`, () => {
    for (const [name, { inputs, outputs }] of Object.entries(cases)) {
      for (const ending of ['h5', 'keras'].filter((ending) => `${name}.${ending}` in packed)) {
        test(`${name} (.${ending})`, async () => {
          const converted = await convertKeras(packed[`${name}.${ending}`]!);
          const session = await InferenceSession.create(converted.onnx);
          const feeds = session.inputNames.map((input, i) => [input, picture(inputs[i]!)] as const);
          const results = await session.run(Object.fromEntries(feeds));
          outputs.forEach(({ shape, values }, i) => {
            const { dims, data } = results[session.outputNames[i]!]!;
            assert.deepEqual([...dims], shape);
            const scale = Math.max(1, ...values.map(Math.abs));
            const largest = Math.max(...values.map((v, j) => Math.abs(v - Number(data[j])) / scale));
            assert.ok(largest <= TOLERANCE, `output ${i} differs by ${largest}`);
            const stated = converted.outputs[i]!.shape;
            stated.forEach((size, axis) => {
              if (size !== null) assert.equal(size, shape[axis], `axis ${axis} is stated to be ${size}`);
            });
          });
        });
      }
    }
  });

test('layers are listed in order, nested ones behind their model and within it', async () => {
  const { packed } = archives[0]!;
  const { layers } = await convertKeras(packed['nested.keras']!);
  const lines = layers.map(({ name, within, className }) => [...within, name, className].join(' '));
  assert.match(
    lines.join('\n'),
    /^input_layer\S* InputLayer\nbackbone Functional\nbackbone \S+ InputLayer\nbackbone \S+ Conv2D\nbackbone \S+ BatchNormalization\nbackbone \S+ ReLU\nhead Sequential\n/,
  );
  const dense = layers.at(-1)!;
  assert.deepEqual(dense.outputShape, [null, 3]);
  assert.equal(dense.parameters, 4 * 3 + 3);
});
