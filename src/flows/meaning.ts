import { FoveaError } from '../core/errors.ts';
import { predictiveValues } from '../evaluate/index.ts';
import {
  atPrevalence,
  calibrated,
  derivedProbabilities,
  labelSet,
  type Manifest,
  namedClass,
  operatingPoint,
} from '../model/index.ts';
import type { Reading } from './reading.ts';

/** What a caller may say of how an answer is to be read. */
export interface MeaningOptions {
  /** Name of one of the model's operating points; default: its first. */
  readonly operatingPoint?: string;
  /** Share of those who have a label among those who are read, by label: 0–1, both excluded. */
  readonly prevalence?: Readonly<Record<string, number>>;
}

type Meaning = Pick<Reading, 'outputs' | 'derived' | 'predicted' | 'set' | 'abstained' | 'operatingPoint'>;

/** Threshold of a label for which nobody chose one. */
const EVEN_ODDS = 0.5;

/**
 * What a model's probabilities mean: calibrated, with the labels that cannot be excluded, and decided at an operating
 * point. Where the model was not calibrated, its own thresholds decide and nothing is said of the rest.
 *
 * @param probabilities one a label, 0–1, as the model says them
 * @throws FoveaError `OPERATING_POINT_UNKNOWN`, `PREVALENCE_INVALID`
 */
export function meaningOf(
  probabilities: readonly number[],
  manifest: Manifest,
  options: MeaningOptions = {},
): Meaning {
  const { labels, task, derived = [], calibration } = manifest;
  const isClasses = task === 'multi_class';
  const prevalence = checkedPrevalence(options.prevalence ?? {}, manifest);
  const point = operatingPoint(manifest, options.operatingPoint);
  const meant = calibration ? calibrated(probabilities, calibration.map, isClasses) : null;
  const set = meant && calibration ? labelSet(meant, calibration, manifest) : null;
  const deciding = meant ?? probabilities;
  const thresholdOf = (label: string) => point?.thresholds.find((one) => one.label === label);

  const elsewhere = (label: string, p: number, calibratedAt: number) => {
    const share = prevalence[label];
    if (share === undefined) return null;
    const at = thresholdOf(label);
    // Rates stand for the counts: predictive values by Bayes need no more.
    const rates = at && {
      tp: at.sensitivity,
      fn: 1 - at.sensitivity,
      tn: at.specificity,
      fp: 1 - at.specificity,
    };
    const { ppv, npv } = rates ? predictiveValues(rates, share) : { ppv: null, npv: null };
    return { prevalence: share, probability: atPrevalence(p, calibratedAt, share), ppv, npv };
  };
  const outputs = labels.map(({ label, name }, i) => ({
    label,
    name,
    probability: probabilities[i]!,
    calibrated: meant?.[i] ?? null,
    atPrevalence: calibration ? elsewhere(label, meant![i]!, calibration.prevalences[i]!) : null,
  }));
  const sums = derivedProbabilities(deciding, manifest);
  const bases = calibration && derivedProbabilities(calibration.prevalences, manifest);
  return {
    outputs,
    derived: derived.map(({ label, name }, i) => {
      const threshold = thresholdOf(label)?.threshold ?? EVEN_ODDS;
      return {
        label,
        name,
        probability: sums[i]!,
        threshold,
        positive: sums[i]! >= threshold,
        atPrevalence: bases ? elsewhere(label, sums[i]!, bases[i]!) : null,
      };
    }),
    predicted: set?.abstained ? [] : predictedLabels(deciding, manifest, thresholdOf),
    set: set && {
      coverage: set.coverage,
      labels: [...set.labels],
      open: [...set.open],
      words: wordsOf(set, manifest),
    },
    abstained: set?.abstained ?? false,
    operatingPoint: point?.name ?? null,
  };
}

function predictedLabels(
  p: readonly number[],
  manifest: Manifest,
  thresholdOf: (label: string) => { readonly threshold: number } | undefined,
): string[] {
  const { labels, task } = manifest;
  if (task === 'multi_class') return [labels[namedClass(p, manifest)]!.label];
  const ranked = labels
    .map(({ label, threshold = EVEN_ODDS }, i) => ({
      label,
      p: p[i]!,
      threshold: thresholdOf(label)?.threshold ?? threshold,
    }))
    .toSorted((a, b) => b.p - a.p);
  return ranked.filter((one) => one.p >= one.threshold).map(({ label }) => label);
}

function checkedPrevalence(prevalence: Readonly<Record<string, number>>, { labels, derived = [] }: Manifest) {
  const names = [...labels, ...derived].map(({ label }) => label);
  for (const [label, share] of Object.entries(prevalence))
    if (!names.includes(label) || !(share > 0 && share < 1))
      throw new FoveaError('PREVALENCE_INVALID', {
        expected: `one of ${names.join(', ')}, and a share above 0 and below 1`,
        received: `${label}=${share}`,
      });
  return prevalence;
}

/** "DR 2 or 3", or what is open and what is not. */
function wordsOf(set: NonNullable<ReturnType<typeof labelSet>>, { labels, task }: Manifest): string {
  const nameOf = (label: string) => labels.find((one) => one.label === label)!.name;
  const sure = `${Math.round(set.coverage * 100)} %`;
  const listed = new Intl.ListFormat('en', { type: task === 'multi_class' ? 'disjunction' : 'conjunction' });
  const say = (some: readonly string[]) => listed.format(some.map(nameOf));
  if (task === 'multi_class')
    return set.abstained
      ? `Too uncertain to name one: ${say(set.labels)} (${sure} of such sets hold the right one).`
      : set.labels.length > 1
        ? `Open: ${say(set.labels)} (${sure} of such sets hold the right one).`
        : `No other class is open (${sure} of such answers are right, or more).`;
  const clear = set.labels.filter((label) => !set.open.includes(label));
  const parts = [
    ...(clear.length > 0 ? [`Higher than in ${sure} of the eyes without it: ${say(clear)}.`] : []),
    ...(set.open.length > 0 ? [`Neither certain nor excluded: ${say(set.open)}.`] : []),
    ...(set.labels.length === 0 ? [`Each is lower than in ${sure} of the eyes that have it.`] : []),
  ];
  return `${parts.join(' ')}${set.abstained ? ' Too much is open: no label is named.' : ''}`;
}
