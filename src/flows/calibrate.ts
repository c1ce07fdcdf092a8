import { FoveaError } from '../core/errors.ts';
import { random } from '../core/random.ts';
import {
  balancedThreshold,
  type Case,
  confusion,
  countsAt,
  fitIsotonic,
  fitPlatt,
  fitShiftedTemperature,
  fitTemperature,
  lowerLimit,
  quadraticKappa,
  rank,
  thresholdForSensitivity,
} from '../evaluate/index.ts';
import {
  type Calibration,
  calibrated,
  derivedProbabilities,
  type Manifest,
  namedClass,
  type OperatingPoint,
} from '../model/index.ts';

export interface CalibrationOptions {
  /** Default: temperature for classes (with shifts where patients left out say so), platt for labels. */
  readonly method?: Calibration['map']['kind'];
  /** Of the conformal sets, 0–1; default 0.9. */
  readonly coverage?: number;
  /** Default: half of the labels. */
  readonly largestSet?: number;
  /** What the cases are, in words. */
  readonly data: string;
}

/** Fewest cases with, and without, a label that its own map can be fitted to. */
const LEAST = 5;
/** Fewest of a class, where one temperature serves all. */
const LEAST_OF_CLASS = 2;
const COVERAGE = 0.9;
/** Of screening programmes; the balanced point (Youden) stands first, as the usual one. */
const SENSITIVITIES = [0.9, 0.95];

/**
 * Fits what makes a model's probabilities mean what they say, its conformal sets and its operating points.
 *
 * @param cases of patients that the model was not taught with, with the model's own probabilities
 * @throws FoveaError `CALIBRATION_TOO_SMALL` naming the label
 */
export function fitCalibration(
  all: readonly Case[],
  manifest: Pick<Manifest, 'labels' | 'task' | 'derived' | 'ordinal'>,
  { method, coverage = COVERAGE, largestSet, data }: CalibrationOptions,
): Calibration {
  const cases = all.filter(({ excluded, probabilities }) => excluded === null && probabilities !== null);
  const { labels, task, derived = [] } = manifest;
  const isClasses = task === 'multi_class';
  const kind = method ?? (isClasses ? 'temperature' : 'platt');
  const least = kind === 'temperature' ? LEAST_OF_CLASS : LEAST;
  for (const [i, { label }] of labels.entries()) {
    const positives = cases.filter(({ truth }) => truth[i]).length;
    const fewer = Math.min(positives, cases.length - positives);
    if (fewer < least)
      throw new FoveaError('CALIBRATION_TOO_SMALL', {
        reason: `label "${label}" holds for ${positives} of ${cases.length}`,
        expected: `at least ${least} with and ${least} without each label`,
        received: `${positives} with, ${cases.length - positives} without`,
      });
  }
  const map = fitMap(cases, isClasses, labels.length, kind);
  const meant = cases.map(({ probabilities }) => calibrated(probabilities!, map, isClasses));
  const of = (i: number, holds: boolean) =>
    meant.flatMap((p, k) => (cases[k]!.truth[i] === holds ? [p[i]!] : []));
  const names = labels.map(({ label }) => label);
  const pools = labels.map((_, i) =>
    manifest.ordinal
      ? poolOf(
          i,
          labels.map((_label, k) => of(k, true).length),
          coverage,
        )
      : [i],
  );
  const columns = [
    ...names.map((label, i) => ({
      label,
      scores: meant.map((p) => p[i]!),
      truth: cases.map(({ truth }) => truth[i]!),
    })),
    ...derived.map(({ label, of: parts }, i) => ({
      label,
      scores: meant.map((p) => derivedProbabilities(p, manifest)[i]!),
      truth: cases.map(({ truth }) => parts.some((part) => truth[names.indexOf(part)])),
    })),
  ];
  return {
    data,
    pictures: cases.length,
    patients: new Set(cases.map(({ patient }) => patient)).size,
    map,
    ...(manifest.ordinal && { gradeShare: fitGradeShare(meant, cases) }),
    prevalences: labels.map((_, i) => of(i, true).length / cases.length),
    conformal: {
      coverage,
      presentFrom: pools.map((pool) =>
        lowerLimit(
          pool.flatMap((i) => of(i, true)),
          coverage,
        ),
      ),
      ...(pools.some((pool) => pool.length > 1) && {
        pooled: pools.filter((pool) => pool.length > 1).map((pool) => pool.map((i) => names[i]!)),
      }),
      ...(!isClasses && {
        absentUpTo: labels.map((_, i) => {
          const limit = lowerLimit(
            of(i, false).map((p) => -p),
            coverage,
          );
          return limit === null ? null : -limit;
        }),
      }),
      largestSet: largestSet ?? Math.floor(labels.length / 2),
    },
    operatingPoints: [
      point('balanced', columns, balancedThreshold),
      ...SENSITIVITIES.map((wanted) =>
        point(`sensitivity ${wanted * 100} %`, columns, (ranked) => thresholdForSensitivity(ranked, wanted)),
      ),
    ],
  };
}

/** Shares tried: beyond them a grade is named that hardly anything speaks for. */
const GRADE_SHARES = Array.from({ length: 13 }, (_, i) => 0.2 + i * 0.05);

