import type { Shape, Value } from '../graph.ts';
import type { Layer } from '../layer.ts';
import {
  axesOf,
  axisOf,
  type Bound,
  cast,
  integer,
  number,
  type Operand,
  type Operation,
  operation,
  plain,
  plainFloat,
} from './operand.ts';

/** Operations that leave less than they were given, and those along an axis. */

const OVER =
  'x|input_tensor|input|tensor|a|inputs|logits axis|reduction_indices|axes|dim|dimension keepdims|keep_dims';

const without = (shape: Shape, axes: readonly number[], keepdims: boolean): Shape =>
  shape.flatMap((size, i) => (!axes.includes(i) ? [size] : keepdims ? [1] : []));

/** ReduceSum takes its axes as an input, the others as an attribute (operator set 17). */
function reduced(
  layer: Layer,
  op: string,
  x: Value,
  axes: readonly number[],
  keepdims: boolean,
  suffix = '',
): Value {
  const keep = keepdims ? 1 : 0;
  const name =
    op === 'ReduceSum'
      ? layer.node(op, [x.name, layer.integers('axes', axes)], { keepdims: keep }, suffix)
      : layer.node(op, [x.name], { axes, keepdims: keep }, suffix);
  return { name, shape: without(x.shape, axes, keepdims), channelsFirst: false };
}

const reduction = (op: string) =>
  operation(OVER, (layer, { x, axis, keepdims }) => {
    const value = plainFloat(layer, x);
    return reduced(layer, op, value, axesOf(layer, axis, value.shape.length), keepdims === true);
  });

/** Whether any or all are true: the largest or smallest of 0 and 1. */
const ofTruth = (op: 'ReduceMax' | 'ReduceMin') =>
  operation(OVER, (layer, { x, axis, keepdims }) => {
    const value = plainFloat(layer, cast(layer, plain(layer, x), 'bool'));
    const result = reduced(layer, op, value, axesOf(layer, axis, value.shape.length), keepdims === true);
    return cast(layer, result, 'bool');
  });

function variance(layer: Layer, x: Value, axes: readonly number[], keepdims: boolean): Value {
  const mean = reduced(layer, 'ReduceMean', x, axes, true, '/mean');
  const centred = layer.node('Sub', [x.name, mean.name], {}, '/centred');
  const square = layer.node('Mul', [centred, centred], {}, '/square');
  return reduced(layer, 'ReduceMean', { ...x, name: square }, axes, keepdims, '/variance');
}

const deviation = operation(OVER, (layer, { x, axis, keepdims }) => {
  const value = plainFloat(layer, x);
  const spread = variance(layer, value, axesOf(layer, axis, value.shape.length), keepdims === true);
  return { ...spread, name: layer.node('Sqrt', [spread.name]) };
});

const extreme = (op: 'ArgMax' | 'ArgMin') =>
  operation('x|input|a axis|dimension keepdims', (layer, { x, axis, keepdims }) => {
    const value = plainFloat(layer, x);
    const along = axisOf(layer, axis ?? -1, value.shape.length);
    const name = layer.node(op, [value.name], { axis: along, keepdims: keepdims === true ? 1 : 0 });
    const shape = without(value.shape, [along], keepdims === true);
    return { name, shape, channelsFirst: false, dtype: 'int64' };
  });

const softmax = (op: 'Softmax' | 'LogSoftmax') =>
  operation('x|logits|input|inputs axis|dim', (layer, { x, axis }) => {
    const value = plainFloat(layer, x);
    const name = layer.node(op, [value.name], { axis: axisOf(layer, axis ?? -1, value.shape.length) });
    return { ...value, name };
  });

/** x / √max(Σx², ε), ε in the units of the square (tf.math.l2_normalize). */
const unitLength = operation('x|input axis|dim epsilon', (layer, { x, axis, epsilon }) => {
  const value = plainFloat(layer, x);
  const axes = axesOf(layer, axis, value.shape.length);
  const square = reduced(layer, 'ReduceSumSquare', value, axes, true, '/square');
  const floor = layer.scalar('epsilon', number(layer, epsilon ?? 1e-12, 'epsilon'));
  const atLeast = layer.node('Max', [square.name, floor], {}, '/at_least');
  return { ...value, name: layer.node('Div', [value.name, layer.node('Sqrt', [atLeast], {}, '/length')]) };
});

/** x / max(‖x‖, ε) (keras.ops.normalize). */
const normalized = operation('x axis order epsilon', (layer, { x, axis, order, epsilon }) => {
  if ((order ?? 2) !== 2) throw layer.unsupported(`its order is ${order}`);
  const value = plainFloat(layer, x);
  const axes = axesOf(layer, axis ?? -1, value.shape.length);
  const length = reduced(layer, 'ReduceL2', value, axes, true, '/length');
  const floor = layer.scalar('epsilon', number(layer, epsilon ?? 1e-12, 'epsilon'));
  return {
    ...value,
    name: layer.node('Div', [value.name, layer.node('Max', [length.name, floor], {}, '/at_least')]),
  };
});

