import type { Tensor } from '../../core/tensor.ts';
import type { OnnxValue } from '../../formats/onnx/model.ts';
import type { Config } from '../config.ts';
import { GraphBuilder, type Shape, type Value } from '../graph.ts';
import type { Layer } from '../layer.ts';
import { activationName } from './activation.ts';
import { BOOL } from './masking.ts';

/** What is run, in one direction. */
export interface Run {
  readonly config: Config;
  readonly weights: readonly Tensor<'float32'>[];
  readonly x: Value;
  /** Each `[batch, …]`; empty for zeros. */
  readonly initial: readonly Value[];
  readonly mask: string | undefined;
  readonly zeroOutput: boolean;
  readonly backwards: boolean;
  readonly suffix: string;
}

/** What a direction leaves, and the shape of one step's output, batch first. */
export interface Ran extends Steps {
  readonly shape: Shape;
}

/** A kind of recurrent layer. */
export interface Kind {
  readonly states: number;
  /** Names of the weights of one direction, in the order of the file. */
  weightNames(layer: Layer, config: Config, stored: number): readonly string[];
  run(layer: Layer, run: Run): Ran;
}

/** What a step leaves: the new states, of which the first is also its output. */
export type Step = (body: Layer, input: string, states: readonly string[]) => readonly string[];

interface Recurrence {
  /** `[batch, time, …]`: what each step is given. */
  readonly input: string;
  readonly inputRank: number;
  /** Each `[batch, …]`: the states before the first step. */
  readonly initial: readonly string[];
  readonly stateRank: number;
  /** `[batch, time]` of truth values: a step that does not count leaves all states as they were. */
  readonly mask: string | undefined;
  /** What comes out at a step that does not count: zeros, else the output of the step before. */
  readonly zeroOutput: boolean;
  /** Whether the steps are taken from the last to the first. */
  readonly backwards: boolean;
  readonly step: Step;
}

/** What a recurrence leaves behind. */
interface Steps {
  /** `[batch, time, …]` in the order of time, whichever way the steps were taken. */
  readonly sequence: string;
  /** The output of the last step taken. */
  readonly last: string;
  readonly states: readonly string[];
}

/**
 * A loop over time as ONNX's Scan (https://onnx.ai/onnx/operators/onnx__Scan.html), for what its LSTM, GRU and RNN
 * operators cannot say: masks, convolutions and unusual activations.
 */
export function scan(layer: Layer, recurrence: Recurrence, suffix: string): Steps {
  const { input, initial, mask, backwards } = recurrence;
  const graph = new GraphBuilder(layer.graph);
  const body = layer.within(graph);
  const port = (name: string, rank: number, dtype: OnnxValue['dtype'] = 'float32'): OnnxValue => ({
    name: graph.unique(`${layer.name}${suffix}/body/${name}`),
    dtype,
    shape: new Array(rank).fill(null),
  });
  const states = initial.map((_, i) => port(`state${i}`, recurrence.stateRank));
  const before = port('output_before', recurrence.stateRank);
  const given = port('input', recurrence.inputRank - 1);
  const counts = port('counts', 1, 'bool');
  const names = states.map(({ name }) => name);
  const stepped = recurrence.step(body, given.name, names);
  const axes = layer.integers(
    'feature_axes',
    Array.from({ length: recurrence.stateRank - 1 }, (_, i) => i + 1),
  );
  const kept = (made: string, otherwise: string) => {
    if (mask === undefined) return made;
    const condition = body.node('Unsqueeze', [counts.name, axes], {}, '/counts');
    return body.node('Where', [condition, made, otherwise], {}, '/kept');
  };
  const after = stepped.map((made, i) => kept(made, names[i]!));
  const zero = layer.scalar('zero', 0);
  const output = kept(stepped[0]!, recurrence.zeroOutput ? zero : before.name);
  // Every output of a body needs a name of its own.
  const outputs = [...after, output, output].map((name, i) => ({
    ...port(`out${i}`, recurrence.stateRank),
    from: name,
  }));
  for (const { name, from } of outputs) graph.alias(name, from);
  const masked = mask === undefined ? [] : [mask];
  const nothing = layer.node('Mul', [initial[0]!, zero], {}, `${suffix}/nothing`);
  const results = layer.graph.nodes(
    'Scan',
    `${layer.name}${suffix}/scan`,
    [...initial, nothing, input, ...masked],
    initial.length + 2,
    {
      body: graph.finishBody(
        `${layer.name}${suffix}/body`,
        [...states, before, given, ...(mask === undefined ? [] : [counts])],
        outputs,
      ),
      num_scan_inputs: 1 + masked.length,
      scan_input_axes: new Array(1 + masked.length).fill(1),
      scan_input_directions: new Array(1 + masked.length).fill(backwards ? 1 : 0),
      scan_output_axes: [1],
      scan_output_directions: [backwards ? 1 : 0],
    },
  );
  return {
    sequence: results.at(-1)!,
    last: results.at(-2)!,
    states: results.slice(0, initial.length),
  };
}

/** A mask given as any kind of number, as truth values. */
export const asTruth = (layer: Layer, mask: string): string =>
  layer.node('Cast', [mask], { to: BOOL }, '/mask');

/** Zeros of `[batch, …sizes]`, for whatever batch a tensor has. */
export function zeros(layer: Layer, like: string, sizes: readonly number[], suffix: string): string {
  const shape = layer.node('Shape', [like], { start: 0, end: 1 }, `${suffix}/batch`);
  const whole = layer.node(
    'Concat',
    [shape, layer.integers('sizes', sizes)],
    { axis: 0 },
    `${suffix}/zeros_shape`,
  );
  return layer.node('ConstantOfShape', [whole], {}, `${suffix}/zeros`);
}

/** The name of the layer's activation, or of its gates'. */
export const activationOf = (layer: Layer, config: Config, which: 'activation' | 'recurrent_activation') =>
  activationName(
    layer,
    which === 'activation'
      ? (config[which] ?? 'tanh')
      : (config[which] ?? config.inner_activation ?? 'sigmoid'),
  );
