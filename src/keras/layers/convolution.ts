import { sizeOf, type Tensor } from '../../core/tensor.ts';
import { reshaped, type Shape, transposed, type Value } from '../graph.ts';
import { type Emitter, known, type Layer, type LayerTable, only } from '../layer.ts';
import { withActivation } from './activation.ts';
import { outputSize, samePads, type Window } from './window.ts';

/**
 * Convolutions. Keras keeps kernels as spatial × in × out, ONNX as out × in × spatial
 * (https://onnx.ai/onnx/operators/onnx__Conv.html).
 */

/** The value as convolutions take it, its spatial sizes and its channels. */
function prepare(layer: Layer, input: Value, rank: number) {
  if (input.shape.length !== rank + 2)
    throw layer.unsupported(`its input has ${input.shape.length} axes, not ${rank + 2}`);
  const x = layer.channelsLast ? layer.graph.stored(input, true) : layer.graph.plain(input);
  const spatial = layer.channelsLast ? input.shape.slice(1, -1) : input.shape.slice(2);
  const channels = known(
    layer.channelsLast ? input.shape.at(-1) : input.shape[1],
    layer,
    'the number of channels',
  );
  return { x, spatial, channels };
}

/** Keras's shape of an output whose ONNX tensor has its channels in front. */
function result(layer: Layer, name: string, batch: number | null, channels: number, spatial: Shape): Value {
  const shape = layer.channelsLast ? [batch, ...spatial, channels] : [batch, channels, ...spatial];
  return { name, shape, channelsFirst: layer.channelsLast };
}

/** Kernel size in the words of Keras 1 (`nb_row`, `nb_col`, `filter_length`) and later. */
function kernelSize(layer: Layer, rank: number): number[] {
  const keras1 = [
    layer.setting('filter_length', 'kernel_dim1', 'nb_row'),
    layer.setting('kernel_dim2', 'nb_col'),
    layer.setting('kernel_dim3'),
  ].slice(0, rank);
  if (layer.setting('kernel_size') === undefined && keras1.every((size) => typeof size === 'number')) {
    return keras1 as number[];
  }
  return layer.sizes(rank, 1, 'kernel_size');
}

export function windowOf(layer: Layer, rank: number): Window {
  const padding = layer.text('valid', 'padding', 'border_mode');
  if (!['valid', 'same', 'causal'].includes(padding)) throw layer.unsupported(`its padding is "${padding}"`);
  return {
    size: kernelSize(layer, rank),
    strides: layer.sizes(rank, 1, 'strides', 'subsample', 'subsample_length'),
    dilations: layer.sizes(rank, 1, 'dilation_rate', 'atrous_rate'),
    padding: padding as Window['padding'],
  };
}

const SPATIAL_FIRST = [0, 1, 2];

/** `[...spatial, in, out]` → `[out, in, ...spatial]`. */
const kernelAxes = (rank: number) => [rank + 1, rank, ...SPATIAL_FIRST.slice(0, rank)];

/** A convolution with the given ONNX weights. */
export function convolve(
  layer: Layer,
  x: Value,
  weights: readonly string[],
  window: Window,
  spatial: Shape,
  group: number,
  suffix = '',
): string {
  return layer.node(
    'Conv',
    [x.name, ...weights],
    {
      kernel_shape: window.size,
      strides: window.strides,
      dilations: window.dilations,
      group,
      ...samePads(window, spatial),
    },
    suffix,
  );
}

/**
 * A kernel as spatial × in × out, whatever wrote it. Keras 1 kept `th` kernels as out × in × spatial, and Theano
 * convolves with the kernel turned round (keras/src/legacy/saving/legacy_h5_format.py of Keras 2).
 */
