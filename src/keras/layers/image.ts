import type { Tensor } from '../../core/tensor.ts';
import type { Shape, Value } from '../graph.ts';
import { type Emitter, known, type Layer, type LayerTable, only } from '../layer.ts';
import { type Interpolation, resampling } from './resampling.ts';

/** Layers that bring pictures to another size (keras.layers.Resizing, CenterCrop, RandomCrop, adaptive pools). */

/** A picture (batch) with its sizes: where its rows and columns lie in the stored order. */
interface Picture {
  readonly x: Value;
  /** Stored axes of height and width. */
  readonly axes: readonly [number, number];
  readonly size: readonly [number | null, number | null];
}

function pictureOf(layer: Layer, input: Value): Picture {
  if (input.shape.length !== 4) throw layer.unsupported(`its input has ${input.shape.length} axes, not 4`);
  const x = layer.channelsLast ? layer.graph.stored(input, true) : layer.graph.plain(input);
  const at = layer.channelsLast ? 1 : 2;
  return { x, axes: [2, 3], size: [input.shape[at]!, input.shape[at + 1]!] };
}

/** The same picture with other sizes. */
function withSize(layer: Layer, picture: Picture, name: string, size: readonly [number, number]): Picture {
  const { shape } = picture.x;
  const sized: Shape = layer.channelsLast ? [shape[0]!, ...size, shape[3]!] : [shape[0]!, shape[1]!, ...size];
  return { ...picture, x: { ...picture.x, name, shape: sized }, size };
}

const INTERPOLATIONS: readonly string[] = ['nearest', 'bilinear', 'bicubic', 'lanczos3', 'lanczos5', 'area'];

/** To a size, by two matrix products where the sizes before are known, else by ONNX's Resize. */
function resizedTo(
  layer: Layer,
  picture: Picture,
  size: readonly [number, number],
  interpolation: string,
  antialias: boolean,
): Picture {
  if (!INTERPOLATIONS.includes(interpolation))
    throw layer.unsupported(`its interpolation is "${interpolation}"`);
  const simple = !antialias && (interpolation === 'nearest' || interpolation === 'bilinear');
  if (simple) return withSize(layer, picture, resize(layer, picture, size, interpolation), size);
  const before = picture.size.map((n) => known(n, layer, 'the size of its input')) as [number, number];
  const matrix = (axis: 0 | 1): Tensor<'float32'> => ({
    dtype: 'float32',
    shape: [size[axis], before[axis]],
    data: resampling(before[axis], size[axis], interpolation as Interpolation, antialias),
  });
  const rows = layer.node('MatMul', [layer.constant('rows', matrix(0)), picture.x.name], {}, '/rows');
  const turned = layer.node('Transpose', [rows], { perm: [0, 1, 3, 2] }, '/turned');
  const columns = layer.node('MatMul', [layer.constant('columns', matrix(1)), turned], {}, '/columns');
  return withSize(layer, picture, layer.node('Transpose', [columns], { perm: [0, 1, 3, 2] }), size);
}

/** ONNX's Resize over the last two axes, as TensorFlow samples: at the pixels' centres. */
function resize(
  layer: Layer,
  { x }: Picture,
  size: readonly [number, number],
  interpolation: 'nearest' | 'bilinear' | string,
): string {
  const kept = layer.node('Shape', [x.name], { start: 0, end: 2 }, '/kept');
  const sizes = layer.node('Concat', [kept, layer.integers('size', size)], { axis: 0 }, '/sizes');
  const attributes =
    interpolation === 'nearest'
      ? { mode: 'nearest', coordinate_transformation_mode: 'half_pixel', nearest_mode: 'round_prefer_ceil' }
      : { mode: 'linear', coordinate_transformation_mode: 'half_pixel' };
  return layer.node('Resize', [x.name, '', '', sizes], attributes);
}

/** A part of a picture. */
function cropped(
  layer: Layer,
  picture: Picture,
  from: readonly [number, number],
  size: readonly [number, number],
): Picture {
  const name = layer.node(
    'Slice',
    [
      picture.x.name,
      layer.integers('from', from),
      layer.integers(
        'to',
        from.map((n, i) => n + size[i]!),
      ),
      layer.integers('axes', picture.axes),
    ],
    {},
    '/cropped',
  );
  return withSize(layer, picture, name, size);
}

const sizesOf = (layer: Layer, { size }: Picture) =>
  size.map((n) => known(n, layer, 'the size of its input')) as [number, number];

/** The largest middle part of the target's shape (keras.src.backend.tensorflow.image.resize, `crop_to_aspect_ratio`). */
function croppedToAspect(
  layer: Layer,
  picture: Picture,
  [height, width]: readonly [number, number],
): Picture {
  const [h, w] = sizesOf(layer, picture);
  const size: [number, number] = [
    Math.max(Math.min(h, Math.trunc(Math.fround(w * height) / width)), 1),
    Math.max(Math.min(w, Math.trunc(Math.fround(h * width) / height)), 1),
  ];
  return cropped(layer, picture, [Math.trunc((h - size[0]) / 2), Math.trunc((w - size[1]) / 2)], size);
}

