import { FoveaError } from '../../core/errors.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { Config } from '../config.ts';
import type { Value } from '../graph.ts';
import { type Arguments, type Emitter, isValue, known, type Layer, type LayerTable } from '../layer.ts';
import { activate } from './activation.ts';
import { convLstm } from './conv-lstm.ts';
import {
  activationOf,
  asTruth,
  type Kind,
  type Ran,
  type Run,
  type Step,
  scan,
  zeros,
} from './recurrence.ts';

/**
 * Recurrent layers: as ONNX's own operators (https://onnx.ai/onnx/operators/onnx__LSTM.html, GRU, RNN), which keep
 * time first and their gates in an order of their own; as a loop where those cannot say what the layer does.
 */

interface Cell {
  readonly op: 'LSTM' | 'GRU' | 'RNN';
  /** ONNX's order of gates as places in Keras's. */
  readonly gates: readonly number[];
  /** The activations the operator takes, by the settings that name them. */
  readonly activations: readonly ('activation' | 'recurrent_activation')[];
  /** Keras 1's names of its gates, in the order of its weights, and their places in Keras 2's. */
  readonly keras1: readonly (readonly [name: string, place: number])[];
  readonly states: number;
  /** One step of the loop. */
  step(parts: StepParts): Step;
}

/** What a step works with, besides its input and states. */
interface StepParts {
  readonly units: number;
  readonly recurrent: Tensor<'float32'>;
  /** The bias of the recurrent product, where it has one of its own. */
  readonly recurrentBias: Float32Array | undefined;
  readonly config: Config;
}

const setting = (config: Config, name: string, fallback: unknown) => config[name] ?? fallback;

const unitsOf = (config: Config) => Number(setting(config, 'units', config.output_dim));

/** The layer's activation (or its gates') applied within a step. */
function activated(
  body: Layer,
  config: Config,
  which: 'activation' | 'recurrent_activation',
  x: string,
  units: number,
) {
  const value: Value = { name: x, shape: [null, units], channelsFirst: false };
  return activate(body, value, activationOf(body, config, which)).name;
}

/** A tensor cut into so many equal parts along its axis of features. */
const split = (body: Layer, x: string, parts: number, axis = 1) =>
  body.graph.nodes('Split', `${body.name}/gates`, [x], parts, { axis });

const CELLS: Readonly<Record<string, Cell>> = {
  /** Keras: input, forget, cell, output. ONNX: input, output, forget, cell. */
  LSTM: {
    op: 'LSTM',
    gates: [0, 3, 1, 2],
    activations: ['recurrent_activation', 'activation', 'activation'],
    keras1: [
      ['i', 0],
      ['c', 2],
      ['f', 1],
      ['o', 3],
    ],
    states: 2,
    step:
      ({ units, recurrent, config }) =>
      (body, input, [h, c]) => {
        const product = body.node(
          'MatMul',
          [h!, body.constant('recurrent_kernel', recurrent)],
          {},
          '/recurrent',
        );
        const gates = split(body, body.node('Add', [input, product], {}, '/sum'), 4);
        const gate = (i: number) => activated(body, config, 'recurrent_activation', gates[i]!, units);
        const candidate = activated(body, config, 'activation', gates[2]!, units);
        const kept = body.node('Mul', [gate(1), c!], {}, '/kept');
        const carry = body.node(
          'Add',
          [kept, body.node('Mul', [gate(0), candidate], {}, '/new')],
          {},
          '/carry',
        );
        return [body.node('Mul', [gate(3), activated(body, config, 'activation', carry, units)]), carry];
      },
  },
  /** Both: update, reset, hidden. */
  GRU: {
    op: 'GRU',
    gates: [0, 1, 2],
    activations: ['recurrent_activation', 'activation'],
    keras1: [
      ['z', 0],
      ['r', 1],
      ['h', 2],
    ],
    states: 1,
    step:
      ({ units, recurrent, recurrentBias, config }) =>
      (body, input, [h]) => {
        const given = split(body, input, 3);
        const kernel = body.constant('recurrent_kernel', recurrent);
        const resetAfter = setting(config, 'reset_after', false) === true;
        const biased = (x: string) =>
          recurrentBias
            ? body.node('Add', [x, body.constant('recurrent_bias', row(recurrentBias))], {}, '/biased')
            : x;
        const product = split(body, biased(body.node('MatMul', [h!, kernel], {}, '/recurrent')), 3);
        const gate = (i: number) =>
          activated(
            body,
            config,
            'recurrent_activation',
            body.node('Add', [given[i]!, product[i]!], {}, '/sum'),
            units,
          );
        const [update, reset] = [gate(0), gate(1)];
        const recalled = resetAfter
          ? body.node('Mul', [reset, product[2]!], {}, '/recalled')
          : body.node(
              'MatMul',
              [
                body.node('Mul', [reset, h!], {}, '/reset'),
                body.constant('recurrent_hidden', columns(recurrent, 2 * units, 3 * units)),
              ],
              {},
              '/recalled',
            );
        const sum = body.node('Add', [given[2]!, recalled], {}, '/candidate_sum');
        const candidate = activated(body, config, 'activation', sum, units);
        // z h + (1 − z) candidate
        const difference = body.node('Sub', [h!, candidate], {}, '/difference');
        return [body.node('Add', [candidate, body.node('Mul', [update, difference], {}, '/update')])];
      },
  },
  SimpleRNN: {
    op: 'RNN',
    gates: [0],
    activations: ['activation'],
    keras1: [],
    states: 1,
    step:
      ({ units, recurrent, config }) =>
      (body, input, [h]) => {
        const product = body.node(
          'MatMul',
          [h!, body.constant('recurrent_kernel', recurrent)],
          {},
          '/recurrent',
        );
        return [activated(body, config, 'activation', body.node('Add', [input, product], {}, '/sum'), units)];
      },
  },
};

