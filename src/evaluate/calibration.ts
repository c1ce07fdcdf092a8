import { random } from '../core/random.ts';
import { quantile } from './bootstrap.ts';

/** Bins of the reliability diagram, of equal width (Guo et al. 2017 use 15). */
export const BINS = 15;

export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly n: number;
  /** Mean probability said; null for an empty bin. */
  readonly said: number | null;
  /** Share of positives seen. */
  readonly seen: number | null;
}

/** @param probabilities 0–1; a probability on an edge belongs to the bin above, 1 to the last */
export function reliability(
  probabilities: readonly number[],
  truth: readonly boolean[],
  bins = BINS,
): ReliabilityBin[] {
  const sums = Array.from({ length: bins }, () => ({ n: 0, said: 0, seen: 0 }));
  for (const [i, p] of probabilities.entries()) {
    const bin = sums[Math.min(bins - 1, Math.floor(p * bins))]!;
    bin.n++;
    bin.said += p;
    if (truth[i]) bin.seen++;
  }
  return sums.map(({ n, said, seen }, k) => ({
    from: k / bins,
    to: (k + 1) / bins,
    n,
    said: n ? said / n : null,
    seen: n ? seen / n : null,
  }));
}

/** Expected calibration error: mean of |said − seen| over the bins, by their n; null without a case. */
export function calibrationError(bins: readonly ReliabilityBin[]): number | null {
  const n = bins.reduce((sum, bin) => sum + bin.n, 0);
  if (n === 0) return null;
  return bins.reduce((sum, bin) => sum + (bin.n ? (bin.n / n) * Math.abs(bin.said! - bin.seen!) : 0), 0);
}

/** What chance alone makes of the calibration error, 0–1. */
export interface ChanceError {
  readonly mean: number;
  /** It is higher once in twenty. */
  readonly high: number;
}

/** Draws of what might have been seen. */
const CHANCE_DRAWS = 500;

/**
 * The calibration error of a model that says these probabilities and means them: never 0, as few cases hardly ever show the
 * share of positives that was said (the consistency bars of Bröcker & Smith 2007). Cases are taken as independent: of two eyes of
 * a patient it is rather more. Null without a case.
 */
export function chanceError(probabilities: readonly number[]): ChanceError | null {
  if (probabilities.length === 0) return null;
  const { chance } = random('chance of a calibration error');
  const errors = Array.from(
    { length: CHANCE_DRAWS },
    () => calibrationError(reliability(probabilities, probabilities.map(chance)))!,
  ).sort((a, b) => a - b);
  return {
    mean: errors.reduce((sum, error) => sum + error, 0) / errors.length,
    high: quantile(errors, 0.95),
  };
}

/** Mean squared distance of the probability from the truth (Brier 1950), 0–1; null without weight. */
export function brier(
  probabilities: readonly number[],
  truth: readonly boolean[],
  weights?: ArrayLike<number>,
): number | null {
  let sum = 0;
  let total = 0;
  for (const [i, p] of probabilities.entries()) {
    const weight = weights?.[i] ?? 1;
    sum += weight * (p - Number(truth[i])) ** 2;
    total += weight;
  }
  return total > 0 ? sum / total : null;
}
