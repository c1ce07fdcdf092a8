import type { Level, Rule } from './rule.ts';

/** The four results of quality (DIPS RetinaIntegration guide; `missing`: no image was taken). */
export const QUALITIES = ['good', 'barely gradable', 'not gradable', 'missing'] as const;
export type Quality = (typeof QUALITIES)[number];
export type Eye = 'OD' | 'OS';

/** What was read in one image. */
export interface Finding {
  /** ICDR, 0–4. */
  readonly grade?: number;
  readonly oedema?: boolean;
  /** Every label found; an empty list = read, and none found. */
  readonly labels?: readonly string[];
}

export interface ImageFinding extends Finding {
  readonly file: string;
  /** Undefined = nobody knows which eye it is. */
  readonly eye: Eye | undefined;
  readonly quality: Quality;
}

export interface EyeOutcome {
  readonly eye: Eye | undefined;
  /** `ungradable` is never a negative: nothing was seen, and so nothing excluded. */
  readonly result: 'negative' | 'positive' | 'ungradable';
  readonly level: string | undefined;
  readonly say: string;
  readonly next: string;
  /** Months from … to; undefined for an eye that could not be graded. */
  readonly months: readonly [from: number, to: number] | undefined;
  /** The image that decided. */
  readonly file: string | undefined;
}

export interface PatientOutcome extends Omit<EyeOutcome, 'eye'> {
  readonly rule: { readonly id: string; readonly version: string; readonly title: string };
  readonly eyes: readonly EyeOutcome[];
  readonly sources: readonly string[];
}

/**
 * The outcome of a patient: image → eye = the most severe of its gradable fields → patient = the worse eye. An image that is
 * barely gradable counts where it is positive and not where it is negative. An eye that could not be graded makes the
 * patient's outcome "retake or refer", unless the other one is positive: that decides. Images of an eye nobody knows can
 * make the patient positive and no eye negative.
 *
 * @param images of one patient
 * @param eyes that the patient has
 */
export function decide(
  rule: Rule,
  images: readonly ImageFinding[],
  eyes: readonly Eye[] = ['OD', 'OS'],
): PatientOutcome {
  const unknown = images.filter(({ eye }) => eye === undefined);
  const decided = eyes.map((eye) =>
    decideEye(
      rule,
      eye,
      images.filter((image) => image.eye === eye),
    ),
  );
  const stray = decideEye(rule, undefined, unknown);
  if (stray.result === 'positive') decided.push(stray);
  const rank = ({ result, level }: EyeOutcome) =>
    result === 'positive'
      ? 1000 + rule.levels.findIndex(({ name }) => name === level)
      : result === 'ungradable'
        ? 999
        : rule.levels.findIndex(({ name }) => name === level);
  const worst = decided.toSorted((a, b) => rank(b) - rank(a))[0] ?? stray;
  const { eye: _, ...outcome } = worst;
  return {
    ...outcome,
    rule: { id: rule.id, version: rule.version, title: rule.title },
    eyes: decided,
    sources: rule.sources,
  };
}

function decideEye(rule: Rule, eye: Eye | undefined, images: readonly ImageFinding[]): EyeOutcome {
  let worst: { at: number; level: Level; file: string } | undefined;
  for (const image of images) {
    if (image.quality !== 'good' && image.quality !== 'barely gradable') continue;
    const at = rule.levels.findLastIndex((level) => level.when.some((condition) => holds(condition, image)));
    const level = rule.levels[at];
    if (!level || (image.quality === 'barely gradable' && level.result === 'negative')) continue;
    if (!worst || at > worst.at) worst = { at, level, file: image.file };
  }
  if (!worst)
    return {
      eye,
      result: 'ungradable',
      level: undefined,
      say: rule.ungradable.say,
      next: rule.ungradable.next,
      months: undefined,
      file: undefined,
    };
  const { name, result, say, next } = worst.level;
  return {
    eye,
    result,
    level: name,
    say,
    next: `${next.action} ${inMonths(next.months)}`,
    months: next.months,
    file: worst.file,
  };
}

function holds({ grade, oedema, anyOf, noneOf }: Level['when'][number], found: Finding): boolean {
  const { labels } = found;
  if (grade !== undefined && found.grade !== grade) return false;
  if (oedema !== undefined && found.oedema !== oedema) return false;
  if (anyOf && !labels?.some((label) => anyOf.includes(label))) return false;
  if (noneOf && (!labels || labels.some((label) => noneOf.includes(label)))) return false;
  return true;
}

/** `[3, 6]` → "in 3 to 6 months". */
function inMonths([from, to]: readonly [number, number]): string {
  if (to === 0) return 'now';
  if (from === 0) return to === 1 ? 'within a month' : `within ${to} months`;
  return from === to ? `in ${from} months` : `in ${from} to ${to} months`;
}
