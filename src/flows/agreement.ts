/** How well answers agree with labels, and whether a difference could be chance. */

/** Area under the ROC curve: the chance that a positive scores higher than a negative; ties count half. */
export function auroc(scores: readonly number[], positive: readonly boolean[]): number {
  const order = scores.map((_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  let rankSum = 0;
  let positives = 0;
  for (let i = 0; i < order.length; ) {
    let j = i;
    while (j < order.length && scores[order[j]!] === scores[order[i]!]) j++;
    // Equal scores share the mean of their ranks.
    const rank = (i + 1 + j) / 2;
    for (; i < j; i++) {
      if (!positive[order[i]!]) continue;
      rankSum += rank;
      positives++;
    }
  }
  const negatives = order.length - positives;
  return positives === 0 || negatives === 0
    ? Number.NaN
    : (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/**
 * McNemar's exact test: how often a split at least as uneven as this comes of a fair coin, both ways.
 *
 * @param a pictures that only the first had right
 * @param b pictures that only the second had right
 */
export function mcnemar(a: number, b: number): number {
  const n = a + b;
  if (n === 0) return 1;
  let term = 0.5 ** n;
  // So many tosses that one outcome is below what a double holds: the normal approximation is exact enough.
  if (term === 0) return 2 * upperTail(Math.abs(a - b) / Math.sqrt(n));
  let tail = 0;
  for (let k = 0; k <= Math.min(a, b); k++) {
    tail += term;
    term *= (n - k) / (k + 1);
  }
  return Math.min(1, 2 * tail);
}

/** P(Z > z), by Abramowitz and Stegun's formula 26.2.17. */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const poly =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * poly;
}

/** Wilson's 95 % interval of a proportion. */
export function wilson(hits: number, n: number): readonly [low: number, high: number] {
  const z = 1.959964;
  const p = hits / n;
  const middle = (p + z ** 2 / (2 * n)) / (1 + z ** 2 / n);
  const half = (z / (1 + z ** 2 / n)) * Math.sqrt((p * (1 - p)) / n + z ** 2 / (4 * n ** 2));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/**
 * The assignment of columns to rows with the largest sum (Kuhn–Munkres, in the form of Jonker and Volgenant: O(n³)).
 *
 * @param gains square, `gains[row][column]`
 * @returns the column of each row
 */
export function bestAssignment(gains: readonly (readonly number[])[]): number[] {
  const n = gains.length;
  const [rowPrice, columnPrice] = [new Float64Array(n + 1), new Float64Array(n + 1)];
  /** Row that holds a column; rows and columns count from 1, 0 is none. */
  const holder = new Int32Array(n + 1);
  const way = new Int32Array(n + 1);
  for (let row = 1; row <= n; row++) {
    holder[0] = row;
    let column = 0;
    const slack = new Float64Array(n + 1).fill(Number.POSITIVE_INFINITY);
    const seen = new Uint8Array(n + 1);
    do {
      seen[column] = 1;
      const from = holder[column]!;
      let step = Number.POSITIVE_INFINITY;
      let next = 0;
      for (let c = 1; c <= n; c++) {
        if (seen[c]) continue;
        const cost = -gains[from - 1]![c - 1]! - rowPrice[from]! - columnPrice[c]!;
        if (cost < slack[c]!) {
          slack[c] = cost;
          way[c] = column;
        }
        if (slack[c]! < step) {
          step = slack[c]!;
          next = c;
        }
      }
      for (let c = 0; c <= n; c++) {
        if (seen[c]) {
          rowPrice[holder[c]!]! += step;
          columnPrice[c]! -= step;
        } else {
          slack[c]! -= step;
        }
      }
      column = next;
    } while (holder[column] !== 0);
    for (; column !== 0; column = way[column]!) holder[column] = holder[way[column]!]!;
  }
  const columns = new Array<number>(n);
  for (let c = 1; c <= n; c++) columns[holder[c]! - 1] = c - 1;
  return columns;
}
