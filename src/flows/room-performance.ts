import { cohenKappa, confusion, quadraticKappa } from '../evaluate/index.ts';
import { wilson } from './agreement.ts';

/** A part of a whole, with Wilson's 95 % interval. */
export interface Proportion {
  readonly hits: number;
  readonly of: number;
  readonly interval: Interval | null;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** How two who grade the same agree. */
export interface Agreement {
  /** Rows the model's, columns the human's. */
  readonly matrix: readonly (readonly number[])[];
  readonly agreed: Proportion;
  readonly kappa: number | null;
  /** 95 %, of kappa. */
  readonly interval: Interval | null;
}

const RESULTS = ['negative', 'positive', 'ungradable'] as const;
type Result = (typeof RESULTS)[number];
type Eye = 'OD' | 'OS';
interface Grade {
  readonly result: Result;
  readonly level: string | null;
}

/** A signature, as the store keeps it. */
export interface Signed {
  readonly patient: string;
  readonly login: string;
  readonly reader: string;
  readonly decision: 'confirmed' | 'changed' | 'retake';
  readonly model: Result | null;
  readonly modelEyes: readonly ({ readonly eye: Eye | null } & Grade)[];
  readonly human: Result | null;
  readonly grades: { readonly [eye in Eye]?: Grade };
  readonly blinded: boolean;
  readonly agreed: boolean | null;
  readonly isLast: boolean;
  readonly isOwnLast: boolean;
  readonly isCompared: boolean;
}

/** What two said of the same, by number of the class. */
interface Pair {
  readonly patient: string;
  readonly model: number;
  readonly human: number;
}

/**
 * How models and readers agree.
 *
 * @param signed of each visit its last signature, each reader's last, and the one that is compared
 * @param levels of the rule, least severe first; what was graded by another rule's levels is left out of theirs
 */
export function roomPerformance(signed: readonly Signed[], levels: readonly string[]) {
  const compared = signed.filter(({ isCompared }) => isCompared);
  const visits = compared.flatMap(({ patient, model, human, blinded }) =>
    model && human
      ? [{ patient, model: RESULTS.indexOf(model), human: RESULTS.indexOf(human), blinded }]
      : [],
  );
  const eyes = compared.flatMap(({ patient, modelEyes, grades }) =>
    modelEyes.flatMap(({ eye, ...model }) => {
      const human = eye && grades[eye];
      return human ? [{ patient, eye, model, human }] : [];
    }),
  );
  const blinded = visits.filter((visit) => visit.blinded);
  const last = signed.filter(({ isLast }) => isLast);
  const logins = [...new Set(signed.map(({ login }) => login))];
  return {
    signed: last.filter(isVerdict).length,
    retakes: last.filter((one) => !isVerdict(one)).length,
    agreement: {
      ...agreementOf(visits, RESULTS.length, cohenKappa),
      blinded: proportion(blinded.filter(isAgreed).length, blinded.length),
    },
    eyes: (['OD', 'OS'] as const).map((side) => ({
      eye: side,
      ...agreementOf(
        eyes
          .filter(({ eye }) => eye === side)
          .map(({ patient, model, human }) => ({
            ...{ patient, model: RESULTS.indexOf(model.result), human: RESULTS.indexOf(human.result) },
          })),
        RESULTS.length,
        cohenKappa,
      ),
    })),
    levels: {
      names: [...levels],
      ...agreementOf(
        eyes
          .map(({ patient, model, human }) => ({
            ...{
              patient,
              model: levels.indexOf(model.level ?? ''),
              human: levels.indexOf(human.level ?? ''),
            },
          }))
          .filter(({ model, human }) => model >= 0 && human >= 0),
        levels.length,
        quadraticKappa,
      ),
    },
    overridden: overruled(last),
    readers: logins.map((login) => {
      const own = signed.filter((one) => one.login === login && one.isOwnLast);
      const judged = own.filter(({ agreed }) => agreed !== null);
      return {
        reader: own[0]!.reader,
        login,
        signed: own.length,
        retakes: own.filter((one) => !isVerdict(one)).length,
        agreed: proportion(judged.filter(({ agreed }) => agreed).length, judged.length),
        changed: overruled(own),
      };
    }),
  };
}

/** A part of a whole; without a whole there is no interval. */
export function proportion(hits: number, of: number): Proportion {
  if (of === 0) return { hits, of, interval: null };
  const [low, high] = wilson(hits, of);
  return { hits, of, interval: { low, high } };
}

const isVerdict = ({ decision }: Signed) => decision !== 'retake';
const isAgreed = ({ model, human }: Pick<Pair, 'model' | 'human'>) => model === human;

/** Of the verdicts that were signed with an answer in sight, those that changed it: nobody overrules what they do not see. */
function overruled(reviews: readonly Signed[]): Proportion {
  const shown = reviews.filter((one) => isVerdict(one) && !one.blinded && one.model !== null);
  return proportion(shown.filter(({ decision }) => decision === 'changed').length, shown.length);
}

function agreementOf(
  pairs: readonly Pair[],
  classes: number,
  measure: (matrix: readonly (readonly number[])[]) => number | null,
): Agreement {
  const matrix = confusion(
    pairs.map(({ model }) => model),
    pairs.map(({ human }) => human),
    classes,
  );
  const kappa = pairs.length > 0 ? measure(matrix) : null;
  return {
    matrix,
    agreed: proportion(pairs.filter(isAgreed).length, pairs.length),
    kappa,
    interval: kappa === null ? null : jackknife(kappa, pairs, matrix, measure),
  };
}

/** Standard normal, 97.5 %. */
const Z = 1.959964;

/**
 * 95 % interval of a measure by the jackknife over patients (Efron & Tibshirani 1993, ch. 11): each left out in turn, so that
 * two eyes and many visits of one patient count as what they are, in one pass. Null where it cannot be told: of
 * fewer than two patients, or where nothing differs whoever is left out.
 */
function jackknife(
  whole: number,
  pairs: readonly Pair[],
  matrix: readonly (readonly number[])[],
  measure: (matrix: readonly (readonly number[])[]) => number | null,
): Interval | null {
  const without: number[] = [];
  // Without one of ten thousand it is what it is without another of whom the same was said.
  const known = new Map<string, number | null>();
  for (const own of Map.groupBy(pairs, ({ patient }) => patient).values()) {
    const key = own
      .map(({ model, human }) => `${model} ${human}`)
      .sort()
      .join();
    if (!known.has(key)) {
      const rest = matrix.map((row) => [...row]);
      for (const { model, human } of own) rest[model]![human]!--;
      known.set(key, own.length < pairs.length ? measure(rest) : null);
    }
    const value = known.get(key)!;
    if (value === null) return null;
    without.push(value);
  }
  const n = without.length;
  const mean = without.reduce((a, b) => a + b, 0) / n;
  const half = Z * Math.sqrt(((n - 1) / n) * without.reduce((sum, value) => sum + (value - mean) ** 2, 0));
  return half > 0 ? { low: Math.max(-1, whole - half), high: Math.min(1, whole + half) } : null;
}
