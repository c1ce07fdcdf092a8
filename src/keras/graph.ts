import { FoveaError } from '../core/errors.ts';
import { sizeOf, type Tensor } from '../core/tensor.ts';
import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxValue } from '../formats/onnx/model.ts';

/** Sizes as Keras sees them, batch axis first; null where a size is not known before the run. */
export type Shape = readonly (number | null)[];

/**
 * A tensor on its way through the graph. `shape` is always Keras's own; `channelsFirst` says that the ONNX tensor
 * is stored with the last axis moved behind the batch, as convolutions want it. Layers that do not care pass it on,
 * so that transposes are left only at the borders.
 */
export interface Value {
  readonly name: string;
  readonly shape: Shape;
  readonly channelsFirst: boolean;
  /** Absent for single precision, which all layers work in; operations between them may make others. */
  readonly dtype?: 'bool' | 'int64';
}

/** What an ONNX file can hold: a ModelProto is at most 2 GB long. */
const MAX_CONSTANT_BYTES = 2 ** 31;

/** Constants of one name that later ones are compared with. */
const MAX_TWINS = 4;

/** Compares bits, not numbers: −0 is not 0, and NaN is itself. */
function sameContent(a: Tensor, b: Tensor): boolean {
  if (a.dtype !== b.dtype || a.data.length !== b.data.length || a.shape.join() !== b.shape.join())
    return false;
  const [one, other] = [bitsOf(a), bitsOf(b)];
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}

