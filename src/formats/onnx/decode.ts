import { FoveaError } from '../../core/errors.ts';
import { type DType, sizeOf, type Tensor, type TensorData } from '../../core/tensor.ts';
import { DATA_TYPES } from './encode.ts';
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxValue } from './model.ts';

/**
 * Reads a ModelProto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto) into memory. Weights are views of the
 * bytes where they are aligned, else copies.
 *
 * @throws FoveaError `MODEL_DAMAGED` where the bytes are not a whole model, or one that keeps weights in other files
 */
export function decodeOnnx(bytes: Uint8Array): OnnxModel {
  const model = new Fields(bytes, 0);
  const opsets = model.messages(8).filter((opset) => ['', 'ai.onnx'].includes(opset.text(1) ?? ''));
  const graph = model.messages(7)[0];
  if (!graph || !opsets[0]) throw damaged('it has no graph or no operator set in it');
  return { opset: opsets[0].integer(2) ?? 1, producer: model.text(2) ?? '', graph: graphOf(graph) };
}

function graphOf(graph: Fields): OnnxGraph {
  if (graph.messages(15).length > 0) throw damaged('it has sparse weights in it');
  return {
    name: graph.text(2) ?? '',
    inputs: graph.messages(11).map(valueInfo),
    outputs: graph.messages(12).map(valueInfo),
    nodes: graph.messages(1).map(nodeOf),
    initializers: new Map(graph.messages(5).map((tensor) => [tensor.text(8) ?? '', tensorOf(tensor)])),
  };
}

function nodeOf(node: Fields): OnnxNode {
  const domain = node.text(7) ?? '';
  const op = node.text(4) ?? '';
  if (!['', 'ai.onnx'].includes(domain)) throw damaged(`its operator "${op}" is of the domain "${domain}"`);
  return {
    op,
    name: node.text(3) ?? '',
    inputs: node.texts(1),
    outputs: node.texts(2),
    attributes: Object.fromEntries(
      node.messages(5).map((attribute) => [attribute.text(1) ?? '', attributeOf(attribute)]),
    ),
  };
}

/** AttributeProto, by its type. */
function attributeOf(attribute: Fields): OnnxAttribute {
  switch (attribute.integer(20)) {
    case 1:
      return { float: attribute.floats(2)[0] ?? 0 };
    case 2:
      return attribute.integer(3) ?? 0;
    case 3:
      return attribute.text(4) ?? '';
    case 4:
      return tensorOf(attribute.messages(5)[0] ?? new Fields(new Uint8Array(), 0));
    case 5:
      return graphOf(attribute.messages(6)[0] ?? new Fields(new Uint8Array(), 0));
    case 6:
      return { floats: attribute.floats(7) };
    case 7:
      return attribute.integers(8);
    case 8:
      return attribute.texts(9);
    default:
      throw damaged(`its attribute "${attribute.text(1)}" is of no kind that Fovea knows`);
  }
}

const DTYPES = new Map(Object.entries(DATA_TYPES).map(([name, number]) => [number, name as DType]));

function dtypeOf(number: number | undefined): DType {
  const dtype = DTYPES.get(number ?? 0);
  if (dtype) return dtype;
  throw damaged(`it has tensors of the element type ${number}`);
}

function valueInfo(value: Fields): OnnxValue {
  const type = value.messages(2)[0]?.messages(1)[0];
  const shape = type?.messages(2)[0];
  return {
    name: value.text(1) ?? '',
    dtype: dtypeOf(type?.integer(1)),
    shape: shape ? shape.messages(1).map((dim) => dim.integer(1) ?? null) : null,
  };
}

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const;

function tensorOf(tensor: Fields): Tensor {
  if (tensor.messages(13).length > 0 || tensor.integer(14) === 1)
    throw damaged('it keeps its weights in other files');
  const shape = tensor.integers(1);
  const dtype = dtypeOf(tensor.integer(2));
  const data = dataOf(tensor, dtype);
  if (shape.some((size) => size < 0) || data.length !== sizeOf(shape))
    throw damaged(`its tensor "${tensor.text(8)}" of ${shape.join(' × ')} holds ${data.length} numbers`);
  return { dtype, shape, data } as Tensor;
}

/** Raw bytes, or one of the typed lists. */
function dataOf(tensor: Fields, dtype: DType): TensorData[DType] {
  const Numbers = ARRAYS[dtype];
  const raw = tensor.bytes(9);
  if (raw) {
    const size = Numbers.BYTES_PER_ELEMENT;
    if (raw.length % size !== 0) throw damaged('one of its tensors ends within a number');
    // Not `slice`, which Node's Buffers do without copying.
    const aligned = raw.byteOffset % size === 0 ? raw : Uint8Array.from(raw);
    return new Numbers(aligned.buffer as ArrayBuffer, aligned.byteOffset, raw.length / size);
  }
  if (dtype === 'float32') return Float32Array.from(tensor.floats(4));
  if (dtype === 'float64') return Float64Array.from(tensor.doubles(10));
  if (dtype === 'int64') return BigInt64Array.from(tensor.longs(7));
  return (Numbers as Uint16ArrayConstructor).from(tensor.integers(5)) as TensorData[DType];
}

