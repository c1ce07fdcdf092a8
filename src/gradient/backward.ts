import { FoveaError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import type { OnnxAttribute, OnnxNode } from '../formats/onnx/model.ts';

/** A value's name, or undefined where no gradient flows. */
export type Flow = string | undefined;

/**
 * How a gradient goes back through an operator: from those of its outputs to those of its inputs. A rule may ask which
 * inputs want one, and leave the others out.
 */
export type Rule = (back: Backward, node: OnnxNode, given: readonly Flow[]) => readonly Flow[];

/** Adds backward nodes to a graph; shapes are read at run time, so that every size may be open. */
export class Backward {
  readonly nodes: OnnxNode[] = [];
  readonly constants = new Map<string, Tensor>();
  readonly #initializers: ReadonlyMap<string, Tensor>;
  readonly #names: Set<string>;
  readonly #wanted: ReadonlySet<string>;

  /**
   * @param names all names of the graph
   * @param wanted values through which a gradient has to pass
   */
  constructor(initializers: ReadonlyMap<string, Tensor>, names: Set<string>, wanted: ReadonlySet<string>) {
    this.#initializers = initializers;
    this.#names = names;
    this.#wanted = wanted;
  }

  /** Whether an input's gradient is of use. */
  wants(name: string | undefined): name is string {
    return name !== undefined && this.#wanted.has(name);
  }

  /** The value of a constant, or undefined. */
  constantOf(name: string | undefined): Tensor | undefined {
    return name === undefined ? undefined : (this.constants.get(name) ?? this.#initializers.get(name));
  }

  unique(name: string): string {
    let candidate = name;
    for (let i = 1; this.#names.has(candidate); i++) candidate = `${name}_${i}`;
    this.#names.add(candidate);
    return candidate;
  }

  /** Adds a node of one output. */
  add(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string {
    return this.addMany(op, inputs, 1, attributes)[0]!;
  }

  addMany(
    op: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): readonly string[] {
    const names = Array.from({ length: outputs }, () => this.unique(`gradient/${op}`));
    this.nodes.push({ op, name: names[0]!, inputs, outputs: names, attributes });
    return names;
  }

  constant(tensor: Tensor): string {
    const name = this.unique('gradient/constant');
    this.constants.set(name, tensor);
    return name;
  }

  scalar(value: number): string {
    return this.constant({ dtype: 'float32', shape: [], data: Float32Array.of(value) });
  }

  integers(...values: readonly number[]): string {
    return this.constant({
      dtype: 'int64',
      shape: [values.length],
      data: BigInt64Array.from(values, BigInt),
    });
  }

  integer(value: number): string {
    return this.constant({ dtype: 'int64', shape: [], data: BigInt64Array.of(BigInt(value)) });
  }

  mul = (a: string, b: string): string => this.add('Mul', [a, b]);
  plus = (a: string, b: string): string => this.add('Add', [a, b]);
  minus = (a: string, b: string): string => this.add('Sub', [a, b]);
  over = (a: string, b: string): string => this.add('Div', [a, b]);
  shape = (x: string): string => this.add('Shape', [x]);
  reshaped = (x: string, like: string): string => this.add('Reshape', [x, this.shape(like)]);

  /** Sum over some axes, kept as ones. */
  sum(x: string, axes: readonly number[], keepdims = 1): string {
    return this.add('ReduceSum', [x, this.integers(...axes)], { keepdims });
  }

  /** A gradient summed over the axes along which its value was broadcast. */
  unbroadcast(gradient: string, value: string): string {
    const [from, to] = [this.shape(gradient), this.shape(value)];
    const missing = this.minus(this.add('Shape', [from]), this.add('Shape', [to]));
    const one = this.constant({ dtype: 'int64', shape: [1], data: BigInt64Array.of(1n) });
    const ones = this.add('ConstantOfShape', [missing], {
      value: { dtype: 'int64', shape: [1], data: BigInt64Array.of(1n) },
    });
    const padded = this.add('Concat', [ones, to], { axis: 0 });
    // Where sizes differ, and where the value has size one: that sums over one, which is nothing.
    const spread = this.add('And', [this.add('Equal', [padded, one]), this.add('Greater', [from, one])]);
    const places = this.add('NonZero', [spread]);
    const axes = this.add('Reshape', [places, this.integers(-1)]);
    const summed = this.add('ReduceSum', [gradient, axes], { keepdims: 1, noop_with_empty_axes: 1 });
    return this.add('Reshape', [summed, to]);
  }

  /** Zeros of a value's shape. */
  zerosLike(value: string): string {
    return this.add('ConstantOfShape', [this.shape(value)]);
  }

  /** A gradient added up at the places a value's elements went to: `places` are their numbers in reading order. */
  scattered(gradient: string, places: string, value: string): string {
    const flat = this.integers(-1);
    const count = this.add('Reshape', [this.add('Size', [value]), this.integers(1)]);
    const zeros = this.add('ConstantOfShape', [count]);
    const added = this.add(
      'ScatterElements',
      [zeros, this.add('Reshape', [places, flat]), this.add('Reshape', [gradient, flat])],
      { axis: 0, reduction: 'add' },
    );
    return this.reshaped(added, value);
  }

  /** The numbers of a value's elements in reading order, in its shape. */
  numbered(value: string): string {
    const range = this.add('Range', [this.integer(0), this.add('Size', [value]), this.integer(1)]);
    return this.reshaped(range, value);
  }

  refused(node: OnnxNode, reason: string): FoveaError {
    return new FoveaError('GRADIENT_UNSUPPORTED', { op: node.op, name: node.name, reason });
  }
}

export const integersOf = (node: OnnxNode, name: string): readonly number[] | undefined => {
  const value = node.attributes[name];
  return Array.isArray(value) ? (value as readonly number[]) : undefined;
};

export const integerOf = (node: OnnxNode, name: string, fallback: number): number => {
  const value = node.attributes[name];
  return typeof value === 'number' ? value : fallback;
};

export const floatOf = (node: OnnxNode, name: string, fallback: number): number => {
  const value = node.attributes[name];
  return typeof value === 'object' && 'float' in value ? value.float : fallback;
};

export const textOf = (node: OnnxNode, name: string, fallback: string): string => {
  const value = node.attributes[name];
  return typeof value === 'string' ? value : fallback;
};
