import { FoveaError } from '../core/errors.ts';
import type { LayerSpec, ModelSpec } from './config.ts';

/** Settings of layers that say how large something is. */
const SIZES = new Set([
  'batch_input_shape',
  'batch_shape',
  'cropping',
  'depth_multiplier',
  'dilation_rate',
  'filters',
  'groups',
  'height',
  'input_dim',
  'input_length',
  'input_shape',
  'key_dim',
  'kernel_size',
  'n',
  'num_heads',
  'num_tokens',
  'output_dim',
  'output_padding',
  'output_size',
  'padding',
  'pool_size',
  'rank',
  'size',
  'strides',
  'target_shape',
  'units',
  'value_dim',
  'width',
]);

/** A size above this is no layer's: the largest known table of words has three million rows. */
const MAX_SIZE = 2 ** 24;

/**
 * For what is made out of the configuration alone, of sizes multiplied with each other.
 *
 * @returns `numbers`
 * @throws FoveaError `MODEL_TOO_LARGE` where there would be more than 2²⁴ of them
 */
export function withinReason(numbers: number, what: string): number {
  if (numbers <= MAX_SIZE) return numbers;
  throw new FoveaError('MODEL_TOO_LARGE', {
    reason: `${what} takes ${numbers} numbers`,
    expected: `at most ${MAX_SIZE}`,
    received: String(numbers),
  });
}

/** Numbers of one input above this (a gigabyte) are no picture's. */
const MAX_INPUT = 2 ** 28;

/**
 * Calls of layers in all; the largest models of keras.applications have about a thousand. A nested model that calls
 * one twice that calls another twice … makes 2³² of 32 of them.
 */
const MAX_CALLS = 10_000;

/**
 * Refuses a configuration whose layers share a name, by which they are called and their weights found, or claim sizes
 * or numbers of calls that no model has and that would be allocated before a weight were read.
 *
 * @throws FoveaError `MODEL_CONFIG_INVALID`, `MODEL_TOO_LARGE`
 */
export function refuseClaims(model: ModelSpec): void {
  refuseNamesAndSizes(model);
  const calls = callsIn(model);
  if (calls <= MAX_CALLS) return;
  throw new FoveaError('MODEL_TOO_LARGE', {
    reason: `its layers are called ${calls} times in all`,
    expected: `at most ${MAX_CALLS} calls`,
    received: `${calls} calls`,
  });
}

/** How often layers are called when the model is. */
const callsIn = ({ layers }: ModelSpec): number =>
  layers.reduce((sum, layer) => sum + Math.max(1, layer.calls.length) * callsOf(layer), 0);

const callsOf = ({ model, wrapped }: LayerSpec): number =>
  1 + (model ? callsIn(model) : 0) + (wrapped ? callsOf(wrapped) : 0);

function refuseNamesAndSizes(model: ModelSpec): void {
  const names = new Set<string>();
  for (const layer of model.layers) {
    if (names.has(layer.name)) {
      throw new FoveaError('MODEL_CONFIG_INVALID', {
        reason: `two layers of the model "${model.name}" are called "${layer.name}"`,
        expected: 'a name of its own for each layer',
        received: `"${layer.name}" twice`,
      });
    }
    names.add(layer.name);
    refuseSizes(layer);
  }
}

function refuseSizes({ name, className, config, model, wrapped }: LayerSpec): void {
  const refuse = (what: string, size: number, most: number) => {
    const reason = `layer "${name}" (${className}) has ${what} ${size}`;
    throw new FoveaError('MODEL_TOO_LARGE', { reason, expected: `at most ${most}`, received: String(size) });
  };
  for (const [setting, value] of Object.entries(config)) {
    if (!SIZES.has(setting)) continue;
    const sizes = [value].flat(2).filter((size) => typeof size === 'number');
    for (const size of sizes) if (Math.abs(size) > MAX_SIZE) refuse(setting, size, MAX_SIZE);
    const numbers = sizes.reduce((product, size) => product * Math.max(1, size), 1);
    if (setting.endsWith('_shape') && numbers > MAX_INPUT)
      refuse('numbers in each input,', numbers, MAX_INPUT);
  }
  if (model) refuseNamesAndSizes(model);
  if (wrapped) refuseSizes(wrapped);
}