/** Deeper nesting is somebody's attempt on the stack. */
const MAX_DEPTH = 24;

type Raw =
  | { readonly wire: number; readonly bytes: Uint8Array }
  | { readonly wire: 0; readonly value: number };

/** A message's fields by number (https://protobuf.dev/programming-guides/encoding/). */
class Fields {
  readonly #fields = new Map<number, Raw[]>();
  readonly #depth: number;

  constructor(bytes: Uint8Array, depth: number) {
    if (depth > MAX_DEPTH) throw damaged(`its messages are nested more than ${MAX_DEPTH} deep`);
    this.#depth = depth;
    for (let at = 0; at < bytes.length; ) {
      let key: number;
      [key, at] = varint(bytes, at);
      const [number, wire] = [Math.floor(key / 8), key % 8];
      const list = this.#fields.get(number) ?? [];
      this.#fields.set(number, list);
      if (wire === 0) {
        let value: number;
        [value, at] = varint(bytes, at);
        list.push({ wire, value });
        continue;
      }
      let length = FIXED[wire];
      if (wire === 2) [length, at] = varint(bytes, at);
      if (length === undefined || length < 0 || at + length > bytes.length)
        throw damaged('it ends too early');
      list.push({ wire, bytes: bytes.subarray(at, at + length) });
      at += length;
    }
  }

  bytes(number: number): Uint8Array | undefined {
    const field = this.#fields.get(number)?.at(-1);
    return field && 'bytes' in field ? field.bytes : undefined;
  }

  messages(number: number): Fields[] {
    return this.#chunks(number).map((bytes) => new Fields(bytes, this.#depth + 1));
  }

  texts(number: number): string[] {
    return this.#chunks(number).map((bytes) => new TextDecoder().decode(bytes));
  }

  text(number: number): string | undefined {
    return this.texts(number).at(-1);
  }

  /** Whole numbers, packed or one by one. */
  integers(number: number): number[] {
    return (this.#fields.get(number) ?? []).flatMap((field) => {
      if ('value' in field) return [field.value];
      const values: number[] = [];
      for (let at = 0; at < field.bytes.length; ) {
        const [value, next] = varint(field.bytes, at);
        values.push(value);
        at = next;
      }
      return values;
    });
  }

  /** The same of 64 bits, of which a double holds 53. */
  longs(number: number): bigint[] {
    return (this.#fields.get(number) ?? []).flatMap((field) => {
      if ('value' in field) return [BigInt(field.value)];
      const values: bigint[] = [];
      for (let at = 0; at < field.bytes.length; ) {
        const [value, next] = long(field.bytes, at);
        values.push(value);
        at = next;
      }
      return values;
    });
  }

  integer(number: number): number | undefined {
    return this.integers(number).at(-1);
  }

  floats(number: number): number[] {
    return this.#numbers(number, 4, (view, at) => view.getFloat32(at, true));
  }

  doubles(number: number): number[] {
    return this.#numbers(number, 8, (view, at) => view.getFloat64(at, true));
  }

  #numbers(number: number, size: number, read: (view: DataView, at: number) => number): number[] {
    return this.#chunks(number).flatMap((bytes) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => read(view, i * size));
    });
  }

  #chunks(number: number): Uint8Array[] {
    return (this.#fields.get(number) ?? []).flatMap((field) => ('bytes' in field ? [field.bytes] : []));
  }
}

/** Bytes of the wire types of fixed length. */
const FIXED: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** A number of seven bits a byte, and where it ends. Whole numbers of 64 bits come as close as a double can. */
function varint(bytes: Uint8Array, from: number): [value: number, next: number] {
  let low = 0;
  for (let at = from, shift = 0; shift < 70; at++, shift += 7) {
    const byte = bytes[at];
    if (byte === undefined) throw damaged('it ends too early');
    if (shift < 28) low += (byte & 127) * 2 ** shift;
    else if (shift === 28) {
      const [value, next] = long(bytes, from);
      return [Number(value), next];
    }
    if (byte < 128) return [low, at + 1];
  }
  throw damaged('one of its numbers has no end');
}

/** The same for what does not fit 28 bits; the highest bit is the sign. */
function long(bytes: Uint8Array, from: number): [value: bigint, next: number] {
  let value = 0n;
  for (let at = from, shift = 0n; shift < 70n; at++, shift += 7n) {
    const byte = bytes[at];
    if (byte === undefined) throw damaged('it ends too early');
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return [BigInt.asIntN(64, value), at + 1];
  }
  throw damaged('one of its numbers has no end');
}

const damaged = (reason: string) =>
  new FoveaError('MODEL_DAMAGED', { reason: `as an ONNX model, ${reason}` });