const row = (data: Float32Array): Tensor<'float32'> => ({ dtype: 'float32', shape: [data.length], data });

/** Some columns of a matrix. */
function columns({ shape, data }: Tensor<'float32'>, from: number, to: number): Tensor<'float32'> {
  const [rows, width] = shape as [number, number];
  const out = new Float32Array(rows * (to - from));
  for (let r = 0; r < rows; r++) out.set(data.subarray(r * width + from, r * width + to), r * (to - from));
  return { dtype: 'float32', shape: [rows, to - from], data: out };
}

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

/** The operator's activations, or undefined where it does not have them all. */
function operatorActivations(layer: Layer, config: Config, cell: Cell) {
  const named = cell.activations.map((which) => {
    const name = activationOf(layer, config, which);
    // The slope of Keras's hard sigmoid changed with version 3.
    if (name === 'hard_sigmoid') return ['HardSigmoid', layer.kerasMajor >= 3 ? 1 / 6 : 0.2, 0.5] as const;
    return ACTIVATIONS[name];
  });
  if (named.includes(undefined)) return undefined;
  return {
    activations: named.map((item) => item![0]),
    // Parameters are taken in turn by the activations that have some.
    activation_alpha: { floats: named.flatMap((item) => item![1] ?? []) },
    activation_beta: { floats: named.flatMap((item) => item![2] ?? []) },
  };
}

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

/** The bias of the input's product and that of the states', which only a GRU with `reset_after` and cuDNN have. */
function biases(bias: Tensor<'float32'> | undefined, length: number): readonly (Float32Array | undefined)[] {
  if (!bias) return [undefined, undefined];
  return [bias.data.subarray(0, length), bias.data.length > length ? bias.data.subarray(length) : undefined];
}

function dense(cell: Cell): Kind {
  return {
    states: cell.states,
    weightNames: (_, config, stored) => {
      // Keras 1 kept each gate's weights apart.
      if (cell.keras1.length > 0 && stored === 3 * cell.keras1.length)
        return cell.keras1.flatMap(([gate]) => [`W_${gate}`, `U_${gate}`, `b_${gate}`]);
      return ['kernel', 'recurrent_kernel', ...(setting(config, 'use_bias', true) ? ['bias'] : [])];
    },
    run: (layer, run) => {
      const weights = run.weights.length > 3 ? joined(run.weights, cell) : run.weights;
      const activations = operatorActivations(layer, run.config, cell);
      return run.mask === undefined && activations
        ? operator(layer, cell, { ...run, weights }, activations)
        : loop(layer, cell, { ...run, weights });
    },
  };
}