function kernelInOrder(layer: Layer, stored: Tensor<'float32'>, rank: number): Tensor<'float32'> {
  const { shape } = stored;
  let kernel = stored;
  if (layer.kerasMajor === 1 && rank === 1 && shape.length === 4) {
    const filters = layer.number(0, 'nb_filter', 'filters');
    const outFirst = shape[1] !== 1 || shape[3] !== filters;
    const four = outFirst ? transposed(stored, [2, 3, 1, 0]) : stored;
    kernel = reshaped(four, [four.shape[0]!, four.shape[2]!, four.shape[3]!]);
  } else if (layer.kerasMajor === 1 && !layer.channelsLast) {
    kernel = transposed(stored, [...SPATIAL_FIRST.slice(0, rank).map((axis) => axis + 2), 1, 0]);
  }
  return layer.source.backend === 'theano' ? turnedRound(kernel, rank) : kernel;
}

/** Turned round on all spatial axes at once: those come first, so whole blocks swap places. */
function turnedRound(kernel: Tensor<'float32'>, rank: number): Tensor<'float32'> {
  const block = sizeOf(kernel.shape.slice(rank));
  const data = new Float32Array(kernel.data.length);
  for (let i = 0; i < data.length; i += block)
    data.set(kernel.data.subarray(i, i + block), data.length - block - i);
  return { ...kernel, data };
}

/** A kernel as ONNX wants it. */
export const kernelConstant = (layer: Layer, name: string, kernel: Tensor<'float32'>, rank: number): string =>
  layer.constant(name, transposed(kernelInOrder(layer, kernel, rank), kernelAxes(rank)));

const convolution =
  (rank: number): Emitter =>
  (layer, inputs) => {
    const input = only(inputs, layer);
    const { x, spatial, channels } = prepare(layer, input, rank);
    const window = windowOf(layer, rank);
    const {
      weights: [kernel],
      bias,
    } = layer.weightsAndBias('kernel');
    const oriented = kernelInOrder(layer, kernel!, rank);
    const filters = oriented.shape.at(-1)!;
    const group = channels / oriented.shape[rank]!;
    if (!Number.isInteger(group))
      throw layer.invalid(`its kernel of ${kernel!.shape.join('×')} does not fit ${channels} channels`);
    const weights = [layer.constant('kernel', transposed(oriented, kernelAxes(rank))), ...bias];
    const y = convolve(layer, x, weights, window, spatial, group);
    return withActivation(layer, result(layer, y, input.shape[0]!, filters, outputSize(window, spatial)));
  };

/** `[...spatial, in, multiplier]` → `[in × multiplier, 1, ...spatial]`. */
function depthwiseKernel(layer: Layer, name: string, kernel: Tensor<'float32'>, rank: number): string {
  const [channels, multiplier] = kernel.shape.slice(rank) as [number, number];
  const moved = transposed(kernel, [rank, rank + 1, ...SPATIAL_FIRST.slice(0, rank)]);
  return layer.constant(name, reshaped(moved, [channels * multiplier, 1, ...kernel.shape.slice(0, rank)]));
}

const depthwise =
  (rank: number): Emitter =>
  (layer, inputs) => {
    const input = only(inputs, layer);
    const { x, spatial, channels } = prepare(layer, input, rank);
    const window = windowOf(layer, rank);
    const {
      weights: [kernel],
      bias,
    } = layer.weightsAndBias('depthwise_kernel');
    const weights = [depthwiseKernel(layer, 'depthwise_kernel', kernel!, rank), ...bias];
    const y = convolve(layer, x, weights, window, spatial, channels);
    const filters = channels * kernel!.shape.at(-1)!;
    return withActivation(layer, result(layer, y, input.shape[0]!, filters, outputSize(window, spatial)));
  };

