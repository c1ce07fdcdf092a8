import { FoveaError } from '../core/errors.ts';
import type { Look } from './network.ts';

/**
 * What the pictures a model learned from look like to it: `familiar.json` beside the model. The means of its channels, or its
 * features, are described by their mean and by the axes along which they vary most; what lies far away, measured in what is
 * usual (Mahalanobis' distance along the axes, and what is left beside them), is unlike all that it was taught.
 */
export interface Familiar {
  /** SHA-256 of the model's file: the numbers of another mean something else. */
  readonly model: string;
  /** Which numbers of the model are described; features, where it does not say. */
  readonly of?: keyof Look;
  /** How many pictures it was learned from, and of what. */
  readonly pictures: number;
  readonly source: string;
  /** Base64 of float32. */
  readonly mean: string;
  /** Base64 of float32, axis by axis. */
  readonly axes: string;
  /** Standard deviation along each axis. */
  readonly deviations: readonly number[];
  /** Root mean square of what is left beside the axes. */
  readonly residual: number;
  /** Distance that one in a hundred pictures of patients that are not described exceeds. */
  readonly limit: number;
}

/** How far a picture lies from what a model learned from. */
export interface Familiarity {
  /** 1 is usual. */
  readonly distance: number;
  readonly limit: number;
  /** Beyond the limit. */
  readonly unlike: boolean;
}

/** A description, unpacked. */
export class Familiarities {
  readonly #mean: Float32Array;
  readonly #axes: Float32Array;
  readonly #of: keyof Look;
  readonly #about: Familiar;

