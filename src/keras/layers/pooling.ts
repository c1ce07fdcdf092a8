import type { Value } from '../graph.ts';
import { type Emitter, type Layer, type LayerTable, only } from '../layer.ts';
import { FLOAT } from './masking.ts';
import { outputSize, samePads, type Window } from './window.ts';

type Pool = 'MaxPool' | 'AveragePool';

const pooling =
  (op: Pool, rank: number): Emitter =>
  (layer, inputs) => {
    const input = only(inputs, layer);
    const x = layer.channelsLast ? layer.graph.stored(input, true) : layer.graph.plain(input);
    const spatial = layer.channelsLast ? input.shape.slice(1, -1) : input.shape.slice(2);
    const size = layer.sizes(rank, 2, 'pool_size', 'pool_length');
    const stated = layer.setting('strides', 'stride');
    const window: Window = {
      size,
      strides: stated === undefined || stated === null ? size : layer.sizes(rank, 1, 'strides', 'stride'),
      dilations: new Array(rank).fill(1),
      padding: layer.text('valid', 'padding', 'border_mode') === 'same' ? 'same' : 'valid',
    };
    const name = layer.node(op, [op === 'MaxPool' ? unfused(layer, x) : x.name], {
      kernel_shape: window.size,
      strides: window.strides,
      ...samePads(window, spatial),
    });
    const sizes = outputSize(window, spatial);
    const [batch] = input.shape as [number | null];
    const shape = layer.channelsLast
      ? [batch, ...sizes, input.shape.at(-1)!]
      : [batch, input.shape[1]!, ...sizes];
    return { name, shape, channelsFirst: layer.channelsLast };
  };

/**
 * ONNX Runtime (1.30 at least) joins a padding with zeros to the maximum that follows, which pads with −∞: below
 * zero that is not the same. The larger of a value and itself keeps the two apart.
 */
const unfused = (layer: Layer, x: Value) =>
  layer.graph.madeBy(x.name) === 'Pad' ? layer.node('Max', [x.name, x.name], {}, '/padded') : x.name;

/** Over all spatial axes; with `keepdims` they stay, of size 1. */
const globalPooling =
  (op: 'ReduceMax' | 'ReduceMean', rank: number): Emitter =>
  (layer, inputs) => {
    const input = only(inputs, layer);
    const keep = layer.flag(false, 'keepdims');
    const last = layer.channelsLast;
    const mask = layer.graph.maskOf(input);
    if (mask !== undefined && op === 'ReduceMean' && rank === 1) return averageOfCounted(layer, input, mask);
    // Reduced where it is stored: no transpose is needed, for what is left has one order only.
    const behindBatch = !last || input.channelsFirst;
    const axes = Array.from({ length: rank }, (_, i) => i + (behindBatch ? 2 : 1));
    const name = reduce(layer, op, input, axes, keep);
    const [batch] = input.shape as [number | null];
    const channels = (last ? input.shape.at(-1) : input.shape[1])!;
    const ones = new Array<number>(keep ? rank : 0).fill(1);
    const shape = last ? [batch, ...ones, channels] : [batch, channels, ...ones];
    return { name, shape, channelsFirst: keep && input.channelsFirst };
  };

/** The mean over those steps that count. */
function averageOfCounted(layer: Layer, input: Value, mask: string): Value {
  const x = layer.graph.plain(input);
  const steps = layer.channelsLast ? 1 : 2;
  const counts = layer.node('Unsqueeze', [mask, layer.integers('features', [3 - steps])], {}, '/counts');
  const counted = layer.node('Where', [counts, x.name, layer.scalar('zero', 0)], {}, '/counted');
  const keepdims = layer.flag(false, 'keepdims') ? 1 : 0;
  const axis = layer.integers('steps', [steps]);
  const sum = layer.node('ReduceSum', [counted, axis], { keepdims }, '/sum');
  const numbers = layer.node('Cast', [counts], { to: FLOAT }, '/numbers');
  const count = layer.node('ReduceSum', [numbers, axis], { keepdims }, '/count');
  const shape = x.shape.flatMap((size, i) => (i !== steps ? [size] : keepdims ? [1] : []));
  return { name: layer.node('Div', [sum, count]), shape, channelsFirst: false };
}

function reduce(
  layer: Layer,
  op: 'ReduceMax' | 'ReduceMean',
  input: Value,
  axes: number[],
  keep: boolean,
): string {
  // Up to operator set 17 the axes of these two are an attribute.
  return layer.node(op, [input.name], { axes, keepdims: keep ? 1 : 0 });
}

export const poolingLayers: LayerTable = {
  MaxPooling1D: pooling('MaxPool', 1),
  MaxPooling2D: pooling('MaxPool', 2),
  MaxPooling3D: pooling('MaxPool', 3),
  AveragePooling1D: pooling('AveragePool', 1),
  AveragePooling2D: pooling('AveragePool', 2),
  AveragePooling3D: pooling('AveragePool', 3),
  GlobalMaxPooling1D: globalPooling('ReduceMax', 1),
  GlobalMaxPooling2D: globalPooling('ReduceMax', 2),
  GlobalMaxPooling3D: globalPooling('ReduceMax', 3),
  GlobalAveragePooling1D: globalPooling('ReduceMean', 1),
  GlobalAveragePooling2D: globalPooling('ReduceMean', 2),
  GlobalAveragePooling3D: globalPooling('ReduceMean', 3),
};