/** Keras 1's gates put side by side, as later versions keep them. */
function joined(weights: readonly Tensor<'float32'>[], { keras1 }: Cell): Tensor<'float32'>[] {
  return [0, 1, 2].map((part) => {
    const gates = keras1.map(([, place], i) => ({ place, tensor: weights[3 * i + part]! }));
    const inOrder = gates.toSorted((a, b) => a.place - b.place).map(({ tensor }) => tensor);
    const shape = inOrder[0]!.shape;
    const width = shape.at(-1)!;
    const rows = shape.length === 1 ? 1 : shape[0]!;
    const data = new Float32Array(rows * width * inOrder.length);
    for (let r = 0; r < rows; r++) {
      inOrder.forEach((tensor, g) => {
        data.set(tensor.data.subarray(r * width, (r + 1) * width), (r * inOrder.length + g) * width);
      });
    }
    return { dtype: 'float32', shape: [...shape.slice(0, -1), width * inOrder.length], data };
  });
}

/** ONNX's own operator. */
function operator(
  layer: Layer,
  cell: Cell,
  run: Run,
  activations: NonNullable<ReturnType<typeof operatorActivations>>,
): Ran {
  const { config, x, suffix } = run;
  const units = unitsOf(config);
  const rows = units * cell.gates.length;
  const features = known(x.shape[2], layer, 'the number of features');
  const [kernel, recurrent, bias] = run.weights;
  const both = new Float32Array(2 * rows);
  biases(bias, rows).forEach((part, i) => {
    if (part) both.set(gatesFirst(row(part), units, cell.gates), i * rows);
  });
  const constant = (name: string, data: Float32Array, ...shape: number[]) =>
    layer.constant(`${name}${suffix}`, { dtype: 'float32', shape: [1, ...shape], data });
  const firstAxis = layer.integers('directions', [0]);
  const initial = run.initial.map(({ name }) =>
    layer.node('Unsqueeze', [name, firstAxis], {}, `${suffix}/initial`),
  );
  const outputs = layer.graph.nodes(
    cell.op,
    `${layer.name}${suffix}`,
    [
      layer.node('Transpose', [x.name], { perm: [1, 0, 2] }, `${suffix}/time_first`),
      constant('kernel', gatesFirst(kernel!, units, cell.gates), rows, features),
      constant('recurrent_kernel', gatesFirst(recurrent!, units, cell.gates), rows, units),
      constant('bias', both, 2 * rows),
      ...(initial.length > 0 ? ['', ...initial] : []),
    ],
    1 + cell.states,
    {
      hidden_size: units,
      direction: run.backwards ? 'reverse' : 'forward',
      ...activations,
      ...(cell.op === 'GRU' && { linear_before_reset: setting(config, 'reset_after', false) ? 1 : 0 }),
    },
  );
  // [time, directions, batch, units] and [directions, batch, units], of one direction.
  const one = layer.node('Squeeze', [outputs[0]!, layer.integers('direction', [1])], {}, `${suffix}/side`);
  const states = outputs
    .slice(1)
    .map((state) => layer.node('Squeeze', [state, firstAxis], {}, `${suffix}/state`));
  return {
    sequence: layer.node('Transpose', [one], { perm: [1, 0, 2] }, `${suffix}/sequence`),
    last: states[0]!,
    states,
    shape: [x.shape[0]!, units],
  };
}

/** The same as a loop. */
function loop(layer: Layer, cell: Cell, run: Run): Ran {
  const { config, x, suffix } = run;
  const units = unitsOf(config);
  const [kernel, recurrent, bias] = run.weights;
  const [inputBias, recurrentBias] = biases(bias, units * cell.gates.length);
  const product = layer.node(
    'MatMul',
    [x.name, layer.constant(`kernel${suffix}`, kernel!)],
    {},
    `${suffix}/product`,
  );
  const input = inputBias
    ? layer.node('Add', [product, layer.constant(`bias${suffix}`, row(inputBias))], {}, `${suffix}/input`)
    : product;
  const initial =
    run.initial.length > 0
      ? run.initial.map(({ name }) => name)
      : new Array<string>(cell.states).fill(zeros(layer, x.name, [units], suffix));
  const steps = scan(
    layer,
    {
      input,
      inputRank: 3,
      initial,
      stateRank: 2,
      mask: run.mask,
      zeroOutput: run.zeroOutput,
      backwards: run.backwards,
      step: cell.step({ units, recurrent: recurrent!, recurrentBias, config }),
    },
    suffix,
  );
  return { ...steps, shape: [x.shape[0]!, units] };
}

