import { DRAWS, interval, patientDraws } from './bootstrap.ts';
import { brier, calibrationError, chanceError, reliability } from './calibration.ts';
import * as several from './confusion.ts';
import * as one from './decision.ts';
import { auroc, averagePrecision, curve, type Ranked, rank } from './ranking.ts';

/** One picture with its truth and what a model said. */
export interface Case {
  readonly file: string;
  readonly patient: string;
  readonly eye: string;
  /** One a label. */
  readonly truth: readonly boolean[];
  /** 0–1, one a label; null where there is none, and `excluded` says why. */
  readonly probabilities: readonly number[] | null;
  /** Why it is not counted: the code of the error, or what a gate said. */
  readonly excluded: string | null;
  /** Sub-groups by name: sex → Female. */
  readonly groups: Readonly<Record<string, string>>;
}

export interface Named {
  readonly label: string;
  readonly name: string;
  readonly threshold?: number;
}

export interface ConformalSet {
  readonly coverage: number;
  readonly labels: readonly string[];
  /** Those of them that may as well fail to hold. */
  readonly open: readonly string[];
  readonly abstained: boolean;
}

export interface EvaluationOptions {
  readonly labels: readonly Named[];
  /** What follows from several classes: the sum of their probabilities; measured as a label is, in no mean. */
  readonly derived?: readonly (Named & { readonly of: readonly string[] })[];
  /** The conformal set of a picture, where the model was calibrated; of labels those that may hold. */
  readonly setOf?: (probabilities: readonly number[]) => ConformalSet;
  readonly task: 'multi_class' | 'multi_label';
  /** Which class an answer names; default: the most probable. */
  readonly named?: (probabilities: readonly number[]) => number;
  /** The classes are grades in this order: quadratic kappa is reported. */
  readonly ordinal?: boolean;
  /** Cases on which operating points are chosen: other patients than those measured. */
  readonly validation?: readonly Case[];
  /** Prevalence for predictive values, 0–1. */
  readonly prevalence?: number;
  readonly draws?: number;
  readonly seed?: number;
}

/** A figure with its 95 % interval; null with a reason where it cannot be said. Never NaN. */
export interface Figure {
  readonly value: number | null;
  readonly interval: readonly [number, number] | null;
  readonly reason?: string;
}

export type Metrics = ReturnType<typeof evaluate>;

/** Threshold of a label for which nobody chose one. */
const EVEN_ODDS = 0.5;
/** Sensitivities at which screening programmes are run: points are chosen to reach them on validation data. */
const WANTED_SENSITIVITIES = [0.9, 0.95];
/** Fewest cases of a sub-group of which figures are given. */
const LEAST_GROUP = 10;
/** Threshold probabilities of the decision curve. */
const DECISION_STEPS = Array.from({ length: 50 }, (_, i) => (i + 1) / 100);

/**
 * Measures a model on cases. What is excluded is counted, by reason, and nowhere dropped in silence. Intervals are
 * bootstrapped over patients.
 */
