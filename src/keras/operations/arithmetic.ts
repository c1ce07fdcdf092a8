import type { Value } from '../graph.ts';
import { isValue, type Layer } from '../layer.ts';
import { activate } from '../layers/activation.ts';
import { broadcast } from '../layers/merging.ts';
import { asFloat, cast, type Operand, type Operation, operation, plain, tensor } from './operand.ts';

/** Operations element by element. */

const X = 'x|input|tensor|inputs|a|features|logits|input_tensor|value|values';

const unary = (op: string) =>
  operation(X, (layer, { x }) => {
    const value = asFloat(layer, tensor(layer, x));
    return { ...value, name: layer.node(op, [value.name]) };
  });

/** One of Keras's activations. */
const activation = (name: string) =>
  operation(X, (layer, { x }) => activate(layer, asFloat(layer, tensor(layer, x)), name));

/** Both in one storage order and of one type. */
function pair(layer: Layer, a: Operand, b: Operand): [Value, Value] {
  let [left, right] = [tensor(layer, a), tensor(layer, b)];
  if (left.dtype !== right.dtype) [left, right] = [asFloat(layer, left), asFloat(layer, right)];
  const sameRank = left.shape.length === right.shape.length;
  // A number meets every element, wherever that is stored.
  if (left.shape.length === 0 || right.shape.length === 0) return [left, right];
  const channelsFirst = sameRank && (left.channelsFirst || right.channelsFirst);
  return [layer.graph.stored(left, channelsFirst), layer.graph.stored(right, channelsFirst)];
}

type Static = (a: number, b: number) => number | boolean;

/** An operation of two; two plain numbers are computed here and now. */
const binary = (
  op: string | ((layer: Layer, a: string, b: string) => string),
  onNumbers: Static,
  kind: 'number' | 'truth' = 'number',
): Operation =>
  operation('x|a|x1|left|input y|b|x2|right|other', (layer, { x, y }) => {
    if (typeof x === 'number' && typeof y === 'number') return onNumbers(x, y);
    const [a, b] = pair(layer, x, y);
    // Truth values are compared and joined as such, and counted as numbers.
    const [left, right] =
      kind === 'number' || a.dtype === undefined ? [asFloat(layer, a), asFloat(layer, b)] : [a, b];
    const name =
      typeof op === 'string' ? layer.node(op, [left.name, right.name]) : op(layer, left.name, right.name);
    const shape = broadcast([a.shape, b.shape]);
    const channelsFirst = a.channelsFirst || b.channelsFirst;
    return { name, shape, channelsFirst, ...(kind === 'truth' && { dtype: 'bool' as const }) };
  });

const joined = (op: string) =>
  operation('x|a|x1 y|b|x2', (layer, { x, y }) => {
    const [a, b] = pair(layer, x, y).map((value) => cast(layer, value, 'bool')) as [Value, Value];
    const name = layer.node(op, [a.name, b.name]);
    const channelsFirst = a.channelsFirst || b.channelsFirst;
    return { name, shape: broadcast([a.shape, b.shape]), channelsFirst, dtype: 'bool' };
  });

const floorDivision = (layer: Layer, a: string, b: string) =>
  layer.node('Floor', [layer.node('Div', [a, b], {}, '/quotient')]);

/** x − y ⌊x / y⌋, as Python has it. */
const modulo = (layer: Layer, a: string, b: string) =>
  layer.node('Sub', [a, layer.node('Mul', [b, floorDivision(layer, a, b)], {}, '/whole')]);

const notEqual = (layer: Layer, a: string, b: string) =>
  layer.node('Not', [layer.node('Equal', [a, b], {}, '/equal')]);

const square = operation(X, (layer, { x }) => {
  const value = asFloat(layer, tensor(layer, x));
  return { ...value, name: layer.node('Mul', [value.name, value.name]) };
});

const rsqrt = operation(X, (layer, { x }) => {
  const value = asFloat(layer, tensor(layer, x));
  return { ...value, name: layer.node('Reciprocal', [layer.node('Sqrt', [value.name], {}, '/root')]) };
});

const rounded = operation(`${X} decimals`, (layer, { x, decimals }) => {
  if ((decimals ?? 0) !== 0) throw layer.unsupported('it rounds to decimals');
  const value = asFloat(layer, tensor(layer, x));
  return { ...value, name: layer.node('Round', [value.name]) };
});

/** log(x) over the logarithm of a base. */
const logarithm = (base: number) =>
  operation(X, (layer, { x }) => {
    const value = asFloat(layer, tensor(layer, x));
    const log = layer.node('Log', [value.name], {}, '/log');
    return { ...value, name: layer.node('Mul', [log, layer.scalar('base', 1 / Math.log(base))]) };
  });