/** The share of the best quadratic kappa; of equals that nearest to the middle. */
function fitGradeShare(meant: readonly (readonly number[])[], cases: readonly Case[]): number {
  const truth = cases.map(({ truth: holds }) => holds.indexOf(true));
  const kappaAt = (gradeShare: number) => {
    const named = meant.map((p) =>
      namedClass(p, { ordinal: true, calibration: { gradeShare } as Calibration }),
    );
    return quadraticKappa(confusion(truth, named, meant[0]!.length)) ?? 0;
  };
  const tried = GRADE_SHARES.map((share) => ({ share, kappa: kappaAt(share) }));
  tried.sort((a, b) => b.kappa - a.kappa || Math.abs(a.share - 0.5) - Math.abs(b.share - 0.5));
  return Number(tried[0]!.share.toFixed(2));
}

/** A grade with the grades next to it, the lower ones first, until there are enough for a limit. */
function poolOf(i: number, counts: readonly number[], coverage: number): number[] {
  const needed = Math.ceil(1 / (1 - coverage) - 1e-9) - 1;
  let [low, high] = [i, i];
  const sum = () => counts.slice(low, high + 1).reduce((a, b) => a + b, 0);
  while (sum() < needed && (low > 0 || high < counts.length - 1)) {
    if (low > 0 && (high === counts.length - 1 || i - low <= high - i)) low--;
    else high++;
  }
  return Array.from({ length: high - low + 1 }, (_, k) => low + k);
}

function fitMap(
  cases: readonly Case[],
  isClasses: boolean,
  count: number,
  method: Calibration['map']['kind'],
): Calibration['map'] {
  if ((method === 'temperature') !== isClasses && method !== 'isotonic')
    throw new RangeError(
      `--method ${method} does not fit: ${isClasses ? 'temperature or isotonic is for classes' : 'platt or isotonic is for labels'}.`,
    );
  const column = (i: number) =>
    [cases.map(({ probabilities }) => probabilities![i]!), cases.map(({ truth }) => truth[i]!)] as const;
  const columns = Array.from({ length: count }, (_, i) => column(i));
  if (method === 'isotonic')
    return { kind: method, knots: columns.map((one) => fitIsotonic(...one).map(([a, b]) => [a, b])) };
  if (method === 'temperature') return fitTemperatureMap(cases);
  const lines = columns.map((one) => fitPlatt(...one));
  return { kind: method, scales: lines.map(({ scale }) => scale), shifts: lines.map(({ shift }) => shift) };
}

/** Parts of the patients, each of which judges what was fitted on the others. */
const FOLDS = 5;

/** One temperature; with a shift of each class where that says more of patients that it was not fitted on. */
function fitTemperatureMap(cases: readonly Case[]): Calibration['map'] {
  const plain = (some: readonly Case[]) => ({
    ...{ kind: 'temperature' as const, temperature: fitTemperature(...rowsOf(some)) },
  });
  const shifted = (some: readonly Case[]) => ({
    ...{ kind: 'temperature' as const, ...fitShiftedTemperature(...rowsOf(some)) },
  });
  // By lot: patients may be listed grade by grade, or by turns.
  const folds = cases.map(({ patient }) => random(patient).whole(1, FOLDS));
  const lossOf = (fit: (some: readonly Case[]) => Calibration['map']) =>
    [...new Set(folds)].reduce((total, fold) => {
      const map = fit(cases.filter((_, i) => folds[i] !== fold));
      const out = cases.filter((_, i) => folds[i] === fold);
      return out.reduce((sum, { probabilities, truth }) => {
        const p = calibrated(probabilities!, map, true)[truth.indexOf(true)]!;
        return sum - Math.log(Math.max(Number.MIN_VALUE, p));
      }, total);
    }, 0);
  const canTell = new Set(folds).size > 1;
  return canTell && lossOf(shifted) < lossOf(plain) ? shifted(cases) : plain(cases);
}

const rowsOf = (cases: readonly Case[]) =>
  [cases.map(({ probabilities }) => probabilities!), cases.map(({ truth }) => truth.indexOf(true))] as const;

/** Laplace's rule of succession: what a few pictures promise of the next ones is never certainty. */
const expected = (hits: number, misses: number) => (hits + 1) / (hits + misses + 2);

/** Half way to the next lower score, which decides the same here and leaves room on either side elsewhere. */
function midway(threshold: number, scores: readonly number[]): number {
  const lower = Math.max(0, ...scores.filter((score) => score < threshold));
  return (threshold + lower) / 2;
}

function point(
  name: string,
  columns: readonly { label: string; scores: readonly number[]; truth: readonly boolean[] }[],
  choose: (ranked: ReturnType<typeof rank>) => number | null,
): OperatingPoint {
  const thresholds = columns.flatMap(({ label, scores, truth }) => {
    const chosen = choose(rank(scores, truth));
    if (chosen === null) return [];
    const threshold = midway(chosen, scores);
    const { tp, fn, tn, fp } = countsAt(scores, truth, threshold);
    return [{ label, threshold, sensitivity: expected(tp, fn), specificity: expected(tn, fp) }];
  });
  return { name, thresholds };
}
