import { sizeOf, type Tensor } from '../../core/tensor.ts';
import { float } from '../../formats/onnx/model.ts';
import { withinReason } from '../claims.ts';
import { vector } from '../graph.ts';
import { type Emitter, known, type Layer, type LayerTable, only } from '../layer.ts';

/** At inference: (x − mean) / √(variance + ε) × gamma + beta, along one axis. */
const batchNormalization: Emitter = (layer, inputs) => {
  const input = only(inputs, layer);
  const rank = input.shape.length;
  const stated = layer.setting('axis') ?? -1;
  const axis = ((Array.isArray(stated) ? Number(stated[0]) : Number(stated)) + rank) % rank;
  if (axis !== rank - 1 && axis !== 1) throw layer.unsupported(`it works along axis ${axis} of ${rank}`);
  const alongLast = axis === rank - 1 && rank > 2;
  // ONNX normalises along axis 1: where the channels are last they have to be stored in front.
  const x = alongLast ? layer.graph.stored(input, true) : layer.graph.plain(input);
  const channels = known(input.shape[axis], layer, 'the number of channels');
  const scale = layer.flag(true, 'scale');
  const center = layer.flag(true, 'center');
  const names = [...(scale ? ['gamma'] : []), ...(center ? ['beta'] : []), 'moving_mean', 'moving_variance'];
  const stored = layer.weights(...names);
  const weight = (name: string, otherwise: number) =>
    stored[names.indexOf(name)] ?? vector(new Float32Array(channels).fill(otherwise));
  const name = layer.node(
    'BatchNormalization',
    [
      x.name,
      layer.constant('gamma', weight('gamma', 1)),
      layer.constant('beta', weight('beta', 0)),
      layer.constant('moving_mean', weight('moving_mean', 0)),
      layer.constant('moving_variance', weight('moving_variance', 1)),
    ],
    { epsilon: float(layer.number(1e-3, 'epsilon')) },
  );
  return { ...x, name };
};

/** Axes of a setting, counted from the front, in order. */
function axesOf(layer: Layer, rank: number): number[] {
  const stated = layer.setting('axis') ?? -1;
  const axes = (Array.isArray(stated) ? stated : [stated]).map((axis) => (Number(axis) + rank) % rank);
  if (axes.some((axis) => !Number.isInteger(axis))) throw layer.invalid(`axis is ${JSON.stringify(stated)}`);
  return axes.toSorted((a, b) => a - b);
}

/** Over some axes, each sample by itself: (x − mean) / √(variance + ε) × gamma + beta. */
const layerNormalization: Emitter = (layer, inputs) => {
  const x = layer.graph.plain(only(inputs, layer));
  const rank = x.shape.length;
  const axes = axesOf(layer, rank);
  const sizes = axes.map((axis) => known(x.shape[axis], layer, 'the size of a normalised axis'));
  const rms = layer.flag(false, 'rms_scaling');
  const scale = layer.flag(true, 'scale') || rms;
  const center = layer.flag(true, 'center') && !rms;
  const stored = layer.weights(...(scale ? ['gamma'] : []), ...(center ? ['beta'] : []));
  const epsilon = layer.number(1e-3, 'epsilon');
  const last = axes.every((axis, i) => axis === rank - axes.length + i);
  if (last && !rms) {
    const count = scale ? 0 : withinReason(sizeOf(sizes), `layer "${layer.spec.name}"`);
    const ones = vector(new Float32Array(count).fill(1));
    const gamma = layer.constant('gamma', scale ? stored[0]! : { ...ones, shape: sizes });
    const beta = center ? [layer.constant('beta', stored.at(-1)!)] : [];
    const attributes = { axis: axes[0]!, epsilon: float(epsilon) };
    return { ...x, name: layer.node('LayerNormalization', [x.name, gamma, ...beta], attributes) };
  }
  // Weights stand along the normalised axes; the others are of size one.
  const spread = x.shape.map((_, i) => (axes.includes(i) ? sizes[axes.indexOf(i)]! : 1));
  const weight = (name: string, tensor: Tensor<'float32'>) =>
    layer.constant(name, { ...tensor, shape: spread });
  const centred = rms ? x.name : minusMean(layer, x.name, axes);
  let name = dividedByRoot(layer, centred, x.name, axes, epsilon, rms);
  if (scale) name = layer.node('Mul', [name, weight('gamma', stored[0]!)], {}, '/scaled');
  if (center) name = layer.node('Add', [name, weight('beta', stored.at(-1)!)]);
  return { ...x, name };
};

