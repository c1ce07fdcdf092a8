import { float } from '../../formats/onnx/model.ts';
import { vector } from '../graph.ts';
import { type Emitter, known, type LayerTable, only } from '../layer.ts';

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

/** Over the last axis (or axes): (x − mean) / √(variance + ε) × gamma + beta of each sample. */
const layerNormalization: Emitter = (layer, inputs) => {
  const x = layer.graph.plain(only(inputs, layer));
  const rank = x.shape.length;
  const stated = layer.setting('axis') ?? -1;
  const axes = (Array.isArray(stated) ? stated : [stated])
    .map((a) => (Number(a) + rank) % rank)
    .toSorted((a, b) => a - b);
  if (axes.some((axis, i) => axis !== rank - axes.length + i))
    throw layer.unsupported('its axes are not the last ones');
  const sizes = axes.map((axis) => known(x.shape[axis], layer, 'the size of a normalised axis'));
  const scale = layer.flag(true, 'scale');
  const center = layer.flag(true, 'center');
  const stored = layer.weights(...(scale ? ['gamma'] : []), ...(center ? ['beta'] : []));
  const ones = {
    dtype: 'float32',
    shape: sizes,
    data: new Float32Array(sizes.reduce((a, b) => a * b, 1)).fill(1),
  } as const;
  const gamma = layer.constant('gamma', scale ? stored[0]! : ones);
  const beta = center ? [layer.constant('beta', stored.at(-1)!)] : [];
  const name = layer.node('LayerNormalization', [x.name, gamma, ...beta], {
    axis: axes[0]!,
    epsilon: float(layer.number(1e-3, 'epsilon')),
  });
  return { ...x, name };
};

export const normalizationLayers: LayerTable = {
  BatchNormalization: batchNormalization,
  BatchNormalizationV1: batchNormalization,
  BatchNormalizationV2: batchNormalization,
  SyncBatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
};
