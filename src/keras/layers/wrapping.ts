import type { Value } from '../graph.ts';
import { type Emitter, type Layer, type LayerTable, only } from '../layer.ts';

/** Layers around a layer. */

/** The layer it wraps at every step: time is folded into the batch and out again. */
const timeDistributed: Emitter = (layer, inputs) => {
  const x = layer.graph.plain(only(inputs, layer));
  const [batch = null, time = null, ...rest] = x.shape;
  const folded = shapeOf(layer, [layer.integers('all', [-1])], x, 2, '/folded');
  const name = layer.node('Reshape', [x.name, folded], {}, '/steps');
  const y = layer.graph.plain(layer.emitWrapped([{ name, shape: [null, ...rest], channelsFirst: false }]));
  const front =
    time === null
      ? layer.node('Shape', [x.name], { start: 0, end: 2 }, '/batch_and_time')
      : layer.integers('batch_and_time', [-1, time]);
  const unfolded = layer.node('Reshape', [y.name, shapeOf(layer, [front], y, 1, '/unfolded')]);
  return { name: unfolded, shape: [batch, time, ...y.shape.slice(1)], channelsFirst: false };
};

/** Some sizes, then those of a value from an axis on: constants where they are known. */
function shapeOf(layer: Layer, front: readonly string[], x: Value, from: number, suffix: string): string {
  const sizes = x.shape.slice(from);
  const back = sizes.includes(null)
    ? layer.node('Shape', [x.name], { start: from }, `${suffix}_rest`)
    : layer.integers(`${suffix.slice(1)}_rest`, sizes as number[]);
  return layer.node('Concat', [...front, back], { axis: 0 }, `${suffix}_shape`);
}

/** In training it normalises the kernel that is stored; at inference it is the layer it wraps. */
const wrappedAlone: Emitter = (layer, inputs) => layer.emitWrapped(inputs);

export const wrappingLayers: LayerTable = {
  TimeDistributed: timeDistributed,
  SpectralNormalization: wrappedAlone,
};
