import { type Backward, integerOf, integersOf, type Rule, textOf } from './backward.ts';

/** Rules of operators that move and reduce. */

/** The same numbers under the shape they had. */
const backToShape: Rule = (back, { inputs: [x] }, [gradient]) => [back.reshaped(gradient!, x!), undefined];

const transpose: Rule = (back, node, [gradient]) => {
  const perm = integersOf(node, 'perm');
  if (!perm) return [back.add('Transpose', [gradient!])];
  const inverse = perm.map((_, axis) => perm.indexOf(axis));
  return [back.add('Transpose', [gradient!], { perm: inverse })];
};

const concat: Rule = (back, node, [gradient]) => {
  const axis = integerOf(node, 'axis', 0);
  const at = back.integers(axis);
  const sizes = node.inputs.map((input) => {
    const shape = back.shape(input);
    const whole = axis < 0 ? back.add('Add', [at, back.add('Shape', [shape])]) : at;
    return back.add('Gather', [shape, whole], { axis: 0 });
  });
  const lengths = back.add('Concat', sizes, { axis: 0 });
  return back.addMany('Split', [gradient!, lengths], node.inputs.length, { axis });
};

const split: Rule = (back, node, given) => {
  const parts = node.outputs.map((output, i) => given[i] ?? back.zerosLike(output));
  return [back.add('Concat', parts, { axis: integerOf(node, 'axis', 0) }), undefined];
};

/** What an operator does to elements it does to their numbers: so their places are known. */
const routed: Rule = (back, node, [gradient]) => {
  const [x, ...others] = node.inputs as [string, ...string[]];
  const places = back.add(node.op, [back.numbered(x), ...others], node.attributes);
  return [back.scattered(gradient!, places, x), ...others.map(() => undefined)];
};

const pad: Rule = (back, node, [gradient]) => {
  const [, pads, ...others] = node.inputs as [string, string, ...string[]];
  if (textOf(node, 'mode', 'constant') !== 'constant') return routed(back, node, [gradient]);
  // Negative paddings cut.
  return [
    back.add('Pad', [gradient!, back.add('Neg', [pads]), back.scalar(0)]),
    undefined,
    ...others.map(() => undefined),
  ];
};

const expand: Rule = (back, { inputs: [x] }, [gradient]) => [back.unbroadcast(gradient!, x!), undefined];

/** Axes of a reduction: an attribute, or a constant input; undefined for all of them. */
function axesOf(back: Backward, node: Parameters<Rule>[1]): readonly number[] | undefined {
  const stated = integersOf(node, 'axes');
  if (stated) return stated;
  const constant = back.constantOf(node.inputs[1]);
  return constant ? Array.from(constant.data as BigInt64Array, Number) : undefined;
}

/** What a reduction left, opened again to the shape it came from. */
function opened(back: Backward, node: Parameters<Rule>[1], reduced: string): string {
  const axes = axesOf(back, node);
  const kept = integerOf(node, 'keepdims', 1) === 1;
  const open = kept || !axes ? reduced : back.add('Unsqueeze', [reduced, back.integers(...axes)]);
  return back.add('Expand', [open, back.shape(node.inputs[0]!)]);
}

const reduceSum: Rule = (back, node, [gradient]) => [opened(back, node, gradient!), undefined];

const reduceMean: Rule = (back, node, [gradient]) => {
  const sizes = [node.outputs[0]!, node.inputs[0]!].map((value) =>
    back.add('Cast', [back.add('Size', [value])], { to: 1 }),
  ) as [string, string];
  return [back.mul(opened(back, node, gradient!), back.over(...sizes)), undefined];
};

/** To the elements that are the largest, in equal parts. */
const reduceExtreme: Rule = (back, node, [gradient]) => {
  const x = node.inputs[0]!;
  const held = back.add('Cast', [back.add('Equal', [x, opened(back, node, node.outputs[0]!)])], { to: 1 });
  const axes = axesOf(back, node);
  const keepdims = integerOf(node, 'keepdims', 1);
  const count = axes
    ? back.add('ReduceSum', [held, back.integers(...axes)], { keepdims })
    : back.add('ReduceSum', [held], { keepdims });
  return [back.mul(opened(back, node, back.over(gradient!, count)), held), undefined];
};

const reduceSquares: Rule = (back, node, [gradient]) => {
  const x = back.mul(node.inputs[0]!, back.scalar(2));
  return [back.mul(opened(back, node, gradient!), x), undefined];
};

const reduceLength: Rule = (back, node, [gradient]) => {
  const share = opened(back, node, back.over(gradient!, node.outputs[0]!));
  return [back.mul(share, node.inputs[0]!), undefined];
};