/** The same picture in the middle of a larger one of the target's shape (`pad_to_aspect_ratio`). */
function paddedToAspect(layer: Layer, picture: Picture, [height, width]: readonly [number, number]): Picture {
  const [h, w] = sizesOf(layer, picture);
  const full = [Math.max(h, Math.trunc((w * height) / width)), Math.max(w, Math.trunc((h * width) / height))];
  const [top, left] = [Math.trunc((full[0]! - h) / 2), Math.trunc((full[1]! - w) / 2)];
  const pads = layer.integers('pads', [0, 0, top, left, 0, 0, top, left]);
  const value = layer.scalar('fill', layer.number(0, 'fill_value'));
  const name = layer.node('Pad', [picture.x.name, pads, value], {}, '/padded');
  return withSize(layer, picture, name, [h + 2 * top, w + 2 * left]);
}

/** keras.layers.Resizing */
const resizing: Emitter = (layer, inputs) => {
  const picture = pictureOf(layer, only(inputs, layer));
  const size: [number, number] = [layer.number(0, 'height'), layer.number(0, 'width')];
  const shaped = layer.flag(false, 'crop_to_aspect_ratio')
    ? croppedToAspect(layer, picture, size)
    : layer.flag(false, 'pad_to_aspect_ratio')
      ? paddedToAspect(layer, picture, size)
      : picture;
  const interpolation = layer.text('bilinear', 'interpolation').toLowerCase();
  return resizedTo(layer, shaped, size, interpolation, layer.flag(false, 'antialias')).x;
};

/** The middle of a picture; one that is too small is enlarged first. */
const centerCrop: Emitter = (layer, inputs) => {
  const picture = pictureOf(layer, only(inputs, layer));
  const size: [number, number] = [layer.number(0, 'height'), layer.number(0, 'width')];
  const [h, w] = sizesOf(layer, picture);
  if (h >= size[0] && w >= size[1]) {
    return cropped(layer, picture, [Math.trunc((h - size[0]) / 2), Math.trunc((w - size[1]) / 2)], size).x;
  }
  return resizedTo(layer, croppedToAspect(layer, picture, size), size, 'bilinear', false).x;
};

/** Outside training: brought to its size, and from Keras 3.7 on left alone. */
const randomCrop: Emitter = (layer, inputs) => {
  const [major, minor] = layer.kerasVersion;
  if (major > 3 || (major === 3 && minor >= 7)) return only(inputs, layer);
  const picture = pictureOf(layer, only(inputs, layer));
  const size: [number, number] = [layer.number(0, 'height'), layer.number(0, 'width')];
  return resizedTo(layer, croppedToAspect(layer, picture, size), size, 'bilinear', false).x;
};

/** Pools that leave so many places, whatever the input's size (keras.layers.AdaptiveAveragePooling2D and others). */
const adaptivePool =
  (op: 'ReduceMean' | 'ReduceMax', rank: number): Emitter =>
  (layer, inputs) => {
    const input = only(inputs, layer);
    const x = layer.channelsLast ? layer.graph.stored(input, true) : layer.graph.plain(input);
    const at = layer.channelsLast ? 1 : 2;
    const targets = layer.sizes(rank, 1, 'output_size');
    const shape = [...input.shape];
    const name = targets.reduce((value, target, i) => {
      const size = known(input.shape[at + i], layer, 'the size of its input');
      shape[at + i] = target;
      const parts = Array.from({ length: target }, (_, part) => {
        const from = Math.floor((part * size) / target);
        const to = Math.ceil(((part + 1) * size) / target);
        const bounds = [
          layer.integers('from', [from]),
          layer.integers('to', [to]),
          layer.integers('axis', [i + 2]),
        ];
        const one = layer.node('Slice', [value, ...bounds], {}, '/part');
        return layer.node(op, [one], { axes: [i + 2], keepdims: 1 }, '/pooled');
      });
      return layer.node('Concat', parts, { axis: i + 2 }, '/row');
    }, x.name);
    return { ...x, name, shape };
  };

const adaptive = (name: string, op: 'ReduceMean' | 'ReduceMax') =>
  [1, 2, 3].map((rank) => [`Adaptive${name}Pooling${rank}D`, adaptivePool(op, rank)] as const);

export const imageLayers: LayerTable = {
  Resizing: resizing,
  CenterCrop: centerCrop,
  RandomCrop: randomCrop,
  ...Object.fromEntries([...adaptive('Average', 'ReduceMean'), ...adaptive('Max', 'ReduceMax')]),
};
