import type { Shape, Value } from '../graph.ts';
import type { Emitter, Layer, LayerTable } from '../layer.ts';

/** All values in one storage order: channels in front where any already is, and all have the same rank. */
function aligned(layer: Layer, inputs: readonly Value[]): Value[] {
  const sameRank = inputs.every(({ shape }) => shape.length === inputs[0]!.shape.length);
  const channelsFirst = sameRank && inputs.some((x) => x.channelsFirst);
  return inputs.map((x) => layer.graph.stored(x, channelsFirst));
}

/** Sizes under broadcasting, from the last axis backwards. */
export function broadcast(shapes: readonly Shape[]): Shape {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, i) => {
    const sizes = shapes.map((shape) => shape[i - rank + shape.length]).filter((size) => size !== undefined);
    const sized = sizes.filter((size) => size !== 1);
    return sized.length === 0 ? 1 : (sized.find((size) => size !== null) ?? null);
  });
}

/** Values of lower rank meet the others' last axes, which is ONNX's rule as well once none is stored otherwise. */
const elementwise =
  (op: string): Emitter =>
  (layer, inputs) => {
    if (inputs.length === 0) throw layer.unsupported('it has no inputs');
    const values = aligned(layer, inputs);
    const shape = broadcast(values.map((x) => x.shape));
    const { channelsFirst } = values[0]!;
    const name = values
      .slice(1)
      .reduce(
        (sum, x, i) => layer.node(op, [sum, x.name], {}, i === values.length - 2 ? '' : `/part${i}`),
        values[0]!.name,
      );
    return { name, shape, channelsFirst };
  };

const average: Emitter = (layer, inputs) => {
  const sum = elementwise('Add')(layer, inputs) as Value;
  return { ...sum, name: layer.node('Div', [sum.name, layer.scalar('count', inputs.length)], {}, '/mean') };
};

const subtract: Emitter = (layer, inputs) => {
  if (inputs.length !== 2)
    throw layer.unsupported(`it is called with ${inputs.length} inputs where it takes two`);
  return elementwise('Sub')(layer, inputs);
};

const concatenate: Emitter = (layer, inputs) => {
  const values = aligned(layer, inputs);
  const [first] = values;
  if (!first) throw layer.unsupported('it has no inputs');
  const rank = first.shape.length;
  const axis = (layer.number(-1, 'axis', 'concat_axis') + rank) % rank;
  const sizes = values.map((x) => x.shape[axis]!);
  const total = sizes.every((size) => size !== null) ? sizes.reduce((a, b) => a + b, 0) : null;
  const stored = first.channelsFirst
    ? [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1][axis]!
    : axis;
  const name = layer.node(
    'Concat',
    values.map((x) => x.name),
    { axis: stored },
  );
  return { ...first, name, shape: first.shape.map((size, i) => (i === axis ? total : size)) };
};

/** Moves one axis to the end (or just behind the batch), the others staying in order. */
function moved(layer: Layer, x: Value, axis: number, to: 'end' | 'front', suffix: string): Value {
  const others = x.shape.map((_, i) => i).filter((i) => i !== 0 && i !== axis);
  const perm = to === 'end' ? [0, ...others, axis] : [0, axis, ...others];
  const shape = perm.map((i) => x.shape[i]!);
  if (perm.every((from, i) => from === i)) return { ...x, shape };
  return { ...x, shape, name: layer.node('Transpose', [x.name], { perm }, suffix) };
}

/** ‖x‖ = 1 along an axis (keras.layers.Dot, `normalize`). */
function unitLength(layer: Layer, x: Value, axis: number): Value {
  const square = layer.node('ReduceSumSquare', [x.name], { axes: [axis], keepdims: 1 }, '/square');
  const atLeast = layer.node('Max', [square, layer.scalar('epsilon', 1e-12)], {}, '/at_least');
  return {
    ...x,
    name: layer.node('Div', [x.name, layer.node('Sqrt', [atLeast], {}, '/length')], {}, '/unit'),
  };
}

/** Products of two batches of tensors, summed over one axis of each (keras.layers.Dot, `batch_dot`). */
function dotProduct(layer: Layer, inputs: readonly Value[], stated: unknown, normalize: boolean): Value {
  if (inputs.length !== 2)
    throw layer.unsupported(`it is called with ${inputs.length} inputs where it takes two`);
  const values = inputs.map((x) => layer.graph.plain(x)) as [Value, Value];
  const axes = values.map((x, i) => {
    const axis = Number(Array.isArray(stated) ? stated.flat()[i] : stated);
    return (axis + x.shape.length) % x.shape.length;
  }) as [number, number];
  if (!axes.every((axis) => Number.isInteger(axis) && axis > 0))
    throw layer.unsupported(`its axes are ${JSON.stringify(stated)}`);
  const [a, b] = values.map((x, i) => (normalize ? unitLength(layer, x, axes[i]!) : x)) as [Value, Value];
  // [batch, …, features] · [batch, features, …], each with one axis for all it keeps.
  const left = moved(layer, a, axes[0], 'end', '/left');
  const right = moved(layer, b, axes[1], 'front', '/right');
  const kept = [...left.shape.slice(1, -1), ...right.shape.slice(2)];
  const features = left.shape.at(-1) ?? null;
  const flat = (x: Value, sizes: number[], suffix: string) =>
    x.shape.length === 3
      ? x.name
      : layer.node('Reshape', [x.name, layer.integers(suffix.slice(1), sizes)], {}, suffix);
  if (features === null)
    throw layer.unsupported('the size of the axis it sums over must be known and is not');
  const product = layer.node(
    'MatMul',
    [flat(left, [0, -1, features], '/rows'), flat(right, [0, features, -1], '/columns')],
    {},
    '/product',
  );
  const shape = kept.length === 0 ? [1] : kept;
  const result = { shape: [left.shape[0]!, ...shape], channelsFirst: false };
  if (left.shape.length === 3 && right.shape.length === 3) return { ...result, name: product };
  if (shape.filter((size) => size === null).length > 1)
    throw layer.unsupported('more than one size of its output is not known');
  const sizes = layer.integers('kept', [0, ...shape.map((size) => size ?? -1)]);
  return { ...result, name: layer.node('Reshape', [product, sizes]) };
}

const dot: Emitter = (layer, inputs) =>
  dotProduct(layer, inputs, layer.setting('axes') ?? -1, layer.flag(false, 'normalize'));

/** Keras 1's one merge layer, by its mode. */
const MODES: Readonly<Record<string, Emitter>> = {
  sum: elementwise('Add'),
  mul: elementwise('Mul'),
  max: elementwise('Max'),
  ave: average,
  concat: concatenate,
  dot: (layer, inputs) => dotProduct(layer, inputs, layer.setting('dot_axes') ?? -1, false),
  cos: (layer, inputs) => dotProduct(layer, inputs, layer.setting('dot_axes') ?? -1, true),
};

const merge: Emitter = (layer, inputs) => {
  const mode = layer.text('sum', 'mode');
  const emit = MODES[mode];
  if (!emit) throw layer.unsupported(`its mode is "${mode}"`);
  return emit(layer, inputs);
};

export const mergingLayers: LayerTable = {
  Add: elementwise('Add'),
  Multiply: elementwise('Mul'),
  Maximum: elementwise('Max'),
  Minimum: elementwise('Min'),
  Subtract: subtract,
  Average: average,
  Concatenate: concatenate,
  Dot: dot,
  Merge: merge,
};
