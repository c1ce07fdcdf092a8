import { sizeOf } from '../../core/tensor.ts';
import type { float } from '../../formats/onnx/model.ts';
import type { Shape, Value } from '../graph.ts';
import { type Emitter, type Layer, type LayerTable, only } from '../layer.ts';

/** Batch stays, whatever it is; ONNX reads 0 as "the size it has" and −1 as "the rest". */
function reshape(layer: Layer, x: Value, target: Shape): Value {
  const unknown = target.filter((size) => size === null).length;
  if (unknown > 1) throw layer.unsupported('more than one size of its output is not known');
  const sizes = layer.integers('shape', [0, ...target.map((size) => size ?? -1)]);
  return {
    name: layer.node('Reshape', [x.name, sizes]),
    shape: [x.shape[0]!, ...target],
    channelsFirst: false,
  };
}

const product = (shape: Shape): number | null => (shape.includes(null) ? null : sizeOf(shape as number[]));

const flatten: Emitter = (layer, inputs) => {
  const input = only(inputs, layer);
  // With data_format channels_first Keras moves the channels last before it flattens (keras.layers.Flatten).
  const moved = layer.channelsLast ? layer.graph.plain(input) : channelsMovedLast(layer, input);
  return reshape(layer, moved, [product(moved.shape.slice(1))]);
};