export function evaluate(all: readonly Case[], options: EvaluationOptions) {
  const { labels, derived = [], task, draws = DRAWS, seed = 1, prevalence, ordinal = false } = options;
  const cases = counted(all);
  const measured = [...labels, ...derived];
  const partsOf = partIndices(labels, derived);
  const columns = partsOf.map((parts) => columnOf(cases, parts));
  const thresholds = measured.map(({ threshold = EVEN_ODDS }) => threshold);
  const truths = cases.map(({ truth }) => truth.indexOf(true));
  const { named = (p) => p.indexOf(Math.max(...p)) } = options;
  const predicted = cases.map(({ probabilities }) => named(probabilities!));
  const isClasses = task === 'multi_class';

  const figuresFor = (weights?: ArrayLike<number>) => {
    const table = isClasses ? several.confusion(truths, predicted, labels.length, weights) : null;
    const counts = columns.map(({ scores, truth }, i) =>
      table && i < labels.length
        ? several.oneAgainstRest(table, i)
        : one.countsAt(scores, truth, thresholds[i]!, weights),
    );
    const perLabel = columns.map(({ ranked, scores, truth }, i) => ({
      auroc: auroc(ranked, weights),
      auprc: averagePrecision(ranked, weights),
      accuracy: one.accuracy(counts[i]!),
      precision: one.precision(counts[i]!),
      recall: one.sensitivity(counts[i]!),
      specificity: one.specificity(counts[i]!),
      f1: one.f1(counts[i]!),
      brier: brier(scores, truth, weights),
    }));
    const own = perLabel.slice(0, labels.length);
    const macro = several.macro(counts.slice(0, labels.length));
    const micro = several.micro(counts.slice(0, labels.length));
    const overall = {
      meanAuroc: several.meanOf(own.map((figures) => figures.auroc)),
      meanAuprc: several.meanOf(own.map((figures) => figures.auprc)),
      accuracy: table ? several.diagonalShare(table) : several.meanOf(own.map((figures) => figures.accuracy)),
      balancedAccuracy: table
        ? several.balancedAccuracy(table)
        : several.meanOf(
            own.map(({ recall, specificity }) =>
              recall === null || specificity === null ? null : (recall + specificity) / 2,
            ),
          ),
      macroPrecision: macro.precision,
      macroRecall: macro.recall,
      macroF1: macro.f1,
      microPrecision: micro.precision,
      microRecall: micro.recall,
      microF1: micro.f1,
      quadraticKappa: table && ordinal ? several.quadraticKappa(table) : null,
    };
    return { perLabel, overall, table, counts };
  };

  const here = figuresFor();
  const drawn: Pick<typeof here, 'perLabel' | 'overall'>[] = [];
  if (cases.length > 0)
    for (const weights of patientDraws(
      cases.map(({ patient }) => patient),
      draws,
      seed,
    )) {
      const { perLabel, overall } = figuresFor(weights);
      drawn.push({ perLabel, overall });
    }

  return {
    schema: 'fovea.metrics/1' as const,
    task,
    ordinal,
    counts: {
      pictures: all.length,
      counted: cases.length,
      patients: new Set(cases.map(({ patient }) => patient)).size,
      excluded: tally(all.flatMap(({ excluded }) => (excluded === null ? [] : [excluded]))),
    },
    bootstrap: { over: 'patients', draws, seed, level: 0.95 },
    overall: figures(
      here.overall,
      drawn.map(({ overall }) => overall),
    ),
    labels: measured.map(({ label, name }, i) => {
      const { ranked, scores, truth } = columns[i]!;
      const positives = truth.filter(Boolean).length;
      const bins = reliability(scores, truth);
      const last = { n: truth.length - positives, p: positives };
      const wrong = truth.map((t, k) => t !== scores[k]! >= thresholds[i]!);
      const risk = one.riskCoverage(
        scores.map((score) => Math.abs(score - thresholds[i]!)),
        wrong,
      );
      return {
        label,
        name,
        derived: i >= labels.length,
        n: truth.length,
        positives,
        threshold: isClasses && i < labels.length ? null : thresholds[i]!,
        figures: figures(
          here.perLabel[i]!,
          drawn.map(({ perLabel }) => perLabel[i]!),
          whyNot(positives, truth.length),
        ),
        ece: calibrationError(bins),
        eceByChance: chanceError(scores),
        aurc: risk.aurc,
        ...(prevalence !== undefined && {
          atPrevalence: { prevalence, ...one.predictiveValues(here.counts[i]!, prevalence) },
        }),
        operatingPoints: operatingPoints(columns[i]!, options.validation, partsOf[i]!, prevalence),
        curves: {
          roc: curve(ranked).map((p) => [
            one.ratio(p.falsePositives, last.n),
            one.ratio(p.truePositives, last.p),
          ]),
          precisionRecall: curve(ranked).map((p) => [
            one.ratio(p.truePositives, last.p),
            p.truePositives / (p.truePositives + p.falsePositives),
          ]),
          reliability: bins,
          riskCoverage: risk.path.map(({ coverage, risk: share }) => [coverage, share]),
          decision: truth.length
            ? DECISION_STEPS.map((t) => ({ threshold: t, ...one.netBenefit(scores, truth, t) }))
            : [],
        },
      };
    }),
    conformal: options.setOf ? conformal(cases, labels, options.setOf) : null,
    confusion: here.table,
    perEye: ranking(
      together(cases, ({ patient, eye }) => JSON.stringify([patient, eye])),
      labels.length,
    ),
    perPatient: ranking(
      together(cases, ({ patient }) => patient),
      labels.length,
    ),
    subgroups: subgroups(cases, labels.length),
  };
}

/** Cases that count: not excluded, with finite probabilities. */
const counted = (cases: readonly Case[]) =>
  cases.filter(({ excluded, probabilities }) => excluded === null && probabilities !== null);

interface Column {
  readonly scores: readonly number[];
  readonly truth: readonly boolean[];
  readonly ranked: Ranked;
}

/** For each label itself, for each derived one its parts. */
const partIndices = (labels: readonly Named[], derived: NonNullable<EvaluationOptions['derived']>) => [
  ...labels.map((_, i) => [i]),
  ...derived.map(({ of }) => of.map((part) => labels.findIndex(({ label }) => label === part))),
];

/** @param parts labels of which one has to hold; their probabilities add up */
function columnOf(cases: readonly Pick<Case, 'probabilities' | 'truth'>[], parts: readonly number[]): Column {
  const scores = cases.map(({ probabilities }) =>
    Math.min(
      1,
      parts.reduce((sum, i) => sum + probabilities![i]!, 0),
    ),
  );
  const truth = cases.map((item) => parts.some((i) => item.truth[i]));
  return { scores, truth, ranked: rank(scores, truth) };
}

