import { readFile } from 'node:fs/promises';
import { asFoveaError, type FoveaError } from '../core/errors.ts';
import { random } from '../core/random.ts';
import { decode, fit, normalise, type Preprocessing } from '../image/index.ts';
import type { Manifest, Model } from '../model/index.ts';
import { auroc, bestAssignment, mcnemar, wilson } from './agreement.ts';
import { describeContract, difference, distance, geometries, scalings } from './contracts.ts';
import type { LabelledPictures } from './labelled-pictures.ts';

/** A contract that was tried, and how its answers agree with the labels. */
export interface Tried {
  readonly contract: Preprocessing;
  readonly words: readonly string[];
  /** Accuracy, or for a multi-label model the mean area under the ROC curve. */
  readonly score: number;
  /** Pictures answered otherwise than under the present contract. */
  readonly changed: number;
  /** That the difference from the present contract is chance. */
  readonly p: number;
}

export interface CheckReport {
  readonly pictures: number;
  /** Pictures of each class, in the order of the outputs. */
  readonly classes: readonly { readonly name: string; readonly pictures: number }[];
  readonly unreadable: readonly { readonly file: string; readonly error: FoveaError }[];
  readonly measure: 'accuracy' | 'mean AUROC';
  readonly present: Tried & { readonly interval?: readonly [number, number] };
  /** The contract that fits: the present one where none is clearly better. */
  readonly fitting: Tried & { readonly interval?: readonly [number, number] };
  /**
   * `fits`: none of the others is better. `wrong`: another is, beyond chance. `undecided`: another looks better, and
   * so few pictures cannot tell.
   */
  readonly verdict: 'fits' | 'wrong' | 'undecided';
  /** About how many pictures more would tell, where it is undecided. */
  readonly morePictures?: number;
  /** The order of labels that fits, where it is clearly another; all other scores here are under it. */
  readonly labelOrder?: readonly string[];
  /** What the present contract scores under the labels as they stand. */
  readonly scoreAsLabelled?: number;
  /** All contracts tried, the best first. */
  readonly tried: readonly Tried[];
}

/** Answers of the model under one contract, a row a picture. */
interface Answers {
  readonly contract: Preprocessing;
  readonly scores: readonly (readonly number[])[];
}

interface Truth {
  /** Places of each picture's labels. */
  readonly labels: readonly (readonly number[])[];
  readonly classes: number;
  readonly task: Manifest['task'];
}