const separable =
  (rank: number): Emitter =>
  (layer, inputs) => {
    const input = only(inputs, layer);
    const { x, spatial, channels } = prepare(layer, input, rank);
    const window = windowOf(layer, rank);
    const {
      weights: [deep, point],
      bias,
    } = layer.weightsAndBias('depthwise_kernel', 'pointwise_kernel');
    const each = convolve(
      layer,
      x,
      [depthwiseKernel(layer, 'depthwise_kernel', deep!, rank)],
      window,
      spatial,
      channels,
      '/depthwise',
    );
    const across = [each, layer.constant('pointwise_kernel', transposed(point!, kernelAxes(rank))), ...bias];
    const y = layer.node('Conv', across, { kernel_shape: new Array(rank).fill(1) });
    return withActivation(
      layer,
      result(layer, y, input.shape[0]!, point!.shape.at(-1)!, outputSize(window, spatial)),
    );
  };

/** `[...spatial, out, in]` → `[in, out, ...spatial]`; TensorFlow's SAME makes the output `input × stride`. */
const transposedConvolution =
  (rank: number): Emitter =>
  (layer, inputs) => {
    const input = only(inputs, layer);
    const { x, spatial } = prepare(layer, input, rank);
    const { size, strides, dilations, padding } = windowOf(layer, rank);
    const {
      weights: [kernel],
      bias,
    } = layer.weightsAndBias('kernel');
    const wanted = layer.setting('output_padding');
    const extra =
      wanted === null || wanted === undefined ? undefined : layer.sizes(rank, 0, 'output_padding');
    const plan = size.map((k, i) =>
      transposePlan((k - 1) * dilations[i]! + 1, strides[i]!, padding, extra?.[i]),
    );
    const weights = [layer.constant('kernel', transposed(kernel!, kernelAxes(rank))), ...bias];
    const y = layer.node('ConvTranspose', [x.name, ...weights], {
      kernel_shape: size,
      strides,
      dilations,
      pads: [...plan.map((p) => p.before), ...plan.map((p) => p.after)],
      output_padding: plan.map((p) => p.beyond),
    });
    const sizes = spatial.map((n, i) => {
      const { before, after, beyond } = plan[i]!;
      const reach = (size[i]! - 1) * dilations[i]! + 1;
      return n === null ? null : (n - 1) * strides[i]! + reach - before - after + beyond;
    });
    return withActivation(layer, result(layer, y, input.shape[0]!, kernel!.shape[rank]!, sizes));
  };

/** What is cut off at both ends, and added at the far end, along one axis (keras.src.backend.common.backend_utils). */
function transposePlan(reach: number, stride: number, padding: Window['padding'], extra: number | undefined) {
  if (padding === 'valid') {
    return { before: 0, after: 0, beyond: extra ?? Math.max(stride - reach, 0) };
  }
  if (extra !== undefined) {
    const before = Math.floor(reach / 2);
    return { before, after: before, beyond: extra };
  }
  const cut = Math.max(reach - stride, 0);
  const before = Math.floor(cut / 2);
  return { before, after: cut - before, beyond: Math.max(stride - reach, 0) };
}

/**
 * A convolution whose kernel differs from place to place (keras.layers.LocallyConnected1D and 2D of Keras 1 and 2):
 * the window's pixels are laid side by side at each place and multiplied with that place's matrix.
 */