const whyNot = (positives: number, n: number) =>
  positives === 0 ? 'no positive' : positives === n ? 'no negative' : 'nothing was predicted as this';

function figures<Key extends string>(
  values: Readonly<Record<Key, number | null>>,
  drawn: readonly Readonly<Record<Key, number | null>>[],
  reason = 'does not apply, or only one class occurs',
): Record<Key, Figure> {
  const one = (key: Key): Figure =>
    values[key] === null
      ? { value: null, interval: null, reason }
      : { value: values[key], interval: interval(drawn.map((draw) => draw[key])) };
  return Object.fromEntries((Object.keys(values) as Key[]).map((key) => [key, one(key)])) as Record<
    Key,
    Figure
  >;
}

/** Thresholds chosen on the validation cases, and what they give on those measured. */
function operatingPoints(
  column: Column,
  validation: readonly Case[] | undefined,
  parts: readonly number[],
  prevalence?: number,
) {
  if (!validation) return [];
  const { ranked } = columnOf(counted(validation), parts);
  const chosen = [
    ...WANTED_SENSITIVITIES.map(
      (wanted) => [`sensitivity ${wanted}`, one.thresholdForSensitivity(ranked, wanted)] as const,
    ),
    ['balanced (Youden)', one.balancedThreshold(ranked)] as const,
  ];
  return chosen.map(([name, threshold]) => {
    if (threshold === null) return { name, threshold, reason: 'validation has only one class' };
    const counts = one.countsAt(column.scores, column.truth, threshold);
    return {
      name,
      threshold,
      sensitivity: one.sensitivity(counts),
      specificity: one.specificity(counts),
      ...(prevalence !== undefined && one.predictiveValues(counts, prevalence)),
    };
  });
}

/** How often the sets of a calibrated model hold what is true, and how large they are. */
function conformal(
  cases: readonly Case[],
  labels: readonly Named[],
  setOf: NonNullable<EvaluationOptions['setOf']>,
) {
  const sets = cases.map(({ probabilities }) => setOf(probabilities!));
  const share = (of: readonly boolean[]) => one.ratio(of.filter(Boolean).length, of.length);
  return {
    coverage: sets[0]?.coverage ?? null,
    meanSize: several.meanOf(sets.map((set) => set.labels.length)),
    meanOpen: several.meanOf(sets.map(({ open }) => open.length)),
    abstained: share(sets.map(({ abstained }) => abstained)),
    labels: labels.map(({ label }, i) => ({
      label,
      /** Of the pictures that have the label, the share whose set holds it. */
      covered: share(sets.flatMap((set, k) => (cases[k]!.truth[i] ? [set.labels.includes(label)] : []))),
      /** Of those that do not, the share whose set leaves it out, or open. */
      spared: share(
        sets.flatMap((set, k) =>
          cases[k]!.truth[i] ? [] : [!set.labels.includes(label) || set.open.includes(label)],
        ),
      ),
    })),
  };
}

/** One case an eye or patient: a label holds where any picture has it, its probability is the highest of them. */
function together(cases: readonly Case[], key: (item: Case) => string) {
  return [...Map.groupBy(cases, key).values()].map((group) => ({
    truth: group[0]!.truth.map((_, i) => group.some(({ truth }) => truth[i])),
    probabilities: group[0]!.truth.map((_, i) =>
      Math.max(...group.map(({ probabilities }) => probabilities![i]!)),
    ),
  }));
}

function ranking(cases: readonly Pick<Case, 'probabilities' | 'truth'>[], labels: number) {
  const all = Array.from({ length: labels }, (_, i) => columnOf(cases, [i]));
  const areas = all.map(({ ranked }) => auroc(ranked));
  return {
    n: cases.length,
    meanAuroc: several.meanOf(areas),
    labels: all.map(({ ranked, truth }, i) => ({
      positives: truth.filter(Boolean).length,
      auroc: areas[i]!,
      auprc: averagePrecision(ranked),
    })),
  };
}

function subgroups(cases: readonly Case[], labels: number) {
  const names = [...new Set(cases.flatMap(({ groups }) => Object.keys(groups)))];
  return names.flatMap((group) =>
    [...Map.groupBy(cases, ({ groups }) => groups[group] || '(not known)')]
      .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
      .map(([value, members]) => ({
        group,
        value,
        n: members.length,
        ...(members.length < LEAST_GROUP
          ? { meanAuroc: null, labels: [], reason: `fewer than ${LEAST_GROUP} pictures` }
          : (({ meanAuroc, labels: each }) => ({ meanAuroc, labels: each }))(ranking(members, labels))),
      })),
  );
}

const tally = (reasons: readonly string[]): Record<string, number> =>
  Object.fromEntries(
    [...Map.groupBy(reasons, (reason) => reason)].map(([reason, of]) => [reason, of.length]),
  );
