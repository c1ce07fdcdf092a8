import { FoveaError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import type { Config, LayerSpec } from './config.ts';
import type { GraphBuilder, Shape, Value } from './graph.ts';
import type { Source } from './open.ts';
import type { LayerWeights } from './weights.ts';

/** How a layer class becomes nodes: its inputs in, its outputs out. */
export type Emitter = (layer: Layer, inputs: readonly Value[]) => Value | readonly Value[];

/** Layer class → emitter. */
export type LayerTable = Readonly<Record<string, Emitter>>;

/** A call's arguments: JSON with values in the tensors' places. */
export interface Arguments {
  readonly args: readonly unknown[];
  readonly kwargs: Config;
}

export const isValue = (argument: unknown): argument is Value =>
  typeof argument === 'object' && argument !== null && 'channelsFirst' in argument;

/** What an emitter works with: one call of one layer. */
export class Layer {
  readonly graph: GraphBuilder;
  readonly spec: LayerSpec;
  /** What the layer is called with. */
  readonly call: Arguments;
  /** Tells the user what they should know of the conversion: a sentence. */
  readonly warn: (sentence: string) => void;
  /** Emits the layer that this one wraps, at the wrapped layer's own weights. */
  readonly emitWrapped: (inputs: readonly Value[]) => Value;
  /** Where the model comes from: some meanings changed with the version. */
  readonly source: Source;
  readonly #weights: LayerWeights;
  readonly #about: ConstructorParameters<typeof Layer>[1];
  /** Name of the layer within nested models, for its nodes. */
  readonly name: string;

  constructor(
    graph: GraphBuilder,
    about: {
      readonly name: string;
      readonly spec: LayerSpec;
      readonly call: Arguments;
      readonly source: Source;
      readonly warn: (sentence: string) => void;
      readonly emitWrapped: (inputs: readonly Value[]) => Value;
    },
    weights: LayerWeights,
  ) {
    this.graph = graph;
    this.name = about.name;
    this.spec = about.spec;
    this.call = about.call;
    this.source = about.source;
    this.warn = about.warn;
    this.emitWrapped = about.emitWrapped;
    this.#about = about;
    this.#weights = weights;
  }

  /** The same layer, adding its nodes to another graph: the body of an operator. */
  within(graph: GraphBuilder): Layer {
    return new Layer(graph, this.#about, this.#weights);
  }

  /** The same layer under another configuration: that of a layer it wraps. */
  configured(config: Config): Layer {
    return new Layer(this.graph, { ...this.#about, spec: { ...this.spec, config } }, this.#weights);
  }

  /** Keras's version, 2.0 where the file does not say: so most do that are as old. */
  get kerasVersion(): readonly [major: number, minor: number] {
    const [major = 2, minor = 0] = (this.source.kerasVersion ?? '2')
      .split('.')
      .map((part) => Number.parseInt(part, 10));
    return [major, minor];
  }

  get kerasMajor(): number {
    return this.kerasVersion[0];
  }

  /** An argument of the call, by its name or else its position. */
  argument(name: string, position: number): unknown {
    return this.call.kwargs[name] ?? this.call.args[position];
  }

  /** A tensor among the call's arguments; undefined where there is none. */
  tensor(name: string, position: number): Value | undefined {
    const argument = this.argument(name, position);
    return isValue(argument) ? argument : undefined;
  }

  /** How many weights are stored. */
  get weightCount(): number {
    return this.#weights.count;
  }

  /** A setting of the layer, by the names it has had over Keras's versions, newest first. */
  setting(...names: readonly string[]): unknown {
    for (const name of names) if (this.spec.config[name] !== undefined) return this.spec.config[name];
    return undefined;
  }

  /** @throws FoveaError `MODEL_CONFIG_INVALID` when it is there and no finite number */
  number(fallback: number, ...names: readonly string[]): number {
    const value = this.setting(...names) ?? fallback;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw this.invalid(`${names[0]} is ${JSON.stringify(value)}, not a number`);
  }

  text(fallback: string, ...names: readonly string[]): string {
    const value = this.setting(...names) ?? fallback;
    if (typeof value === 'string') return value;
    throw this.invalid(`${names[0]} is ${JSON.stringify(value)}, not a text`);
  }

  flag(fallback: boolean, ...names: readonly string[]): boolean {
    return Boolean(this.setting(...names) ?? fallback);
  }

  /** `rank` whole numbers, from one number for all or a list. */
  sizes(rank: number, fallback: number, ...names: readonly string[]): number[] {
    const value = this.setting(...names) ?? fallback;
    const sizes = Array.isArray(value) ? value : new Array(rank).fill(value);
    if (sizes.length === rank && sizes.every((size) => Number.isInteger(size) && size >= 0)) return sizes;
    throw this.invalid(`${names[0]} is ${JSON.stringify(value)}, not ${rank} whole numbers`);
  }

  /** Whether the channel axis is the last one in Keras's own shapes. */
  get channelsLast(): boolean {
    return !['channels_first', 'th'].includes(String(this.setting('data_format', 'dim_ordering')));
  }

  /** The named weights as single-precision constants. */
  weights(...names: readonly string[]): Tensor<'float32'>[] {
    return this.#weights.read(names).map(toFloat32);
  }

  /**
   * The named weights, and the bias as the inputs it adds to a node: one constant, or none where the layer has none.
   */
  weightsAndBias(...names: readonly string[]): {
    readonly weights: Tensor<'float32'>[];
    readonly bias: string[];
  } {
    const hasBias = this.flag(true, 'use_bias', 'bias');
    const all = this.weights(...names, ...(hasBias ? ['bias'] : []));
    return {
      weights: all.slice(0, names.length),
      bias: all.slice(names.length).map((b) => this.constant('bias', b)),
    };
  }

  /** Adds a node named after the layer. */
  node(
    op: string,
    inputs: readonly string[],
    attributes: Parameters<GraphBuilder['node']>[3] = {},
    suffix = '',
  ): string {
    return this.graph.node(op, `${this.name}${suffix}`, inputs, attributes);
  }

  /** A constant named after the layer. */
  constant(name: string, tensor: Tensor): string {
    return this.graph.constant(`${this.name}/${name}`, tensor);
  }

  integers(name: string, values: readonly number[]): string {
    return this.graph.integers(`${this.name}/${name}`, values);
  }

  integer(name: string, value: number): string {
    return this.graph.integer(`${this.name}/${name}`, value);
  }

  scalar(name: string, value: number): string {
    return this.graph.scalar(`${this.name}/${name}`, value);
  }

  unsupported(reason: string): FoveaError {
    return new FoveaError('LAYER_UNSUPPORTED', {
      layer: this.spec.name,
      className: this.spec.className,
      reason,
    });
  }

  invalid(reason: string): FoveaError {
    return new FoveaError('MODEL_CONFIG_INVALID', { reason: `layer "${this.spec.name}": ${reason}` });
  }
}

/** Any stored type as single precision. */
function toFloat32({ dtype, shape, data }: Tensor): Tensor<'float32'> {
  if (dtype === 'float32') return { dtype, shape, data: data as Float32Array };
  if (dtype === 'float16') {
    const { buffer, byteOffset, length } = data as Uint16Array;
    return { dtype: 'float32', shape, data: new Float32Array(new Float16Array(buffer, byteOffset, length)) };
  }
  return { dtype: 'float32', shape, data: Float32Array.from(data as ArrayLike<number | bigint>, Number) };
}

/** The only input of a layer that takes one. */
export function only(inputs: readonly Value[], layer: Layer): Value {
  const [value, ...others] = inputs;
  if (value && others.length === 0) return value;
  throw layer.unsupported(`it is called with ${inputs.length} inputs where it takes one`);
}

/** A size, or a refusal where it must be known before the run. */
export function known(size: number | null | undefined, layer: Layer, what: string): number {
  if (typeof size === 'number') return size;
  throw layer.unsupported(`${what} must be known and is not`);
}

export type { Shape };
