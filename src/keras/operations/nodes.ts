import type { Value } from '../graph.ts';
import { type Emitter, isValue, type Layer, type LayerTable } from '../layer.ts';
import { asFloat, ELLIPSIS, type Operand, Slice, tensor } from './operand.ts';
import { callOperation, knowsOperation, operationName } from './table.ts';

/** Operations as they stand in a graph: nodes that Keras made of a function's call. */

/** An argument as it is written in a config. */
export function operandOf(argument: unknown): Operand {
  if (isValue(argument)) return argument;
  if (Array.isArray(argument)) return argument.map(operandOf);
  if (typeof argument !== 'object' || argument === null) return argument as Operand;
  const { class_name: className, config, items, start, stop, step } = argument as Record<string, unknown>;
  const inner = (config ?? {}) as Record<string, unknown>;
  switch (className) {
    case '__slice__':
      return new Slice(operandOf(inner.start), operandOf(inner.stop), operandOf(inner.step));
    case '__ellipsis__':
    case '__Ellipsis__':
      return ELLIPSIS;
    case '__tuple__':
    case 'TensorShape':
      return operandOf(items ?? inner.items ?? config);
    case '__tensor__':
    case '__numpy__':
      return operandOf(inner.value);
    case 'TypeSpec':
      return null;
  }
  // Keras 2 writes the slices of x[…] as plain dictionaries.
  if (start !== undefined && stop !== undefined && step !== undefined)
    return new Slice(operandOf(start), operandOf(stop), operandOf(step));
  return Object.fromEntries(Object.entries(argument).map(([key, item]) => [key, operandOf(item)]));
}

const operandsOf = (config: Readonly<Record<string, unknown>>): Record<string, Operand> =>
  Object.fromEntries(Object.entries(config).map(([key, item]) => [key, operandOf(item)]));

/** What an operation gave, as a layer's outputs. */
export function outputsOf(layer: Layer, result: Operand): Value | readonly Value[] {
  if (Array.isArray(result) && result.length > 0 && result.every(isValue)) return result;
  return tensor(layer, result);
}

/** `tf.…` called on a Keras 2 tensor (TFOpLambda), and `x[…]` on one (SlicingOpLambda). */
const tensorFlowFunction: Emitter = (layer) => {
  const path = layer.text('', 'function');
  const args = layer.call.args.map(operandOf);
  return outputsOf(layer, callOperation(layer, `tf.${path}`, args, operandsOf(layer.call.kwargs)));
};

/** A raw TensorFlow operation of a graph (TensorFlowOpLayer of tf.keras 2.0 to 2.3). */
const tensorFlowNode: Emitter = (layer, inputs) => {
  const { node_def: node, constants = {} } = layer.spec.config as { node_def?: unknown; constants?: unknown };
  const {
    op,
    input,
    attr = {},
  } = (typeof node === 'string' ? parsed(layer, node) : (node ?? {})) as {
    op?: string;
    input?: readonly string[];
    attr?: Record<string, Record<string, unknown>>;
  };
  if (typeof op !== 'string' || !Array.isArray(input)) throw layer.invalid('node_def is not one');
  const given = [...inputs];
  const fixed = constants as Record<string, unknown>;
  const args = input
    .filter((name) => !String(name).startsWith('^'))
    .map((_, i): Operand => (fixed[i] === undefined ? given.shift() : operandOf(fixed[i])));
  const kwargs = Object.fromEntries(
    Object.entries(attr).flatMap(([name, value]) => (TYPES.has(name) ? [] : [[name, attributeOf(value)]])),
  ) as Record<string, Operand>;
  const name = operationName(op.replace(/V\d$/, ''));
  // ConcatV2 and Pack take their tensors one by one.
  if (op === 'ConcatV2')
    return outputsOf(layer, callOperation(layer, 'tf.concat', [args.slice(0, -1), args.at(-1)], {}));
  if (op === 'Pack') return outputsOf(layer, callOperation(layer, 'tf.stack', [args], { axis: kwargs.axis }));
  if (op === 'Split')
    return outputsOf(layer, callOperation(layer, 'tf.split', [args[1], kwargs.num_split, args[0]], {}));
  return outputsOf(layer, callOperation(layer, `tf.raw_ops.${name}`, args, kwargs));
};

/** Attributes that say the types of operands. */
const TYPES = new Set([
  'T',
  'Tidx',
  'Tperm',
  'Tshape',
  'Tdim',
  'Tpaddings',
  'Tmultiples',
  'Index',
  'SrcT',
  'N',
  'Tindices',
  'Taxis',
  'Tparams',
  '_output_shapes',
  'Truncate',
  'incompatible_shape_error',
  'num',
  'T1',
  'T2',
  'Tcomparison',
]);

function parsed(layer: Layer, node: string): unknown {
  try {
    return JSON.parse(node);
  } catch {
    throw layer.unsupported('its node_def is not written as JSON');
  }
}

/** `{ "i": "3" }`, `{ "b": true }`, … of an AttrValue in JSON. */
function attributeOf(value: Readonly<Record<string, unknown>>): Operand {
  const { i, f, b, s, type } = value;
  if (i !== undefined) return Number(i);
  if (f !== undefined) return Number(f);
  if (typeof b === 'boolean') return b;
  if (typeof s === 'string') return atob(s);
  if (typeof type === 'string') return type.replace('DT_', '').toLowerCase();
  return null;
}

/** A function of keras.ops called on a Keras 3 tensor; its settings stand in the config. */
export const kerasOperation: Emitter = (layer) => {
  const { name: _name, dtype, trainable: _trainable, ...settings } = layer.spec.config;
  const cast = layer.spec.className === 'Cast' ? { dtype: operandOf(dtype) } : {};
  const kwargs: Record<string, Operand> = {
    ...operandsOf(settings),
    ...cast,
    ...operandsOf(layer.call.kwargs),
  };
  const path = `ops.${operationName(layer.spec.className)}`;
  const args = layer.call.args.map(operandOf);
  // The equation goes before its operands in a call, and stands among the settings here.
  if (kwargs.subscripts !== undefined) args.unshift(kwargs.subscripts);
  return outputsOf(layer, callOperation(layer, path, args, kwargs));
};

/**
 * Whether a layer is one of Keras 3's operations, some of which have the names of layers. An HDF5 file does not say
 * where a class comes from, but only a layer is trainable or not.
 */
export const isKerasOperation = ({ spec, kerasMajor }: Layer): boolean =>
  (spec.module === undefined
    ? kerasMajor >= 3 && spec.config.trainable === undefined
    : /^keras\.(src\.)?ops(\.|$)/.test(spec.module)) && knowsOperation(operationName(spec.className));

/** Layers work in single precision. */
export const floats = (layer: Layer, values: readonly Value[]): Value[] =>
  values.map((value) => asFloat(layer, value));

export const operationLayers: LayerTable = {
  TFOpLambda: tensorFlowFunction,
  SlicingOpLambda: tensorFlowFunction,
  TensorFlowOpLayer: tensorFlowNode,
};
