import {
  askedLabels,
  decide,
  type Eye,
  type EyeOutcome,
  type ImageFinding,
  type PatientOutcome,
  type Quality,
  type Rule,
} from '../outcome/index.ts';
import type { Reading } from './reading.ts';

/** An image of a visit with what the models said of it. */
export interface ReadImage {
  readonly id: string;
  readonly eye: Eye | null;
  /** Of the models that said something. */
  readonly readings: readonly Reading[];
}

/** What becomes of a visit. */
export interface VisitVerdict {
  readonly outcome: {
    readonly result: PatientOutcome['result'];
    readonly level: string | null;
    readonly say: string;
    readonly next: string;
    readonly eyes: readonly {
      readonly eye: Eye | null;
      readonly result: EyeOutcome['result'];
      readonly level: string | null;
      readonly say: string;
      readonly next: string;
      /** Image that decided. */
      readonly imageId: string | null;
    }[];
    readonly rule: PatientOutcome['rule'];
  } | null;
  readonly result: PatientOutcome['result'] | null;
  readonly level: string | null;
  /** Probability of the worst outcome, or of what is urgent beside the rule, 0–1; null where nothing was read. */
  readonly triage: number | null;
  /** The poorest of its images. */
  readonly quality: string | null;
}

const POOREST: readonly Quality[] = ['not gradable', 'barely gradable', 'good'];

/**
 * What becomes of a visit by a rule: of the eyes that there are images of, and said so where one is missing.
 *
 * @param images of the visit, all that are read so far
 */
export function visitOutcome(rule: Rule, images: readonly ReadImage[]): VisitVerdict {
  const seen = images.filter(({ readings }) => readings.length > 0);
  const qualities = seen.flatMap(({ readings }) => readings[0]!.gate.quality?.verdict ?? []);
  const quality = POOREST.find((verdict) => qualities.includes(verdict as never)) ?? null;
  if (images.length === 0) return { outcome: null, result: null, level: null, triage: null, quality };
  const eyes = (['OD', 'OS'] as const).filter((eye) => images.some((image) => image.eye === eye));
  const decided = decide(
    rule,
    seen.map((image) => findingOf(rule, image)),
    eyes,
  );
  const probabilities = seen
    .flatMap(({ readings }) => [
      positiveProbability(rule, readings),
      ...readings.map((reading) => urgentOf(reading)?.probability),
    ])
    .flatMap((probability) => probability ?? []);
  return {
    outcome: {
      result: decided.result,
      level: decided.level ?? null,
      say: `${decided.say}${missing(eyes)}${besideTheRule(seen)}`,
      next: decided.next,
      eyes: decided.eyes.map(({ eye, result, level, say, next, file }) => ({
        eye: eye ?? null,
        result,
        level: level ?? null,
        say: `${say}${besideTheRule(seen.filter((image) => image.eye === (eye ?? null)))}`,
        next,
        imageId: file ?? null,
      })),
      rule: decided.rule,
    },
    result: decided.result,
    level: decided.level ?? null,
    triage: probabilities.length > 0 ? Math.max(...probabilities) : null,
    quality,
  };
}

const NAMES = { OD: 'right', OS: 'left' } as const;

const missing = (eyes: readonly Eye[]) =>
  eyes.length === 1 ? ` There is no image of the ${NAMES[eyes[0] === 'OD' ? 'OS' : 'OD']} eye.` : '';

/** What of a scan is urgent whatever the rule asks for. */
const urgentOf = (reading: Reading) =>
  isOct(reading) ? reading.derived.find(({ label }) => label === 'urgent') : undefined;

/** A rule of photographs has no word for what a scan shows, nor for a scan alone. */
function besideTheRule(seen: readonly ReadImage[]): string {
  const urgent = seen.flatMap(({ eye, readings }) =>
    readings.flatMap((reading) => {
      const found = urgentOf(reading);
      return found?.positive ? [`the scan${eye ? ` of the ${NAMES[eye]} eye` : ''} says: ${found.name}`] : [];
    }),
  );
  const isScansAlone = seen.length > 0 && seen.every(({ readings }) => readings.every(isOct));
  return [
    ...(urgent.length > 0 ? [` Beside the rule, ${[...new Set(urgent)].join(', ')}.`] : []),
    ...(isScansAlone ? [' There is no photograph of the fundus, which the rule asks for.'] : []),
  ].join('');
}

