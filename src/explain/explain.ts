import { FoveaError } from '../core/errors.ts';
import { random } from '../core/random.ts';
import type { Tensor } from '../core/tensor.ts';
import { encodeOnnx } from '../formats/onnx/encode.ts';
import type { OnnxModel } from '../formats/onnx/model.ts';
import { appendGradient } from '../gradient/index.ts';
import {
  attribution,
  eigenCam,
  enlarged,
  featuresOf,
  gradCam,
  gradCamPlusPlus,
  hiResCam,
  type Map2D,
  positive,
  weighted,
} from './maps.ts';
import { type Places, placesIn } from './network.ts';

type Input = Tensor<'float32'>;

/** A loaded graph: what runs it is the caller's. */
export interface Runner {
  run(feeds: Readonly<Record<string, Input>>): Promise<Record<string, Input>>;
  close(): Promise<void>;
}

/** Opens a graph's bytes. */
export type Open = (onnx: Uint8Array) => Promise<Runner>;

export const METHODS = [
  'cam',
  'grad-cam',
  'grad-cam++',
  'hires-cam',
  'eigen-cam',
  'score-cam',
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
  'input-gradient': 'Gradient times pixel: where a small change of a pixel would change the score. Noisy.',
  'integrated-gradients': 'Gradients summed on the way from a black picture to this one.',
  smoothgrad: 'Gradient times pixel, the mean over noisy copies of the picture.',
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
}

export interface ExplainOptions {
  /** Default: `cam` where the head is pooled, else `hires-cam`, else `occlusion`. */
  readonly method?: Method;
  /** Random masks of RISE. */
  readonly masks?: number;
}

const INTEGRATION_STEPS = 24;
const NOISY_COPIES = 16;
/** Noise of SmoothGrad as a share of the input's range (Smilkov et al. 2017: 10 to 20 %). */
const NOISE = 0.15;
const RISE_MASKS = 1000;
/** Cells of a RISE mask a side, and the chance that a cell is open (Petsiuk et al. 2018). */
const RISE_CELLS = 7;
const RISE_OPEN = 0.5;
const OCCLUSION_PATCHES = 14;
const SCORE_CHANNELS = 64;

/**
 * Looks into a classifier: which places of a picture speak for a class. Gradients are appended to the graph itself;
 * what cannot be reached so is tried from outside, by covering parts of the picture.
 */
export class Explainer {
  readonly #model: OnnxModel;
  readonly #open: Open;
  readonly #places: Places;
  readonly #channelsLast: boolean;
  /** Graphs with gradients, opened once. */
  readonly #opened = new Map<string, Promise<{ runner: Runner; given: string; gradient: string }>>();
  #plain: Promise<Runner> | undefined;

  /**
   * @param model a graph of one image input and one output of classes
   * @param channelsLast where the channels stand in its input
   */
  constructor(model: OnnxModel, channelsLast: boolean, open: Open) {
    this.#model = model;
    this.#open = open;
    this.#channelsLast = channelsLast;
    this.#places = placesIn(model);
  }

  /** What is taken where nobody chose: the exact one where there is one. */
  get defaultMethod(): Method {
    const { features, pooled } = this.#places;
    return features === undefined ? 'occlusion' : pooled ? 'cam' : 'hires-cam';
  }

  /** The output with the highest probability. */
  async likeliest(input: Input): Promise<number> {
    const answers = await this.#answers(input);
    return answers.indexOf(Math.max(...answers));
  }

