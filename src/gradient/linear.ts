import type { OnnxNode } from '../formats/onnx/model.ts';
import { type Backward, floatOf, integerOf, integersOf, type Rule, textOf } from './backward.ts';

/** Rules of products and convolutions. */

/** The last two axes the other way round. */
function turned(back: Backward, x: string): string {
  const rank = back.constantOf(x)?.shape.length;
  if (rank === undefined || rank < 2) return back.add('Einsum', [x], { equation: '...ij->...ji' });
  const perm = Array.from({ length: rank }, (_, i) => i);
  perm.splice(-2, 2, rank - 1, rank - 2);
  return back.add('Transpose', [x], { perm });
}

const matMul: Rule = (back, { inputs: [a, b] }, [gradient]) => [
  back.wants(a) ? back.unbroadcast(back.add('MatMul', [gradient!, turned(back, b!)]), a) : undefined,
  back.wants(b) ? back.unbroadcast(back.add('MatMul', [turned(back, a!), gradient!]), b) : undefined,
];

/** y = α A B + β C, A and B turned where so said. */
const gemm: Rule = (back, node, [gradient]) => {
  const [a, b, c] = node.inputs as [string, string, string | undefined];
  const [turnA, turnB] = [integerOf(node, 'transA', 0), integerOf(node, 'transB', 0)];
  const attributes = (transA: number, transB: number) => ({
    alpha: { float: floatOf(node, 'alpha', 1) },
    transA,
    transB,
  });
  const toA = () =>
    turnA
      ? back.add('Gemm', [b, gradient!], attributes(turnB, 1))
      : back.add('Gemm', [gradient!, b], attributes(0, 1 - turnB));
  const toB = () =>
    turnB
      ? back.add('Gemm', [gradient!, a], attributes(1, turnA))
      : back.add('Gemm', [a, gradient!], attributes(1 - turnA, 0));
  const toC = () => back.unbroadcast(back.mul(gradient!, back.scalar(floatOf(node, 'beta', 1))), c!);
  return [
    back.wants(a) ? toA() : undefined,
    back.wants(b) ? toB() : undefined,
    back.wants(c) ? toC() : undefined,
  ];
};

/** A sum of products written as an equation; what an operand lacks of its own letters it cannot get back. */
const einsum: Rule = (back, node, [gradient]) => {
  const [left = '', right = ''] = textOf(node, 'equation', '').replaceAll(' ', '').split('->');
  const words = left.split(',');
  return node.inputs.map((input, i) => {
    if (!back.wants(input)) return undefined;
    const others = node.inputs.filter((_, j) => j !== i);
    const otherWords = words.filter((_, j) => j !== i);
    const reachable = [right, ...otherWords].join('');
    if ([...words[i]!].some((letter) => !reachable.includes(letter)))
      throw back.refused(node, `its equation sums over a letter of one operand alone`);
    return back.add('Einsum', [gradient!, ...others], {
      equation: `${[right, ...otherWords].join(',')}->${words[i]}`,
    });
  });
};

/** A window over the spatial axes, as Conv and the pools have it. */
interface Window {
  readonly rank: number;
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** `[rank]` integers each: padding before and after, read at run time where the operator finds them itself. */
  readonly before: string;
  readonly after: string;
}

const spatial = (back: Backward, x: string) => back.add('Shape', [x], { start: 2 });

function windowOf(back: Backward, node: OnnxNode, kernel: readonly number[]): Window {
  const rank = kernel.length;
  const ones = new Array<number>(rank).fill(1);
  const strides = integersOf(node, 'strides') ?? ones;
  const dilations = integersOf(node, 'dilations') ?? ones;
  const automatic = textOf(node, 'auto_pad', 'NOTSET');
  const window = { rank, kernel, strides, dilations };
  if (automatic === 'NOTSET' || automatic === 'VALID') {
    const pads = integersOf(node, 'pads') ?? new Array<number>(2 * rank).fill(0);
    return {
      ...window,
      before: back.integers(...pads.slice(0, rank)),
      after: back.integers(...pads.slice(rank)),
    };
  }
  // (outputs − 1) × stride + reach − inputs, where that is above zero; the odd one goes to the end or the beginning.
  const reach = back.integers(...kernel.map((k, i) => (k - 1) * dilations[i]! + 1));
  const steps = back.mul(
    back.minus(spatial(back, node.outputs[0]!), back.integers(...ones)),
    back.integers(...strides),
  );
  const total = back.add('Max', [
    back.minus(back.plus(steps, reach), spatial(back, node.inputs[0]!)),
    back.integers(...ones.map(() => 0)),
  ]);
  const small = back.over(total, back.integers(...ones.map(() => 2)));
  const large = back.minus(total, small);
  return automatic === 'SAME_LOWER'
    ? { ...window, before: large, after: small }
    : { ...window, before: small, after: large };
}