const KINDS: Readonly<Record<string, Kind>> = {
  ...Object.fromEntries(Object.entries(CELLS).map(([name, cell]) => [name, dense(cell)])),
  // The same numbers, and the same weights but for a second bias (keras.layers.CuDNNLSTM of Keras 2).
  CuDNNLSTM: dense(CELLS.LSTM!),
  ConvLSTM1D: convLstm(1),
  ConvLSTM2D: convLstm(2),
  ConvLSTM3D: convLstm(3),
};

/** Cells that a plain `RNN` loops over. */
const CELL_CLASSES: Readonly<Record<string, string>> = {
  LSTMCell: 'LSTM',
  GRUCell: 'GRU',
  SimpleRNNCell: 'SimpleRNN',
};

/** A layer of a kind: what is left of a class name and config once the spellings are resolved. */
interface Stage {
  readonly kind: Kind;
  readonly config: Config;
}

/** The stages of a recurrent layer, of which all but `RNN` over stacked cells have one. */
function stagesOf(layer: Layer, className: string, config: Config): readonly Stage[] {
  if (className === 'CuDNNGRU') return [{ kind: KINDS.GRU!, config: { ...config, reset_after: true } }];
  const kind = KINDS[className];
  if (kind) return [{ kind, config }];
  if (className !== 'RNN') throw layer.unsupported(`it wraps ${className}`);
  const described = config.cell as { class_name?: string; config?: Config } | readonly unknown[] | undefined;
  const stacked = Array.isArray(described)
    ? described
    : (described as { class_name?: string; config?: Config } | undefined)?.class_name === 'StackedRNNCells'
      ? ((described as { config: Config }).config.cells as readonly unknown[])
      : [described];
  return stacked.map((entry) => {
    const { class_name: cellClass, config: cell } = (entry ?? {}) as { class_name?: string; config?: Config };
    const known = KINDS[CELL_CLASSES[cellClass ?? ''] ?? ''];
    if (!known || !cell) throw layer.unsupported(`it loops over a cell of class "${cellClass ?? '?'}"`);
    return { kind: known, config: { ...cell, zero_output_for_mask: config.zero_output_for_mask } };
  });
}

/** What a layer is given: its sequence in Keras's order, states to begin with, and a mask. */
function given(layer: Layer, inputs: readonly Value[], config: Config) {
  const [first, ...others] = inputs;
  if (!first) throw layer.unsupported('it is called without an input');
  const stated = statesIn(layer.call);
  const mask = layer.call.kwargs.mask;
  if (config.time_major === true) throw layer.unsupported('it has time_major set');
  if (config.stateful === true)
    layer.warn(
      `Layer "${layer.spec.name}" is stateful; here each call begins with no state of the one before.`,
    );
  return {
    x: layer.graph.plain(first),
    initial: (stated.length > 0 ? stated : others).map((value) => layer.graph.plain(value)),
    mask: isValue(mask) ? asTruth(layer, mask.name) : layer.graph.maskOf(first),
  };
}

const statesIn = ({ kwargs }: Arguments): Value[] => [kwargs.initial_state].flat().filter(isValue);

/** Runs all stages of one direction, one on the other's sequence. */
function runStages(
  layer: Layer,
  stages: readonly Stage[],
  weights: readonly Tensor<'float32'>[],
  start: Pick<Run, 'x' | 'initial' | 'mask' | 'backwards' | 'zeroOutput' | 'suffix'>,
): { readonly end: Ran; readonly states: readonly string[] } {
  let { x } = start;
  let [weight, state] = [0, 0];
  const states: string[] = [];
  let end: Ran | undefined;
  for (const [i, { kind, config }] of stages.entries()) {
    const count = kind.weightNames(layer, config, stages.length === 1 ? weights.length : 0).length;
    const suffix = stages.length === 1 ? start.suffix : `${start.suffix}/cell${i}`;
    const initial = start.initial.slice(state, state + kind.states);
    end = kind.run(layer, {
      ...start,
      x,
      config,
      suffix,
      initial,
      weights: weights.slice(weight, weight + count),
    });
    [weight, state] = [weight + count, state + kind.states];
    states.push(...end.states);
    x = {
      name: end.sequence,
      shape: [x.shape[0]!, x.shape[1]!, ...end.shape.slice(1)],
      channelsFirst: false,
    };
  }
  return { end: end!, states };
}

