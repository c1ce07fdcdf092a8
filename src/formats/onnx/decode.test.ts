import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { unzipSync } from 'fflate';
import { FoveaError } from '../../core/errors.ts';
import type { Tensor } from '../../core/tensor.ts';
import { convertKeras } from '../../keras/index.ts';
import { decodeOnnx } from './decode.ts';
import { encodeOnnx } from './encode.ts';
import type { OnnxAttribute, OnnxModel } from './model.ts';

/** Plain objects, as are decoded. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { noNullPrototype: true });

const text = fc.string({ maxLength: 12 });
const size = fc.integer({ min: 0, max: 4 });

const tensor: fc.Arbitrary<Tensor> = fc.array(size, { maxLength: 3 }).chain((shape) => {
  const length = shape.reduce((a, b) => a * b, 1);
  return fc.oneof(
    fc
      .array(fc.float({ noNaN: true }), { minLength: length, maxLength: length })
      .map((values) => ({ dtype: 'float32', shape, data: Float32Array.from(values) }) as const),
    fc
      .array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { minLength: length, maxLength: length })
      .map((values) => ({ dtype: 'int64', shape, data: BigInt64Array.from(values) }) as const),
    fc
      .array(fc.nat(255), { minLength: length, maxLength: length })
      .map((values) => ({ dtype: 'uint8', shape, data: Uint8Array.from(values) }) as const),
  );
});

const attribute: fc.Arbitrary<OnnxAttribute> = fc.oneof(
  fc.maxSafeInteger(),
  fc.array(fc.maxSafeInteger(), { minLength: 1, maxLength: 4 }),
  text,
  fc.array(text, { minLength: 1, maxLength: 3 }),
  fc.float({ noNaN: true }).map((float) => ({ float })),
  fc.array(fc.float({ noNaN: true }), { maxLength: 4 }).map((floats) => ({ floats })),
  tensor,
);

const value = record({
  name: text,
  dtype: fc.constantFrom('float32', 'int64', 'bool', 'float16'),
  shape: fc.array(fc.oneof(size, fc.constant(null)), { maxLength: 4 }),
});

const graph = record({
  name: text,
  inputs: fc.array(value, { maxLength: 2 }),
  outputs: fc.array(value, { maxLength: 2 }),
  nodes: fc.array(
    record({
      op: text,
      name: text,
      inputs: fc.array(text, { maxLength: 3 }),
      outputs: fc.array(text, { maxLength: 2 }),
      attributes: fc.dictionary(fc.string({ minLength: 1, maxLength: 6 }), attribute, {
        maxKeys: 3,
        noNullPrototype: true,
      }),
    }),
    { maxLength: 4 },
  ),
  initializers: fc.array(fc.tuple(text, tensor), { maxLength: 3 }).map((entries) => new Map(entries)),
});

const model = record({ opset: fc.integer({ min: 1, max: 30 }), producer: text, graph });

test('what is written is what is read', () => {
  fc.assert(
    fc.property(model, (written) => {
      assert.deepEqual(decodeOnnx(encodeOnnx(written as OnnxModel)), written);
    }),
  );
});

test('the body of an operator is read with it', () => {
  const body = { name: 'body', inputs: [], outputs: [], nodes: [], initializers: new Map() };
  const node = { op: 'Scan', name: 'scan', inputs: ['x'], outputs: ['y'], attributes: { body } };
  const whole = { opset: 17, producer: 'test', graph: { ...body, nodes: [node] } };
  assert.deepEqual(decodeOnnx(encodeOnnx(whole)), whole);
});

describe('damaged bytes are refused by their code', () => {
  const packed = unzipSync(readFileSync(new URL('../../keras/fixtures/layers.zip', import.meta.url)));

  const refusedOrRead = (bytes: Uint8Array) => {
    try {
      decodeOnnx(bytes);
    } catch (thrown) {
      assert.ok(thrown instanceof FoveaError && thrown.code === 'MODEL_DAMAGED', String(thrown));
    }
  };

  test('cut off anywhere', async () => {
    const { onnx } = await convertKeras(packed['nested.keras']!);
    for (let length = 0; length < onnx.length; length += 7) refusedOrRead(onnx.subarray(0, length));
  });

  test('changed anywhere', async () => {
    const { onnx } = await convertKeras(packed['lstm masked.keras']!);
    for (let at = 0; at < onnx.length; at += 5) {
      const broken = onnx.slice();
      broken[at]! ^= 0xff;
      refusedOrRead(broken);
    }
  });
});
