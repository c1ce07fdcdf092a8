import { FoveaError } from '../core/errors.ts';
import { encodeOnnx } from '../formats/onnx/encode.ts';
import type { OnnxModel } from '../formats/onnx/model.ts';
import { appendGradient } from '../gradient/index.ts';
import { type Places, placesIn } from './network.ts';
import type { Input } from './pictures.ts';
import { learntNodes, randomised } from './randomise.ts';

/** A loaded graph: what runs it is the caller's. */
export interface Runner {
  run(feeds: Readonly<Record<string, Input>>): Promise<Record<string, Input>>;
  close(): Promise<void>;
}

/** Opens a graph's bytes. */
export type Open = (onnx: Uint8Array) => Promise<Runner>;

/** What is done with a graph's output before it is a probability. */
export interface Head {
  /** Where the graph answers with logits; default: its outputs are probabilities. */
  readonly activation?: 'softmax' | 'sigmoid';
  /** One output under two classes: it is the second's probability, and what is left the first's. */
  readonly complementary?: boolean;
}

/** What flows backwards through a graph, for one class. */
export interface Backward {
  readonly value: Input;
  /** Of the class's score (before softmax or sigmoid) with respect to `value`. */
  readonly gradient: Input;
  readonly probabilities: readonly number[];
}

/** Numbers in a batch at most: as many as four pictures of 224 × 224; beyond, batches were no faster. */
const BATCH_VALUES = 4 * 224 * 224 * 3;
const MAX_BATCH = 64;

interface Opened {
  readonly runner: Runner;
  readonly given: string;
  readonly gradient: string;
}

/** A classifier's graph, asked, and seen into. */
export class Classifier {
  readonly places: Places;
  readonly #model: OnnxModel;
  readonly #open: Open;
  readonly #head: Head;
  /** Graphs with gradients or features among their outputs, opened once. */
  readonly #opened = new Map<string, Promise<Opened>>();
  #plain: Promise<Runner> | undefined;
  /** Set where the graph turned out to take one picture at a time. */
  #single: boolean;
  #scoresShape: readonly number[] | undefined;

  constructor(model: OnnxModel, open: Open, head: Head = {}) {
    this.#model = model;
    this.#open = open;
    this.#head = head;
    this.places = placesIn(model);
    const input = model.graph.inputs.find(({ name }) => name === this.places.input)!;
    this.#single = typeof input.shape?.[0] === 'number';
    if (input.dtype !== 'float32') {
      const reason = `its input is of ${input.dtype}, not float32`;
      throw new FoveaError('EXPLANATION_IMPOSSIBLE', {
        method: 'any',
        reason,
        hint: 'Give a float32 model.',
      });
    }
  }