  /**
   * @param input as the model takes it, one picture
   * @param index which output
   * @throws FoveaError `EXPLANATION_IMPOSSIBLE`, `GRADIENT_UNSUPPORTED`
   */
  async explain(input: Input, index: number, options: ExplainOptions = {}): Promise<Explanation> {
    const method = options.method ?? this.defaultMethod;
    const probability = (await this.#answers(input))[index];
    if (probability === undefined) {
      throw new FoveaError('EXPLANATION_IMPOSSIBLE', { method, reason: `it has no output ${index}` });
    }
    const map = await this.#map(method, input, index, probability, options);
    const speaks = map.data.some((value) => value > 0);
    return { ...map, method, caveat: speaks ? CAVEATS[method] : NOTHING, probability };
  }

  async close(): Promise<void> {
    const opened = [this.#plain, ...[...this.#opened.values()].map(async (graph) => (await graph).runner)];
    await Promise.allSettled(opened.map(async (runner) => (await runner)?.close()));
  }

  #map(method: Method, input: Input, index: number, whole: number, { masks = RISE_MASKS }: ExplainOptions) {
    switch (method) {
      case 'cam':
        if (!this.#places.pooled) throw this.#impossible(method, 'its head is not an average and one matrix');
        // The matrix's column is the gradient of the score with respect to the pooled map, the same at every place.
        return this.#fromFeatures(method, input, index, hiResCam);
      case 'grad-cam':
        return this.#fromFeatures(method, input, index, gradCam);
      case 'grad-cam++':
        return this.#fromFeatures(method, input, index, gradCamPlusPlus);
      case 'hires-cam':
        return this.#fromFeatures(method, input, index, hiResCam);
      case 'eigen-cam':
        return this.#fromFeatures(method, input, index, eigenCam);
      case 'score-cam':
        return this.#scoreCam(input, index);
      case 'input-gradient':
        return this.#throughGradient(input, index, [input]);
      case 'integrated-gradients':
        return this.#throughGradient(input, index, scaledCopies(input, INTEGRATION_STEPS));
      case 'smoothgrad':
        return this.#throughGradient(input, index, noisyCopies(input, NOISY_COPIES));
      case 'occlusion':
        return this.#occlusion(input, index, whole);
      case 'rise':
        return this.#rise(input, index, masks);
    }
  }

  #impossible(method: Method, reason: string) {
    return new FoveaError('EXPLANATION_IMPOSSIBLE', { method, reason });
  }

  async #answers(input: Input): Promise<Float32Array> {
    this.#plain ??= this.#open(encodeOnnx(this.#model));
    const results = await (await this.#plain).run({ [this.#places.input]: input });
    return results[this.#places.output]!.data;
  }

  /** The graph with the gradient of the scores with respect to one value. */
  #withGradient(value: string) {
    const known =
      this.#opened.get(value) ??
      (async () => {
        const { model, given, gradients } = appendGradient(this.#model, {
          of: this.#places.logits,
          withRespectTo: [value],
        });
        const features = { name: value, dtype: 'float32', shape: null } as const;
        const isInner = value !== this.#places.input;
        const outputs = isInner ? [...model.graph.outputs, features] : model.graph.outputs;
        const bytes = encodeOnnx({ ...model, graph: { ...model.graph, outputs } });
        return { runner: await this.#open(bytes), given, gradient: gradients[0]! };
      })();
    this.#opened.set(value, known);
    return known;
  }

  async #classCount(input: Input): Promise<number> {
    return (await this.#answers(input)).length / input.shape[0]!;
  }

  async #fromFeatures(
    method: Method,
    input: Input,
    index: number,
    combine: (features: ReturnType<typeof featuresOf>, gradient: ReturnType<typeof featuresOf>) => Map2D,
  ): Promise<Map2D> {
    const { features } = this.#places;
    if (features === undefined) throw this.#impossible(method, 'it has no map of features');
    const { runner, given, gradient } = await this.#withGradient(features);
    const seed = oneHot(await this.#classCount(input), index);
    const results = await runner.run({ [this.#places.input]: input, [given]: seed });
    const map = results[features]!;
    if (map.shape.length !== 4) throw this.#impossible(method, 'its last features are not a map');
    return combine(featuresOf(map), featuresOf(results[gradient]!));
  }

  /** Gradient × input, the mean over some pictures on the way. */
  async #throughGradient(input: Input, index: number, pictures: readonly Input[]): Promise<Map2D> {
    const { runner, given, gradient } = await this.#withGradient(this.#places.input);
    const seed = oneHot(await this.#classCount(input), index);
    const sum = new Float32Array(input.data.length);
    for (const picture of pictures) {
      const results = await runner.run({ [this.#places.input]: picture, [given]: seed });
      results[gradient]!.data.forEach((value, i) => {
        sum[i]! += value / pictures.length;
      });
    }
    return attribution(input, sum, this.#channelsLast);
  }

  get #axes(): readonly [height: number, width: number] {
    return this.#channelsLast ? [1, 2] : [2, 3];
  }

  /** The picture with each place times a mask, and the rest the picture's mean. */
  #masked(input: Input, mask: Map2D): Input {
    const [height, width] = this.#axes.map((axis) => input.shape[axis]!) as [number, number];
    const open = enlarged(mask, width, height).data;
    const channels = input.data.length / open.length;
    const mean = input.data.reduce((sum, value) => sum + value, 0) / input.data.length;
    const data = input.data.map((value, i) => {
      const share = open[this.#channelsLast ? Math.floor(i / channels) : i % open.length]!;
      return mean + (value - mean) * share;
    });
    return { ...input, data };
  }

  async #scoreCam(input: Input, index: number): Promise<Map2D> {
    const { features: name } = this.#places;
    if (name === undefined) throw this.#impossible('score-cam', 'it has no map of features');
    const { runner, given } = await this.#withGradient(name);
    const seed = oneHot(await this.#classCount(input), index);
    const map = (await runner.run({ [this.#places.input]: input, [given]: seed }))[name]!;
    if (map.shape.length !== 4) throw this.#impossible('score-cam', 'its last features are not a map');
    const features = featuresOf(map);
    const area = features.height * features.width;
    const channel = (c: number) => features.data.subarray(c * area, (c + 1) * area);
    // The channels that vary most; the others' masks show the picture as a whole.
    const spread = (c: number) => Math.max(...channel(c)) - Math.min(...channel(c));
    const chosen = Array.from({ length: features.channels }, (_, c) => c)
      .sort((a, b) => spread(b) - spread(a))
      .slice(0, SCORE_CHANNELS);
    const weights = new Float64Array(features.channels);
    for (const c of chosen) {
      const low = Math.min(...channel(c));
      const mask = positive(
        features.width,
        features.height,
        channel(c).map((value) => value - low),
      );
      weights[c] = (await this.#answers(this.#masked(input, mask)))[index]!;
    }
    return weighted(features, weights);
  }

  async #occlusion(input: Input, index: number, whole: number): Promise<Map2D> {
    const n = OCCLUSION_PATCHES;
    const data = new Float32Array(n * n);
    for (let i = 0; i < n * n; i++) {
      const covered = { width: n, height: n, data: new Float32Array(n * n).fill(1) };
      covered.data[i] = 0;
      data[i] = whole - (await this.#answers(this.#masked(input, covered)))[index]!;
    }
    return positive(n, n, data);
  }

  async #rise(input: Input, index: number, count: number): Promise<Map2D> {
    const draws = random('rise');
    const side = 4 * RISE_CELLS;
    const sum = new Float64Array(side * side);
    const opened = new Float64Array(side * side);
    for (let m = 0; m < count; m++) {
      const cells = RISE_CELLS + 1;
      const grid = Float32Array.from({ length: cells * cells }, () => Number(draws.chance(RISE_OPEN)));
      const [dx, dy] = [draws.whole(0, 3), draws.whole(0, 3)];
      // Shifted by a part of a cell, so that no edge stands always at the same place.
      const large = enlarged({ width: cells, height: cells, data: grid }, 4 * cells, 4 * cells);
      const data = Float32Array.from(
        { length: side * side },
        (_, i) => large.data[(Math.floor(i / side) + dy) * large.width + (i % side) + dx]!,
      );
      const score = (await this.#answers(this.#masked(input, { width: side, height: side, data })))[index]!;
      data.forEach((open, i) => {
        sum[i]! += open * score;
        opened[i]! += open;
      });
    }
    const means = Float32Array.from(sum, (value, i) => value / Math.max(opened[i]!, 1));
    const low = means.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
    return positive(
      side,
      side,
      means.map((value) => value - low),
    );
  }
}

const oneHot = (classes: number, index: number): Input => {
  const data = new Float32Array(classes);
  data[index] = 1;
  return { dtype: 'float32', shape: [1, classes], data };
};

const scaledCopies = (input: Input, steps: number): Input[] =>
  Array.from({ length: steps }, (_, i) => ({
    ...input,
    data: input.data.map((value) => (value * (i + 0.5)) / steps),
  }));

function noisyCopies(input: Input, copies: number): Input[] {
  const draws = random('smoothgrad');
  const [low, high] = input.data.reduce(
    ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as [number, number],
  );
  const deviation = NOISE * (high - low);
  return Array.from({ length: copies }, () => ({
    ...input,
    data: input.data.map((value) => value + draws.normal(0, deviation)),
  }));
}