  /** @throws FoveaError `MODEL_DAMAGED` where its parts do not fit each other */
  constructor(about: Familiar) {
    refuseMalformed(about);
    this.#about = about;
    this.#mean = floats(about.mean);
    this.#axes = floats(about.axes);
    this.#of = about.of ?? 'features';
    if (this.#mean.length === 0 || this.#axes.length !== this.#mean.length * about.deviations.length)
      throw new FoveaError('MODEL_DAMAGED', {
        reason: 'the parts of familiar.json do not fit each other',
        expected: `${this.#mean.length} numbers an axis`,
        received: `${this.#axes.length} for ${about.deviations.length} axes`,
      });
  }

  /** @returns null where the model gives other numbers than are described */
  of(look: Look): Familiarity | null {
    const size = this.#mean.length;
    const { deviations, residual, limit } = this.#about;
    const numbers = look[this.#of];
    if (numbers?.length !== size) return null;
    const off = numbers.map((value, i) => value - this.#mean[i]!);
    let left = off.reduce((sum, value) => sum + value * value, 0);
    let sum = 0;
    for (const [k, deviation] of deviations.entries()) {
      let along = 0;
      for (let i = 0, at = k * size; i < size; i++, at++) along += off[i]! * this.#axes[at]!;
      left -= along * along;
      sum += (along / deviation) ** 2;
    }
    // What lies beside the axes counts as much as all of them: it is where the unknown differs.
    const distance = Math.sqrt((sum / deviations.length + Math.max(0, left) / residual ** 2) / 2);
    return { distance, limit, unlike: distance > limit };
  }
}

/** Axes: enough for most of the variation, few enough that a thousand pictures settle them. Half of the numbers at most, so
 * that something is left beside them. */
const AXES = 32;
const ROUNDS = 20;
/** Share of those pictures that lie within the limit. */
const WITHIN = 0.99;

/**
 * Describes what pictures look like: by the means of channels, or for a model with too few convolutions by its features.
 *
 * @param looks of at least 100 pictures
 * @param held of other patients: they set the limit
 */
export function describeFamiliar(
  looks: readonly Look[],
  held: readonly Look[],
  about: Pick<Familiar, 'model' | 'source'>,
): Familiar {
  const of = looks[0]!.channels ? 'channels' : 'features';
  const learnt = looks.map((look) => look[of]!);
  const size = learnt[0]!.length;
  const mean = new Float32Array(size);
  for (const row of learnt) for (let i = 0; i < size; i++) mean[i]! += row[i]! / learnt.length;
  const centred = learnt.map((row) => row.map((value, i) => value - mean[i]!));
  const axes = mainAxes(centred, Math.max(1, Math.min(AXES, size >> 1, learnt.length - 1)));
  const along = centred.map((row) => axes.map((axis) => dot(row, axis)));
  const deviations = axes.map((_, k) => rootMeanSquare(along.map((places) => places[k]!)) || 1e-6);
  const beside = centred.map((row, n) =>
    Math.sqrt(Math.max(0, dot(row, row) - along[n]!.reduce((sum, place) => sum + place * place, 0))),
  );
  const described: Familiar = {
    ...about,
    of,
    pictures: learnt.length,
    mean: base64(mean),
    axes: base64(Float32Array.from(axes.flatMap((axis) => [...axis]))),
    deviations: deviations.map((value) => Number(value.toPrecision(6))),
    residual: Number((rootMeanSquare(beside) || 1e-6).toPrecision(6)),
    limit: Number.POSITIVE_INFINITY,
  };
  const judge = new Familiarities(described);
  const distances = held.map((look) => judge.of(look)!.distance).sort((a, b) => a - b);
  const limit = distances[Math.min(distances.length - 1, Math.floor(WITHIN * distances.length))]!;
  return { ...described, limit: Number(limit.toPrecision(4)) };
}

/** Orthogonal iteration (Golub & Van Loan, Matrix Computations, 8.2.4) on rows whose mean is 0. */
function mainAxes(rows: readonly Float32Array[], count: number): Float32Array[] {
  const size = rows[0]!.length;
  // Any start will do that no axis is at right angles to; rows themselves are one.
  let axes = Array.from({ length: count }, (_, k) => rows[Math.floor((k * rows.length) / count)]!.slice());
  orthonormalise(axes);
  for (let round = 0; round < ROUNDS; round++) {
    const next = axes.map(() => new Float32Array(size));
    for (const row of rows)
      for (const [k, axis] of axes.entries()) {
        const along = dot(row, axis);
        const to = next[k]!;
        for (let i = 0; i < size; i++) to[i]! += along * row[i]!;
      }
    orthonormalise(next);
    axes = next;
  }
  return axes;
}

function orthonormalise(axes: readonly Float32Array[]): void {
  for (const [k, axis] of axes.entries()) {
    // Twice: once leaves what rounding brings back (Giraud et al. 2005).
    for (let pass = 0; pass < 2; pass++)
      for (const earlier of axes.slice(0, k)) {
        const along = dot(axis, earlier);
        for (let i = 0; i < axis.length; i++) axis[i]! -= along * earlier[i]!;
      }
    const length = Math.sqrt(dot(axis, axis)) || 1;
    for (let i = 0; i < axis.length; i++) axis[i]! /= length;
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

const rootMeanSquare = (values: readonly number[]) =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / Math.max(1, values.length));

const base64 = (values: Float32Array) => Buffer.from(values.buffer).toString('base64');

/** It may have been written by anybody. @throws FoveaError `MODEL_DAMAGED` */
function refuseMalformed({ of = 'features', mean, axes, deviations, residual, limit }: Familiar): void {
  const wrong = Object.entries({
    of: of === 'features' || of === 'channels',
    mean: typeof mean === 'string',
    axes: typeof axes === 'string',
    deviations: Array.isArray(deviations) && deviations.every(isAboveNone),
    residual: isAboveNone(residual),
    limit: isAboveNone(limit),
  }).find(([, isRight]) => !isRight);
  if (wrong)
    throw new FoveaError('MODEL_DAMAGED', {
      reason: `"${wrong[0]}" of familiar.json is not what \`fovea familiar\` writes`,
    });
}

const isAboveNone = (value: unknown) => typeof value === 'number' && value > 0;

/** @throws FoveaError `MODEL_DAMAGED` */
function floats(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length % 4 !== 0) throw new FoveaError('MODEL_DAMAGED', { reason: 'familiar.json is cut off' });
  return new Float32Array(new Uint8Array(bytes).buffer);
}
