import type { Value } from '../graph.ts';
import type { Layer } from '../layer.ts';
import { imageLayers } from '../layers/image.ts';
import { broadcast } from '../layers/merging.ts';
import { integer, integers, type Operand, type Operation, operation, plainFloat } from './operand.ts';

/** Operations on pictures, and products of tensors. */

/** Calls a layer's emitter with a configuration of its own. */
function asLayer(
  layer: Layer,
  className: string,
  config: Readonly<Record<string, unknown>>,
  x: Value,
): Value {
  return imageLayers[className]!(layer.configured(config), [x]) as Value;
}

/** TensorFlow's interpolations by number, in its second version and its first (tf.image.ResizeMethod). */
const METHODS = ['bilinear', 'nearest', 'bicubic', 'area'];

const methodOf = (method: Operand): string => {
  if (typeof method === 'number') return METHODS[method] ?? String(method);
  const name = String(method ?? 'bilinear')
    .split('.')
    .pop()!
    .toLowerCase();
  return name === 'nearest_neighbor' ? 'nearest' : name;
};

const resize = operation(
  'x|images|image|inputs size method|interpolation preserve_aspect_ratio antialias data_format crop_to_aspect_ratio pad_to_aspect_ratio',
  (layer, args) => {
    if (args.preserve_aspect_ratio === true) throw layer.unsupported('it keeps the aspect ratio');
    const [height, width] = integers(layer, args.size, 'the size it resizes to');
    return asLayer(
      layer,
      'Resizing',
      {
        height,
        width,
        interpolation: methodOf(args.method),
        antialias: args.antialias === true,
        crop_to_aspect_ratio: args.crop_to_aspect_ratio === true,
        pad_to_aspect_ratio: args.pad_to_aspect_ratio === true,
        data_format: args.data_format,
      },
      plainFloat(layer, args.x),
    );
  },
);

/** TensorFlow 1's resizing, whose pixels lie at their corners unless it is told otherwise. */
const resizeOld = (fixed?: 'bilinear' | 'nearest') =>
  operation(
    fixed
      ? 'x|images|image size align_corners half_pixel_centers'
      : 'x|images|image size method align_corners preserve_aspect_ratio half_pixel_centers',
    (layer, args) => {
      const x = layer.graph.stored(plainFloat(layer, args.x), true);
      const [height, width] = integers(layer, args.size, 'the size it resizes to');
      const method = fixed ?? methodOf(args.method);
      const align = args.align_corners === true;
      if (method !== 'bilinear' && method !== 'nearest')
        throw layer.unsupported(`its interpolation is "${method}"`);
      if (args.half_pixel_centers === true) {
        return asLayer(layer, 'Resizing', { height, width, interpolation: method }, x);
      }
      return sampled(layer, x, [height!, width!], {
        mode: method === 'nearest' ? 'nearest' : 'linear',
        coordinate_transformation_mode: align ? 'align_corners' : 'asymmetric',
        ...(method === 'nearest' && { nearest_mode: align ? 'round_prefer_ceil' : 'floor' }),
      });
    },
  );

function sampled(
  layer: Layer,
  x: Value,
  size: readonly [number, number],
  attributes: Readonly<Record<string, string>>,
): Value {
  const kept = layer.node('Shape', [x.name], { start: 0, end: 2 }, '/kept');
  const sizes = layer.node('Concat', [kept, layer.integers('size', size)], { axis: 0 }, '/sizes');
  const name = layer.node('Resize', [x.name, '', '', sizes], attributes);
  return { ...x, name, shape: [x.shape[0]!, ...size, x.shape[3]!] };
}