const norm = operation('x|tensor ord|order axis keepdims', (layer, { x, ord, axis, keepdims }) => {
  const ops: Readonly<Record<string, string>> = { 1: 'ReduceL1', 2: 'ReduceL2', euclidean: 'ReduceL2' };
  const op = ops[String(ord ?? 2)];
  if (!op) throw layer.unsupported(`its norm is "${ord}"`);
  const value = plainFloat(layer, x);
  return reduced(layer, op, value, axesOf(layer, axis, value.shape.length), keepdims === true);
});

const moments = operation('x axes|axis shift keepdims', (layer, { x, axes, keepdims }) => {
  const value = plainFloat(layer, x);
  const over = axesOf(layer, axes, value.shape.length);
  return [
    reduced(layer, 'ReduceMean', value, over, keepdims === true),
    variance(layer, value, over, keepdims === true),
  ];
});

const cumulative = operation('x axis exclusive reverse', (layer, { x, axis, exclusive, reverse }) => {
  const value = plainFloat(layer, x);
  const along = layer.integer('axis', axisOf(layer, axis ?? 0, value.shape.length));
  const attributes = { exclusive: exclusive === true ? 1 : 0, reverse: reverse === true ? 1 : 0 };
  return { ...value, name: layer.node('CumSum', [value.name, along], attributes) };
});

/** (x − mean) / √(variance + ε) × scale + offset */
const batchNormalization = operation(
  'x mean variance|var offset|beta scale|gamma epsilon|variance_epsilon',
  (layer, args) => {
    const value = plainFloat(layer, args.x);
    const one = (name: string) => plainFloat(layer, args[name] as Operand).name;
    const floor = layer.scalar('epsilon', number(layer, args.epsilon ?? 1e-3, 'epsilon'));
    const root = layer.node('Sqrt', [layer.node('Add', [one('variance'), floor], {}, '/sum')], {}, '/root');
    const centred = layer.node('Sub', [value.name, one('mean')], {}, '/centred');
    let name = layer.node('Div', [centred, root], {}, '/normalised');
    if (args.scale != null) name = layer.node('Mul', [name, one('scale')], {}, '/scaled');
    if (args.offset != null) name = layer.node('Add', [name, one('offset')]);
    return { ...value, name };
  },
);

/** The largest along the last axis, and where they stand. */
const topK = operation('x|input k sorted', (layer, { x, k }: Bound) => {
  const value = plainFloat(layer, x);
  const count = integer(layer, k ?? 1, 'k');
  const names = layer.graph.nodes('TopK', layer.name, [value.name, layer.integers('k', [count])], 2, {
    axis: -1,
  });
  const shape = [...value.shape.slice(0, -1), count];
  return [
    { name: names[0]!, shape, channelsFirst: false },
    { name: names[1]!, shape, channelsFirst: false, dtype: 'int64' as const },
  ];
});

const names = (operation: Operation, ...all: readonly string[]) =>
  Object.fromEntries(all.map((name) => [name, operation]));

export const reductions: Readonly<Record<string, Operation>> = {
  ...names(reduction('ReduceMean'), 'mean', 'reduce_mean', 'average'),
  ...names(reduction('ReduceSum'), 'sum', 'reduce_sum'),
  ...names(reduction('ReduceMax'), 'max', 'reduce_max', 'amax'),
  ...names(reduction('ReduceMin'), 'min', 'reduce_min', 'amin'),
  ...names(reduction('ReduceProd'), 'prod', 'reduce_prod'),
  ...names(reduction('ReduceLogSumExp'), 'logsumexp', 'reduce_logsumexp'),
  ...names(ofTruth('ReduceMax'), 'any', 'reduce_any'),
  ...names(ofTruth('ReduceMin'), 'all', 'reduce_all'),
  ...names(
    operation(OVER, (layer, { x, axis, keepdims }) => {
      const value = plainFloat(layer, x);
      return variance(layer, value, axesOf(layer, axis, value.shape.length), keepdims === true);
    }),
    'var',
    'reduce_variance',
  ),
  ...names(deviation, 'std', 'reduce_std'),
  ...names(extreme('ArgMax'), 'argmax', 'arg_max'),
  ...names(extreme('ArgMin'), 'argmin', 'arg_min'),
  softmax: softmax('Softmax'),
  ...names(softmax('LogSoftmax'), 'log_softmax'),
  ...names(unitLength, 'l2_normalize'),
  normalize: normalized,
  norm,
  moments,
  ...names(cumulative, 'cumsum', 'cumulative_sum'),
  ...names(batchNormalization, 'batch_normalization'),
  top_k: topK,
};
