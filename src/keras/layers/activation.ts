import { float } from '../../formats/onnx/model.ts';
import type { Value } from '../graph.ts';
import { type Emitter, type Layer, type LayerTable, only } from '../layer.ts';

/** Settings of an activation: those of its layer, or of an activation object. */
export type Settings = (fallback: number, ...names: readonly string[]) => number;

type Activation = (layer: Layer, x: Value, setting: Settings) => string;

const simple =
  (op: string): Activation =>
  (layer, x) =>
    layer.node(op, [x.name]);

const relu: Activation = (layer, x, setting) => {
  const slope = setting(0, 'negative_slope', 'alpha');
  const threshold = setting(0, 'threshold', 'theta');
  const top = setting(Number.POSITIVE_INFINITY, 'max_value');
  let y = x.name;
  if (threshold !== 0) {
    // f(x) = x from the threshold on, slope × (x − threshold) below (keras.layers.ReLU).
    const shifted = layer.node('Sub', [y, layer.scalar('threshold', threshold)], {}, '/shifted');
    const below = layer.node('Mul', [shifted, layer.scalar('slope', slope)], {}, '/below');
    const isBelow = layer.node('Less', [y, layer.scalar('limit', threshold)], {}, '/isBelow');
    y = layer.node('Where', [isBelow, below, y]);
  } else {
    y = slope === 0 ? layer.node('Relu', [y]) : layer.node('LeakyRelu', [y], { alpha: float(slope) });
  }
  return Number.isFinite(top) ? layer.node('Min', [y, layer.scalar('max_value', top)], {}, '/capped') : y;
};

/** Keras's hard sigmoid was clip(0.2 x + 0.5) before Keras 3, and is relu6(x + 3) / 6 since. */
const hardSigmoid: Activation = (layer, x) => {
  const alpha = layer.kerasMajor >= 3 ? 1 / 6 : 0.2;
  if (layer.kerasMajor < 3)
    layer.warn(
      'The hard sigmoid has the slope 0.2, as in the Keras that wrote the file; Keras 3 would read it with 1/6.',
    );
  return layer.node('HardSigmoid', [x.name], { alpha: float(alpha), beta: float(0.5) });
};

const hardSwish: Activation = (layer, x) => layer.node('HardSwish', [x.name]);

const silu: Activation = (layer, x) =>
  layer.node('Mul', [x.name, layer.node('Sigmoid', [x.name], {}, '/sigmoid')]);

/** x/2 (1 + erf(x/√2)), or with tanh's approximation where `approximate` is set. */
const gelu: Activation = (layer, x) => {
  const inner = layer.flag(false, 'approximate')
    ? tanhOfCubic(layer, x)
    : layer.node(
        'Erf',
        [layer.node('Mul', [x.name, layer.scalar('rsqrt2', Math.SQRT1_2)], {}, '/scaled')],
        {},
        '/erf',
      );
  const gate = layer.node('Add', [inner, layer.scalar('one', 1)], {}, '/gate');
  const half = layer.node('Mul', [x.name, layer.scalar('half', 0.5)], {}, '/half');
  return layer.node('Mul', [half, gate]);
};

function tanhOfCubic(layer: Layer, x: Value): string {
  const cube = layer.node('Pow', [x.name, layer.scalar('three', 3)], {}, '/cube');
  const small = layer.node('Mul', [cube, layer.scalar('cubic', 0.044715)], {}, '/cubic_term');
  const sum = layer.node('Add', [x.name, small], {}, '/sum');
  const scaled = layer.node('Mul', [sum, layer.scalar('sqrt2pi', Math.sqrt(2 / Math.PI))], {}, '/scaled');
  return layer.node('Tanh', [scaled], {}, '/tanh');
}

/** x × tanh(softplus(x)); ONNX has it as one operator from set 18 on. */
const mish: Activation = (layer, x) => {
  const softplus = layer.node('Softplus', [x.name], {}, '/softplus');
  return layer.node('Mul', [x.name, layer.node('Tanh', [softplus], {}, '/tanh')]);
};

/** Over the last axis of Keras's shape, wherever that is stored. */
const over =
  (op: 'Softmax' | 'LogSoftmax'): Activation =>
  (layer, x) =>
    layer.node(op, [x.name], { axis: x.channelsFirst ? 1 : -1 });

/** Activation name → nodes (keras.activations). */
const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  relu,
  relu6: (layer, x) => layer.node('Clip', [x.name, layer.scalar('zero', 0), layer.scalar('six', 6)]),
  leaky_relu: (layer, x, setting) =>
    layer.node('LeakyRelu', [x.name], { alpha: float(setting(0.2, 'negative_slope', 'alpha')) }),
  elu: (layer, x, setting) => layer.node('Elu', [x.name], { alpha: float(setting(1, 'alpha')) }),
  selu: simple('Selu'),
  celu: (layer, x, setting) => layer.node('Celu', [x.name], { alpha: float(setting(1, 'alpha')) }),
  sigmoid: simple('Sigmoid'),
  hard_sigmoid: hardSigmoid,
  hard_silu: hardSwish,
  hard_swish: hardSwish,
  tanh: simple('Tanh'),
  softplus: simple('Softplus'),
  softsign: simple('Softsign'),
  silu,
  swish: silu,
  gelu,
  mish,
  exponential: simple('Exp'),
  softmax: over('Softmax'),
  log_softmax: over('LogSoftmax'),
  log_sigmoid: (layer, x) => {
    const negated = layer.node('Neg', [x.name], {}, '/negated');
    return layer.node('Neg', [layer.node('Softplus', [negated], {}, '/softplus')]);
  },
};