function minusMean(layer: Layer, x: string, axes: readonly number[]): string {
  const mean = layer.node('ReduceMean', [x], { axes, keepdims: 1 }, '/mean');
  return layer.node('Sub', [x, mean], {}, '/centred');
}

/**
 * Divided by the root of the mean square of what is centred (plus ε); with `rms_scaling` by that of the variance,
 * which is how Keras has it (keras.src.ops.nn.layer_normalization).
 */
function dividedByRoot(
  layer: Layer,
  centred: string,
  x: string,
  axes: readonly number[],
  epsilon: number,
  byVariance: boolean,
): string {
  const measured = byVariance ? minusMean(layer, x, axes) : centred;
  const square = layer.node('Mul', [measured, measured], {}, '/square');
  const variance = layer.node('ReduceMean', [square], { axes, keepdims: 1 }, '/variance');
  const sum = layer.node('Add', [variance, layer.scalar('epsilon', epsilon)], {}, '/variance_and_epsilon');
  return layer.node('Div', [centred, layer.node('Sqrt', [sum], {}, '/deviation')], {}, '/normalised');
}

/** Channels in groups, each normalised with all its pixels, sample by sample. */
const groupNormalization: Emitter = (layer, inputs) => {
  const input = only(inputs, layer);
  const rank = input.shape.length;
  const [axis] = axesOf(layer, rank);
  if (axis !== rank - 1 && axis !== 1) throw layer.unsupported(`it works along axis ${axis} of ${rank}`);
  const x = axis === rank - 1 && rank > 2 ? layer.graph.stored(input, true) : layer.graph.plain(input);
  const channels = known(input.shape[axis], layer, 'the number of channels');
  const stated = layer.number(32, 'groups');
  const groups = stated === -1 ? channels : stated;
  const scale = layer.flag(true, 'scale');
  const center = layer.flag(true, 'center');
  const stored = layer.weights(...(scale ? ['gamma'] : []), ...(center ? ['beta'] : []));
  const grouped = layer.node('Reshape', [x.name, layer.integers('groups', [0, groups, -1])], {}, '/grouped');
  const ones = layer.constant('ones', vector(new Float32Array(groups).fill(1)));
  const zeros = layer.constant('zeros', vector(new Float32Array(groups)));
  const attributes = { epsilon: float(layer.number(1e-3, 'epsilon')) };
  const each = layer.node('InstanceNormalization', [grouped, ones, zeros], attributes, '/each');
  const shape = layer.node('Shape', [x.name], {}, '/shape');
  let name = layer.node('Reshape', [each, shape], {}, '/whole');
  const along = [channels, ...new Array<number>(rank - 2).fill(1)];
  const weight = (what: string, tensor: Tensor<'float32'>) =>
    layer.constant(what, { ...tensor, shape: along });
  if (scale) name = layer.node('Mul', [name, weight('gamma', stored[0]!)], {}, '/scaled');
  if (center) name = layer.node('Add', [name, weight('beta', stored.at(-1)!)]);
  return { ...x, name };
};

/** Divided by its length along some axes. */
const unitNormalization: Emitter = (layer, inputs) => {
  const x = layer.graph.plain(only(inputs, layer));
  const axes = axesOf(layer, x.shape.length);
  const length = layer.node('ReduceL2', [x.name], { axes, keepdims: 1 }, '/length');
  const atLeast = layer.node('Max', [length, layer.scalar('epsilon', 1e-12)], {}, '/at_least');
  return { ...x, name: layer.node('Div', [x.name, atLeast]) };
};

/** Divided by the root of the mean square, times a scale. */
const rmsNormalization: Emitter = (layer, inputs) => {
  const x = layer.graph.plain(only(inputs, layer));
  const rank = x.shape.length;
  const axes = axesOf(layer, rank);
  const [scale] = layer.weights('scale');
  const normalised = dividedByRoot(layer, x.name, x.name, axes, layer.number(1e-6, 'epsilon'), false);
  const spread = x.shape.map((size, i) => (axes.includes(i) ? known(size, layer, 'the size of an axis') : 1));
  return {
    ...x,
    name: layer.node('Mul', [normalised, layer.constant('scale', { ...scale!, shape: spread })]),
  };
};

export const normalizationLayers: LayerTable = {
  BatchNormalization: batchNormalization,
  BatchNormalizationV1: batchNormalization,
  BatchNormalizationV2: batchNormalization,
  SyncBatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  GroupNormalization: groupNormalization,
  UnitNormalization: unitNormalization,
  RMSNormalization: rmsNormalization,
};