const kernelOf = (back: Backward, node: OnnxNode, weights: string | undefined): readonly number[] => {
  const kernel = integersOf(node, 'kernel_shape') ?? back.constantOf(weights)?.shape.slice(2);
  if (kernel) return kernel;
  throw back.refused(node, 'the size of its kernel is not known before the run');
};

/**
 * What a window laid over an input does to a gradient: a transposed convolution over the whole padded input, from which
 * the padding is cut. Where strides left a rest at the end, zeros take its place: negative paddings cut, others fill.
 */
function laidBack(
  back: Backward,
  window: Window,
  gradient: string,
  weights: string,
  x: string,
  group: number,
): string {
  const { kernel, strides, dilations, before } = window;
  const full = back.add('ConvTranspose', [gradient, weights], {
    kernel_shape: kernel,
    strides,
    dilations,
    group,
  });
  const end = back.minus(back.plus(spatial(back, x), before), spatial(back, full));
  const none = back.integers(0, 0);
  const pads = back.add('Concat', [none, back.add('Neg', [before]), none, end], { axis: 0 });
  return back.add('Pad', [full, pads, back.scalar(0)]);
}

const conv: Rule = (back, node, [gradient]) => {
  const [x, weights, bias] = node.inputs as [string, string, string | undefined];
  const window = windowOf(back, node, kernelOf(back, node, weights));
  const group = integerOf(node, 'group', 1);
  return [
    back.wants(x) ? laidBack(back, window, gradient!, weights, x, group) : undefined,
    back.wants(weights) ? kernelGradient(back, window, gradient!, x, weights, group) : undefined,
    back.wants(bias) ? channelSum(back, gradient!) : undefined,
  ];
};

/** Sum over the batch and all pixels: `[channels]`. */
function channelSum(back: Backward, gradient: string): string {
  const flat = back.add('Reshape', [gradient, back.integers(0, 0, -1)]);
  return back.add('ReduceSum', [flat, back.integers(0, 2)], { keepdims: 0 });
}

/**
 * The gradient of a kernel is a convolution of the input with the gradient, in which batch and channels change places,
 * and so do strides and dilations. Groups lie one behind the other in the place of the batch.
 */
function kernelGradient(
  back: Backward,
  { rank, kernel, strides, dilations, before, after }: Window,
  gradient: string,
  x: string,
  weights: string,
  group: number,
): string {
  const none = back.integers(0, 0);
  const pads = back.add('Concat', [none, before, none, after], { axis: 0 });
  const padded = back.add('Pad', [x, pads, back.scalar(0)]);
  const rest = Array.from({ length: rank }, (_, i) => i + 3);
  const grouped = (value: string, perm: readonly number[]) => {
    // [batch, group, channels of one, …] in the order given, group joined with what follows it.
    const shape = back.add(
      'Concat',
      [back.add('Shape', [value], { end: 1 }), back.integers(group, -1), spatial(back, value)],
      { axis: 0 },
    );
    const apart = back.add('Transpose', [back.add('Reshape', [value, shape])], { perm: [...perm, ...rest] });
    return apart;
  };
  // [channels, group × batch, …] and [group × filters, batch, …]
  const image = grouped(x === padded ? x : padded, [2, 1, 0]);
  const joinedImage = back.add('Reshape', [
    image,
    back.add(
      'Concat',
      [back.add('Shape', [image], { end: 1 }), back.integers(-1), back.add('Shape', [image], { start: 3 })],
      { axis: 0 },
    ),
  ]);
  const filters = grouped(gradient, [1, 2, 0]);
  const joinedFilters = back.add('Reshape', [
    filters,
    back.add('Concat', [back.integers(-1), back.add('Shape', [filters], { start: 2 })], { axis: 0 }),
  ]);
  const wide = back.add('Conv', [joinedImage, joinedFilters], {
    strides: dilations,
    dilations: strides,
    group,
  });
  // Rows beyond the kernel come of a rest that the strides left.
  const cut = back.add('Slice', [
    wide,
    back.integers(...kernel.map(() => 0)),
    back.integers(...kernel),
    back.integers(...kernel.map((_, i) => i + 2)),
  ]);
  const perm = [1, 0, ...kernel.map((_, i) => i + 2)];
  return back.reshaped(back.add('Transpose', [cut], { perm }), weights);
}

