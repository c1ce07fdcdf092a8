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

/** Keras 1's one merge layer, by its mode. */
const MODES: Readonly<Record<string, Emitter>> = {
  sum: elementwise('Add'),
  mul: elementwise('Mul'),
  max: elementwise('Max'),
  ave: average,
  concat: concatenate,
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
  Merge: merge,
};
