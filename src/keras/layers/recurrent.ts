import type { Tensor } from '../../core/tensor.ts';
import type { Config } from '../config.ts';
import type { Value } from '../graph.ts';
import { type Emitter, known, type Layer, type LayerTable, only } from '../layer.ts';
import { activationName } from './activation.ts';

/**
 * Recurrent layers as ONNX's own operators (https://onnx.ai/onnx/operators/onnx__LSTM.html, GRU, RNN), which keep
 * time first and their gates in an order of their own.
 */
interface Cell {
  readonly op: 'LSTM' | 'GRU' | 'RNN';
  /** ONNX's order of gates as places in Keras's. */
  readonly gates: readonly number[];
  /** The activations the operator takes, by the settings that name them. */
  readonly activations: readonly ('activation' | 'recurrent_activation')[];
  /** States carried from step to step. */
  readonly states: number;
}

const CELLS: Readonly<Record<string, Cell>> = {
  /** Keras: input, forget, cell, output. ONNX: input, output, forget, cell. */
  LSTM: {
    op: 'LSTM',
    gates: [0, 3, 1, 2],
    activations: ['recurrent_activation', 'activation', 'activation'],
    states: 2,
  },
  /** Both: update, reset, hidden. */
  GRU: { op: 'GRU', gates: [0, 1, 2], activations: ['recurrent_activation', 'activation'], states: 1 },
  SimpleRNN: { op: 'RNN', gates: [0], activations: ['activation'], states: 1 },
};

/** Keras's activation → ONNX's, with its two parameters. */
const ACTIVATIONS: Readonly<Record<string, readonly [name: string, alpha?: number, beta?: number]>> = {
  tanh: ['Tanh'],
  sigmoid: ['Sigmoid'],
  relu: ['Relu'],
  softsign: ['Softsign'],
  softplus: ['Softplus'],
  linear: ['Affine', 1, 0],
  elu: ['Elu', 1],
};

/** One direction of a recurrent layer: its settings and its weights, turned to ONNX's order. */
interface Direction {
  readonly kernel: Float32Array;
  readonly recurrent: Float32Array;
  readonly bias: Float32Array;
}

const setting = (config: Config, name: string, fallback: unknown) => config[name] ?? fallback;

/** `[rows, gates × units]` → `[gates × units, rows]`, gates in ONNX's order. */
function gatesFirst(
  { data, shape }: Tensor<'float32'>,
  units: number,
  gates: readonly number[],
): Float32Array {
  const [rows = 1, columns = 0] = shape.length === 1 ? [1, shape[0]] : shape;
  const out = new Float32Array(rows * columns);
  gates.forEach((from, to) => {
    for (let u = 0; u < units; u++) {
      for (let r = 0; r < rows; r++) out[(to * units + u) * rows + r] = data[r * columns + from * units + u]!;
    }
  });
  return out;
}

/** ONNX wants an input and a recurrent bias; Keras has both only in a GRU with `reset_after`. */
function bothBiases(bias: Tensor<'float32'> | undefined, units: number, { gates }: Cell): Float32Array {
  const length = units * gates.length;
  const out = new Float32Array(2 * length);
  if (!bias) return out;
  const rows = bias.shape.length === 2 ? 2 : 1;
  for (let row = 0; row < rows; row++) {
    const data = bias.data.subarray(row * length, (row + 1) * length);
    out.set(gatesFirst({ dtype: 'float32', shape: [length], data }, units, gates), row * length);
  }
  return out;
}

function directionOf(weights: readonly Tensor<'float32'>[], units: number, cell: Cell): Direction {
  const [kernel, recurrent, bias] = weights;
  return {
    kernel: gatesFirst(kernel!, units, cell.gates),
    recurrent: gatesFirst(recurrent!, units, cell.gates),
    bias: bothBiases(bias, units, cell),
  };
}