/** The activation's name in a setting: a text, or an object with `class_name`. */
export function activationName(layer: Layer, setting: unknown): string {
  if (setting === undefined || setting === null) return 'linear';
  if (typeof setting === 'string') return setting;
  const { class_name: className, config } = setting as { class_name?: unknown; config?: unknown };
  if (className === 'function' && typeof config === 'string') return config;
  if (typeof className === 'string') return CLASS_NAMES[className] ?? className;
  throw layer.invalid(`activation is ${JSON.stringify(setting)}`);
}

/** Activation layers written as activations. */
const CLASS_NAMES: Readonly<Record<string, string>> = {
  ReLU: 'relu',
  LeakyReLU: 'leaky_relu',
  ELU: 'elu',
  Softmax: 'softmax',
};

/** Applies an activation to a value. */
export function activate(
  layer: Layer,
  x: Value,
  name: string,
  setting: Settings = (fallback) => fallback,
): Value {
  if (name === 'linear') return x;
  const activation = ACTIVATIONS[name];
  if (!activation) throw layer.unsupported(`its activation "${name}" is not one of Keras's own`);
  return { ...x, name: activation(layer, x, setting) };
}

/** Applies the activation that a layer has besides its own work. */
export function withActivation(layer: Layer, x: Value): Value {
  const setting = layer.setting('activation');
  const { config } = (typeof setting === 'object' && setting !== null ? setting : {}) as { config?: unknown };
  const own = (typeof config === 'object' && config !== null ? config : {}) as Record<string, unknown>;
  return activate(layer, x, activationName(layer, setting), (fallback, ...names) => {
    const value = names.map((name) => own[name]).find((v) => typeof v === 'number');
    return (value as number | undefined) ?? fallback;
  });
}

/** A layer that is one activation, its settings the layer's. */
const layerOf =
  (name: string, defaults: Readonly<Record<string, number>> = {}): Emitter =>
  (layer, inputs) =>
    activate(layer, only(inputs, layer), name, (fallback, ...names) =>
      layer.setting(...names) === null
        ? fallback
        : layer.number(names.map((n) => defaults[n]).find((d) => d !== undefined) ?? fallback, ...names),
    );

/** Over one axis or several at once; steps that a mask leaves out get next to nothing. */
const softmax: Emitter = (layer, inputs) => {
  const [input, given] = inputs;
  const x = layer.graph.plain(only([input!], layer));
  const mask = layer.tensor('mask', 1) ?? given;
  const axis = layer.setting('axis') ?? -1;
  const lowered = mask ? masked(layer, x, mask) : x;
  if (typeof axis === 'number') return { ...x, name: layer.node('Softmax', [lowered.name], { axis }) };
  if (!Array.isArray(axis)) throw layer.invalid(`axis is ${JSON.stringify(axis)}`);
  const axes = axis.map(Number);
  const largest = layer.node('ReduceMax', [lowered.name], { axes, keepdims: 1 }, '/largest');
  const below = layer.node('Sub', [lowered.name, largest], {}, '/below');
  const powers = layer.node('Exp', [below], {}, '/powers');
  const sum = layer.node('ReduceSum', [powers, layer.integers('axes', axes)], { keepdims: 1 }, '/sum');
  return { ...x, name: layer.node('Div', [powers, sum]) };
};

/** −1e9 where the mask says no (keras.layers.Softmax). */
function masked(layer: Layer, x: Value, mask: Value): Value {
  const counts = layer.node('Cast', [layer.graph.plain(mask).name], { to: 9 }, '/counts');
  const low = layer.node('Add', [x.name, layer.scalar('never', -1e9)], {}, '/low');
  return { ...x, name: layer.node('Where', [counts, x.name, low], {}, '/masked') };
}

/** Slopes are shared over the axes named in `shared_axes`. */
const prelu: Emitter = (layer, inputs) => {
  const x = layer.graph.plain(only(inputs, layer));
  const [alpha] = layer.weights('alpha');
  return { ...x, name: layer.node('PRelu', [x.name, layer.constant('alpha', alpha!)]) };
};

export const activationLayers: LayerTable = {
  Activation: (layer, inputs) => withActivation(layer, only(inputs, layer)),
  ReLU: layerOf('relu'),
  LeakyReLU: layerOf('leaky_relu', { negative_slope: 0.3, alpha: 0.3 }),
  ELU: layerOf('elu'),
  ThresholdedReLU: (layer, inputs) => {
    const x = only(inputs, layer);
    const alpha = layer.number(1, 'theta');
    return { ...x, name: layer.node('ThresholdedRelu', [x.name], { alpha: float(alpha) }) };
  },
  PReLU: prelu,
  Softmax: softmax,
};
