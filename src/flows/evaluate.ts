import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { asFoveaError, FoveaError } from '../core/errors.ts';
import { differenceHash, hamming, hashWords, type Item } from '../dataset/index.ts';
import type { Case } from '../evaluate/index.ts';
import { decode, preprocess } from '../image/index.ts';
import {
  labelSet,
  type Manifest,
  type Model,
  meant,
  namedClass,
  operatingPoint,
  sha256,
} from '../model/index.ts';
import { passGate } from './gate.ts';
import type { Inspected } from './inspect-dataset.ts';

/** What a model said of one picture: a line of the cache, so that an interrupted run goes on where it was. */
export interface Answer {
  readonly file: string;
  readonly sha256: string | null;
  readonly probabilities: readonly number[] | null;
  /** Code of the error where there is no answer. */
  readonly excluded: string | null;
  readonly width: number | null;
  /** Difference hash, by which near-duplicates are looked for; answers of earlier versions have none. */
  readonly dhash?: string | null;
  /** What the gate said; null where it was not asked, or there is no picture. */
  readonly gate: { readonly refused: string | null; readonly quality: string | null } | null;
}

/**
 * One picture through the product's own path: decode → gate → preprocess → predict. What the gate refuses is read all
 * the same, so that the model can be measured with it and without. Never throws.
 *
 * @param isGated false leaves the gate out, which takes longer than many a model
 */
export async function answer({ file, path }: Item, model: Model, isGated = true): Promise<Answer> {
  let hash: string | null = null;
  let width: number | null = null;
  let dhash: string | null = null;
  let gate: Answer['gate'] = null;
  try {
    const bytes = await readFile(path).catch(() => {
      throw new FoveaError('FILE_NOT_FOUND', { path });
    });
    hash = sha256(bytes);
    const image = await decode(bytes);
    width = image.width;
    dhash = differenceHash(image);
    if (isGated) {
      const { overridden, quality } = await passGate(image, file, model.manifest, { override: 'measuring' });
      gate = { refused: overridden?.code ?? null, quality: quality?.verdict ?? null };
    }
    const probabilities = await model.predict(preprocess(image, model.manifest.preprocessing));
    return { file, sha256: hash, probabilities, excluded: null, width, dhash, gate };
  } catch (thrown) {
    return {
      file,
      sha256: hash,
      probabilities: null,
      excluded: asFoveaError(thrown).code,
      width,
      dhash,
      gate,
    };
  }
}

/** Answers as what they mean, where the model was calibrated. */
export function meantAnswers(
  answers: ReadonlyMap<string, Answer>,
  manifest: Manifest,
): ReadonlyMap<string, Answer> {
  return new Map(
    [...answers].map(([file, said]) => [
      file,
      { ...said, probabilities: said.probabilities && meant(said.probabilities, manifest) },
    ]),
  );
}

/** What a model's manifest says of how its answers are measured: labels at its usual operating point, and sets. */
export function measuredAs(manifest: Manifest) {
  const { labels, derived, task, ordinal, calibration } = manifest;
  const point = operatingPoint(manifest);
  const decided = <T extends { readonly label: string }>(one: T) => {
    const at = point?.thresholds.find(({ label }) => label === one.label);
    return { ...one, ...(at && { threshold: at.threshold }) };
  };
  return {
    labels: labels.map(decided),
    derived: (derived ?? []).map(decided),
    task,
    ordinal: ordinal ?? false,
    named: (p: readonly number[]) => namedClass(p, manifest),
    ...(calibration && { setOf: (p: readonly number[]) => labelSet(p, calibration, manifest) }),
  };
}

/**
 * Items and answers as cases.
 *
 * @param labels the model's; `map` renames labels of the data
 * @param groups columns whose values are sub-groups; `age` counts in decades
 * @throws FoveaError `DATASET_LABEL_UNKNOWN`, `DATASET_ONE_CLASS`
 */
export function casesOf(
  items: readonly Item[],
  answers: ReadonlyMap<string, Answer>,
  labels: readonly string[],
  map: ReadonlyMap<string, string> = new Map(),
  groups: readonly string[] = [],
): Case[] {
  const cases = items.map((item) => {
    const own = item.labels.map((label) => map.get(label) ?? label);
    const unknown = own.find((label) => !labels.includes(label));
    if (unknown !== undefined)
      throw new FoveaError('DATASET_LABEL_UNKNOWN', {
        label: unknown,
        expected: labels.join(', '),
        received: `${unknown} (${item.file})`,
      });
    const said = answers.get(item.file);
    return {
      file: item.file,
      patient: item.patient,
      eye: item.columns.eye ?? item.file,
      truth: labels.map((label) => own.includes(label)),
      probabilities: said?.probabilities ?? null,
      excluded: own.length === 0 ? 'NO_LABEL' : said ? said.excluded : 'NO_PREDICTION',
      groups: {
        ...Object.fromEntries(groups.map((name) => [name, groupValue(name, item.columns[name] ?? '')])),
        ...(said?.width && { 'picture width': widthBand(said.width) }),
        ...(said?.gate && {
          gate: said.gate.refused ?? 'passed',
          quality: said.gate.quality ?? 'not judged',
        }),
      },
    };
  });
  const occurring = new Set(cases.map(({ truth }) => truth.join()));
  if (occurring.size === 1)
    throw new FoveaError('DATASET_ONE_CLASS', { label: items[0]!.labels.join(';') || '(none)' });
  return cases;
}