const namesOf = (layer: Layer, stages: readonly Stage[], stored: number) =>
  // Only a layer of one stage can be of Keras 1, whose weights were more.
  stages.flatMap(({ kind, config }) => kind.weightNames(layer, config, stages.length === 1 ? stored : 0));

/** A recurrent layer going one way. */
const recurrent: Emitter = (layer, inputs) => {
  const { config, className } = layer.spec;
  const stages = stagesOf(layer, className, config);
  const { x, initial, mask } = given(layer, inputs, config);
  const backwards = config.go_backwards === true;
  const { end, states } = runStages(
    layer,
    stages,
    layer.weights(...namesOf(layer, stages, layer.weightCount)),
    {
      x,
      initial,
      mask,
      backwards,
      zeroOutput: config.zero_output_for_mask === true,
      suffix: '',
    },
  );
  const outputs: Value[] = [outputOf(end, x, config, (name) => inOrder(layer, name, backwards))];
  if (config.return_sequences && mask !== undefined) layer.graph.setMask(outputs[0]!, mask);
  if (config.return_state) outputs.push(...states.map((name) => stateValue(name, end)));
  return outputs;
};

const stateValue = (name: string, { shape }: Ran): Value => ({ name, shape, channelsFirst: false });

function outputOf(end: Ran, x: Value, config: Config, order: (name: string) => string): Value {
  if (!config.return_sequences) return stateValue(end.last, end);
  const [batch, ...features] = end.shape;
  return { name: order(end.sequence), shape: [batch!, x.shape[1]!, ...features], channelsFirst: false };
}

/** Going backwards Keras gives the steps as they were taken, here they stand in the order of time. */
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
  const { layer: forward, backward_layer: backward } = layer.spec.config as Record<
    string,
    { class_name?: string; config?: Config } | undefined
  >;
  if (!forward?.config) throw layer.unsupported('it wraps nothing');
  const { config } = forward;
  const { x, initial, mask } = given(layer, inputs, config);
  const sides = [forward, backward?.config ? backward : forward].map((side) =>
    stagesOf(layer, String(side.class_name), side.config!),
  );
  const stored = layer.weightCount / 2;
  if (!Number.isInteger(stored))
    throw missing(layer, 'its two directions have not the same number of weights');
  const names = sides.map((stages) => namesOf(layer, stages, stored));
  const weights = layer.weights(...names.flat());
  const half = initial.length / 2;
  const ran = sides.map((stages, side) =>
    runStages(
      layer,
      stages,
      side === 0 ? weights.slice(0, names[0]!.length) : weights.slice(names[0]!.length),
      {
        x,
        initial: initial.slice(side * half, (side + 1) * half),
        mask,
        backwards: (config.go_backwards === true) !== (side === 1),
        // Bidirectional forces it on both layers (keras.layers.Bidirectional, force_zero_output_for_mask).
        zeroOutput: config.return_sequences === true,
        suffix: side === 0 ? '/forward' : '/backward',
      },
    ),
  );
  const [a, b] = ran.map(({ end }) => outputOf(end, x, config, (name) => name)) as [Value, Value];
  const states = config.return_state
    ? ran.flatMap(({ end, states }) => states.map((name) => stateValue(name, end)))
    : [];
  const mode = layer.setting('merge_mode');
  if (mode === null) return [a, b, ...states];
  const merge = MERGES[String(mode ?? 'concat')];
  if (!merge) throw layer.unsupported(`its merge_mode is "${mode}"`);
  const width = a.shape.at(-1)!;
  const result: Value = {
    name: merge(layer, a.name, b.name),
    shape: merge === MERGES.concat ? [...a.shape.slice(0, -1), width === null ? null : 2 * width] : a.shape,
    channelsFirst: false,
  };
  if (config.return_sequences && mask !== undefined) layer.graph.setMask(result, mask);
  return [result, ...states];
};

const missing = (layer: Layer, reason: string) =>
  new FoveaError('WEIGHTS_MISSING', {
    layer: layer.spec.name,
    className: layer.spec.className,
    reason,
    expected: 'as many for each direction',
    received: String(layer.weightCount),
  });

export const recurrentLayers: LayerTable = {
  ...Object.fromEntries([...Object.keys(KINDS), 'CuDNNGRU', 'RNN'].map((name) => [name, recurrent])),
  Bidirectional: bidirectional,
};