const plusOne = (op: 'Log' | 'Exp') =>
  operation(X, (layer, { x }) => {
    const value = asFloat(layer, tensor(layer, x));
    const one = layer.scalar('one', 1);
    const name =
      op === 'Log'
        ? layer.node('Log', [layer.node('Add', [value.name, one], {}, '/plus_one')])
        : layer.node('Sub', [layer.node('Exp', [value.name], {}, '/power'), one]);
    return { ...value, name };
  });

const clip = operation(
  `${X} low|clip_value_min|x_min|min_value|min|a_min high|clip_value_max|x_max|max_value|max|a_max`,
  (layer, { x, low, high }) => {
    const value = asFloat(layer, tensor(layer, x));
    const bound = (operand: Operand, name: string) =>
      operand === null || operand === undefined ? '' : bounded(layer, operand, name);
    return { ...value, name: layer.node('Clip', [value.name, bound(low, 'low'), bound(high, 'high')]) };
  },
);

function bounded(layer: Layer, operand: Operand, name: string): string {
  if (typeof operand === 'number') return layer.scalar(name, operand);
  throw layer.unsupported('it clips at what is not a number');
}

const relu = operation(
  `${X} slope|alpha|negative_slope top|max_value threshold`,
  (layer, { x, slope, top, threshold }) =>
    activate(layer, asFloat(layer, tensor(layer, x)), 'relu', (fallback, ...names) => {
      const settings: Record<string, Operand> = { negative_slope: slope, max_value: top, threshold };
      const value = names.map((name) => settings[name]).find((v) => typeof v === 'number');
      return (value as number | undefined) ?? fallback;
    }),
);

const sloped = (name: string, fallback: number) =>
  operation(`${X} alpha|negative_slope`, (layer, { x, alpha }) =>
    activate(layer, asFloat(layer, tensor(layer, x)), name, () =>
      typeof alpha === 'number' ? alpha : fallback,
    ),
  );

/** A condition's choice between two; where there is nothing to choose between, it is refused. */
const where = operation('condition|cond x|x1 y|x2', (layer, { condition, x, y }) => {
  if (x === undefined || x === null || y === undefined || y === null)
    throw layer.unsupported('it looks for the places of truth values, whose number is not known');
  const test = cast(layer, plain(layer, condition), 'bool');
  const [a, b] = [x, y].map((operand) => asFloat(layer, plain(layer, operand))) as [Value, Value];
  const name = layer.node('Where', [test.name, a.name, b.name]);
  return { name, shape: broadcast([test.shape, a.shape, b.shape]), channelsFirst: false };
});

const truth = (op: string) =>
  operation(X, (layer, { x }) => {
    const value = tensor(layer, x);
    const given = op === 'Not' ? cast(layer, value, 'bool') : asFloat(layer, value);
    return { ...given, name: layer.node(op, [given.name]), dtype: 'bool' };
  });

/** Types by their names in NumPy and TensorFlow. */
function dtypeOf(layer: Layer, operand: Operand): 'bool' | 'int64' | undefined {
  const name = String(operand).split('.').pop()!;
  if (name === 'bool') return 'bool';
  if (/^(float|bfloat|half|double)/.test(name)) return undefined;
  if (/^u?int\d*$/.test(name)) return 'int64';
  throw layer.unsupported(`it casts to "${name}"`);
}

const identity = operation(X, (_, { x }) => x);

const filled = (value: number) =>
  operation(X, (layer, { x }) => {
    const like = asFloat(layer, tensor(layer, x));
    const zero = layer.node('Mul', [like.name, layer.scalar('zero', 0)], {}, '/zeros');
    return value === 0
      ? { ...like, name: zero }
      : { ...like, name: layer.node('Add', [zero, layer.scalar('one', value)]) };
  });

const ofMany = (op: string) =>
  operation('x|inputs|values', (layer, { x }) => {
    const values = (Array.isArray(x) ? x : [x]).map((item) => asFloat(layer, plain(layer, item)));
    const name = layer.node(
      op,
      values.map((v) => v.name),
    );
    return { name, shape: broadcast(values.map((v) => v.shape)), channelsFirst: false };
  });

const add = binary('Add', (a, b) => a + b);
const subtract = binary('Sub', (a, b) => a - b);
const multiply = binary('Mul', (a, b) => a * b);
const divide = binary('Div', (a, b) => a / b);
const floorDivide = binary(floorDivision, (a, b) => Math.floor(a / b));
const remainder = binary(modulo, (a, b) => a - b * Math.floor(a / b));
const power = binary('Pow', (a, b) => a ** b);
const negative = operation(X, (layer, { x }) => {
  if (typeof x === 'number') return -x;
  const value = asFloat(layer, tensor(layer, x));
  return { ...value, name: layer.node('Neg', [value.name]) };
});