  /** Layers with something learnt. */
  get layers(): number {
    return learntNodes(this.#model).length;
  }

  /** The same network, what its last layers have learnt lost: see `randomised`. */
  randomised(layers: number, seed: string | number): Classifier {
    return new Classifier(randomised(this.#model, layers, seed), this.#open, this.#head);
  }

  /** @throws FoveaError `OUTPUT_NOT_FINITE` */
  async probabilities(picture: Input): Promise<readonly number[]> {
    const [answer] = await this.probabilitiesOfAll([picture]);
    return answer!;
  }

  /**
   * @param pictures of one shape, made as they are asked
   * @throws FoveaError `OUTPUT_NOT_FINITE`
   */
  async probabilitiesOfAll(pictures: Iterable<Input>): Promise<readonly number[][]> {
    this.#plain ??= this.#open(encodeOnnx(this.#model));
    const runner = await this.#plain;
    const answers: number[][] = [];
    for (const batch of this.#batches(pictures)) answers.push(...(await this.#answer(runner, batch)));
    return answers;
  }

  *#batches(pictures: Iterable<Input>): Generator<Input[]> {
    let batch: Input[] = [];
    for (const picture of pictures) {
      batch.push(picture);
      const most = this.#single ? 1 : Math.max(1, Math.floor(BATCH_VALUES / picture.data.length));
      if (batch.length >= Math.min(most, MAX_BATCH)) {
        yield batch;
        batch = [];
      }
    }
    if (batch.length > 0) yield batch;
  }

  async #answer(runner: Runner, batch: readonly Input[]): Promise<number[][]> {
    if (batch.length > 1 && !this.#single) {
      try {
        return await this.#run(runner, batch);
      } catch (failure) {
        if (failure instanceof FoveaError) throw failure;
        // A size of one is written somewhere inside the graph.
        this.#single = true;
      }
    }
    const answers: number[][] = [];
    for (const picture of batch) answers.push(...(await this.#run(runner, [picture])));
    return answers;
  }

  async #run(runner: Runner, batch: readonly Input[]): Promise<number[][]> {
    const results = await runner.run({ [this.places.input]: joined(batch) });
    const { data, shape } = results[this.places.output]!;
    if (batch.length > 1 && shape[0] !== batch.length) throw new Error('the graph does not keep its batch');
    const count = data.length / batch.length;
    this.#scoresShape ??= [1, ...shape.slice(1)];
    return batch.map((_, i) => this.#probabilitiesFrom(data.subarray(i * count, (i + 1) * count)));
  }

  #probabilitiesFrom(scores: Float32Array): number[] {
    if (!scores.every(Number.isFinite)) throw notFinite('an answer', scores);
    const { activation, complementary } = this.#head;
    const values =
      activation === 'softmax' && scores.length > 1
        ? softmax(scores)
        : Array.from(scores, activation ? sigmoid : Number);
    return complementary && values.length === 1 ? [1 - values[0]!, values[0]!] : values;
  }

  /** The features of one picture, which need no gradient. */
  async features(
    name: string,
    picture: Input,
  ): Promise<{ features: Input; probabilities: readonly number[] }> {
    const { runner } = await this.#graphWith(name, false);
    const results = await runner.run({ [this.places.input]: picture });
    return {
      features: results[name]!,
      probabilities: this.#probabilitiesFrom(results[this.places.output]!.data),
    };
  }

  /**
   * One picture forwards, and one class backwards to a value within or to the input.
   *
   * @throws FoveaError `GRADIENT_UNSUPPORTED`, `OUTPUT_NOT_FINITE`
   */
  async backward(name: string, picture: Input, index: number): Promise<Backward> {
    const { runner, given, gradient } = await this.#graphWith(name, true);
    const seed = await this.#seed(picture, index);
    const results = await runner.run({ [this.places.input]: picture, [given]: seed });
    const slope = results[gradient]!;
    if (!slope.data.every(Number.isFinite)) throw notFinite('a gradient', slope.data);
    const value = name === this.places.input ? picture : results[name]!;
    const probabilities = this.#probabilitiesFrom(results[this.places.output]!.data);
    return { value, gradient: slope, probabilities };
  }

  /** One where the class's score stands; minus one where the class is what another leaves. */
  async #seed(picture: Input, index: number): Promise<Input> {
    this.#scoresShape ??= this.#statedShape();
    if (!this.#scoresShape) await this.probabilities(picture);
    const shape = this.#scoresShape!;
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    if (this.#head.complementary && data.length === 1) data[0] = index === 0 ? -1 : 1;
    else data[index] = 1;
    return { dtype: 'float32', shape, data };
  }

  /** Of the output, and so of the scores: softmax and sigmoid keep it. */
  #statedShape(): readonly number[] | undefined {
    const [, ...sizes] = this.#model.graph.outputs[0]!.shape ?? [null];
    return sizes.length > 0 && sizes.every((size) => size !== null) ? [1, ...sizes] : undefined;
  }

  #graphWith(name: string, withGradient: boolean): Promise<Opened> {
    const key = `${name} ${withGradient}`;
    const known = this.#opened.get(key) ?? this.#openWith(name, withGradient);
    this.#opened.set(key, known);
    return known;
  }

  async #openWith(name: string, withGradient: boolean): Promise<Opened> {
    const isInner = name !== this.places.input;
    const value = { name, dtype: 'float32', shape: null } as const;
    const { model, given, gradients } = withGradient
      ? appendGradient(this.#model, { of: this.places.logits, withRespectTo: [name] })
      : { model: this.#model, given: '', gradients: [''] };
    const outputs = isInner ? [...model.graph.outputs, value] : model.graph.outputs;
    const bytes = encodeOnnx({ ...model, graph: { ...model.graph, outputs } });
    return { runner: await this.#open(bytes), given, gradient: gradients[0]! };
  }

  /** Frees the graphs' memory. */
  async close(): Promise<void> {
    const opened = [this.#plain, ...[...this.#opened.values()].map(async (graph) => (await graph).runner)];
    await Promise.allSettled(opened.map(async (runner) => (await runner)?.close()));
  }
}

const notFinite = (what: string, values: Float32Array) =>
  new FoveaError('OUTPUT_NOT_FINITE', {
    expected: 'finite numbers',
    received: `${values.find((value) => !Number.isFinite(value))} in ${what}`,
  });

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

function softmax(scores: Float32Array): number[] {
  const highest = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
  const powers = Array.from(scores, (score) => Math.exp(score - highest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

function joined(batch: readonly Input[]): Input {
  const [first] = batch;
  if (batch.length === 1) return first!;
  const data = new Float32Array(first!.data.length * batch.length);
  batch.forEach((picture, i) => {
    data.set(picture.data, i * first!.data.length);
  });
  return { dtype: 'float32', shape: [batch.length, ...first!.shape.slice(1)], data };
}
