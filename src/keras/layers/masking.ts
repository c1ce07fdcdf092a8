import type { GraphBuilder, Value } from '../graph.ts';
import { type Emitter, type Layer, type LayerTable, only } from '../layer.ts';

/**
 * Masks: which steps of a sequence count (https://keras.io/guides/understanding_masking_and_padding/). They go beside
 * the values, from the layers that make them through those that pass them on to those that heed them.
 */

/** Layers after whose work a step that did not count still does not (`supports_masking` in Keras). */
const PASSES_MASK = new Set([
  ...[
    'Dense',
    'EinsumDense',
    'Activation',
    'ReLU',
    'LeakyReLU',
    'PReLU',
    'ELU',
    'ThresholdedReLU',
    'Softmax',
  ],
  ...[
    'BatchNormalization',
    'LayerNormalization',
    'GroupNormalization',
    'UnitNormalization',
    'RMSNormalization',
  ],
  ...['Rescaling', 'Normalization', 'TimeDistributed', 'ActivityRegularization'],
]);

/** Merges that pass a mask on where all their inputs have one: a step counts if it does in any. */
const MERGES = new Set(['Add', 'Subtract', 'Multiply', 'Average', 'Maximum', 'Minimum']);

/** Hands the inputs' mask to the result, where the layer does so. */
export function passMask(
  graph: GraphBuilder,
  className: string,
  inputs: readonly Value[],
  result: Value,
): void {
  if (graph.maskOf(result) !== undefined) return;
  const masks = inputs.map((input) => graph.maskOf(input));
  const [first] = masks;
  if (first === undefined || masks.includes(undefined)) return;
  if (PASSES_MASK.has(className)) graph.setMask(result, first);
  if (MERGES.has(className)) {
    const any = masks
      .slice(1)
      .reduce((sum, mask) => graph.node('Or', `${result.name}/mask`, [sum!, mask!]), first);
    graph.setMask(result, any!);
  }
}

/** A step counts if any of its features differs from the mask value; the others are set to zero. */
const masking: Emitter = (layer, inputs) => {
  const x = layer.graph.plain(only(inputs, layer));
  const value = layer.scalar('mask_value', layer.number(0, 'mask_value'));
  const equal = layer.node('Equal', [x.name, value], {}, '/equal');
  const numbers = layer.node('Cast', [layer.node('Not', [equal], {}, '/differs')], { to: FLOAT }, '/differ');
  const most = layer.node('ReduceMax', [numbers], { axes: [-1], keepdims: 1 }, '/most');
  const name = layer.node('Mul', [x.name, most]);
  const result = { ...x, name };
  layer.graph.setMask(result, truthOf(layer, most));
  return result;
};

/** `[batch, time, 1]` of 0 and 1 → `[batch, time]` of truth values. */
function truthOf(layer: Layer, numbers: string): string {
  const flat = layer.node('Squeeze', [numbers, layer.integers('last', [-1])], {}, '/flat');
  return layer.node('Cast', [flat], { to: BOOL }, '/mask');
}

/** TensorProto.DataType (onnx.proto). */
export const FLOAT = 1;
export const INT64 = 7;
export const BOOL = 9;

/** Rows of a table, by number; with `mask_zero` number 0 stands for a step that does not count. */
const embedding: Emitter = (layer, inputs) => {
  const x = layer.graph.plain(only(inputs, layer));
  const [table] = layer.weights('embeddings');
  const numbers = layer.node('Cast', [x.name], { to: INT64 }, '/numbers');
  const name = layer.node('Gather', [layer.constant('embeddings', table!), numbers], { axis: 0 });
  const result = { name, shape: [...x.shape, table!.shape[1]!], channelsFirst: false };
  if (layer.flag(false, 'mask_zero')) {
    layer.graph.setMask(result, layer.node('Cast', [x.name], { to: BOOL }, '/mask'));
  }
  return result;
};

export const maskingLayers: LayerTable = { Masking: masking, Embedding: embedding };
