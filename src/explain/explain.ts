import { asFoveaError, FoveaError } from '../core/errors.ts';
import { random } from '../core/random.ts';
import type { OnnxModel } from '../formats/onnx/model.ts';
import { attribution, sensitivity } from './attribution.ts';
import { Classifier, type Head, type Open } from './classifier.ts';
import {
  channelMeans,
  eigenCam,
  type Features,
  featuresOf,
  gradCam,
  gradCamPlusPlus,
  hiResCam,
  type Map2D,
} from './maps.ts';
import { occlusion, rangeOf, rise, scoreCam } from './perturbation.ts';
import { type Input, type Layout, layoutOf, withoutContent } from './pictures.ts';
import { rollOut } from './rollout.ts';

export const METHODS = [
  'cam',
  'grad-cam',
  'grad-cam++',
  'hires-cam',
  'eigen-cam',
  'score-cam',
  'attention-rollout',
  'input-gradient',
  'integrated-gradients',
  'smoothgrad',
  'occlusion',
  'rise',
] as const;

export type Method = (typeof METHODS)[number];

/** What a map rests on, to be read beside it. */
const CAVEATS: Readonly<Record<Method, string>> = {
  cam: 'Exact for this model: the score is the mean of this map, up to its scale and a constant.',
  'grad-cam': 'Weights each feature by its mean gradient; places that speak against the class are not shown.',
  'grad-cam++':
    'Weights each feature by its positive gradients; places that speak against the class are not shown.',
  'hires-cam': 'Feature times gradient, place by place; places that speak against the class are not shown.',
  'eigen-cam': 'What the features have most in common. It is of no class in particular.',
  'score-cam': 'What the class scores when only that part of the picture is shown.',
  'attention-rollout':
    'How much of each patch reaches the answer through the layers of attention. It is of no class in particular.',
  'input-gradient':
    'Gradient times what each pixel has beyond its surroundings: what a small change there would change.',
  'integrated-gradients':
    'Gradients summed on the way from the blurred picture to this one, times what that adds.',
  smoothgrad:
    'Where a small change would change the score, up or down: the gradient, the mean over noisy copies.',
  occlusion: 'How far the probability falls when a patch is covered with grey. It needs nothing but answers.',
  rise: 'The mean of random masks, weighed by the probability under each. It needs nothing but answers.',
};

/** Instead of a caveat, where a map is empty. */
const NOTHING = 'Nothing in the picture speaks for this class.';

export interface Explanation extends Map2D {
  readonly method: Method;
  readonly caveat: string;
  /** The class's probability for the whole picture. */
  readonly probability: number;
  /** Present where the default method cannot look into this model and another was taken: why, a sentence. */
  readonly fallback?: string;
}

export interface ExplainOptions {
  /** Default: `cam` where the head is pooled, else `hires-cam`; `occlusion` where no gradient goes. */
  readonly method?: Method;
  /** Random masks of RISE. */
  readonly masks?: number;
}

/** A map, and what the model answered for the whole picture. */
interface Looked {
  readonly map: Map2D;
  readonly probabilities: readonly number[];
}

/** What a method that only asks for answers does not meet. */
const FROM_OUTSIDE_INSTEAD = new Set(['GRADIENT_UNSUPPORTED', 'EXPLANATION_IMPOSSIBLE']);

const INTEGRATION_STEPS = 16;
const NOISY_COPIES = 16;
/** Noise of SmoothGrad as a share of the input's range (Smilkov et al. 2017: 10 to 20 %). */
const NOISE = 0.15;
const RISE_MASKS = 1000;

/**
 * Looks into a classifier: which places of a picture speak for a class. Gradients are appended to the graph itself;
 * what cannot be reached so is tried from outside, by covering parts of the picture.
 */
export class Explainer {
  readonly channelsLast: boolean;
  readonly #classifier: Classifier;
  readonly #open: Open;

  /**
   * @param model a graph of one image input and one output of classes
   * @param channelsLast where the channels stand in its input
   * @param head what makes probabilities of its output
   * @throws FoveaError `MODEL_DAMAGED`, `EXPLANATION_IMPOSSIBLE` where its input is not of float32
   */
  constructor(model: OnnxModel | Classifier, channelsLast: boolean, open: Open, head: Head = {}) {
    this.#classifier = model instanceof Classifier ? model : new Classifier(model, open, head);
    this.channelsLast = channelsLast;
    this.#open = open;
  }

  /** What is taken where nobody chose: the exact one where there is one. */
  get defaultMethod(): Method {
    const { features, pooled } = this.#classifier.places;
    return features === undefined ? 'occlusion' : pooled ? 'cam' : 'hires-cam';
  }

  /** Layers with something learnt, which `randomised` can take it from. */
  get layers(): number {
    return this.#classifier.layers;
  }

