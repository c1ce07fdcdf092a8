import type { DType, TensorData } from '../../core/tensor.ts';
import type { Datatype } from './datatype.ts';

/** Elements of a tensor. */
type Elements = { [T in DType]: { readonly dtype: T; readonly data: TensorData[T] } }[DType];

/** What becomes of a stored type: the name of its tensor's, and for those that tensors do not have, how to widen it. */
interface Target {
  readonly dtype: DType;
  /** Bytes of an element in the tensor. */
  readonly size: number;
  readonly widen?: (bytes: Uint8Array) => Elements;
}

/** Stored kind, sign and bytes → tensor. */
const TARGETS: Readonly<Record<string, Target>> = {
  float2: { dtype: 'float16', size: 2 },
  float4: { dtype: 'float32', size: 4 },
  float8: { dtype: 'float64', size: 8 },
  bfloat162: { dtype: 'float32', size: 4, widen: fromBfloat16 },
  boolean1: { dtype: 'bool', size: 1 },
  unsigned1: { dtype: 'uint8', size: 1 },
  signed1: { dtype: 'int32', size: 4, widen: (bytes) => int32(aligned(bytes, Int8Array)) },
  signed2: { dtype: 'int32', size: 4, widen: (bytes) => int32(aligned(bytes, Int16Array)) },
  unsigned2: { dtype: 'int32', size: 4, widen: (bytes) => int32(aligned(bytes, Uint16Array)) },
  signed4: { dtype: 'int32', size: 4 },
  unsigned4: {
    dtype: 'int64',
    size: 8,
    widen: (bytes) => ({ dtype: 'int64', data: BigInt64Array.from(aligned(bytes, Uint32Array), BigInt) }),
  },
  signed8: { dtype: 'int64', size: 8 },
  unsigned8: { dtype: 'int64', size: 8 },
};

function targetOf(type: Datatype): Target | undefined {
  if (type.kind === 'integer') return TARGETS[`${type.signed ? 'signed' : 'unsigned'}${type.size}`];
  return TARGETS[`${type.kind}${type.size}`];
}

/** Bytes of an element in a tensor; undefined for types that tensors do not hold. */
export const tensorSize = (type: Datatype): number | undefined => targetOf(type)?.size;

/** Stored bytes as a tensor's elements: as they lie where they can stay so, else copied. */
export function elementsOf(bytes: Uint8Array, type: Datatype): Elements {
  const target = targetOf(type)!;
  const ordered = 'bigEndian' in type && type.bigEndian ? swapped(bytes, type.size) : bytes;
  if (target.widen) return target.widen(ordered);
  return {
    dtype: target.dtype,
    data: aligned(ordered, ARRAYS[target.dtype] as ArrayType<unknown>),
  } as Elements;
}

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

interface ArrayType<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, offset: number, length: number): T;
}

/** A typed array over the bytes; over a copy of them where they do not lie at a multiple of its elements. */
function aligned<T>(bytes: Uint8Array, Type: ArrayType<T>): T {
  const { buffer, byteOffset } = byteOffsetFits(bytes, Type.BYTES_PER_ELEMENT) ? bytes : bytes.slice();
  return new Type(buffer, byteOffset, bytes.length / Type.BYTES_PER_ELEMENT);
}

const byteOffsetFits = (bytes: Uint8Array, size: number) => bytes.byteOffset % size === 0;

const int32 = (numbers: ArrayLike<number>): Elements => ({ dtype: 'int32', data: Int32Array.from(numbers) });

/** A bfloat16 is the upper half of a float32. */
function fromBfloat16(bytes: Uint8Array): Elements {
  const halves = aligned(bytes, Uint16Array);
  const bits = Uint32Array.from(halves, (half) => half << 16);
  return { dtype: 'float32', data: new Float32Array(bits.buffer) };
}

function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const result = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i += size) {
    for (let byte = 0; byte < size; byte++) result[i + byte] = bytes[i + size - 1 - byte]!;
  }
  return result;
}
