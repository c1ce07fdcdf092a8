import { sizeOf } from '../../core/tensor.ts';
import type { Shape, Value } from '../graph.ts';
import { isValue, type Layer } from '../layer.ts';
import { BOOL, FLOAT, INT64 } from '../layers/masking.ts';

/**
 * Operations that stand between layers: calls of `tf.…`, `keras.ops.…` and `K.…` recorded in a graph, or read out of
 * a Lambda's code. An operand is a tensor, or what Python would hand over beside it.
 */
export type Operand =
  | Value
  | Slice
  | number
  | boolean
  | string
  | null
  | undefined
  | readonly Operand[]
  | { readonly [key: string]: Operand };

/** A Python slice, `start:stop:step`. */
export class Slice {
  readonly start: Operand;
  readonly stop: Operand;
  readonly step: Operand;

  constructor(start: Operand, stop: Operand, step: Operand) {
    this.start = start;
    this.stop = stop;
    this.step = step;
  }
}

/** Python's `...` */
export const ELLIPSIS = '...';

/** Arguments by the names of an operation's parameters. */
export type Bound = Readonly<Record<string, Operand>>;

export interface Operation {
  /** In order; a parameter's other names behind bars: `"x|a|input"`. */
  readonly parameters: readonly string[];
  readonly emit: (layer: Layer, args: Bound, namespace: string) => Operand;
}

/** @param parameters names between spaces */
export const operation = (parameters: string, emit: Operation['emit']): Operation => ({
  parameters: parameters.split(' ').filter(Boolean),
  emit,
});

const DATA_TYPES = { bool: BOOL, int64: INT64, float: FLOAT } as const;

/** The value as another type of number. */
export function cast(layer: Layer, value: Value, dtype: 'bool' | 'int64' | undefined): Value {
  if (value.dtype === dtype) return value;
  const { dtype: _, ...rest } = value;
  const to = DATA_TYPES[dtype ?? 'float'];
  return { ...rest, name: layer.node('Cast', [value.name], { to }, '/cast'), ...(dtype && { dtype }) };
}

export const asFloat = (layer: Layer, value: Value): Value => cast(layer, value, undefined);

/** A tensor: as it is, or a constant made of numbers. */
export function tensor(layer: Layer, operand: Operand): Value {
  if (isValue(operand)) return operand;
  const { shape, numbers } = constantOf(layer, operand);
  const name = layer.constant('constant', { dtype: 'float32', shape, data: Float32Array.from(numbers) });
  return { name, shape, channelsFirst: false };
}

/** A tensor in Keras's own order of axes. */
export const plain = (layer: Layer, operand: Operand): Value => layer.graph.plain(tensor(layer, operand));

/** …of single precision. */
export const plainFloat = (layer: Layer, operand: Operand): Value => asFloat(layer, plain(layer, operand));

function constantOf(layer: Layer, operand: Operand): { shape: number[]; numbers: number[] } {
  if (typeof operand === 'number' || typeof operand === 'boolean')
    return { shape: [], numbers: [Number(operand)] };
  if (Array.isArray(operand)) {
    const parts = operand.map((item) => constantOf(layer, item));
    const inner = parts[0]?.shape ?? [];
    if (parts.every(({ shape }) => shape.join() === inner.join()))
      return { shape: [parts.length, ...inner], numbers: parts.flatMap(({ numbers }) => numbers) };
  }
  throw layer.unsupported(`an operand of it is ${described(operand)}, not a tensor or a number`);
}

/** An operand in words, for a message. */
export const described = (operand: Operand): string =>
  isValue(operand) ? 'a tensor' : (JSON.stringify(operand) ?? String(operand)).slice(0, 80);

/** A whole number. */
export function integer(layer: Layer, operand: Operand, what: string): number {
  if (typeof operand === 'number' && Number.isInteger(operand)) return operand;
  throw layer.unsupported(`${what} is ${described(operand)}, not a whole number`);
}

export function number(layer: Layer, operand: Operand, what: string): number {
  if (typeof operand === 'number') return operand;
  throw layer.unsupported(`${what} is ${described(operand)}, not a number`);
}

/** Whole numbers, from a list or one alone. */
export function integers(layer: Layer, operand: Operand, what: string): number[] {
  if (Array.isArray(operand)) return operand.map((item) => integer(layer, item, what));
  return [integer(layer, operand, what)];
}

/** Axes counted from the front; all of them where none is named. */
export function axesOf(layer: Layer, operand: Operand, rank: number): number[] {
  if (operand === null || operand === undefined) return Array.from({ length: rank }, (_, i) => i);
  return integers(layer, operand, 'its axis').map((axis) => axisOf(layer, axis, rank));
}

export function axisOf(layer: Layer, operand: Operand, rank: number): number {
  const axis = integer(layer, operand, 'its axis');
  if (axis >= rank || axis < -rank) throw layer.invalid(`axis ${axis} of a tensor of ${rank}`);
  return (axis + rank) % rank;
}

/** Sizes with those not known as null: a shape to go to. −1 stands for "the rest". */
export function sizes(layer: Layer, operand: Operand): (number | null)[] {
  if (!Array.isArray(operand)) return [integer(layer, operand, 'a size')];
  return operand.map((item) => (item === null || item === undefined ? null : integer(layer, item, 'a size')));
}

/** How many elements, or null. */
export const elements = (shape: Shape): number | null =>
  shape.includes(null) ? null : sizeOf(shape as number[]);
