import { type Counts, f1, precision, ratio, sensitivity } from './decision.ts';

/** Rows: what is true; columns: what was predicted; sums of weights. */
export type Confusion = readonly (readonly number[])[];

/** @param truth class a case, 0 … classes − 1; `predicted` likewise */
export function confusion(
  truth: readonly number[],
  predicted: readonly number[],
  classes: number,
  weights?: ArrayLike<number>,
): Confusion {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const [i, t] of truth.entries()) matrix[t]![predicted[i]!]! += weights?.[i] ?? 1;
  return matrix;
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/** Mean of what is there; null where nothing is. */
export function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return ratio(sum(known), known.length);
}

/** One class against the rest. */
export function oneAgainstRest(matrix: Confusion, c: number): Counts {
  const tp = matrix[c]![c]!;
  const fn = sum(matrix[c]!) - tp;
  const fp = sum(matrix.map((row) => row[c]!)) - tp;
  return { tp, fn, fp, tn: sum(matrix.flat()) - tp - fn - fp };
}

/** Share of cases on the diagonal. */
export const diagonalShare = (matrix: Confusion) =>
  ratio(sum(matrix.map((row, i) => row[i]!)), sum(matrix.flat()));

/** Mean recall of the classes that occur (sklearn `balanced_accuracy_score`). */
export const balancedAccuracy = (matrix: Confusion) =>
  meanOf(matrix.map((_, c) => sensitivity(oneAgainstRest(matrix, c))));

/** Mean over classes; a class of which nothing can be said counts 0, as sklearn's `zero_division=0`. */
export function macro(all: readonly Counts[]) {
  const mean = (measure: (counts: Counts) => number | null) => meanOf(all.map((c) => measure(c) ?? 0));
  return { precision: mean(precision), recall: mean(sensitivity), f1: mean(f1) };
}

/** Of all classes' counts together. */
export function micro(all: readonly Counts[]) {
  const total = (key: keyof Counts) => sum(all.map((counts) => counts[key]));
  const counts = { tp: total('tp'), fp: total('fp'), fn: total('fn'), tn: total('tn') };
  return { precision: precision(counts), recall: sensitivity(counts), f1: f1(counts) };
}

/** Kappa (Cohen 1960) of classes in no order; null where chance alone agrees in full. */
export function cohenKappa(matrix: Confusion): number | null {
  const n = sum(matrix.flat());
  const expected = sum(matrix.map((row, c) => (sum(row) / n) * (sum(matrix.map((other) => other[c]!)) / n)));
  const observed = diagonalShare(matrix);
  return observed !== null && expected < 1 ? (observed - expected) / (1 - expected) : null;
}

/** Quadratic weighted kappa (Cohen 1968) of ordered classes; null where chance alone agrees in full. */
export function quadraticKappa(matrix: Confusion): number | null {
  const rows = matrix.map(sum);
  const columns = matrix.map((_, c) => sum(matrix.map((row) => row[c]!)));
  const n = sum(rows);
  let seen = 0;
  let expected = 0;
  for (const [i, row] of matrix.entries())
    for (const [j, count] of row.entries()) {
      seen += (i - j) ** 2 * count;
      expected += ((i - j) ** 2 * rows[i]! * columns[j]!) / n;
    }
  return expected > 0 ? 1 - seen / expected : null;
}
