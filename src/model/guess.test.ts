import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Preprocessing } from '../image/contract.ts';
import { type Evidence, guessContract } from './guess.ts';

const evidence = (
  layers: readonly (readonly [name: string, className: string])[],
  more: Partial<Evidence> & { activation?: string } = {},
): Evidence => ({
  traits: {
    activation: more.activation ?? 'softmax',
    layers: layers.map(([name, className]) => ({ name, className })),
  },
  inputShape: [null, 224, 224, 3],
  outputs: 4,
  numberedLabels: false,
  ...more,
});

const TEACHABLE_MACHINE = [
  ['sequential_1', 'Sequential'],
  ['model1', 'Functional'],
  ['Conv1', 'Conv2D'],
  ['expanded_conv_depthwise', 'DepthwiseConv2D'],
  ['sequential_3', 'Sequential'],
] as const;

/** Where a model comes from → the part of its contract that follows from it. */
const CASES: readonly { origin: string; evidence: Evidence; expected: Partial<Preprocessing> }[] = [
  {
    origin: 'Teachable Machine',
    evidence: evidence(TEACHABLE_MACHINE),
    expected: { crop: 'cover', resample: 'pil_lanczos', rescale_factor: 1 / 127.5, image_mean: [1, 1, 1] },
  },
  {
    origin: 'MobileNetV2 of keras.applications',
    evidence: evidence([['mobilenetv2_1.00_224', 'Functional']]),
    expected: { crop: 'none', rescale_factor: 1 / 127.5, image_mean: [1, 1, 1] },
  },
  {
    origin: 'ResNet50, in caffe mode',
    evidence: evidence([['resnet50', 'Functional']]),
    expected: { rescale_factor: 1, channel_order: 'BGR', image_mean: [103.939, 116.779, 123.68] },
  },
  {
    origin: 'ResNet50V2, not taken for ResNet50',
    evidence: evidence([['resnet50v2', 'Functional']]),
    expected: { rescale_factor: 1 / 127.5, channel_order: 'RGB' },
  },
  {
    origin: 'DenseNet121, in torch mode',
    evidence: evidence([['densenet121', 'Functional']]),
    expected: { image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] },
  },
  {
    origin: 'EfficientNet, which scales for itself',
    evidence: evidence([['efficientnetb0', 'Functional']]),
    expected: { rescale_factor: 1, image_mean: [0, 0, 0] },
  },
  {
    origin: 'any network with a Rescaling layer',
    evidence: evidence([
      ['vgg16', 'Functional'],
      ['rescale', 'Rescaling'],
    ]),
    expected: { rescale_factor: 1, channel_order: 'RGB' },
  },
  {
    origin: "a hand-written network: the founding paper's contract",
    evidence: evidence([['conv2d', 'Conv2D']]),
    expected: {
      crop: 'none',
      rescale_factor: 1 / 255,
      size: { height: 224, width: 224 },
      channel_order: 'RGB',
    },
  },
  {
    origin: 'a grey channels-first network',
    evidence: evidence([['conv2d', 'Conv2D']], { inputShape: [null, 1, 48, 64] }),
    expected: {
      size: { height: 48, width: 64 },
      channel_order: 'GRAY',
      image_mean: [0],
      data_format: 'channels_first',
    },
  },
  {
    origin: 'a network that takes any size',
    evidence: evidence([['conv2d', 'Conv2D']], { inputShape: [null, null, null, 3] }),
    expected: { size: { height: 224, width: 224 } },
  },
];

describe('the contract is guessed for', () => {
  for (const { origin, evidence, expected } of CASES) {
    test(origin, () => {
      const { preprocessing, reason } = guessContract(evidence);
      assert.deepEqual({ ...preprocessing, ...expected }, preprocessing);
      assert.match(reason, /\.$/, 'a guess gives its reason');
    });
  }
});

describe('the meaning of the output is guessed from its activation', () => {
  const CASES = [
    { activation: 'softmax', outputs: 4, task: 'multi_class', output: 'probabilities' },
    { activation: 'sigmoid', outputs: 8, task: 'multi_label', output: 'probabilities' },
    { activation: 'sigmoid', outputs: 1, task: 'multi_class', output: 'probabilities' },
    { activation: 'linear', outputs: 4, task: 'multi_class', output: 'logits' },
  ];
  for (const { activation, outputs, task, output } of CASES) {
    test(`${activation} over ${outputs}: ${task}, ${output}`, () => {
      const guess = guessContract(evidence([['conv2d', 'Conv2D']], { activation, outputs }));
      assert.deepEqual([guess.task, guess.output], [task, output]);
    });
  }
});