/** In words of four bytes where there are only whole ones: each takes as long as a byte. */
function bitsOf({ data }: Tensor): Int32Array | Uint8Array {
  const inWords = data.BYTES_PER_ELEMENT >= 4;
  return inWords
    ? new Int32Array(data.buffer, data.byteOffset, data.byteLength / 4)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Collects nodes and constants; names are made unique. */
export class GraphBuilder {
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers: Map<string, Tensor>;
  /** The names of constants. */
  readonly #constants: Map<Tensor, string>;
  /** Constants by the names that were asked for: calls of one layer ask for the same ones again. */
  readonly #asked: Map<string, { readonly unique: string; readonly tensor: Tensor }[]>;
  /** Bytes of all constants, those that were there already included. */
  readonly #offered: { bytes: number };
  readonly #names: Set<string>;
  /** How often each name was wanted again. */
  readonly #counts: Map<string, number>;
  /** The operators that make values. */
  readonly #makers = new Map<string, string>();
  /** Each value's other storage order, once made. */
  readonly #transposed = new Map<string, Value>();
  /** Masks by the values they belong to. */
  readonly #masks = new Map<string, string>();

  /** @param outer for the body of an operator: the graph whose names and constants it sees */
  constructor(outer?: GraphBuilder) {
    this.#initializers = outer ? outer.#initializers : new Map();
    this.#constants = outer ? outer.#constants : new Map();
    this.#asked = outer ? outer.#asked : new Map();
    this.#offered = outer ? outer.#offered : { bytes: 0 };
    this.#names = outer ? outer.#names : new Set();
    this.#counts = outer ? outer.#counts : new Map();
  }

  /** A name nobody has yet. */
  unique(name: string): string {
    let candidate = name;
    let count = this.#counts.get(name) ?? 0;
    while (this.#names.has(candidate)) candidate = `${name}_${++count}`;
    if (count > 0) this.#counts.set(name, count);
    this.#names.add(candidate);
    return candidate;
  }

  /**
   * A constant; the same object is stored once, and so is the same content under the same name.
   *
   * @throws FoveaError `MODEL_TOO_LARGE`
   */
  constant(name: string, tensor: Tensor): string {
    const known = this.#constants.get(tensor);
    if (known !== undefined) return known;
    this.#offered.bytes += tensor.data.byteLength;
    if (this.#offered.bytes > MAX_CONSTANT_BYTES) {
      const reason = `its layers, each as often as it is called, have more than ${MAX_CONSTANT_BYTES} bytes of weights`;
      throw new FoveaError('MODEL_TOO_LARGE', { reason, expected: `at most ${MAX_CONSTANT_BYTES} bytes` });
    }
    const asked = this.#asked.get(name) ?? [];
    const twin = asked.find((other) => sameContent(other.tensor, tensor));
    if (twin) return twin.unique;
    const unique = this.unique(name);
    this.#initializers.set(unique, tensor);
    this.#constants.set(tensor, unique);
    if (asked.length < MAX_TWINS) this.#asked.set(name, [...asked, { unique, tensor }]);
    return unique;
  }

  /** A constant of 64-bit integers, as shapes, axes and pads are. */
  integers(name: string, values: readonly number[]): string {
    const data = BigInt64Array.from(values, BigInt);
    return this.constant(name, { dtype: 'int64', shape: [values.length], data });
  }

  /** A constant of one single-precision number. */
  scalar(name: string, value: number): string {
    return this.constant(name, { dtype: 'float32', shape: [], data: Float32Array.of(value) });
  }

  /** A constant of one 64-bit integer, without an axis. */
  integer(name: string, value: number): string {
    return this.constant(name, { dtype: 'int64', shape: [], data: BigInt64Array.of(BigInt(value)) });
  }

  /** Adds a node with several outputs and returns their names. */
  nodes(
    op: string,
    name: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): readonly string[] {
    const names = Array.from({ length: outputs }, (_, i) => this.unique(i === 0 ? name : `${name}/${i}`));
    this.#nodes.push({ op, name: names[0]!, inputs, outputs: names, attributes });
    for (const output of names) this.#makers.set(output, op);
    return names;
  }

  /** Adds a node with one output and returns the output's name. */
  node(
    op: string,
    name: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string {
    return this.nodes(op, name, inputs, 1, attributes)[0]!;
  }

  /** Gives a value a second name, which has to be unique already. */
  alias(name: string, from: string): void {
    this.#nodes.push({ op: 'Identity', name, inputs: [from], outputs: [name], attributes: {} });
  }

  /** The operator that makes a value, or undefined for an input or constant. */
  madeBy(name: string): string | undefined {
    return this.#makers.get(name);
  }

  /** Says which steps of a sequence count: a `[batch, time]` tensor of truth values. */
  setMask(value: Value, mask: string): void {
    this.#masks.set(value.name, mask);
  }

  /** The mask of a sequence, or undefined where every step counts. */
  maskOf(value: Value): string | undefined {
    return this.#masks.get(value.name);
  }

  /** The value stored in the other or the same order, as asked. */
  stored(value: Value, channelsFirst: boolean): Value {
    if (value.channelsFirst === channelsFirst || value.shape.length < 3) return { ...value, channelsFirst };
    const known = this.#transposed.get(value.name);
    if (known) return known;
    const rank = value.shape.length;
    const inner = Array.from({ length: rank - 2 }, (_, i) => i + 1);
    const perm = channelsFirst ? [0, rank - 1, ...inner] : [0, ...inner.map((i) => i + 1), 1];
    const made = {
      ...value,
      channelsFirst,
      name: this.node('Transpose', `${value.name}/transposed`, [value.name], { perm }),
    };
    this.#transposed.set(value.name, made);
    this.#transposed.set(made.name, value);
    const mask = this.maskOf(value);
    if (mask !== undefined) this.setMask(made, mask);
    return made;
  }

  /** The value in Keras's own order of axes. */
  plain(value: Value): Value {
    return this.stored(value, false);
  }

  finish(name: string, inputs: readonly OnnxValue[], outputs: readonly OnnxValue[]): OnnxGraph {
    return { name, inputs, outputs, nodes: this.#nodes, initializers: this.#initializers };
  }

  /** The graph as an operator's body: its constants stay with the graph around it. */
  finishBody(name: string, inputs: readonly OnnxValue[], outputs: readonly OnnxValue[]): OnnxGraph {
    return { name, inputs, outputs, nodes: this.#nodes, initializers: new Map() };
  }
}

/** Moves axes of a constant: `axes[i]` is the old axis that becomes axis i. */
export function transposed(tensor: Tensor<'float32'>, axes: readonly number[]): Tensor<'float32'> {
  const { shape, data } = tensor;
  const newShape = axes.map((axis) => shape[axis]!);
  // Axes of size one have no place in memory; what is left in order is a copy, or none at all.
  const moved = axes.filter((axis) => shape[axis] !== 1);
  if (moved.every((axis, i) => i === 0 || axis > moved[i - 1]!)) return { ...tensor, shape: newShape };
  const sizes = moved.map((axis) => shape[axis]!);
  const strides = moved.map((axis) => sizeOf(shape.slice(axis + 1)));
  const out = new Float32Array(data.length);
  const inner = sizes.at(-1)!;
  const stride = strides.at(-1)!;
  const index = new Array<number>(sizes.length - 1).fill(0);
  let source = 0;
  for (let i = 0; i < out.length; ) {
    for (let j = 0, from = source; j < inner; j++, from += stride) out[i++] = data[from]!;
    for (let d = sizes.length - 2; d >= 0; d--) {
      source += strides[d]!;
      if (++index[d]! < sizes[d]!) break;
      source -= strides[d]! * sizes[d]!;
      index[d] = 0;
    }
  }
  return { dtype: 'float32', shape: newShape, data: out };
}

/** The same numbers under another shape. */
export const reshaped = (tensor: Tensor<'float32'>, shape: readonly number[]): Tensor<'float32'> => ({
  ...tensor,
  shape,
});

/** A vector constant. */
export const vector = (data: Float32Array): Tensor<'float32'> => ({
  dtype: 'float32',
  shape: [data.length],
  data,
});