const convTranspose: Rule = (back, node, [gradient]) => {
  const [x, weights, bias] = node.inputs as [string, string, string | undefined];
  if (textOf(node, 'auto_pad', 'NOTSET') !== 'NOTSET')
    throw back.refused(node, 'it finds its paddings itself');
  const { strides, dilations, pads } = node.attributes;
  const kernel = kernelOf(back, node, weights);
  const group = integerOf(node, 'group', 1);
  const attributes = {
    kernel_shape: kernel,
    group,
    ...(strides !== undefined && { strides }),
    ...(dilations !== undefined && { dilations }),
    ...(pads !== undefined && { pads }),
  };
  return [
    back.wants(x) ? back.add('Conv', [gradient!, weights], attributes) : undefined,
    // It is a convolution the other way round, and so is its kernel's gradient.
    back.wants(weights)
      ? kernelGradient(back, windowOf(back, node, kernel), x, gradient!, weights, group)
      : undefined,
    back.wants(bias) ? channelSum(back, gradient!) : undefined,
  ];
};

/** The pool gives the places of its largest elements as a second output, once asked for it. */
const maxPool: Rule = (back, node, [gradient]) => {
  const x = node.inputs[0]!;
  const places = back.add('MaxPool', [x], node.attributes);
  const pool = back.nodes.pop()!;
  const indices = back.unique('gradient/MaxPool/places');
  back.nodes.push({ ...pool, outputs: [places, indices] });
  return [back.scattered(gradient!, indices, x)];
};

/** Each output's gradient in equal parts to the pixels it was the mean of; those of the padding do not count. */
const averagePool: Rule = (back, node, [gradient]) => {
  const x = node.inputs[0]!;
  const kernel = kernelOf(back, node, undefined);
  const window = windowOf(back, node, kernel);
  const ones = back.constant({
    dtype: 'float32',
    shape: [1, 1, ...kernel],
    data: new Float32Array(kernel.reduce((a, b) => a * b, 1)).fill(1),
  });
  // Each channel of each picture for itself.
  const single = (value: string) =>
    back.add('Reshape', [
      value,
      back.add('Concat', [back.integers(-1, 1), spatial(back, value)], { axis: 0 }),
    ]);
  const [input, alone] = [single(x), single(gradient!)];
  const included = integerOf(node, 'count_include_pad', 0) === 1;
  const whole = back.scalar(kernel.reduce((a, b) => a * b, 1));
  let share = back.over(alone, whole);
  if (!included) {
    const one = back.plus(back.mul(input, back.scalar(0)), back.scalar(1));
    const { kernel_shape: _, count_include_pad: __, ceil_mode: ___, ...attributes } = node.attributes;
    const count = back.add('Conv', [one, ones], { ...attributes, kernel_shape: kernel });
    share = back.over(alone, count);
  }
  return [back.reshaped(laidBack(back, window, share, ones, input, 1), x)];
};

export const linear: Readonly<Record<string, Rule>> = {
  MatMul: matMul,
  Gemm: gemm,
  Einsum: einsum,
  Conv: conv,
  ConvTranspose: convTranspose,
  MaxPool: maxPool,
  AveragePool: averagePool,
};