const reduceLogSumExp: Rule = (back, node, [gradient]) => {
  const x = node.inputs[0]!;
  const share = back.add('Exp', [back.minus(x, opened(back, node, node.outputs[0]!))]);
  return [back.mul(opened(back, node, gradient!), share), undefined];
};

const reduceProduct: Rule = (back, node, [gradient]) => {
  const share = opened(back, node, back.mul(gradient!, node.outputs[0]!));
  return [back.over(share, node.inputs[0]!), undefined];
};

const softmax: Rule = (back, node, [gradient]) => {
  const y = node.outputs[0]!;
  const sum = back.sum(back.mul(gradient!, y), [integerOf(node, 'axis', -1)]);
  return [back.mul(y, back.minus(gradient!, sum))];
};

const logSoftmax: Rule = (back, node, [gradient]) => {
  const sum = back.sum(gradient!, [integerOf(node, 'axis', -1)]);
  return [back.minus(gradient!, back.mul(back.add('Exp', [node.outputs[0]!]), sum))];
};

const cumulative: Rule = (back, node, [gradient]) => {
  const reverse = 1 - integerOf(node, 'reverse', 0);
  const attributes = { reverse, exclusive: integerOf(node, 'exclusive', 0) };
  return [back.add('CumSum', [gradient!, node.inputs[1]!], attributes), undefined];
};

/** Pixels into channels, and back: each the other's inverse. */
const blocks =
  (inverse: string): Rule =>
  (back, node, [gradient]) => [
    back.add(inverse, [gradient!], {
      blocksize: integerOf(node, 'blocksize', 1),
      ...(inverse === 'DepthToSpace' && { mode: 'DCR' }),
    }),
  ];

const depthToSpace: Rule = (back, node, given) => {
  if (textOf(node, 'mode', 'DCR') !== 'DCR') throw back.refused(node, 'its mode is CRD');
  return blocks('SpaceToDepth')(back, node, given);
};

/** TensorProto.DataType (onnx.proto). */
const INT32 = 6;
const INT64 = 7;

/**
 * Resampling of the last two axes is a matrix from either side; each is what the operator makes of a unit matrix. So
 * the way back is the matrices turned round.
 */
const resize: Rule = (back, node, [gradient]) => {
  const [x, ...others] = node.inputs as [string, ...string[]];
  if (textOf(node, 'mode', 'nearest') === 'nearest') {
    // Whole numbers of 32 bits are what the operator takes besides floats.
    const numbers = back.add('Cast', [back.numbered(x)], { to: INT32 });
    const places = back.add('Resize', [numbers, ...others], node.attributes);
    return [
      back.scattered(gradient!, back.add('Cast', [places], { to: INT64 }), x),
      ...others.map(() => undefined),
    ];
  }
  const y = node.outputs[0]!;
  const matrix = (axis: 2 | 3) => {
    const size = (value: string) => back.add('Shape', [value], { start: axis, end: axis + 1 });
    const [before, after] = [size(x), size(y)];
    const square = back.add('ConstantOfShape', [back.add('Concat', [before, before], { axis: 0 })]);
    const unit = back.add('Unsqueeze', [back.add('EyeLike', [square], { dtype: 1 }), back.integers(0, 1)]);
    const sizes = back.add('Concat', [back.integers(1, 1), after, before], { axis: 0 });
    const made = back.add('Resize', [unit, '', '', sizes], node.attributes);
    // [after, before]
    return back.add('Squeeze', [made, back.integers(0, 1)]);
  };
  const rows = back.add('Transpose', [matrix(2)], { perm: [1, 0] });
  const product = back.add('MatMul', [back.add('MatMul', [rows, gradient!]), matrix(3)]);
  return [product, ...others.map(() => undefined)];
};

export const shaping: Readonly<Record<string, Rule>> = {
  Reshape: backToShape,
  Flatten: backToShape,
  Squeeze: backToShape,
  Unsqueeze: backToShape,
  Transpose: transpose,
  Concat: concat,
  Split: split,
  Slice: routed,
  Gather: routed,
  Tile: routed,
  Pad: pad,
  Expand: expand,
  ReduceSum: reduceSum,
  ReduceMean: reduceMean,
  ReduceMax: reduceExtreme,
  ReduceMin: reduceExtreme,
  ReduceSumSquare: reduceSquares,
  ReduceL2: reduceLength,
  ReduceLogSumExp: reduceLogSumExp,
  ReduceProd: reduceProduct,
  GlobalAveragePool: reduceMean,
  GlobalMaxPool: reduceExtreme,
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  CumSum: cumulative,
  SpaceToDepth: blocks('DepthToSpace'),
  DepthToSpace: depthToSpace,
  Resize: resize,
};
