import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { unitNumbers } from '../../../test/lcg.ts';
import type { FoveaError } from '../../core/errors.ts';
import { sizeOf } from '../../core/tensor.ts';
import { convertKeras } from '../index.ts';

interface Fixtures {
  readonly shape: readonly number[];
  /** Default values of the arguments after the first, by the function's place. */
  readonly defaults: Readonly<Record<string, readonly number[]>>;
  readonly bodies: readonly {
    readonly source: string;
    readonly shape: number[];
    readonly values: number[];
  }[];
  /** The functions' code, base64, by the Python that compiled them. */
  readonly compiled: Readonly<Record<string, readonly string[]>>;
}

const open = (name: string) => unzipSync(readFileSync(new URL(`../fixtures/${name}`, import.meta.url)));

/** Written by training/lambda_fixtures.py. */
const fixtures: Fixtures = JSON.parse(strFromU8(open('lambdas.zip')['lambdas.json']!));

/** A weights file as good as any: a Lambda has none. */
const weights = unzipSync(open('layers.zip')['training only.keras']!)['model.weights.h5']!;

/** A model of nothing but a Lambda. */
function modelOf(lambda: Readonly<Record<string, unknown>>): Uint8Array {
  const { shape } = fixtures;
  const layers = [
    { class_name: 'InputLayer', config: { name: 'x', batch_shape: [null, ...shape.slice(1)] } },
    { class_name: 'Lambda', config: { name: 'lambda', ...lambda } },
  ];
  const config = { class_name: 'Sequential', config: { name: 'model', layers } };
  return zipSync({ 'config.json': strToU8(JSON.stringify(config)), 'model.weights.h5': weights });
}

const coded = (code: string, defaults: readonly number[] | null = null) =>
  modelOf({ function: [code, defaults, null], function_type: 'lambda' });

/** Answers by graph: most Pythons' code for a body comes to the same. */
const answers = new Map<string, Promise<Tensor>>();

async function answer(model: Uint8Array): Promise<Tensor> {
  const { onnx } = await convertKeras(model);
  const key = createHash('sha256').update(onnx).digest('hex');
  const known = answers.get(key) ?? run(onnx);
  answers.set(key, known);
  return known;
}

async function run(onnx: Uint8Array): Promise<Tensor> {
  const session = await InferenceSession.create(onnx);
  const numbers = Float32Array.from(unitNumbers(sizeOf(fixtures.shape)), (unit) => 2 * unit - 1);
  const results = await session.run({ x: new Tensor('float32', numbers, fixtures.shape) });
  return Object.values(results)[0] as Tensor;
}

/** Of the largest value. */
const TOLERANCE = 1e-5;

for (const [version, codes] of Object.entries(fixtures.compiled)) {
  describe(`a Lambda compiled by Python ${version} gives TensorFlow's numbers`, () => {
    fixtures.bodies.forEach(({ source, shape, values }, i) => {
      test(source.replaceAll(/\s+/g, ' '), async () => {
        const { dims, data } = await answer(coded(codes[i]!, fixtures.defaults[i] ?? null));
        assert.deepEqual([...dims], shape);
        const scale = Math.max(1, ...values.map(Math.abs));
        const largest = Math.max(...values.map((v, j) => Math.abs(v - Number(data[j])) / scale));
        assert.ok(largest <= TOLERANCE, `differs by ${largest}`);
      });
    });
  });
}

describe('a Lambda that cannot be read is refused by name', () => {
  const refused = (model: Uint8Array, reason: RegExp) =>
    assert.rejects(convertKeras(model), (error: FoveaError) => {
      assert.equal(error.code, 'LAYER_UNSUPPORTED');
      assert.match(error.message, /"lambda" \(Lambda\)/);
      assert.match(error.message, reason);
      return true;
    });

  test('a function kept by name', () =>
    refused(modelOf({ function: 'my_scaling', function_type: 'function' }), /"my_scaling".*not in the file/));

  test('a function of somebody else’s module', () =>
    refused(
      modelOf({ function: { class_name: 'function', config: 'relu', module: 'mine' } }),
      /"relu".*not in the file/,
    ));

  test('bytes that are no code', () => refused(coded('bm90IGNvZGU='), /not a function that Python wrote/));

  test('code cut off half-way', () => {
    const code = fixtures.compiled['3.11']![0]!;
    return refused(coded(code.slice(0, 40)), /not a function that Python wrote/);
  });

  test('code whose instructions are nonsense', async () => {
    for (const code of fixtures.compiled['3.12']!.slice(0, 8)) {
      const bytes = Buffer.from(code, 'base64');
      for (let at = 0; at < bytes.length; at += 3) {
        const broken = Buffer.from(bytes);
        broken[at]! ^= 0x55;
        // It may still mean something; it must never be anything else than an answer or a refusal.
        await convertKeras(coded(broken.toString('base64'))).catch((error: FoveaError) => {
          assert.ok(['LAYER_UNSUPPORTED', 'MODEL_CONFIG_INVALID'].includes(error.code), error.code);
        });
      }
    }
  });
});

test('a function of Keras’s own kept by name is that function', async () => {
  const { data } = await answer(
    modelOf({ function: { class_name: 'function', config: 'relu', module: 'keras.activations' } }),
  );
  assert.ok((data as Float32Array).every((value) => value >= 0));
});
