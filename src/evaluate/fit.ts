import { rank } from './ranking.ts';

/** Keeps logarithms finite. */
const EPSILON = 1e-7;
const clamped = (p: number) => Math.min(1 - EPSILON, Math.max(EPSILON, p));

/** Bounds of the search, far beyond what a network needs: 0.05 sharpens twentyfold, 20 makes all classes alike. */
const TEMPERATURES = [0.05, 20] as const;
/** Golden section, to a ten-thousandth of the logarithm. */
const STEPS = 40;

/** One row a case: log-probabilities of classes. */
type Rows = readonly (readonly number[])[];

const logsOf = (probabilities: Rows): Rows =>
  probabilities.map((row) => row.map((p) => Math.log(clamped(p))));

/**
 * The temperature of the least negative log-likelihood (Guo et al. 2017): all log-probabilities are divided by it.
 *
 * @param probabilities of classes, 0–1, one row a case; `truth` the index of the right one
 */
export const fitTemperature = (probabilities: Rows, truth: readonly number[]): number =>
  temperatureOf(logsOf(probabilities), truth);

/** @param shifts what is added to the divided log-probabilities of each class */
function temperatureOf(logs: Rows, truth: readonly number[], shifts?: readonly number[]): number {
  const loss = (logTemperature: number) => {
    const sharpness = Math.exp(-logTemperature);
    return logs.reduce((sum, row, i) => {
      const scaled = row.map((v, k) => v * sharpness + (shifts?.[k] ?? 0));
      const highest = Math.max(...scaled);
      const total = scaled.reduce((a, v) => a + Math.exp(v - highest), 0);
      return sum + highest + Math.log(total) - scaled[truth[i]!]!;
    }, 0);
  };
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = TEMPERATURES.map(Math.log) as [number, number];
  for (let i = 0; i < STEPS; i++) {
    const a = high - golden * (high - low);
    const b = low + golden * (high - low);
    if (loss(a) < loss(b)) high = b;
    else low = a;
  }
  return Math.exp((low + high) / 2);
}

/** Cases that came as the model says, beside those that did: of a few cases more than that is not to be believed. */
const PRIOR_CASES = 30;
/** Temperature and shifts by turns, until the temperature stands. */
const TURNS = 20;
const STANDS = 1e-6;
const SHIFT_STEPS = 10;

/**
 * A temperature, and of each class a shift of its log-probability, so that the classes come up as often as they did (Alexandari
 * et al. 2020, bias-corrected temperature scaling): a network that was taught with weights or with other shares of the
 * classes is too sure of some of them. Shifts by iterative scaling (Darroch & Ratcliff 1972); their mean is 0.
 *
 * @param probabilities of classes, 0–1, one row a case; `truth` the index of the right one
 */
export function fitShiftedTemperature(probabilities: Rows, truth: readonly number[]) {
  const logs = logsOf(probabilities);
  const classes = probabilities[0]?.length ?? 0;
  let shifts = Array.from({ length: classes }, () => 0);
  let temperature = temperatureOf(logs, truth);
  const n = truth.length;
  const wanted = expectedCounts(logs, temperature, shifts).map(
    (said, k) => (n * (truth.filter((t) => t === k).length + (PRIOR_CASES * said) / n)) / (n + PRIOR_CASES),
  );
  for (let turn = 0; turn < TURNS; turn++) {
    for (let step = 0; step < SHIFT_STEPS; step++) {
      const said = expectedCounts(logs, temperature, shifts);
      shifts = shifts.map((shift, k) => shift + Math.log(wanted[k]! / said[k]!));
    }
    const before = temperature;
    temperature = temperatureOf(logs, truth, shifts);
    if (Math.abs(temperature / before - 1) < STANDS) break;
  }
  const mean = shifts.reduce((sum, shift) => sum + shift, 0) / classes;
  return { temperature, shifts: shifts.map((shift) => shift - mean) };
}