/** The operator's activation attributes for so many directions. */
function activationAttributes(layer: Layer, config: Config, cell: Cell, directions: number) {
  const named = cell.activations.map((key) => {
    const name = activationName(layer, setting(config, key, key === 'activation' ? 'tanh' : 'sigmoid'));
    // The slope of Keras's hard sigmoid changed with version 3.
    if (name === 'hard_sigmoid') return ['HardSigmoid', layer.kerasMajor >= 3 ? 1 / 6 : 0.2, 0.5] as const;
    const known = ACTIVATIONS[name];
    if (!known) throw layer.unsupported(`its activation "${name}" is not one that a recurrent operator has`);
    return known;
  });
  const all = Array.from({ length: directions }, () => named).flat();
  return {
    activations: all.map(([name]) => name),
    // Parameters are taken in turn by the activations that have some.
    activation_alpha: { floats: all.flatMap(([, alpha]) => alpha ?? []) },
    activation_beta: { floats: all.flatMap(([, , beta]) => beta ?? []) },
  };
}

const concatenated = (parts: readonly Float32Array[]) => {
  const out = new Float32Array(parts.reduce((n, part) => n + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
};

interface Run {
  /** `[time, directions, batch, units]`. */
  readonly sequence: string;
  /** Each `[directions, batch, units]`: hidden, and for an LSTM the cell. */
  readonly states: readonly string[];
  readonly units: number;
}

/** Adds the operator for one direction or two. */
function run(
  layer: Layer,
  x: Value,
  cell: Cell,
  config: Config,
  direction: string,
  sides: readonly Direction[],
): Run {
  const units = Number(setting(config, 'units', config.output_dim));
  const features = known(x.shape[2], layer, 'the number of features');
  const rows = units * cell.gates.length;
  const timeFirst = layer.node('Transpose', [x.name], { perm: [1, 0, 2] }, '/time_first');
  const constant = (name: string, parts: Float32Array[], ...shape: number[]) =>
    layer.constant(name, { dtype: 'float32', shape: [sides.length, ...shape], data: concatenated(parts) });
  const outputs = layer.graph.nodes(
    cell.op,
    layer.name,
    [
      timeFirst,
      constant(
        'kernel',
        sides.map((s) => s.kernel),
        rows,
        features,
      ),
      constant(
        'recurrent_kernel',
        sides.map((s) => s.recurrent),
        rows,
        units,
      ),
      constant(
        'bias',
        sides.map((s) => s.bias),
        2 * rows,
      ),
    ],
    1 + cell.states,
    {
      hidden_size: units,
      direction,
      ...activationAttributes(layer, config, cell, sides.length),
      ...(cell.op === 'GRU' && { linear_before_reset: setting(config, 'reset_after', false) ? 1 : 0 }),
    },
  );
  return { sequence: outputs[0]!, states: outputs.slice(1), units };
}

const weightNames = (config: Config) => [
  'kernel',
  'recurrent_kernel',
  ...(setting(config, 'use_bias', true) ? ['bias'] : []),
];

/** Refuses what the operators cannot say. */
function checked(layer: Layer, inputs: readonly Value[], config: Config): Value {
  if (inputs.length !== 1) throw layer.unsupported('it is given initial states');
  for (const option of ['time_major', 'stateful']) {
    if (config[option] === true) throw layer.unsupported(`it has ${option} set`);
  }
  return layer.graph.plain(only(inputs, layer));
}

/** One direction's sequence `[batch, time, units]` out of the operator's. */
function sequenceOf(layer: Layer, { sequence }: Run, side: number, suffix: string): string {
  const one = layer.node('Gather', [sequence, layer.integer('side', side)], { axis: 1 }, `${suffix}/side`);
  return layer.node('Transpose', [one], { perm: [1, 0, 2] }, `${suffix}/sequence`);
}

const stateOf = (layer: Layer, state: string, side: number, suffix: string) =>
  layer.node('Gather', [state, layer.integer('side', side)], { axis: 0 }, `${suffix}/state`);

const recurrent =
  (cell: Cell): Emitter =>
  (layer, inputs) => {
    const { config } = layer.spec;
    const x = checked(layer, inputs, config);
    const backwards = config.go_backwards === true;
    const units = Number(setting(config, 'units', config.output_dim));
    const side = directionOf(layer.weights(...weightNames(config)), units, cell);
    const result = run(layer, x, cell, config, backwards ? 'reverse' : 'forward', [side]);
    const [batch, time] = x.shape as [number | null, number | null];
    const last = {
      name: stateOf(layer, result.states[0]!, 0, '/last'),
      shape: [batch, units],
      channelsFirst: false,
    };
    const output: Value = config.return_sequences
      ? {
          name: inOrder(layer, sequenceOf(layer, result, 0, ''), backwards),
          shape: [batch, time, units],
          channelsFirst: false,
        }
      : last;
    if (!config.return_state) return output;
    const states = result.states.map((state, i) => ({
      ...last,
      name: stateOf(layer, state, 0, `/state${i}`),
    }));
    return [output, ...states];
  };

/** Going backwards Keras gives the steps as they were taken, ONNX as they stand in time. */
function inOrder(layer: Layer, sequence: string, backwards: boolean): string {
  if (!backwards) return sequence;
  const [first, end] = [layer.integers('from', [-1]), layer.integers('to', [Number.MIN_SAFE_INTEGER])];
  return layer.node(
    'Slice',
    [sequence, first, end, layer.integers('time', [1]), layer.integers('step', [-1])],
    {},
    '/reversed',
  );
}

const MERGES: Readonly<Record<string, (layer: Layer, a: string, b: string) => string>> = {
  concat: (layer, a, b) => layer.node('Concat', [a, b], { axis: -1 }),
  sum: (layer, a, b) => layer.node('Add', [a, b]),
  mul: (layer, a, b) => layer.node('Mul', [a, b]),
  ave: (layer, a, b) => layer.node('Div', [layer.node('Add', [a, b], {}, '/sum'), layer.scalar('two', 2)]),
};

/** Two directions over the same input; the backward one's sequence is put back into the order of time. */
const bidirectional: Emitter = (layer, inputs) => {
  const inner = layer.setting('layer') as { class_name?: string; config?: Config } | undefined;
  const cell = CELLS[inner?.class_name ?? ''];
  if (!cell || !inner?.config) throw layer.unsupported(`it wraps ${inner?.class_name ?? 'nothing'}`);
  const { config } = inner;
  if (config.return_state) throw layer.unsupported('it has return_state set');
  const x = checked(layer, inputs, config);
  const units = Number(setting(config, 'units', config.output_dim));
  const names = weightNames(config);
  const weights = layer.weights(...names, ...names);
  const sides = [weights.slice(0, names.length), weights.slice(names.length)].map((w) =>
    directionOf(w, units, cell),
  );
  const result = run(layer, x, cell, config, 'bidirectional', sides);
  const [batch, time] = x.shape as [number | null, number | null];
  const [a, b] = [0, 1].map((side) =>
    config.return_sequences
      ? sequenceOf(layer, result, side, `/side${side}`)
      : stateOf(layer, result.states[0]!, side, `/side${side}`),
  ) as [string, string];
  const shape = (width: number) => (config.return_sequences ? [batch, time, width] : [batch, width]);
  const mode = layer.setting('merge_mode');
  if (mode === null) return [a, b].map((name) => ({ name, shape: shape(units), channelsFirst: false }));
  const merge = MERGES[String(mode ?? 'concat')];
  if (!merge) throw layer.unsupported(`its merge_mode is "${mode}"`);
  return {
    name: merge(layer, a, b),
    shape: shape(merge === MERGES.concat ? 2 * units : units),
    channelsFirst: false,
  };
};

/** Rows of a table, by number. */
const embedding: Emitter = (layer, inputs) => {
  const x = only(inputs, layer);
  if (layer.flag(false, 'mask_zero'))
    throw layer.unsupported('it masks zeros, which the layers after it would have to heed');
  const [table] = layer.weights('embeddings');
  const numbers = layer.node('Cast', [x.name], { to: 7 }, '/numbers');
  const name = layer.node('Gather', [layer.constant('embeddings', table!), numbers], { axis: 0 });
  return { name, shape: [...x.shape, table!.shape[1]!], channelsFirst: false };
};

export const recurrentLayers: LayerTable = {
  ...Object.fromEntries(Object.entries(CELLS).map(([name, cell]) => [name, recurrent(cell)])),
  Bidirectional: bidirectional,
  Embedding: embedding,
};