export interface CheckOptions {
  /** Told after every picture of every round: how many of how many are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Chance below which a difference counts, before it is shared among the contracts tried. */
const ALPHA = 0.05;
/** The same for the order of labels, of which there are many. */
const LABEL_ALPHA = 0.001;
const RESAMPLINGS = 1000;

/**
 * Tries the plausible contracts of a model on pictures with known labels: first scaling and channel order, then crop
 * and resize kernel under the best of these, then scalings again if the geometry changed.
 *
 * @throws FoveaError `DATASET_INVALID` where no picture can be read; `OUTPUT_NOT_FINITE`
 */
export async function check(
  model: Model,
  { pictures, names }: LabelledPictures,
  { onProgress }: CheckOptions = {},
): Promise<CheckReport> {
  const { preprocessing: present, task, labels } = model.manifest;
  const unreadable = new Map<string, FoveaError>();
  let done = 0;
  const rounds = 3;
  const answer = async (contracts: readonly Preprocessing[]): Promise<Map<string, Answers>> => {
    const rows = contracts.map(() => [] as number[][]);
    for (const { path } of pictures) {
      onProgress?.(done++, rounds * pictures.length);
      if (unreadable.has(path)) continue;
      try {
        const image = await decode(await readFile(path));
        // One fit a geometry; what is left of a contract is arithmetic.
        const fitted = new Map<string, ReturnType<typeof fit>>();
        for (const [i, contract] of contracts.entries()) {
          const key = `${contract.crop} ${contract.resample}`;
          const pixels = fitted.get(key) ?? fit(image, contract);
          fitted.set(key, pixels);
          rows[i]!.push(await model.predict(normalise(pixels, contract)));
        }
      } catch (thrown) {
        unreadable.set(path, asFoveaError(thrown));
      }
    }
    return new Map(contracts.map((contract, i) => [keyOf(contract), { contract, scores: rows[i]! }]));
  };

  const all = await answer(scalings(present));
  const given: Truth = {
    labels: pictures.filter(({ path }) => !unreadable.has(path)).map((picture) => picture.truth),
    classes: labels.length,
    task,
  };
  if (given.labels.length === 0) throw [...unreadable.values()][0]!;
  // Under labels in a wrong order no contract looks right: that is settled first.
  const truth = settled(given, [...all.values()]).truth;
  const scaled = best([...all.values()], truth).contract;
  for (const [key, answers] of await answer(geometries(scaled).slice(1))) all.set(key, answers);
  const shaped = best([...all.values()], truth).contract;
  if (shaped.crop !== scaled.crop || shaped.resample !== scaled.resample) {
    const again = scalings(shaped).filter((contract) => !all.has(keyOf(contract)));
    for (const [key, answers] of await answer(again)) all.set(key, answers);
  }
  onProgress?.(rounds * pictures.length, rounds * pictures.length);

  const order = settled(given, [...all.values()]);
  const judge = new Judge(order.truth, all.get(keyOf(present))!, [...all.values()]);
  const { verdict, fitting, morePictures } = judge.contract();
  return {
    pictures: given.labels.length,
    classes: names.map((name, i) => ({
      name,
      pictures: given.labels.filter((own) => own.includes(i)).length,
    })),
    unreadable: [...unreadable].map(([file, error]) => ({ file, error })),
    measure: task === 'multi_class' ? 'accuracy' : 'mean AUROC',
    present: judge.withInterval(judge.present),
    fitting: judge.withInterval(fitting),
    verdict,
    ...(morePictures !== undefined && { morePictures }),
    ...(order.places && {
      labelOrder: order.places.map((place) => names[place]!),
      scoreAsLabelled: scoreOf(given, all.get(keyOf(present))!),
    }),
    tried: judge.tried(),
  };
}

/**
 * The labels in the order that the answers speak for: the given one, unless another agrees clearly better under some
 * contract than the given one does under any.
 */
function settled(
  given: Truth,
  all: readonly Answers[],
): { readonly truth: Truth; readonly places?: readonly number[] } {
  const orders = all.map((answers) => {
    const places = bestOrder(given, answers);
    return { answers, places, score: scoreOf(given, answers, undefined, places) };
  });
  const top = orders.toSorted((a, b) => b.score - a.score)[0]!;
  const base = best(all, given);
  if (top.places.every((place, i) => place === i) || top.score <= scoreOf(given, base))
    return { truth: given };
  const p =
    given.task === 'multi_class'
      ? paired(hits(given, base), hits(given, top.answers, top.places))
      : resampled(given, base, top.answers, top.places);
  if (p >= LABEL_ALPHA) return { truth: given };
  const labels = given.labels.map((own) => own.map((label) => top.places.indexOf(label)));
  return { truth: { ...given, labels }, places: top.places };
}

/** For each output the label that it goes with best. */
function bestOrder({ labels, classes, task }: Truth, { scores }: Answers): number[] {
  const gains = Array.from({ length: classes }, (_, output) =>
    Array.from({ length: classes }, (_, label) => {
      const holds = labels.map((own) => own.includes(label));
      if (task === 'multi_class') return scores.filter((row, i) => chosen(row) === output && holds[i]).length;
      const area = auroc(
        scores.map((row) => row[output]!),
        holds,
      );
      return Number.isNaN(area) ? 0.5 : area;
    }),
  );
  return bestAssignment(gains);
}

/** Bootstrap over pictures: how often the difference of two scores changes its sign, both ways. */
function resampled(truth: Truth, a: Answers, b: Answers, places?: readonly number[]): number {
  if (a === b && !places) return 1;
  const n = truth.labels.length;
  const draw = random('check');
  const full = scoreOf(truth, b, undefined, places) - scoreOf(truth, a);
  let against = 0;
  for (let r = 0; r < RESAMPLINGS; r++) {
    const sample = Array.from({ length: n }, () => draw.whole(0, n - 1));
    const difference = scoreOf(truth, b, sample, places) - scoreOf(truth, a, sample);
    if (difference * full <= 0 || Number.isNaN(difference)) against++;
    // So even that more draws would not make it count.
    if (r === 60 && against > 6) return Math.min(1, (2 * (against + 1)) / (r + 2));
  }
  return Math.min(1, (2 * against) / RESAMPLINGS);
}

const keyOf = (contract: Preprocessing) => describeContract(contract).join();

/** The largest of an answer's outputs. */
const chosen = (scores: readonly number[]) => scores.indexOf(Math.max(...scores));

/** Whether each picture is answered rightly, with output i standing for label `places[i]`. */
const hits = ({ labels }: Truth, { scores }: Answers, places?: readonly number[]): boolean[] =>
  scores.map((row, i) => labels[i]!.includes(places ? places[chosen(row)]! : chosen(row)));

/** How well answers agree, over some of the pictures (all, where none are named). */
function scoreOf(
  truth: Truth,
  answers: Answers,
  sample?: readonly number[],
  places?: readonly number[],
): number {
  const { labels, classes, task } = truth;
  const rows = sample ?? labels.map((_, i) => i);
  if (task === 'multi_class') {
    const right = hits(truth, answers, places);
    return rows.filter((i) => right[i]).length / rows.length;
  }
  const areas = Array.from({ length: classes }, (_, output) =>
    auroc(
      rows.map((i) => answers.scores[i]![output]!),
      rows.map((i) => labels[i]!.includes(places ? places[output]! : output)),
    ),
  ).filter((area) => !Number.isNaN(area));
  return areas.reduce((a, b) => a + b, 0) / areas.length;
}

/** Mean log-probability of the right answers: tells contracts apart that answer alike. */
function likelihood({ labels, task }: Truth, { scores }: Answers): number {
  const floor = 1e-7;
  const terms = scores.map((row, i) =>
    task === 'multi_class'
      ? Math.log(Math.max(row[labels[i]![0]!]!, floor))
      : row.reduce((sum, p, c) => sum + Math.log(Math.max(labels[i]!.includes(c) ? p : 1 - p, floor)), 0),
  );
  return terms.reduce((a, b) => a + b, 0) / terms.length;
}

/** The best answers; among equals the likelier. */
function best(all: readonly Answers[], truth: Truth): Answers {
  const measured = all.map((answers) => ({
    answers,
    score: scoreOf(truth, answers),
    likelihood: likelihood(truth, answers),
  }));
  return measured.toSorted((a, b) => b.score - a.score || b.likelihood - a.likelihood)[0]!.answers;
}

/** Weighs the contracts against the present one. */
class Judge {
  readonly #truth: Truth;
  readonly #present: Answers;
  readonly #all: readonly Answers[];
  /** Computed once each: a bootstrap takes its time. */
  readonly #chances = new Map<string, number>();

