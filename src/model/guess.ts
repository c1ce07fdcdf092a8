import type { Preprocessing } from '../image/contract.ts';
import type { Traits } from './graph.ts';
import type { Manifest } from './manifest.ts';
import { imageInput } from './model.ts';
import type { Shape } from './session.ts';

/** What the guess rests on. */
export interface Evidence {
  readonly traits: Pick<Traits, 'activation'> & {
    readonly layers: readonly Pick<Traits['layers'][number], 'name' | 'className'>[];
  };
  /** The model's input, batch axis first. */
  readonly inputShape: Shape;
  /** Numbers the model answers with. */
  readonly outputs: number;
  /** A labels file in Teachable Machine's form lies beside the model. */
  readonly numberedLabels: boolean;
}

/** The guessed part of a manifest, and why it was guessed so. */
export type Guess = Pick<Manifest, 'task' | 'output' | 'preprocessing'> & { readonly reason: string };

type Scaling = Pick<Preprocessing, 'rescale_factor' | 'image_mean' | 'image_std' | 'channel_order'>;

const scaled = (
  rescale_factor: number,
  mean: number[],
  std: number[],
  channel_order: 'RGB' | 'BGR' = 'RGB',
) => ({
  rescale_factor,
  image_mean: mean,
  image_std: std,
  channel_order,
});

/** The `preprocess_input` modes of keras.applications (keras/src/applications/imagenet_utils.py). */
const SCALINGS = {
  /** 0…1: the founding paper, and most hand-written networks. */
  unit: scaled(1 / 255, [0, 0, 0], [1, 1, 1]),
  /** −1…1: mode "tf", and Teachable Machine. */
  symmetric: scaled(1 / 127.5, [1, 1, 1], [1, 1, 1]),
  /** Mode "caffe": BGR less the ImageNet means, not scaled. */
  caffe: scaled(1, [103.939, 116.779, 123.68], [1, 1, 1], 'BGR'),
  /** Mode "torch": ImageNet means and deviations on 0…1. */
  torch: scaled(1 / 255, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
  /** 0…255 as decoded: the model scales for itself. */
  raw: scaled(1, [0, 0, 0], [1, 1, 1]),
} satisfies Record<string, Scaling>;

/** Model or layer names of keras.applications → the scaling that family's `preprocess_input` does. */
const FAMILIES: readonly (readonly [pattern: RegExp, family: string, scaling: keyof typeof SCALINGS])[] = [
  [/^efficientnet/i, 'EfficientNet', 'raw'],
  [/^convnext/i, 'ConvNeXt', 'raw'],
  [/^mobilenet_?v3/i, 'MobileNetV3', 'raw'],
  [/^mobilenet|^expanded_conv|^conv_dw_1$|^block_1_expand$/i, 'MobileNet', 'symmetric'],
  [/^inception|^mixed7$/i, 'Inception', 'symmetric'],
  [/^xception|^block2_sepconv1$/i, 'Xception', 'symmetric'],
  [/^nasnet/i, 'NASNet', 'symmetric'],
  [/^resnet\d+v2$|^conv2_block1_preact_bn$/i, 'ResNetV2', 'symmetric'],
  [/^densenet/i, 'DenseNet', 'torch'],
  [/^resnet\d+$|^conv2_block1_1_conv$/i, 'ResNet', 'caffe'],
  [/^vgg\d+$|^block1_conv1$/i, 'VGG', 'caffe'],
];

const IN_MODEL_SCALING = new Set(['Rescaling', 'Normalization']);

/**
 * Guesses what a Keras file does not say: how the picture is prepared and what the output means. Always shown as a
 * guess, with its reason, and editable.
 */
export function guessContract(evidence: Evidence): Guess {
  const { traits, inputShape, outputs } = evidence;
  const { scaling, crop, resample, reason } = guessPreprocessing(evidence);
  const { height, width, channels, data_format } = imageInput(inputShape);
  const grey = channels === 1;
  const { rescale_factor, image_mean, image_std, channel_order } = SCALINGS[scaling];
  return {
    // Several sigmoids answer several questions; one sigmoid tells between two classes.
    task: traits.activation === 'sigmoid' && outputs > 1 ? 'multi_label' : 'multi_class',
    output: traits.activation === 'softmax' || traits.activation === 'sigmoid' ? 'probabilities' : 'logits',
    preprocessing: {
      // 224 px is the founding paper's size, for networks that take any.
      size: { height: height ?? 224, width: width ?? 224 },
      crop,
      resample,
      rescale_factor,
      image_mean: grey ? image_mean.slice(0, 1) : image_mean,
      image_std: grey ? image_std.slice(0, 1) : image_std,
      channel_order: grey ? 'GRAY' : channel_order,
      data_format,
    },
    reason,
  };
}

function guessPreprocessing({ traits: { layers }, numberedLabels }: Evidence): {
  readonly scaling: keyof typeof SCALINGS;
  readonly crop: Preprocessing['crop'];
  readonly resample: Preprocessing['resample'];
  readonly reason: string;
} {
  const squash = { crop: 'none', resample: 'pil_bilinear' } as const;
  const own = layers.find(({ className }) => IN_MODEL_SCALING.has(className));
  if (own) {
    return { ...squash, scaling: 'raw', reason: `The model scales its input itself (layer "${own.name}").` };
  }
  const family = FAMILIES.find(([pattern]) => layers.some(({ name }) => pattern.test(name)));
  if (family?.[1] === 'MobileNet' && (numberedLabels || isTeachableMachine(layers))) {
    return {
      scaling: 'symmetric',
      crop: 'cover',
      resample: 'pil_lanczos',
      reason:
        'The file looks like a Teachable Machine export, whose own program crops to a square and scales to −1…1.',
    };
  }
  if (family) {
    const reason = `The layers are those of keras.applications' ${family[1]}, whose preprocess_input scales like this.`;
    return { ...squash, scaling: family[2], reason };
  }
  return {
    ...squash,
    scaling: 'unit',
    reason: 'Nothing in the file tells how pictures were prepared; most programs resize and divide by 255.',
  };
}

/** Teachable Machine nests a MobileNet without its top in one Sequential and the taught head in another. */
const isTeachableMachine = (layers: Evidence['traits']['layers']): boolean =>
  layers.filter(({ className }) => className === 'Sequential').length >= 2;