  /** The same model, what its last layers have learnt lost (their numbers shuffled); to be closed like this one. */
  randomised(layers: number, seed: string | number): Explainer {
    return new Explainer(this.#classifier.randomised(layers, seed), this.channelsLast, this.#open);
  }

  /** @throws FoveaError `OUTPUT_NOT_FINITE` */
  probabilities(input: Input): Promise<readonly number[]> {
    return this.#classifier.probabilities(input);
  }

  /**
   * One class's probability for each picture; they are made as they are asked, so that they need not all be kept.
   *
   * @throws FoveaError `OUTPUT_NOT_FINITE`
   */
  async probabilitiesOf(index: number, inputs: Iterable<Input>): Promise<readonly number[]> {
    return (await this.probabilitiesOfAll(inputs)).map((answer) => answer[index]!);
  }

  /** All classes' probabilities for each picture; as `probabilitiesOf`. */
  probabilitiesOfAll(inputs: Iterable<Input>): Promise<readonly (readonly number[])[]> {
    return this.#classifier.probabilitiesOfAll(inputs);
  }

  /** The class with the highest probability. */
  async likeliest(input: Input): Promise<number> {
    const answers = await this.probabilities(input);
    return answers.indexOf(Math.max(...answers));
  }

  /** Of an input. */
  layout(input: Input): Layout {
    return layoutOf(input, this.channelsLast);
  }

  /**
   * @param input as the model takes it, one picture
   * @param index which class
   * @throws FoveaError `EXPLANATION_IMPOSSIBLE`, `GRADIENT_UNSUPPORTED`, `OUTPUT_NOT_FINITE`
   */
  async explain(input: Input, index: number, options: ExplainOptions = {}): Promise<Explanation> {
    const method = options.method ?? this.defaultMethod;
    try {
      return await this.#explainBy(method, input, index, options);
    } catch (thrown) {
      const { code, message } = asFoveaError(thrown);
      if (options.method || method === 'occlusion' || !FROM_OUTSIDE_INSTEAD.has(code)) throw thrown;
      const fallback = `Instead of ${method}: ${message}`;
      return { ...(await this.#explainBy('occlusion', input, index, options)), fallback };
    }
  }

  async #explainBy(
    method: Method,
    input: Input,
    index: number,
    options: ExplainOptions,
  ): Promise<Explanation> {
    const { map, probabilities } = await this.#look(method, input, index, options.masks ?? RISE_MASKS);
    const probability = this.#probabilityOf(index, probabilities, method);
    const speaks = map.data.some((value) => value > 0);
    return { ...map, method, caveat: speaks ? CAVEATS[method] : NOTHING, probability };
  }

  #probabilityOf(index: number, probabilities: readonly number[], method: Method): number {
    const probability = probabilities[index];
    if (probability !== undefined) return probability;
    throw impossible(method, `it has no output ${index}`, `It has ${probabilities.length}, the first is 0.`);
  }

  /**
   * What the model sees a picture as: the mean of each of its last features over the picture, of length 1. Pictures whose
   * vectors point the same way are alike to the model.
   *
   * @throws FoveaError `EXPLANATION_IMPOSSIBLE` where it has no map of features, `OUTPUT_NOT_FINITE`
   */
  async seenAs(input: Input): Promise<{ features: Float32Array; probabilities: readonly number[] }> {
    const what = 'likeness';
    const { features, probabilities } = await this.#classifier.features(this.#featuresName(what), input);
    if (features.shape.length !== 4) throw impossible(what, 'its last features are not a map');
    return { features: unit(channelMeans(featuresOf(features))), probabilities };
  }

  async close(): Promise<void> {
    await this.#classifier.close();
  }

  #look(method: Method, input: Input, index: number, masks: number): Promise<Looked> {
    switch (method) {
      case 'cam':
        if (!this.#classifier.places.pooled)
          throw impossible(method, 'its head is not an average and one matrix');
        // The matrix's column is the gradient of the score with respect to the pooled map, the same at every place.
        return this.#fromGradient(method, input, index, hiResCam);
      case 'grad-cam':
        return this.#fromGradient(method, input, index, gradCam);
      case 'grad-cam++':
        return this.#fromGradient(method, input, index, gradCamPlusPlus);
      case 'hires-cam':
        return this.#fromGradient(method, input, index, hiResCam);
      case 'eigen-cam':
        return this.#fromFeatures(method, input, eigenCam);
      case 'score-cam':
        return this.#fromFeatures(method, input, (features) =>
          scoreCam(input, this.layout(input), features, this.#asked(index)),
        );
      case 'attention-rollout':
        return this.#rolledOut(method, input);
      case 'input-gradient':
        return this.#attributed(input, index, () => [input]);
      case 'integrated-gradients':
        return this.#attributed(input, index, (blurred) => between(blurred, input, INTEGRATION_STEPS));
      case 'smoothgrad':
        return this.#smoothGrad(input, index);
      case 'occlusion':
        return this.#fromOutside(method, input, index, (whole) =>
          occlusion(input, this.layout(input), whole, this.#asked(index)),
        );
      case 'rise':
        return this.#fromOutside(method, input, index, () =>
          rise(input, this.layout(input), masks, this.#asked(index)),
        );
    }
  }

  #asked(index: number) {
    return (pictures: Iterable<Input>) => this.probabilitiesOf(index, pictures);
  }