  constructor(truth: Truth, present: Answers, all: readonly Answers[]) {
    this.#truth = truth;
    this.#present = present;
    this.#all = all;
  }

  get present(): Tried {
    return this.#tried(this.#present);
  }

  tried(): Tried[] {
    return this.#all
      .map((answers) => this.#tried(answers))
      .toSorted((a, b) => b.score - a.score || a.p - b.p);
  }

  withInterval(tried: Tried): Tried & { interval?: readonly [number, number] } {
    const n = this.#truth.labels.length;
    return this.#truth.task === 'multi_class'
      ? { ...tried, interval: wilson(Math.round(tried.score * n), n) }
      : tried;
  }

  /** The contract that fits, and how sure that is. */
  contract(): Pick<CheckReport, 'verdict' | 'fitting' | 'morePictures'> {
    const { present } = this;
    const winner = this.#tried(best(this.#all, this.#truth));
    if (winner.score <= present.score) return { verdict: 'fits', fitting: present };
    // Contracts that differ in their kernel alone answer nearly alike: the chance is shared among the scalings.
    const threshold = ALPHA / scalings(this.#present.contract).length;
    if (winner.p > threshold) {
      return { verdict: 'undecided', fitting: present, morePictures: this.#morePictures(winner) };
    }
    // Of all that are not clearly worse than the best, the one that changes least.
    const near = this.#all
      .filter((answers) => this.#p(this.#answersOf(winner), answers) > ALPHA)
      .map((answers) => this.#tried(answers))
      .filter((tried) => tried.score > present.score && tried.p <= threshold);
    const steps = (tried: Tried) => distance(this.#present.contract, tried.contract);
    const fitting =
      near.toSorted((a, b) => steps(a) - steps(b) || b.score - a.score || a.p - b.p)[0] ?? winner;
    return { verdict: 'wrong', fitting };
  }

  #tried(answers: Answers): Tried {
    return {
      contract: answers.contract,
      words: describeContract(answers.contract),
      score: scoreOf(this.#truth, answers),
      changed: this.#changed(answers),
      p: answers === this.#present ? 1 : this.#p(this.#present, answers),
    };
  }

  #answersOf({ contract }: Tried): Answers {
    return this.#all.find((answers) => answers.contract === contract)!;
  }

  #changed({ scores }: Answers): number {
    const answerOf = (row: readonly number[]) =>
      this.#truth.task === 'multi_class' ? String(chosen(row)) : row.map((p) => Number(p >= 0.5)).join('');
    return scores.filter((row, i) => answerOf(row) !== answerOf(this.#present.scores[i]!)).length;
  }

  #p(a: Answers, b: Answers): number {
    const key = `${keyOf(a.contract)} ${keyOf(b.contract)}`;
    const known = this.#chances.get(key) ?? this.#chance(a, b);
    this.#chances.set(key, known);
    return known;
  }

  #chance(a: Answers, b: Answers): number {
    if (this.#truth.task === 'multi_class') return paired(hits(this.#truth, a), hits(this.#truth, b));
    return resampled(this.#truth, a, b);
  }

  /** By how many the pictures would have to grow for a difference of this kind to count. */
  #morePictures(winner: Tried): number {
    const n = this.#truth.labels.length;
    if (this.#truth.task !== 'multi_class') return n;
    const [a, b] = [hits(this.#truth, this.#present), hits(this.#truth, this.#answersOf(winner))];
    const lost = a.filter((right, i) => right && !b[i]).length;
    const won = b.filter((right, i) => right && !a[i]).length;
    // z² of the difference grows with the pictures; 3.2² is the chance shared among some thirty contracts.
    const z = (won - lost) / Math.sqrt(Math.max(won + lost, 1));
    return Math.max(1, Math.ceil(n * ((3.2 / Math.max(z, 0.1)) ** 2 - 1)));
  }
}

const paired = (a: readonly boolean[], b: readonly boolean[]): number =>
  mcnemar(a.filter((right, i) => right && !b[i]).length, b.filter((right, i) => right && !a[i]).length);

/** What the present contract costs, in a sentence. */
export function sentence(report: CheckReport): string {
  const { verdict, present, fitting, pictures, measure } = report;
  const value = (score: number) =>
    measure === 'accuracy' ? `${(100 * score).toFixed(0)} %` : score.toFixed(3);
  if (verdict === 'fits')
    return `The present contract fits: ${measure} ${value(present.score)}, and no other is better.`;
  if (verdict === 'undecided') {
    const [best] = report.tried;
    return `${difference(present.contract, best!.contract)} changes ${best!.changed} of ${pictures} answers (${measure} ${value(present.score)} → ${value(best!.score)}), which so few pictures cannot tell from chance; about ${report.morePictures} more would.`;
  }
  return `${difference(present.contract, fitting.contract)} changes ${fitting.changed} of ${pictures} answers; ${measure} ${value(present.score)} → ${value(fitting.score)}.`;
}
