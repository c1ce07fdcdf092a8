import { FoveaError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import type { Familiarities, Familiarity } from './familiar.ts';
import type { Manifest } from './manifest.ts';
import type { Look, Network } from './network.ts';
import type { Shape } from './session.ts';

/** A model ready to answer: its manifest and its loaded graph, checked against each other. */
export class Model {
  readonly manifest: Manifest;
  readonly #network: Network;
  readonly #familiar: Familiarities | undefined;

  /**
   * @throws FoveaError `MODEL_INPUT_NOT_IMAGE`, `MODEL_OUTPUT_NOT_CLASSES`, or `MODEL_MANIFEST_INVALID` when the
   *   manifest's size, channels or labels are not the graph's
   */
  constructor(manifest: Manifest, network: Network, familiar?: Familiarities) {
    checkManifest(manifest, network.inputShape, classCount(network.outputShape));
    this.manifest = manifest;
    this.#network = network;
    this.#familiar = familiar;
  }

  /**
   * @param input what `preprocess` makes of a picture by this model's contract
   * @returns one probability (0–1) a label, in the manifest's order
   * @throws FoveaError `OUTPUT_NOT_FINITE`
   */
  async predict(input: Tensor<'float32'>): Promise<number[]> {
    return (await this.read(input)).probabilities;
  }

  /**
   * The same, and how like the picture is to those that the model learned from: null where nobody said what those are.
   *
   * @throws FoveaError `OUTPUT_NOT_FINITE`
   */
  async read(
    input: Tensor<'float32'>,
  ): Promise<{ readonly probabilities: number[]; readonly familiarity: Familiarity | null }> {
    const { output, look } = await this.#network.run(input);
    const familiarity = (look && this.#familiar?.of(look)) ?? null;
    return { probabilities: this.#probabilities(Array.from(output)), familiarity };
  }

  /** What a picture looks like to it, where the graph is known in two parts. */
  async look(input: Tensor<'float32'>): Promise<Look | null> {
    return (await this.#network.run(input)).look;
  }

  #probabilities(scores: number[]): number[] {
    if (!scores.every(Number.isFinite))
      throw new FoveaError('OUTPUT_NOT_FINITE', { received: String(scores) });
    const probabilities =
      this.manifest.output === 'logits' ? ACTIVATIONS[this.manifest.task](scores) : scores;
    return isComplementary(this.manifest, scores.length)
      ? [1 - probabilities[0]!, probabilities[0]!]
      : probabilities;
  }

  /** Frees the graph's memory. */
  close(): Promise<void> {
    return this.#network.close();
  }
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

const ACTIVATIONS = {
  multi_label: (scores: number[]) => scores.map(sigmoid),
  multi_class: (scores: number[]) => {
    if (scores.length === 1) return scores.map(sigmoid);
    const highest = Math.max(...scores);
    const powers = scores.map((s) => Math.exp(s - highest));
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((p) => p / sum);
  },
};

/** One sigmoid output under two labels: the output is the second label's probability, as Keras orders classes. */
const isComplementary = ({ labels }: Manifest, outputs: number) => outputs === 1 && labels.length === 2;

/**
 * Classes of a `[batch, classes]` output; axes of length 1 may trail.
 *
 * @throws FoveaError `MODEL_OUTPUT_NOT_CLASSES`
 */
export function classCount(outputShape: Shape): number {
  const [, ...dims] = outputShape;
  const [count = 1, ...others] = dims.filter((d) => d !== 1);
  if (dims.length > 0 && count !== null && others.length === 0) return count;
  throw new FoveaError('MODEL_OUTPUT_NOT_CLASSES', {
    expected: 'one output of batch × classes',
    received: shapeText(outputShape),
  });
}

/**
 * Height, width and channels that a graph takes, whatever the order of its axes.
 *
 * @throws FoveaError `MODEL_INPUT_NOT_IMAGE`
 */
export function imageInput(inputShape: Shape): {
  readonly height: number | null;
  readonly width: number | null;
  readonly channels: 1 | 3;
  readonly data_format: 'channels_last' | 'channels_first';
} {
  const [, a, b, c] = inputShape;
  if (inputShape.length === 4 && (c === 1 || c === 3)) {
    return { height: a!, width: b!, channels: c, data_format: 'channels_last' };
  }
  if (inputShape.length === 4 && (a === 1 || a === 3)) {
    return { height: b!, width: c!, channels: a, data_format: 'channels_first' };
  }
  throw new FoveaError('MODEL_INPUT_NOT_IMAGE', {
    expected: 'one input of batch × height × width × 1 or 3 channels',
    received: shapeText(inputShape),
  });
}

const shapeText = (shape: Shape) => `a tensor of shape ${shape.map((d) => d ?? 'any').join('×')}`;

function checkManifest(manifest: Manifest, inputShape: Shape, classes: number): void {
  const { name, labels, preprocessing, task, derived = [], calibration } = manifest;
  const refuse = (reason: string, expected: string, received: string) => {
    throw new FoveaError('MODEL_MANIFEST_INVALID', { name, reason, expected, received });
  };
  const input = imageInput(inputShape);
  const { size, channel_order, data_format, image_mean, image_std } = preprocessing;
  const channels = channel_order === 'GRAY' ? 1 : 3;
  if (channels !== input.channels) {
    refuse('channel_order does not fit the input', `${input.channels} channels`, channel_order);
  }
  if (image_mean.length !== channels || image_std.length !== channels) {
    refuse(
      'image_mean and image_std need one number a channel',
      `${channels}`,
      `${image_mean.length}, ${image_std.length}`,
    );
  }
  if (image_std.includes(0)) refuse('image_std divides', 'numbers other than 0', String(image_std));
  if (data_format !== input.data_format) {
    refuse('data_format does not fit the input', input.data_format, data_format);
  }
  if ((input.height ?? size.height) !== size.height || (input.width ?? size.width) !== size.width) {
    refuse(
      'size does not fit the input',
      `${input.height} × ${input.width}`,
      `${size.height} × ${size.width}`,
    );
  }
  if (labels.length !== classes && !(classes === 1 && labels.length === 2)) {
    refuse('labels do not fit the output', `${classes} labels`, `${labels.length}`);
  }
  const known = labels.map(({ label }) => label);
  const stranger = derived.flatMap(({ of }) => of).find((part) => !known.includes(part));
  if (stranger !== undefined) refuse('derived names no label of the model', known.join(', '), stranger);
  if (derived.length > 0 && task !== 'multi_class')
    refuse('derived adds up classes of which one holds', 'multi_class', task);
  const fitted = calibration?.prevalences.length ?? labels.length;
  if (fitted !== labels.length)
    refuse('calibration is of another model', `${labels.length} labels`, `${fitted}`);
}