export const arithmetic: Readonly<Record<string, Operation>> = {
  abs: unary('Abs'),
  absolute: unary('Abs'),
  exp: unary('Exp'),
  log: unary('Log'),
  sqrt: unary('Sqrt'),
  reciprocal: unary('Reciprocal'),
  sign: unary('Sign'),
  floor: unary('Floor'),
  ceil: unary('Ceil'),
  round: rounded,
  sin: unary('Sin'),
  cos: unary('Cos'),
  tan: unary('Tan'),
  arcsin: unary('Asin'),
  asin: unary('Asin'),
  arccos: unary('Acos'),
  acos: unary('Acos'),
  arctan: unary('Atan'),
  atan: unary('Atan'),
  sinh: unary('Sinh'),
  cosh: unary('Cosh'),
  erf: unary('Erf'),
  negative,
  neg: negative,
  square,
  rsqrt,
  log2: logarithm(2),
  log10: logarithm(10),
  log1p: plusOne('Log'),
  expm1: plusOne('Exp'),
  add,
  add_v2: add,
  bias_add: add,
  subtract,
  sub: subtract,
  multiply,
  mul: multiply,
  divide,
  div: divide,
  truediv: divide,
  true_divide: divide,
  real_div: divide,
  realdiv: divide,
  floor_divide: floorDivide,
  floordiv: floorDivide,
  floor_div: floorDivide,
  mod: remainder,
  floormod: remainder,
  floor_mod: remainder,
  power,
  pow: power,
  maximum: binary('Max', Math.max),
  minimum: binary('Min', Math.min),
  squared_difference: binary(
    (layer, a, b) => {
      const difference = layer.node('Sub', [a, b], {}, '/difference');
      return layer.node('Mul', [difference, difference]);
    },
    (a, b) => (a - b) ** 2,
  ),
  divide_no_nan: binary(
    (layer, a, b) => {
      const zero = layer.scalar('zero', 0);
      const isZero = layer.node('Equal', [b, zero], {}, '/is_zero');
      return layer.node('Where', [isZero, zero, layer.node('Div', [a, b], {}, '/quotient')]);
    },
    (a, b) => (b === 0 ? 0 : a / b),
  ),
  equal: binary('Equal', (a, b) => a === b, 'truth'),
  not_equal: binary(notEqual, (a, b) => a !== b, 'truth'),
  greater: binary('Greater', (a, b) => a > b, 'truth'),
  greater_equal: binary('GreaterOrEqual', (a, b) => a >= b, 'truth'),
  less: binary('Less', (a, b) => a < b, 'truth'),
  less_equal: binary('LessOrEqual', (a, b) => a <= b, 'truth'),
  logical_and: joined('And'),
  logical_or: joined('Or'),
  logical_xor: joined('Xor'),
  logical_not: truth('Not'),
  isnan: truth('IsNaN'),
  is_nan: truth('IsNaN'),
  isinf: truth('IsInf'),
  where,
  where_v2: where,
  select: where,
  select_v2: where,
  clip,
  clip_by_value: clip,
  relu,
  leaky_relu: sloped('leaky_relu', 0.2),
  elu: sloped('elu', 1),
  gelu: operation(`${X} approximate`, (layer, { x, approximate }) =>
    activate(
      layer.configured({ ...layer.spec.config, approximate: approximate === true }),
      asFloat(layer, tensor(layer, x)),
      'gelu',
    ),
  ),
  ...Object.fromEntries(
    [
      ...['relu6', 'sigmoid', 'tanh', 'softplus', 'softsign', 'selu', 'celu', 'silu', 'swish', 'mish'],
      ...['hard_sigmoid', 'hard_silu', 'hard_swish', 'log_sigmoid', 'exponential'],
    ].map((name) => [name, activation(name)]),
  ),
  identity,
  stop_gradient: identity,
  ensure_shape: identity,
  copy: identity,
  zeros_like: filled(0),
  ones_like: filled(1),
  add_n: ofMany('Sum'),
  cast: operation(`${X} dtype|DstT`, (layer, { x, dtype }) =>
    isValue(x) ? cast(layer, x, dtypeOf(layer, dtype)) : x,
  ),
  to_float: operation(X, (layer, { x }) => asFloat(layer, tensor(layer, x))),
  convert_to_tensor: identity,
};
