/**
 * Measures of ranking, as scikit-learn 1.7 defines them (sklearn/metrics/_ranking.py): ties count half in the area
 * under the ROC curve; average precision is the step-wise sum, without interpolation.
 */

/** Scores sorted once, so that every bootstrap draw is one pass over them. */
export interface Ranked {
  /** Cases from the highest score to the lowest. */
  readonly order: Int32Array;
  readonly scores: readonly number[];
  readonly truth: readonly boolean[];
}

/** A threshold and what is above it: sums of weights. */
export interface CurvePoint {
  readonly threshold: number;
  readonly truePositives: number;
  readonly falsePositives: number;
}

/** @param scores finite; `truth` of the same length */
export function rank(scores: readonly number[], truth: readonly boolean[]): Ranked {
  const order = Int32Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b);
  return { order, scores, truth };
}

/** One point for every distinct score with weight, from the highest down. */
export function curve({ order, scores, truth }: Ranked, weights?: ArrayLike<number>): CurvePoint[] {
  const points: CurvePoint[] = [];
  let truePositives = 0;
  let falsePositives = 0;
  for (let k = 0; k < order.length; k++) {
    const i = order[k]!;
    const weight = weights?.[i] ?? 1;
    if (truth[i]) truePositives += weight;
    else falsePositives += weight;
    const next = order[k + 1];
    if (next === undefined || scores[next] !== scores[i])
      points.push({ threshold: scores[i]!, truePositives, falsePositives });
  }
  return points;
}

/** Area under the ROC curve, 0–1; null where only one class has weight. */
export function auroc(ranked: Ranked, weights?: ArrayLike<number>): number | null {
  const points = curve(ranked, weights);
  const last = points.at(-1);
  if (!last || last.truePositives === 0 || last.falsePositives === 0) return null;
  let area = 0;
  let [tp, fp] = [0, 0];
  for (const point of points) {
    area += ((point.falsePositives - fp) * (point.truePositives + tp)) / 2;
    [tp, fp] = [point.truePositives, point.falsePositives];
  }
  return area / (tp * fp);
}

/** Average precision (AUPRC), 0–1; null where no positive has weight. */
export function averagePrecision(ranked: Ranked, weights?: ArrayLike<number>): number | null {
  const points = curve(ranked, weights);
  const positives = points.at(-1)?.truePositives ?? 0;
  if (positives === 0) return null;
  let sum = 0;
  let tp = 0;
  for (const { truePositives, falsePositives } of points) {
    if (truePositives > tp)
      sum += ((truePositives - tp) / positives) * (truePositives / (truePositives + falsePositives));
    tp = truePositives;
  }
  return sum;
}