/**
 * The cases that count behind the gate: what it refused, and what nobody could read, are left out and say why.
 *
 * @returns null where the gate was not asked
 */
export function behindGate(cases: readonly Case[]): Case[] | null {
  if (!cases.some(({ groups }) => groups.gate)) return null;
  return cases.map((one) => {
    const { gate, quality } = one.groups;
    const refusal = gate === 'passed' ? (quality === 'not gradable' ? 'NOT_GRADABLE' : null) : (gate ?? null);
    return { ...one, excluded: one.excluded ?? refusal };
  });
}

const groupValue = (name: string, value: string) =>
  name === 'age' && value !== '' ? `${Math.floor(Number(value) / 10) * 10}s` : value;

/** Powers of two: sizes differ by hardly a pixel within a source and by much between sources. */
const widthBand = (width: number) => {
  const from = 2 ** Math.floor(Math.log2(width));
  return `${from}–${2 * from - 1}`;
};

/** The hash of a patient in a model's `training-hashes.txt`: nobody's number stands there. */
export const patientHash = (patient: string) =>
  createHash('sha256').update(`patient:${patient}`).digest('hex');

/** Bits in which a picture may differ from one of the training, and be told as alike: a hint, as retinas are alike (docs/datasets.md). */
const ALIKE_BITS = 8;
/** Digits of a hash that are kept: of a billion pictures two agree by chance with a probability of 3 %. */
const KEPT_DIGITS = 16;

/**
 * Text of `training-hashes.txt`: by what pictures of a training, their patients and near-duplicates are known again, and
 * nothing else is.
 *
 * @param knowsPatients false: a file's own name stands for a patient, and would be found in other data by chance
 */
export function trainingHashes(all: readonly Inspected[], knowsPatients: boolean): string {
  const pictures = all.flatMap(({ sha256: hash, seen }) => [
    ...(hash === null ? [] : [`sha256 ${hash.slice(0, KEPT_DIGITS)}`]),
    ...(seen ? [`dhash ${seen.hash}`] : []),
  ]);
  const patients = all.flatMap(({ item }) =>
    knowsPatients ? [`patient ${patientHash(item.patient).slice(0, KEPT_DIGITS)}`] : [],
  );
  return `${[...new Set([...pictures, ...patients])].sort().join('\n')}\n`;
}

/** What of a data set was in a training: files. */
export interface Taint {
  readonly pictures: readonly string[];
  /** Of patients of the training, the pictures themselves or not. */
  readonly patients: readonly string[];
  /** As near-duplicates, by their hash alone: a hint. Null where the training left no such hashes. */
  readonly alike: readonly string[] | null;
}

/**
 * Pictures that were in a training, or whose patient was, or that look like one.
 *
 * @param hashes text of `training-hashes.txt`: one `sha256 HEX`, `patient HEX` or `dhash HEX` a line; of the first two
 *   the first 16 digits or more
 * @throws FoveaError `DATASET_INVALID` for a line that is none of these
 */
export function tainted(
  hashes: string,
  items: readonly Item[],
  answers: ReadonlyMap<string, Pick<Answer, 'sha256' | 'dhash'>>,
): Taint {
  const known = { sha256: new Set<string>(), patient: new Set<string>() };
  const alike: Uint32Array[] = [];
  for (const [i, line] of hashes.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const [, kind, hex = ''] = /^(sha256|patient|dhash) ([0-9a-f]{16,64})$/.exec(line.trim()) ?? [];
    if (kind === 'dhash' && hex.length === 64) alike.push(hashWords(hex));
    else if (kind === 'sha256' || kind === 'patient') known[kind].add(hex.slice(0, KEPT_DIGITS));
    else
      throw new FoveaError('DATASET_INVALID', {
        reason: `line ${i + 1} of the training's hashes is none`,
        expected: 'sha256, patient or dhash, a space, hexadecimal digits',
        received: line.slice(0, 80),
        hint: 'Write them with `fovea dataset … --training-hashes FILE`.',
      });
  }
  const has = (kind: keyof typeof known, hex: string) => known[kind].has(hex.slice(0, KEPT_DIGITS));
  const files = (of: (item: Item) => boolean) => items.filter(of).map(({ file }) => file);
  const hashOf = ({ file }: Item) => answers.get(file)?.sha256;
  // Answers of an earlier version.
  const isUnhashed = items.some((item) => hashOf(item) && answers.get(item.file)!.dhash === undefined);
  const isThere = (item: Item) => has('sha256', hashOf(item) ?? '');
  return {
    pictures: files(isThere),
    patients: files(({ patient }) => has('patient', patientHash(patient))),
    alike:
      alike.length === 0 || isUnhashed
        ? null
        : files((item) => {
            const own = answers.get(item.file)?.dhash;
            if (!own || isThere(item)) return false;
            const words = hashWords(own);
            return alike.some((other) => hamming(words, other) <= ALIKE_BITS);
          }),
  };
}