const locallyConnected =
  (rank: number): Emitter =>
  (layer, inputs) => {
    const input = only(inputs, layer);
    const implementation = layer.number(1, 'implementation');
    if (implementation !== 1)
      throw layer.unsupported(`its kernel is kept in layout ${implementation}, not 1`);
    const x = layer.graph.plain(input);
    const last = layer.channelsLast;
    const axes = SPATIAL_FIRST.slice(0, rank).map((axis) => axis + (last ? 1 : 2));
    const window = windowOf(layer, rank);
    if (window.padding !== 'valid') throw layer.unsupported(`its padding is "${window.padding}"`);
    const spatial = axes.map((axis) => known(input.shape[axis], layer, 'the size of its input'));
    const sizes = outputSize(window, spatial) as number[];
    const channels = known(input.shape[last ? rank + 1 : 1], layer, 'the number of channels');
    const [kernel, ...bias] = layer.weights(
      'kernel',
      ...(layer.flag(true, 'use_bias', 'bias') ? ['bias'] : []),
    );
    const places = sizeOf(sizes);
    const filters = kernel!.shape.at(-1)!;
    const patches = patchesOf(layer, { ...x, channelsFirst: !last }, window, axes, sizes);
    // Behind one another: places, then what a window sees (its channels first or last, as the kernel has it).
    const seen = sizeOf(window.size) * channels;
    const matrix = reshaped(kernel!, [places, seen, filters]);
    const rows = layer.integers('rows', [-1, places, 1, seen]);
    const product = layer.node(
      'MatMul',
      [layer.node('Reshape', [patches, rows], {}, '/rows'), layer.constant('kernel', matrix)],
      {},
      '/product',
    );
    const placed = layer.node(
      'Reshape',
      [product, layer.integers('places', [-1, ...sizes, filters])],
      {},
      '/placed',
    );
    const perm = [0, rank + 1, ...SPATIAL_FIRST.slice(0, rank).map((axis) => axis + 1)];
    const inOrder = last ? placed : layer.node('Transpose', [placed], { perm }, '/channels_first');
    // Keras keeps places × filters, and with channels first takes the same numbers as filters × places (K.bias_add).
    const order = last ? [...sizes, filters] : [filters, ...sizes];
    const added = bias.map((tensor) => layer.constant('bias', reshaped(tensor, order)));
    const name = added.length > 0 ? layer.node('Add', [inOrder, ...added]) : inOrder;
    const [batch] = input.shape as [number | null];
    const shape = last ? [batch, ...sizes, filters] : [batch, filters, ...sizes];
    return withActivation(layer, { name, shape, channelsFirst: false });
  };

/** What the window sees at every place: `[batch, …places, window × channels]`, or channels × window where those come first. */
function patchesOf(
  layer: Layer,
  x: Value,
  { size, strides }: Window,
  axes: readonly number[],
  sizes: readonly number[],
): string {
  const offsets = size.reduce<number[][]>(
    (all, extent) => all.flatMap((head) => Array.from({ length: extent }, (_, i) => [...head, i])),
    [[]],
  );
  const seen = offsets.map((offset) => {
    const ends = offset.map((from, i) => from + (sizes[i]! - 1) * strides[i]! + 1);
    const one = layer.node(
      'Slice',
      [
        x.name,
        layer.integers('from', offset),
        layer.integers('to', ends),
        layer.integers('axes', axes),
        layer.integers('strides', strides),
      ],
      {},
      '/seen',
    );
    const behind = x.channelsFirst
      ? layer.node('Transpose', [one], { perm: [0, ...axes, 1] }, '/channels_last')
      : one;
    // An axis of its own for the place in the window, before or behind the channels.
    const axis = x.channelsFirst ? axes.length + 2 : axes.length + 1;
    return layer.node('Unsqueeze', [behind, layer.integers('place', [axis])], {}, '/place');
  });
  return layer.node(
    'Concat',
    seen,
    { axis: x.channelsFirst ? axes.length + 2 : axes.length + 1 },
    '/patches',
  );
}

export const convolutionLayers: LayerTable = {
  Conv1D: convolution(1),
  Conv2D: convolution(2),
  Conv3D: convolution(3),
  Convolution1D: convolution(1),
  Convolution2D: convolution(2),
  Convolution3D: convolution(3),
  AtrousConvolution2D: convolution(2),
  DepthwiseConv1D: depthwise(1),
  DepthwiseConv2D: depthwise(2),
  SeparableConv1D: separable(1),
  SeparableConv2D: separable(2),
  SeparableConvolution2D: separable(2),
  Conv1DTranspose: transposedConvolution(1),
  Conv2DTranspose: transposedConvolution(2),
  Conv3DTranspose: transposedConvolution(3),
  Deconvolution2D: transposedConvolution(2),
  LocallyConnected1D: locallyConnected(1),
  LocallyConnected2D: locallyConnected(2),
};
