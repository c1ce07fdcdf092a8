import type { Value } from '../graph.ts';
import { known, type Layer } from '../layer.ts';
import { activate } from './activation.ts';
import { convolve, kernelConstant, windowOf } from './convolution.ts';
import { activationOf, type Kind, type Ran, type Run, scan, zeros } from './recurrence.ts';
import { outputSize } from './window.ts';

/**
 * LSTM whose products are convolutions (keras.layers.ConvLSTM1D, 2D and 3D). All steps' inputs are convolved at once,
 * with time folded into the batch; the states are convolved step by step.
 */
export const convLstm = (rank: number): Kind => ({
  states: 2,
  weightNames: (_, config) => ['kernel', 'recurrent_kernel', ...((config.use_bias ?? true) ? ['bias'] : [])],
  run: (layer, run) => convolved(layer, run, rank),
});

function convolved(layer: Layer, { config, weights, x, suffix, ...run }: Run, rank: number): Ran {
  const window = windowOf(layer.configured(config), rank);
  const channelsLast = config.data_format !== 'channels_first';
  const sizes = channelsLast ? x.shape.slice(2, -1) : x.shape.slice(3);
  const spatial = sizes.map((size) => known(size, layer, 'the size of its frames'));
  const [kernel, recurrent, bias] = weights;
  const filters = recurrent!.shape[rank]!;
  const channels = kernel!.shape[rank]!;
  const after = outputSize(window, spatial) as number[];
  // Batch and time as one axis, channels behind it.
  const inFront = channelsLast
    ? layer.node(
        'Transpose',
        [x.name],
        { perm: [0, 1, rank + 2, ...count(rank, 2)] },
        `${suffix}/channels_first`,
      )
    : x.name;
  const frames = layer.node(
    'Reshape',
    [inFront, layer.integers('frames', [-1, channels, ...spatial])],
    {},
    `${suffix}/frames`,
  );
  const value = (name: string): Value => ({ name, shape: [null, null, ...spatial], channelsFirst: true });
  const inputs = [kernelConstant(layer, `kernel${suffix}`, kernel!, rank)];
  if (bias) inputs.push(layer.constant(`bias${suffix}`, bias));
  const product = convolve(layer, value(frames), inputs, window, spatial, 1, `${suffix}/input`);
  const time = x.shape[1] ?? null;
  // The batch is what is left over where the number of steps is known, else it is read off the input.
  const batchAndTime =
    time === null
      ? layer.node('Shape', [x.name], { start: 0, end: 2 }, `${suffix}/batch_and_time`)
      : layer.integers('batch_and_time', [-1, time]);
  const stepped = layer.node(
    'Concat',
    [batchAndTime, layer.integers('step', [4 * filters, ...after])],
    { axis: 0 },
    `${suffix}/steps_shape`,
  );
  const input = layer.node('Reshape', [product, stepped], {}, `${suffix}/steps`);
  const stateKernel = kernelConstant(layer, `recurrent_kernel${suffix}`, recurrent!, rank);
  const same = {
    size: recurrent!.shape.slice(0, rank),
    strides: new Array(rank).fill(1),
    dilations: new Array(rank).fill(1),
    padding: 'same',
  } as const;
  const toFront = (state: Value) =>
    channelsLast
      ? layer.node('Transpose', [state.name], { perm: [0, rank + 1, ...count(rank, 1)] }, `${suffix}/initial`)
      : state.name;
  const initial =
    run.initial.length > 0
      ? run.initial.map(toFront)
      : new Array<string>(2).fill(zeros(layer, x.name, [filters, ...after], suffix));
  const steps = scan(
    layer,
    {
      ...run,
      input,
      inputRank: rank + 3,
      initial,
      stateRank: rank + 2,
      step: (body, given, [h, c]) => {
        const state = convolve(
          body,
          { ...value(h!), shape: [null, filters, ...after] },
          [stateKernel],
          same,
          after,
          1,
          '/recurrent',
        );
        const sum = body.node('Add', [given, state], {}, '/sum');
        // Keras: input, forget, cell, output.
        const gates = body.graph.nodes('Split', `${body.name}/gates`, [sum], 4, { axis: 1 });
        const act = (which: 'activation' | 'recurrent_activation', name: string) =>
          activate(body, value(name), activationOf(body, config, which)).name;
        const kept = body.node('Mul', [act('recurrent_activation', gates[1]!), c!], {}, '/kept');
        const fresh = body.node(
          'Mul',
          [act('recurrent_activation', gates[0]!), act('activation', gates[2]!)],
          {},
          '/new',
        );
        const carry = body.node('Add', [kept, fresh], {}, '/carry');
        return [body.node('Mul', [act('recurrent_activation', gates[3]!), act('activation', carry)]), carry];
      },
    },
    suffix,
  );
  const batch = x.shape[0]!;
  if (!channelsLast) return { ...steps, shape: [batch, filters, ...after] };
  const perm = [0, ...count(rank, 2), 1];
  const toBack = (name: string) => layer.node('Transpose', [name], { perm }, `${suffix}/channels_last`);
  const sequencePerm = [0, 1, ...count(rank, 3), 2];
  return {
    sequence: layer.node('Transpose', [steps.sequence], { perm: sequencePerm }, `${suffix}/sequence`),
    last: toBack(steps.last),
    states: steps.states.map(toBack),
    shape: [batch, ...after, filters],
  };
}

/** `length` whole numbers from `first` on. */
const count = (length: number, first: number) => Array.from({ length }, (_, i) => i + first);