/** `K.resize_images(x, height_factor, width_factor, data_format, interpolation)`, as UpSampling2D. */
const resizeImages = operation(
  'x height_factor width_factor data_format interpolation',
  (layer, { x, height_factor: height, width_factor: width, data_format: format, interpolation }) => {
    const first = format === 'channels_first';
    const input = plainFloat(layer, x);
    const value = first ? input : layer.graph.stored(input, true);
    const factors = [integer(layer, height, 'a factor'), integer(layer, width, 'a factor')];
    const scales = layer.constant('scales', {
      dtype: 'float32',
      shape: [4],
      data: Float32Array.of(1, 1, factors[0]!, factors[1]!),
    });
    const attributes =
      methodOf(interpolation ?? 'nearest') === 'bilinear'
        ? { mode: 'linear', coordinate_transformation_mode: 'half_pixel' }
        : { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
    const at = first ? 2 : 1;
    const shape = value.shape.map((size, i) =>
      size === null || i < at || i > at + 1 ? size : size * factors[i - at]!,
    );
    return { ...value, name: layer.node('Resize', [value.name, '', scales], attributes), shape };
  },
);

/** Pixels into channels and back; TensorFlow keeps the place in a block before the channel, as ONNX does. */
const blocks = (op: 'SpaceToDepth' | 'DepthToSpace') =>
  operation(
    'x|input|images block_size data_format',
    (layer, { x, block_size: size, data_format: format }) => {
      const first = format === 'NCHW' || format === 'channels_first';
      const input = plainFloat(layer, x);
      const value = first ? input : layer.graph.stored(input, true);
      const block = integer(layer, size, 'the size of a block');
      const attributes = { blocksize: block, ...(op === 'DepthToSpace' && { mode: 'DCR' }) };
      const name = layer.node(op, [value.name], attributes);
      const factor = (n: number | null, up: boolean) => (n === null ? null : up ? n * block : n / block);
      const toDepth = op === 'SpaceToDepth';
      const [batch = null, a = null, b = null, c = null] = value.shape;
      const deep = (n: number | null) => factor(factor(n, toDepth), toDepth);
      const shape = first
        ? [batch, deep(a), factor(b, !toDepth), factor(c, !toDepth)]
        : [batch, factor(a, !toDepth), factor(b, !toDepth), deep(c)];
      return { ...value, name, shape };
    },
  );

const einsum = operation('subscripts|equation operands|inputs', (layer, { subscripts, operands }) => {
  const values = (Array.isArray(operands) ? operands : [operands]).map((item) => plainFloat(layer, item));
  const equation = String(subscripts).replaceAll(' ', '');
  const [left = '', right = ''] = equation.split('->');
  if (equation.includes('.') || !equation.includes('->'))
    throw layer.unsupported(`its equation is "${equation}"`);
  const letters = new Map(
    left
      .split(',')
      .flatMap((word, i) => [...word].map((letter, at) => [letter, values[i]?.shape[at] ?? null] as const)),
  );
  const name = layer.node(
    'Einsum',
    values.map((value) => value.name),
    { equation },
  );
  return { name, shape: [...right].map((letter) => letters.get(letter) ?? null), channelsFirst: false };
});

/** The last two axes the other way round. */
function turned(layer: Layer, x: Value, turn: Operand): Value {
  if (turn !== true) return x;
  const rank = x.shape.length;
  const perm = x.shape.map((_, i) => (i === rank - 1 ? rank - 2 : i === rank - 2 ? rank - 1 : i));
  return {
    ...x,
    name: layer.node('Transpose', [x.name], { perm }, '/turned'),
    shape: perm.map((i) => x.shape[i]!),
  };
}

const matmul = operation(
  'a|x|x1 b|y|x2 transpose_a|adj_x transpose_b|adj_y',
  (layer, { a, b, transpose_a: turnA, transpose_b: turnB }) => {
    const left = turned(layer, plainFloat(layer, a), turnA);
    const right = turned(layer, plainFloat(layer, b), turnB);
    const rows = left.shape.at(-2) ?? null;
    const columns = right.shape.at(-1) ?? null;
    const shape = [...broadcast([left.shape.slice(0, -2), right.shape.slice(0, -2)]), rows, columns];
    return { name: layer.node('MatMul', [left.name, right.name]), shape, channelsFirst: false };
  },
);

/** Sums over the last axes of one and the first of the other (tf.tensordot with a number). */
const dot = operation('a|x|x1 b|y|x2', (layer, { a, b }) => {
  const [left, right] = [plainFloat(layer, a), plainFloat(layer, b)];
  if (right.shape.length !== 2) throw layer.unsupported('its second operand is not a matrix');
  const shape = [...left.shape.slice(0, -1), right.shape[1]!];
  return { name: layer.node('MatMul', [left.name, right.name]), shape, channelsFirst: false };
});

const BGR = [103.939, 116.779, 123.68];

/** `keras.applications.….preprocess_input`, by its three modes. */
const preprocess = operation('x data_format mode', (layer, { x, mode }, namespace) => {
  const value = plainFloat(layer, x);
  const scaled = (by: number, less: number) => {
    const product = layer.node('Mul', [value.name, layer.scalar('scale', by)], {}, '/scaled');
    return { ...value, name: layer.node('Sub', [product, layer.scalar('offset', less)]) };
  };
  const kind = typeof mode === 'string' ? mode : (PREPROCESSING[namespace] ?? '');
  if (kind === 'tf') return scaled(1 / 127.5, 1);
  if (kind === 'none') return value;
  if (kind === 'caffe') {
    const flipped = layer.node(
      'Gather',
      [value.name, layer.integers('bgr', [2, 1, 0])],
      { axis: -1 },
      '/bgr',
    );
    const mean = layer.constant('mean', { dtype: 'float32', shape: [3], data: Float32Array.from(BGR) });
    return { ...value, name: layer.node('Sub', [flipped, mean]) };
  }
  throw layer.unsupported(`its preprocess_input is that of "${namespace}"`);
});

/** keras.applications module → mode (keras/src/applications/*.py). */
const PREPROCESSING: Readonly<Record<string, string>> = {
  mobilenet: 'tf',
  mobilenet_v2: 'tf',
  inception_v3: 'tf',
  inception_resnet_v2: 'tf',
  xception: 'tf',
  nasnet: 'tf',
  resnet_v2: 'tf',
  vgg16: 'caffe',
  vgg19: 'caffe',
  resnet: 'caffe',
  resnet50: 'caffe',
  efficientnet: 'none',
  efficientnet_v2: 'none',
  mobilenet_v3: 'none',
  convnext: 'none',
};

export const imagings: Readonly<Record<string, Operation>> = {
  resize,
  resize_v2: resize,
  resize_bilinear: resizeOld('bilinear'),
  resize_nearest_neighbor: resizeOld('nearest'),
  resize_images_v1: resizeOld(),
  resize_images: resizeImages,
  space_to_depth: blocks('SpaceToDepth'),
  depth_to_space: blocks('DepthToSpace'),
  einsum,
  matmul,
  mat_mul: matmul,
  batch_mat_mul: matmul,
  batch_mat_mul_v2: matmul,
  dot,
  preprocess_input: preprocess,
};
