import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { strFromU8, unzipSync, zipSync } from 'fflate';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { unitNumbers } from '../../test/lcg.ts';
import { convertKeras } from './index.ts';

/** One model saved in every way: training/hostile_fixtures.py. */
const packed = unzipSync(readFileSync(new URL('fixtures/hostile.zip', import.meta.url)));
const entries = unzipSync(packed['whole.keras']!);
const config = strFromU8(packed['config.json']!);

const graphOf = async (bytes: Uint8Array, options = {}) => (await convertKeras(bytes, options)).onnx;

describe('one model, however it was saved, is one graph', () => {
  const whole = packed['whole.h5']!;
  /** What is given to convertKeras → how. */
  const ways: Readonly<Record<string, () => Promise<Uint8Array>>> = {
    'a .keras archive': () => graphOf(packed['whole.keras']!),
    'an archive that is packed': () => graphOf(packed['packed.keras']!),
    'an archive zipped again with its folder': () => graphOf(packed['in a folder.keras']!),
    'an archive with backslashes, as Windows writes it': () => graphOf(packed['backslashes.keras']!),
    'groups as Keras 2.12 named them': () => graphOf(packed['dependencies.keras']!),
    'groups as Keras names them on Windows': () => graphOf(packed['windows.keras']!),
    'groups as Keras 2.13 named them on Windows': () => graphOf(packed['windows, dependencies.keras']!),
    "HDF5's latest format": () => graphOf(packed['latest format.h5']!),
    "HDF5's latest format, chunked, shuffled and gzipped": () => graphOf(packed['latest format, packed.h5']!),
    'weights of the .h5 format, with the architecture': () =>
      graphOf(packed['legacy.weights.h5']!, { config }),
    'weights of Keras 3, with the architecture': () => graphOf(packed['keras3.weights.h5']!, { config }),
    'an archive without config.json, with the architecture': () =>
      graphOf(zipSync({ 'model.weights.h5': entries['model.weights.h5']! }), { config }),
    'a Node Buffer at an odd place': () => {
      const buffer = Buffer.alloc(whole.length + 3);
      buffer.set(whole, 3);
      return graphOf(buffer.subarray(3));
    },
  };
  for (const [what, graph] of Object.entries(ways)) {
    test(what, async () => {
      assert.deepEqual(await graph(), await graphOf(whole));
    });
  }
});

/** What the model answers for a picture of even noise. */
async function answer(name: string): Promise<number[]> {
  const { onnx } = await convertKeras(packed[name]!);
  const session = await InferenceSession.create(onnx);
  const picture = Float32Array.from(unitNumbers(8 * 8 * 3));
  const results = await session.run({
    [session.inputNames[0]!]: new Tensor('float32', picture, [1, 8, 8, 3]),
  });
  return Array.from(results[session.outputNames[0]!]!.data as Float32Array);
}

/** Type → how far its rounding may move a probability: about one unit in its last place. */
const TYPES: Readonly<Record<string, number>> = {
  'bfloat16.h5': 2 ** -8,
  'bfloat16.keras': 2 ** -8,
  'float16.h5': 2 ** -11,
  'float64.keras': 2 ** -23,
};

describe('weights of other types give the same answer, but for their rounding', () => {
  for (const [name, rounding] of Object.entries(TYPES)) {
    test(name, async () => {
      const [ours, exact] = [await answer(name), await answer('whole.h5')];
      const largest = Math.max(...exact.map((value, i) => Math.abs(value - ours[i]!)));
      assert.ok(largest <= rounding, `differs by ${largest}`);
    });
  }
});
