import type { Image } from '../image/index.ts';
import { type Judgement, judgeSigns, REASON_KINDS, type ReasonKind } from './quality-rule.ts';
import { type Field, fieldOf } from './quality-sight.ts';
import { QUADRANTS, type Quadrant, type Signs, signsOf } from './quality-signs.ts';
import { WORDS } from './quality-words.ts';

export type QualityLevel = 'good' | 'barely gradable' | 'not gradable';

/** One thing that is wrong with a photograph. */
export interface QualityReason {
  readonly kind: ReasonKind;
  /** 0–1: 1 is as bad as it was taught. */
  readonly strength: number;
  /** Parts of the picture that suffer by it, the worst first; never empty. */
  readonly where: readonly Quadrant[];
  readonly words: string;
}

export interface QualityVerdict {
  /** `barely gradable`: a positive reading counts, a negative does not. */
  readonly verdict: QualityLevel;
  /** 0–1: estimate of the share of the detail of the field that can be read. */
  readonly score: number;
  /** The strongest first; never empty unless the verdict is good. */
  readonly reasons: readonly QualityReason[];
  /** What the photographer can do, in the order of the reasons. */
  readonly advice: readonly string[];
  /** The same score for each quarter of the picture. */
  readonly byQuadrant: Readonly<Record<Quadrant, number>>;
}

/** Least score of each verdict, chosen and not tuned: a good picture has to show four fifths, a gradable one half. */
const LEAST_GOOD = 0.8;
const LEAST_GRADABLE = 0.5;

/** Strength from which a fault is named beside others. */
const NAMED = 0.3;
/** A good picture is told only of what is plain to see in it. */
const NAMED_OF_GOOD = 0.5;
const MOST_NAMED = 3;
/** Pixels of the shorter side below which nothing of a fundus is left. */
const LEAST_SIDE = 32;
/** 0–255: mean tone below which a picture is black, above which it is white, and the range below which it is empty. */
const BLACK = 3;
const WHITE = 250;
const LEAST_RANGE = 3;
/** Samples from which it is told that there is nothing. */
const MOST_SAMPLES = 60_000;

/** Local faults, and where their mark is looked for; the rest is where least can be read. */
const MARKS: Readonly<Partial<Record<ReasonKind, keyof Signs['marks']>>> = {
  eyelash: 'streak',
  dust: 'speck',
  flare: 'flare',
  'field cut': 'unlit',
};

/**
 * Judges whether a colour fundus photograph can be read, what is wrong with it, where, and what to do about it.
 *
 * @param image decoded, of any size; the field is shrunk here to 256 pixels
 * @param field where the round field lies, if it is known; else it is looked for
 */
export function judgeQuality(image: Image, field: Field = fieldOf(image)): QualityVerdict {
  const nothing = emptinessOf(image);
  if (nothing) return verdictOn(0, [reason(nothing, 1, QUADRANTS)], [0, 0, 0, 0]);
  const signs = signsOf(image, field);
  const whole = judgeSigns(signs.whole);
  const parts = signs.quadrants.map((quadrant) => judgeSigns(quadrant).readable);
  return verdictOn(whole.readable, reasonsOf(whole, signs, parts), parts);
}

function verdictOn(
  score: number,
  reasons: readonly QualityReason[],
  parts: readonly number[],
): QualityVerdict {
  return {
    verdict: levelOf(score),
    score,
    reasons,
    advice: reasons.map(({ kind }) => WORDS[kind].advice),
    byQuadrant: Object.fromEntries(QUADRANTS.map((name, i) => [name, parts[i]!])) as Record<Quadrant, number>,
  };
}

function levelOf(score: number): QualityLevel {
  if (score >= LEAST_GOOD) return 'good';
  return score >= LEAST_GRADABLE ? 'barely gradable' : 'not gradable';
}

const reason = (kind: ReasonKind, strength: number, where: readonly Quadrant[]): QualityReason => ({
  kind,
  strength,
  where,
  words: WORDS[kind].words,
});

function reasonsOf(
  { readable, strengths }: Judgement,
  signs: Signs,
  parts: readonly number[],
): QualityReason[] {
  const ranked = REASON_KINDS.map((kind, i) => [kind, strengths[i]!] as const).sort(([, a], [, b]) => b - a);
  const good = levelOf(readable) === 'good';
  const named = ranked.filter(([, strength]) => strength >= (good ? NAMED_OF_GOOD : NAMED));
  // What cannot be read has a reason, even where none stands out.
  const told = named.length > 0 || good ? named : ranked.slice(0, 1);
  return told
    .slice(0, MOST_NAMED)
    .map(([kind, strength]) => reason(kind, strength, placesOf(kind, signs, parts)));
}

/** Quadrants that hold at least two thirds of the worst one's mark, the worst first. */
function placesOf(kind: ReasonKind, { marks }: Signs, parts: readonly number[]): Quadrant[] {
  const mark = MARKS[kind];
  const amounts = mark ? marks[mark] : parts.map((readable) => 1.02 - readable);
  const worst = Math.max(...amounts);
  return QUADRANTS.map((name, i) => [name, amounts[i]!] as const)
    .filter(([, amount]) => amount >= (2 / 3) * worst)
    .sort(([, a], [, b]) => b - a)
    .map(([name]) => name);
}

/** A picture in which there is nothing to judge, and the name of that. */
function emptinessOf({ width, height, data }: Image): ReasonKind | undefined {
  if (Math.min(width, height) < LEAST_SIDE) return 'low resolution';
  let [low, high, sum, count] = [255, 0, 0, 0];
  // One more than a multiple of six: no factor is shared with three channels or an even width, so all are met.
  const step = data.length > MOST_SAMPLES ? 6 * Math.ceil(data.length / MOST_SAMPLES / 6) + 1 : 1;
  for (let at = 0; at < data.length; at += step, count++) {
    const value = data[at]!;
    if (value < low) low = value;
    if (value > high) high = value;
    sum += value;
  }
  const mean = sum / count;
  if (mean < BLACK) return 'dark';
  if (mean > WHITE) return 'bright';
  return high - low < LEAST_RANGE ? 'low contrast' : undefined;
}
