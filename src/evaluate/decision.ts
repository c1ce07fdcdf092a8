import { curve, type Ranked } from './ranking.ts';

/** Counts, or sums of weights, at one threshold: at and above it counts as positive. */
export interface Counts {
  readonly tp: number;
  readonly fp: number;
  readonly fn: number;
  readonly tn: number;
}

/** @param scores probability a case; `weights` default 1 each */
export function countsAt(
  scores: readonly number[],
  truth: readonly boolean[],
  threshold: number,
  weights?: ArrayLike<number>,
): Counts {
  const counts = { tp: 0, fp: 0, fn: 0, tn: 0 };
  for (let i = 0; i < scores.length; i++) {
    const positive = scores[i]! >= threshold;
    counts[truth[i] ? (positive ? 'tp' : 'fn') : positive ? 'fp' : 'tn'] += weights?.[i] ?? 1;
  }
  return counts;
}

/** A quotient, or null where there is nothing to divide by. */
export const ratio = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);

export const sensitivity = ({ tp, fn }: Counts) => ratio(tp, tp + fn);
export const specificity = ({ tn, fp }: Counts) => ratio(tn, tn + fp);
export const precision = ({ tp, fp }: Counts) => ratio(tp, tp + fp);
export const accuracy = ({ tp, fp, fn, tn }: Counts) => ratio(tp + tn, tp + fp + fn + tn);
/** 2 TP ÷ (2 TP + FP + FN): 0 where nothing is found, null where there is nothing to find and nothing named. */
export const f1 = ({ tp, fp, fn }: Counts) => ratio(2 * tp, 2 * tp + fp + fn);

/** Positive and negative predictive value by Bayes at a prevalence that the user states (0–1). */
export function predictiveValues(counts: Counts, prevalence: number) {
  const sens = sensitivity(counts);
  const spec = specificity(counts);
  if (sens === null || spec === null) return { ppv: null, npv: null };
  const healthy = 1 - prevalence;
  return {
    ppv: ratio(sens * prevalence, sens * prevalence + (1 - spec) * healthy),
    npv: ratio(spec * healthy, spec * healthy + (1 - sens) * prevalence),
  };
}

/**
 * The threshold of the highest specificity with at least this sensitivity, and of those with the highest sensitivity;
 * null without a positive.
 */
export function thresholdForSensitivity(ranked: Ranked, wanted: number): number | null {
  const points = curve(ranked);
  const positives = points.at(-1)?.truePositives ?? 0;
  if (positives === 0) return null;
  // 9 of 10 is 90 %, whatever the last binary place says.
  const first = points.find(({ truePositives }) => truePositives / positives >= wanted - 1e-12)!;
  return points.findLast(({ falsePositives }) => falsePositives === first.falsePositives)!.threshold;
}

/** The threshold of the largest sensitivity + specificity (Youden 1950), the highest of equals. */
export function balancedThreshold(ranked: Ranked): number | null {
  const points = curve(ranked);
  const { truePositives: p = 0, falsePositives: n = 0 } = points.at(-1) ?? {};
  if (p === 0 || n === 0) return null;
  let best = points[0]!;
  const gain = (point: typeof best) => point.truePositives / p - point.falsePositives / n;
  for (const point of points) if (gain(point) > gain(best)) best = point;
  return best.threshold;
}

/** Net benefit of acting at and above a threshold probability (Vickers & Elkin 2006), beside acting on everybody. */
export function netBenefit(scores: readonly number[], truth: readonly boolean[], threshold: number) {
  const { tp, fp, fn, tn } = countsAt(scores, truth, threshold);
  const n = tp + fp + fn + tn;
  const odds = threshold / (1 - threshold);
  return { model: (tp - fp * odds) / n, all: (tp + fn - (fp + tn) * odds) / n };
}

/**
 * Risk–coverage (Geifman & El-Yaniv 2017): the share of wrong answers among the surest, from the surest on.
 * Cases of equal confidence enter together, each with the risk of the whole group.
 *
 * @returns AURC, the mean of the risk over all coverages, and the curve
 */
export function riskCoverage(confidence: readonly number[], wrong: readonly boolean[]) {
  const points = curve(rankWrong(confidence, wrong));
  const n = confidence.length;
  let sum = 0;
  let before = 0;
  const path = points.map(({ truePositives, falsePositives }) => {
    const taken = truePositives + falsePositives;
    const risk = truePositives / taken;
    sum += risk * (taken - before);
    before = taken;
    return { coverage: taken / n, risk };
  });
  return { aurc: ratio(sum, n), path };
}

const rankWrong = (confidence: readonly number[], wrong: readonly boolean[]): Ranked => ({
  order: Int32Array.from(confidence.keys()).sort((a, b) => confidence[b]! - confidence[a]! || a - b),
  scores: confidence,
  truth: wrong,
});