function channelsMovedLast(layer: Layer, input: Value): Value {
  const x = layer.graph.plain(input);
  const rank = x.shape.length;
  // Keras 1 had no such rule.
  if (rank < 3 || layer.kerasMajor === 1) return x;
  const perm = [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
  return {
    ...x,
    name: layer.node('Transpose', [x.name], { perm }, '/moved'),
    shape: perm.map((axis) => x.shape[axis]!),
  };
}

const reshaping: Emitter = (layer, inputs) => {
  const x = layer.graph.plain(only(inputs, layer));
  const target = layer.setting('target_shape', 'dims');
  if (!Array.isArray(target)) throw layer.invalid('target_shape is not a list');
  const sizes = target.map((size) => (size === -1 || size === null ? null : Number(size)));
  const whole = product(x.shape.slice(1));
  const rest = sizes.filter((size) => size !== null).reduce((a, b) => a * b, 1);
  return reshape(
    layer,
    x,
    sizes.map((size) => (size === null && whole !== null ? whole / rest : size)),
  );
};

const permute: Emitter = (layer, inputs) => {
  const x = layer.graph.plain(only(inputs, layer));
  const dims = layer.setting('dims');
  if (!Array.isArray(dims) || dims.length !== x.shape.length - 1)
    throw layer.invalid('dims does not fit the input');
  const perm = [0, ...dims.map(Number)];
  const name = layer.node('Transpose', [x.name], { perm });
  return { name, shape: perm.map((axis) => x.shape[axis]!), channelsFirst: false };
};

const repeatVector: Emitter = (layer, inputs) => {
  const x = only(inputs, layer);
  const n = layer.number(1, 'n');
  const opened = layer.node('Unsqueeze', [x.name, layer.integers('axis', [1])], {}, '/opened');
  const name = layer.node('Tile', [opened, layer.integers('repeats', [1, n, 1])]);
  return { name, shape: [x.shape[0]!, n, x.shape[1]!], channelsFirst: false };
};

/** [before, after] of each spatial axis, from one number, one a axis, or pairs. */
function margins(layer: Layer, rank: number, fallback: number, name: string): [number, number][] {
  const value = layer.setting(name) ?? fallback;
  const list = Array.isArray(value) ? value : new Array(rank).fill(value);
  // A 1D layer's pair is one axis's.
  const perAxis = rank === 1 && list.length === 2 && !Array.isArray(list[0]) ? [list] : list;
  const pairs = perAxis.map((item: unknown) => (Array.isArray(item) ? item : [item, item])) as [
    number,
    number,
  ][];
  const fits = pairs.length === rank && pairs.flat().every((n) => Number.isInteger(n) && n >= 0);
  if (!fits) throw layer.invalid(`${name} is ${JSON.stringify(value)}`);
  return pairs;
}

/** Where the spatial axes stand in Keras's own order. */
const spatialAxes = (layer: Layer, rank: number) =>
  Array.from({ length: rank }, (_, i) => i + (layer.channelsLast ? 1 : 2));

/** …and in the stored one. */
const storedAxes = (layer: Layer, x: Value, rank: number) =>
  Array.from({ length: rank }, (_, i) => i + (layer.channelsLast && !x.channelsFirst ? 1 : 2));

const zeroPadding =
  (rank: number): Emitter =>
  (layer, inputs) => {
    const x = only(inputs, layer);
    const pairs = margins(layer, rank, 1, 'padding');
    const pads = new Array<number>(2 * x.shape.length).fill(0);
    storedAxes(layer, x, rank).forEach((axis, i) => {
      pads[axis] = pairs[i]![0];
      pads[axis + x.shape.length] = pairs[i]![1];
    });
    const name = layer.node('Pad', [x.name, layer.integers('pads', pads), layer.scalar('zero', 0)]);
    const shape = [...x.shape];
    spatialAxes(layer, rank).forEach((axis, i) => {
      const size = shape[axis]!;
      shape[axis] = size === null ? null : size + pairs[i]![0] + pairs[i]![1];
    });
    return { ...x, name, shape };
  };

const cropping =
  (rank: number): Emitter =>
  (layer, inputs) => {
    const x = only(inputs, layer);
    const pairs = margins(layer, rank, rank === 1 ? 1 : 0, 'cropping');
    const axes = storedAxes(layer, x, rank);
    // "To the end" is the largest index, for a crop of nothing has no negative one.
    const ends = pairs.map(([, after]) => (after === 0 ? Number.MAX_SAFE_INTEGER : -after));
    const name = layer.node('Slice', [
      x.name,
      layer.integers(
        'starts',
        pairs.map(([before]) => before),
      ),
      layer.integers('ends', ends),
      layer.integers('axes', axes),
    ]);
    const shape = [...x.shape];
    spatialAxes(layer, rank).forEach((axis, i) => {
      const size = shape[axis]!;
      // A crop of more than there is leaves nothing, in Keras as in ONNX.
      shape[axis] = size === null ? null : Math.max(size - pairs[i]![0] - pairs[i]![1], 0);
    });
    return { ...x, name, shape };
  };

const INTERPOLATIONS: Readonly<Record<string, Readonly<Record<string, string | ReturnType<typeof float>>>>> =
  {
    nearest: { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
    bilinear: { mode: 'linear', coordinate_transformation_mode: 'half_pixel' },
  };

const upSampling =
  (rank: number): Emitter =>
  (layer, inputs) => {
    const input = only(inputs, layer);
    const x = layer.channelsLast ? layer.graph.stored(input, true) : layer.graph.plain(input);
    const size = layer.sizes(rank, 2, 'size', 'length');
    const interpolation = layer.text('nearest', 'interpolation');
    const attributes = INTERPOLATIONS[interpolation];
    if (!attributes) throw layer.unsupported(`its interpolation is "${interpolation}"`);
    const factors = Float32Array.from([1, 1, ...size]);
    const scales = layer.constant('scales', { dtype: 'float32', shape: [factors.length], data: factors });
    const name = layer.node('Resize', [x.name, '', scales], attributes);
    const shape = [...x.shape];
    spatialAxes(layer, rank).forEach((axis, i) => {
      shape[axis] = shape[axis] === null ? null : shape[axis]! * size[i]!;
    });
    return { ...x, name, shape };
  };

export const reshapingLayers: LayerTable = {
  Flatten: flatten,
  Reshape: reshaping,
  Permute: permute,
  RepeatVector: repeatVector,
  ZeroPadding1D: zeroPadding(1),
  ZeroPadding2D: zeroPadding(2),
  ZeroPadding3D: zeroPadding(3),
  Cropping1D: cropping(1),
  Cropping2D: cropping(2),
  Cropping3D: cropping(3),
  UpSampling1D: upSampling(1),
  UpSampling2D: upSampling(2),
  UpSampling3D: upSampling(3),
};
