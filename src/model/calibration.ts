import { FoveaError } from '../core/errors.ts';
import type { Calibration, OperatingPoint } from './calibration-schema.ts';
import type { Manifest } from './manifest.ts';

/** Keeps logarithms finite: a model that says exactly 0 or 1 is taken to mean less. */
const EPSILON = 1e-7;

const logOdds = (p: number) => {
  const q = Math.min(1 - EPSILON, Math.max(EPSILON, p));
  return Math.log(q / (1 - q));
};

const MAPS: {
  [Kind in Calibration['map']['kind']]: (
    p: readonly number[],
    map: Extract<Calibration['map'], { kind: Kind }>,
    isClasses: boolean,
  ) => number[];
} = {
  temperature: (p, { temperature, shifts }) =>
    shares(p.map((v, i) => Math.max(EPSILON, v) ** (1 / temperature) * Math.exp(shifts?.[i] ?? 0))),
  platt: (p, { scales, shifts }) =>
    p.map((v, i) => 1 / (1 + Math.exp(-(scales[i]! * logOdds(v) + shifts[i]!)))),
  isotonic: (p, { knots }, isClasses) => {
    const meant = p.map((v, i) => onSteps(knots[i]!, v));
    return isClasses && meant.some((v) => v > 0) ? shares(meant) : meant;
  },
};

/**
 * What a model's probabilities mean.
 *
 * @param probabilities 0–1, one a label, as the model says them
 * @param isClasses whether exactly one label holds
 * @returns 0–1, one a label; of classes with the sum 1
 */
export const calibrated = (
  probabilities: readonly number[],
  map: Calibration['map'],
  isClasses: boolean,
): number[] => MAPS[map.kind](probabilities, map as never, isClasses);

/** What a model's probabilities mean where it was calibrated, and as it says them where it was not. */
export const meant = (
  probabilities: readonly number[],
  { calibration, task }: Partial<Pick<Manifest, 'calibration' | 'task'>>,
): readonly number[] =>
  calibration ? calibrated(probabilities, calibration.map, task === 'multi_class') : probabilities;

/** Labels that a picture may have, at the coverage of the calibration. */
export interface LabelSet {
  readonly coverage: number;
  /** Labels that cannot be excluded. */
  readonly labels: readonly string[];
  /** Those of them that may as well fail to hold; of classes all, where there are several. */
  readonly open: readonly string[];
  /** More are open than the model may name one of. */
  readonly abstained: boolean;
}

/**
 * The conformal set of a picture. An empty one is filled with the most probable label, and the grades of an ordered
 * scale with those in between: both can only raise the coverage.
 *
 * @param p calibrated, one a label
 */
export function labelSet(
  p: readonly number[],
  { conformal }: Calibration,
  { labels, task, ordinal }: Pick<Manifest, 'labels' | 'task' | 'ordinal'>,
): LabelSet {
  const { coverage, presentFrom, absentUpTo, largestSet } = conformal;
  const names = labels.map(({ label }) => label);
  const may = p.map((value, i) => presentFrom[i] === null || value >= presentFrom[i]!);
  if (task === 'multi_class') {
    if (!may.includes(true)) may[p.indexOf(Math.max(...p))] = true;
    if (ordinal) may.fill(true, may.indexOf(true), may.lastIndexOf(true) + 1);
    const held = names.filter((_, i) => may[i]);
    return {
      coverage,
      labels: held,
      open: held.length > 1 ? held : [],
      abstained: held.length > largestSet,
    };
  }
  const mayNot = p.map((value, i) => absentUpTo?.[i] == null || value <= absentUpTo[i]!);
  // Between the two limits, where the label can neither hold nor fail: the nearer of them.
  for (const i of p.keys())
    if (!may[i] && !mayNot[i]) {
      may[i] = p[i]! >= (presentFrom[i]! + absentUpTo![i]!) / 2;
      mayNot[i] = !may[i];
    }
  const open = names.filter((_, i) => may[i] && mayNot[i]);
  return { coverage, labels: names.filter((_, i) => may[i]), open, abstained: open.length > largestSet };
}

/** Without a calibration the grade in the middle: as much of the probability lies below as above. */
const MIDDLE = 0.5;

/**
 * Which class an answer names: the most probable, or of grades the lowest above which little enough of the probability
 * lies, as the most probable one would hardly ever be a rare one between two others.
 *
 * @param p calibrated, one a label
 */
export function namedClass(
  p: readonly number[],
  { ordinal, calibration }: Pick<Manifest, 'ordinal' | 'calibration'>,
): number {
  if (!ordinal) return p.indexOf(Math.max(...p));
  const share = calibration?.gradeShare ?? MIDDLE;
  let above = p.reduce((a, b) => a + b, 0);
  return p.findIndex((value, i) => {
    above -= value;
    return above < share || i === p.length - 1;
  });
}

/** Probability of each derived label: the sum of its parts. */
export const derivedProbabilities = (
  p: readonly number[],
  { labels, derived = [] }: Pick<Manifest, 'labels' | 'derived'>,
): number[] =>
  derived.map(({ of }) =>
    Math.min(
      1,
      of.reduce((sum, part) => sum + p[labels.findIndex(({ label }) => label === part)]!, 0),
    ),
  );

/**
 * A point of the model's by name, or the usual one; null where the model was not calibrated.
 *
 * @throws FoveaError `OPERATING_POINT_UNKNOWN`
 */
export function operatingPoint(
  { name, calibration }: Pick<Manifest, 'name' | 'calibration'>,
  wanted?: string,
): OperatingPoint | null {
  const points = calibration?.operatingPoints ?? [];
  const found = wanted === undefined ? points[0] : points.find((point) => point.name === wanted);
  if (wanted !== undefined && !found)
    throw new FoveaError('OPERATING_POINT_UNKNOWN', {
      model: name,
      expected: points.map((point) => point.name).join(', ') || 'a calibrated model',
      received: wanted,
    });
  return found ?? null;
}

/** What a probability becomes where a label is rarer or more frequent than where it was calibrated (Saerens 2002). */
export function atPrevalence(p: number, calibratedAt: number, prevalence: number): number {
  const [up, down] = [prevalence / calibratedAt, (1 - prevalence) / (1 - calibratedAt)];
  const [yes, no] = [p * up, (1 - p) * down];
  return Number.isFinite(yes + no) && yes + no > 0 ? yes / (yes + no) : p;
}

/** Rising `[said, meant]` pairs, linear in between, level beyond. */
function onSteps(knots: readonly (readonly [number, number])[], p: number): number {
  const after = knots.findIndex(([said]) => said >= p);
  if (after < 0) return knots.at(-1)?.[1] ?? p;
  if (after === 0) return knots[0]![1];
  const [[x0, y0], [x1, y1]] = [knots[after - 1]!, knots[after]!];
  return x1 === x0 ? y1 : y0 + ((p - x0) / (x1 - x0)) * (y1 - y0);
}

function shares(values: readonly number[]): number[] {
  const sum = values.reduce((a, b) => a + b, 0);
  return values.map((value) => value / sum);
}