/** What the models found in an image, put together. */
function findingOf(rule: Rule, { id, eye, readings }: ReadImage): ImageFinding {
  const grading = readings.find(isGrading);
  const labelling = readings.find((reading) => speaksOf(rule, reading));
  const oct = readings.find(isOct);
  return {
    file: id,
    eye: eye ?? undefined,
    // What is not judged counts as it is, as the gate says.
    quality: readings[0]!.gate.quality?.verdict ?? 'good',
    ...(grading && { grade: gradeOf(grading) }),
    ...(labelling && { labels: labelling.predicted }),
    ...(oct && { oedema: oct.predicted.includes('DME') }),
  };
}

/**
 * Whether a model that names labels has a word in a rule: it knows all that the rule asks for, or found one of them. That a
 * model which does not know a disease did not name it excludes nothing.
 */
function speaksOf(rule: Rule, reading: Reading): boolean {
  if (isGrading(reading) || isOct(reading)) return false;
  const asked = askedLabels(rule);
  const known = new Set(reading.outputs.map(({ label }) => label));
  return asked.every((label) => known.has(label)) || reading.predicted.some((label) => asked.includes(label));
}

const labelsOf = ({ outputs }: Pick<Reading, 'outputs'>) => outputs.map(({ label }) => label).join();
const isGrading = (reading: Pick<Reading, 'outputs'>) => labelsOf(reading) === '0,1,2,3,4';
const isOct = (reading: Pick<Reading, 'outputs'>) => reading.outputs.some(({ label }) => label === 'DME');

/** ICDR grades from which on the disease is referable (ICO Guidelines for Diabetic Eye Care, 2017). */
const REFERABLE = 2;

/**
 * The grade that counts: the one that the model names, where it lies on the side of "referable" on which the operating point
 * puts the eye; else the likeliest of that side, as the sensitivity that was chosen decides.
 */
function gradeOf({ outputs, derived, predicted }: Reading): number {
  const referable = derived.find(({ label }) => label === 'referable');
  const isOnSide = (label: string) => !referable || Number(label) >= REFERABLE === referable.positive;
  const named = predicted.find(isOnSide);
  if (named !== undefined) return Number(named);
  const side = outputs.filter(({ label }) => isOnSide(label));
  const likeliest = side.toSorted((a, b) => meant(b) - meant(a))[0]!;
  return Number(likeliest.label);
}

/** By which of its labels an answer is explained: of grades the one that counts, else the first that is named, or the likeliest. */
export function explainedLabel(reading: Reading): string {
  if (isGrading(reading)) return String(gradeOf(reading));
  return reading.predicted[0] ?? reading.outputs.toSorted((a, b) => meant(b) - meant(a))[0]!.label;
}

const meant = ({ calibrated, probability }: Reading['outputs'][number]) => calibrated ?? probability;

/**
 * How probable it is that the rule makes a patient with this image positive; null where it asks for nothing that was read.
 * Of labels that are each enough the likeliest stands for all: how they hang together nobody knows.
 */
function positiveProbability(rule: Rule, readings: readonly Reading[]): number | null {
  const conditions = rule.levels.filter(({ result }) => result === 'positive').flatMap(({ when }) => when);
  const grades = new Set(conditions.flatMap(({ grade }) => (grade === undefined ? [] : String(grade))));
  const labels = new Set(conditions.flatMap(({ anyOf }) => anyOf ?? []));
  const isOedema = conditions.some(({ oedema }) => oedema);
  const each = readings.flatMap((reading) => {
    const those = (some: ReadonlySet<string>) =>
      reading.outputs.filter(({ label }) => some.has(label)).map(meant);
    if (isGrading(reading)) return grades.size > 0 ? [those(grades).reduce((a, b) => a + b, 0)] : [];
    if (isOct(reading)) return isOedema ? those(new Set(['DME'])) : [];
    return labels.size > 0 ? those(labels) : [];
  });
  return each.length > 0 ? Math.min(1, Math.max(...each)) : null;
}