  async #fromOutside(
    method: Method,
    input: Input,
    index: number,
    look: (whole: number) => Promise<Map2D>,
  ): Promise<Looked> {
    const probabilities = await this.probabilities(input);
    return { map: await look(this.#probabilityOf(index, probabilities, method)), probabilities };
  }

  #featuresName(method: Method | 'likeness'): string {
    const { features, quantised } = this.#classifier.places;
    if (features !== undefined) return features;
    throw impossible(
      method,
      quantised
        ? `it reckons in whole numbers ("${quantised}"), which have no gradient`
        : 'it has no map of features',
    );
  }

  async #fromGradient(
    method: Method,
    input: Input,
    index: number,
    combine: (features: Features, gradient: Features) => Map2D,
  ): Promise<Looked> {
    const name = this.#featuresName(method);
    const { value, gradient, probabilities } = await this.#classifier.backward(name, input, index);
    if (value.shape.length !== 4) throw impossible(method, 'its last features are not a map');
    return { map: combine(featuresOf(value), featuresOf(gradient)), probabilities };
  }

  async #rolledOut(method: Method, input: Input): Promise<Looked> {
    const { attention } = this.#classifier.places;
    if (attention.length === 0) throw impossible(method, 'it has no layers of attention');
    const layers: Input[] = [];
    for (const name of attention) layers.push((await this.#classifier.features(name, input)).features);
    const map = rollOut(layers);
    if (!map) throw impossible(method, 'its attention is not over the patches of a square');
    return { map, probabilities: await this.probabilities(input) };
  }

  async #fromFeatures(
    method: Method,
    input: Input,
    combine: (features: Features) => Map2D | Promise<Map2D>,
  ): Promise<Looked> {
    const name = this.#featuresName(method);
    const { features, probabilities } = await this.#classifier.features(name, input);
    if (features.shape.length !== 4) throw impossible(method, 'its last features are not a map');
    return { map: await combine(featuresOf(features)), probabilities };
  }

  /** The mean gradient over some pictures × what this one has beyond the blurred one. */
  async #attributed(
    input: Input,
    index: number,
    picturesFrom: (blurred: Input) => readonly Input[],
  ): Promise<Looked> {
    const layout = this.layout(input);
    const blurred = withoutContent(input, layout);
    const gradient = await this.#meanGradient(index, picturesFrom(blurred));
    const probabilities = await this.probabilities(input);
    return { map: attribution(input, blurred, gradient, layout), probabilities };
  }

  /** SmoothGrad as its authors have it, without the picture: times it, it would fail the randomisation test. */
  async #smoothGrad(input: Input, index: number): Promise<Looked> {
    const gradient = await this.#meanGradient(index, noisyCopies(input, NOISY_COPIES));
    return { map: sensitivity(gradient, this.layout(input)), probabilities: await this.probabilities(input) };
  }

  async #meanGradient(index: number, pictures: readonly Input[]): Promise<Float32Array> {
    const sum = new Float32Array(pictures[0]!.data.length);
    for (const picture of pictures) {
      const { gradient } = await this.#classifier.backward(this.#classifier.places.input, picture, index);
      for (let i = 0; i < sum.length; i++) sum[i]! += gradient.data[i]! / pictures.length;
    }
    return sum;
  }
}

const impossible = (method: Method | 'likeness', reason: string, hint?: string) =>
  new FoveaError('EXPLANATION_IMPOSSIBLE', { method, reason, ...(hint && { hint }) });

const between = (from: Input, to: Input, steps: number): Input[] =>
  Array.from({ length: steps }, (_, step) => ({
    ...to,
    data: to.data.map((value, i) => from.data[i]! + ((value - from.data[i]!) * (step + 0.5)) / steps),
  }));

function noisyCopies(input: Input, copies: number): Input[] {
  const draws = random('smoothgrad');
  const [low, high] = rangeOf(input.data);
  const deviation = NOISE * (high - low);
  return Array.from({ length: copies }, () => ({
    ...input,
    data: input.data.map((value) => value + draws.normal(0, deviation)),
  }));
}

function unit(values: Float32Array): Float32Array {
  const length = Math.hypot(...values) || 1;
  return values.map((value) => value / length);
}