/** How many cases of each class the probabilities say there are. */
function expectedCounts(logs: Rows, temperature: number, shifts: readonly number[]): number[] {
  const counts = shifts.map(() => 0);
  for (const row of logs) {
    const powers = row.map((v, k) => Math.exp(v / temperature + shifts[k]!));
    const sum = powers.reduce((a, b) => a + b, 0);
    for (const [k, power] of powers.entries()) counts[k]! += power / sum;
  }
  return counts;
}

/** Least scale: a label that is told the wrong way round on a few cases is not turned. */
const LEAST_SCALE = 0.05;
/** Newton's method settles in about ten. */
const NEWTON_STEPS = 100;

/**
 * Scale and shift of a label's log-odds by logistic regression, with Platt's targets (Platt 1999), which keep a few
 * cases from being believed too well.
 */
export function fitPlatt(probabilities: readonly number[], truth: readonly boolean[]) {
  const x = probabilities.map((p) => Math.log(clamped(p) / (1 - clamped(p))));
  const positives = truth.filter(Boolean).length;
  const negatives = truth.length - positives;
  const [yes, no] = [(positives + 1) / (positives + 2), 1 / (negatives + 2)];
  let [scale, shift] = [1, 0];
  for (let step = 0; step < NEWTON_STEPS; step++) {
    let [ga, gb, haa, hab, hbb] = [0, 0, 1e-9, 0, 1e-9];
    for (const [i, value] of x.entries()) {
      const p = 1 / (1 + Math.exp(-(scale * value + shift)));
      const error = p - (truth[i] ? yes : no);
      const weight = Math.max(p * (1 - p), 1e-9);
      ga += error * value;
      gb += error;
      haa += weight * value * value;
      hab += weight * value;
      hbb += weight;
    }
    const determinant = haa * hbb - hab * hab;
    const [da, db] = [(hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant];
    // Far from the least loss the quadratic model is wrong, and a whole step would leave it for good.
    const length = Math.min(1, 2 / Math.hypot(da, db));
    scale -= length * da;
    shift -= length * db;
    if (Math.hypot(da, db) < 1e-9) break;
  }
  return { scale: Math.max(LEAST_SCALE, scale), shift };
}

/**
 * Isotonic regression by pooling adjacent violators (Zadrozny & Elkan 2002).
 *
 * @returns rising `[said, meant]` pairs, one at each end of a pool
 */
export function fitIsotonic(
  probabilities: readonly number[],
  truth: readonly boolean[],
): (readonly [number, number])[] {
  // Equal probabilities are one pool from the start, whatever their truth.
  const groups = Map.groupBy(rank(probabilities, truth).order.toReversed(), (i) => probabilities[i]!);
  const pools: { from: number; to: number; sum: number; n: number }[] = [];
  for (const [p, members] of groups) {
    pools.push({ from: p, to: p, sum: members.filter((i) => truth[i]).length, n: members.length });
    for (;;) {
      const [before, last] = pools.slice(-2);
      if (!last || !before || before.sum / before.n < last.sum / last.n) break;
      pools.splice(-2, 2, {
        from: before.from,
        to: last.to,
        sum: before.sum + last.sum,
        n: before.n + last.n,
      });
    }
  }
  return pools.flatMap(({ from, to, sum, n }) =>
    from === to
      ? [[from, sum / n] as const]
      : ([
          [from, sum / n],
          [to, sum / n],
        ] as const),
  );
}

/**
 * The value at or above which `coverage` of new cases lie, with the correction for a sample (Vovk 2012): the
 * ⌊(n + 1)(1 − coverage)⌋th smallest. Null where there are too few cases to promise it.
 */
export function lowerLimit(values: readonly number[], coverage: number): number | null {
  const place = Math.floor((values.length + 1) * (1 - coverage) + 1e-9);
  return place < 1 ? null : values.toSorted((a, b) => a - b)[place - 1]!;
}
