import { vector } from '../graph.ts';
import { type Emitter, type Layer, type LayerTable, only } from '../layer.ts';
import { FLOAT, INT64 } from './masking.ts';

/** Layers that turn numbers into categories and categories into codes (keras.layers.Discretization, CategoryEncoding). */

/** `[batch, …]` numbers of categories → the layer's output mode. */
function encoded(
  layer: Layer,
  numbers: string,
  shape: readonly (number | null)[],
  depth: number,
  mode: string,
) {
  if (mode === 'int') return { name: numbers, shape, channelsFirst: false };
  const integers = layer.node('Cast', [numbers], { to: INT64 }, '/integers');
  const alone = mode === 'one_hot' && shape.length > 1 && shape.at(-1) === 1;
  const flat = alone
    ? layer.node('Squeeze', [integers, layer.integers('last', [-1])], {}, '/flat')
    : integers;
  const kept = alone ? shape.slice(0, -1) : shape;
  const values = layer.constant('off_and_on', vector(Float32Array.of(0, 1)));
  const codes = layer.node('OneHot', [flat, layer.integer('depth', depth), values], { axis: -1 }, '/codes');
  const coded = { name: codes, shape: [...kept, depth], channelsFirst: false };
  if (mode === 'one_hot') return coded;
  // A sample's categories are its last axis, or the batch itself where there is no other.
  if (shape.length < 2) return coded;
  const axis = layer.integers('categories', [-2]);
  const sum = layer.node('ReduceSum', [codes, axis], { keepdims: 0 }, '/counts');
  const whole = { shape: [...shape.slice(0, -1), depth], channelsFirst: false };
  if (mode === 'count') return { ...whole, name: sum };
  if (mode === 'multi_hot') return { ...whole, name: layer.node('Min', [sum, layer.scalar('one', 1)]) };
  throw layer.unsupported(`its output_mode is "${mode}"`);
}

/** How many of the boundaries a number reaches. */
const discretization: Emitter = (layer, inputs) => {
  const x = layer.graph.plain(only(inputs, layer));
  const boundaries = layer.setting('bin_boundaries', 'bins');
  if (!Array.isArray(boundaries)) throw layer.invalid('bin_boundaries is not a list');
  const edges = layer.constant('bin_boundaries', vector(Float32Array.from(boundaries, Number)));
  const opened = layer.node('Unsqueeze', [x.name, layer.integers('edge_axis', [-1])], {}, '/opened');
  const reached = layer.node('GreaterOrEqual', [opened, edges], {}, '/reached');
  const counted = layer.node('Cast', [reached], { to: FLOAT }, '/counted');
  const sum = layer.node('ReduceSum', [counted, layer.integers('edges', [-1])], { keepdims: 0 }, '/bin');
  return encoded(layer, sum, x.shape, boundaries.length + 1, layer.text('int', 'output_mode'));
};

const categoryEncoding: Emitter = (layer, inputs) => {
  const x = layer.graph.plain(only(inputs, layer));
  return encoded(
    layer,
    x.name,
    x.shape,
    layer.number(0, 'num_tokens'),
    layer.text('multi_hot', 'output_mode'),
  );
};

export const encodingLayers: LayerTable = {
  Discretization: discretization,
  CategoryEncoding: categoryEncoding,
};
