import { readFile } from 'node:fs/promises';
import { asFoveaError, type ErrorBody, FoveaError } from '../core/errors.ts';
import { random } from '../core/random.ts';
import {
  alikePairs,
  type Cue,
  countLeftOut,
  type Dataset,
  type Fingerprint,
  fingerprint,
  type Item,
  neighbourScores,
  type Surface,
  surfaceOf,
} from '../dataset/index.ts';
import { auroc, interval, meanOf, patientDraws, rank } from '../evaluate/index.ts';
import { decode } from '../image/index.ts';
import { sha256 } from '../model/index.ts';
import { inOrder } from './in-order.ts';

const AT_ONCE = 4;
/** Pictures from which shortcuts are told: enough for intervals of a few hundredths, in seconds. */
const MOST_SURFACES = 2000;
const DRAWS = 200;
/**
 * Least AUROC, at the lower end of its interval, of what must tell nothing. Chance is 0.5; 0.55 tells all of the known
 * shortcuts of our OCT scans, and of 24 figures of ODIR two (docs/datasets.md).
 */
const ALARM = 0.55;
/** With fewer pictures of a label, or without it, no AUROC is told. */
const LEAST_OF_LABEL = 10;

/** What is known of one picture: what it looks like, or why nothing is. */
export interface Inspected {
  readonly item: Item;
  readonly sha256: string | null;
  readonly failure: ErrorBody | null;
  readonly seen: (Fingerprint & { readonly surface: Surface }) | null;
}

export interface InspectOptions {
  /** Column that parts the data, such as `suggested_split`. */
  readonly split?: string;
  /** Labels that may occur; others are reported, as are those that no picture has. */
  readonly known?: readonly string[];
  readonly seed?: number;
}

export type DatasetReport = ReturnType<typeof reportOn>;

/** Opens every picture once. One that is missing or damaged says so by its failure. */
export async function* inspect(items: readonly Item[]): AsyncGenerator<Inspected, void, undefined> {
  yield* inOrder(items, inspectOne, AT_ONCE);
}

async function inspectOne(item: Item): Promise<Inspected> {
  let hash: string | null = null;
  try {
    const bytes = await readFile(item.path).catch(() => {
      throw new FoveaError('FILE_NOT_FOUND', { path: item.path });
    });
    hash = sha256(bytes);
    const image = await decode(bytes);
    const seen = { ...fingerprint(image), surface: surfaceOf(image, bytes.length) };
    return { item, sha256: hash, failure: null, seen };
  } catch (thrown) {
    return { item, sha256: hash, failure: asFoveaError(thrown).toJSON(), seen: null };
  }
}

/** Pairs of pictures that are one, stored in two ways; those of equal bytes are none of them. */
export function nearDuplicates(all: readonly Inspected[]) {
  const seen = all.flatMap(({ seen: one }, at) => (one ? [{ at, one }] : []));
  return alikePairs(seen.map(({ one }) => one))
    .map(({ pair: [a, b], bits, likeness }) => ({
      pair: [seen[a]!.at, seen[b]!.at] as const,
      bits,
      likeness: Number(likeness.toFixed(3)),
    }))
    .filter(({ pair: [a, b] }) => all[a]!.sha256 !== all[b]!.sha256);
}

/** All that is to be known of a data set before anything is taught or measured with it: schema `fovea.dataset/1`. */
export function reportOn(
  { columns, knowsPatients, leftOut }: Omit<Dataset, 'items'>,
  all: readonly Inspected[],
  { split, known, seed = 1 }: InspectOptions = {},
) {
  if (split !== undefined && !columns.includes(split))
    throw new FoveaError('DATASET_COLUMN_MISSING', { column: split, received: columns.join(', ') });
  const splitOf = ({ columns: own }: Item) => (split === undefined ? null : own[split] || '(none)');
  const occurring = new Set(all.flatMap(({ item }) => item.labels));
  const labels = [...new Set([...(known ?? []), ...occurring])].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  const splits = split === undefined ? [] : [...new Set(all.map(({ item }) => splitOf(item)!))].sort();
  const patients = (of: readonly Inspected[]) => new Set(of.map(({ item }) => item.patient)).size;
  const told = (at: readonly number[]) => {
    const items = at.map((i) => all[i]!.item);
    const differ = (of: (item: Item) => string) => new Set(items.map(of)).size > 1;
    return {
      files: items.map(({ file }) => file),
      labelsDiffer: differ(({ labels: own }) => own.toSorted().join(';')),
      patientsDiffer: knowsPatients && differ(({ patient }) => patient),
      splitsDiffer: differ((item) => splitOf(item) ?? ''),
    };
  };
  const equal = Map.groupBy(
    [...all.keys()].filter((i) => all[i]!.sha256 !== null),
    (i) => all[i]!.sha256!,
  );
  const report = {
    schema: 'fovea.dataset/1' as const,
    pictures: all.length,
    readable: all.filter(({ seen }) => seen).length,
    patients: knowsPatients ? patients(all) : null,
    splits: splits.map((name) => {
      const own = all.filter(({ item }) => splitOf(item) === name);
      return { split: name, pictures: own.length, patients: knowsPatients ? patients(own) : null };
    }),
    labels: labels.map((label) => {
      const own = all.filter(({ item }) => item.labels.includes(label));
      return {
        label,
        pictures: own.length,
        patients: knowsPatients ? patients(own) : null,
        bySplit: Object.fromEntries(
          splits.map((name) => [name, own.filter(({ item }) => splitOf(item) === name).length]),
        ),
        known: known === undefined || known.includes(label),
      };
    }),
    leftOut,
    unlabelled: all.flatMap(({ item }) => (item.labels.length ? [] : [item.file])),
    unreadable: all.flatMap(({ item, failure }) => (failure ? [{ file: item.file, ...failure }] : [])),
    duplicates: [...equal.values()].filter((at) => at.length > 1).map(told),
    nearDuplicates: nearDuplicates(all).map(({ pair, bits, likeness }) => ({
      ...told(pair),
      bits,
      likeness,
    })),
    patientsInSeveralSplits:
      split === undefined
        ? []
        : [...Map.groupBy(all, ({ item }) => item.patient)].flatMap(([patient, own]) => {
            const in_ = [...new Set(own.map(({ item }) => splitOf(item)!))].sort();
            return in_.length > 1 ? [{ patient, splits: in_ }] : [];
          }),
    shortcuts: shortcuts(all, labels, seed),
  };
  return { ...report, findings: findings(report) };
}

const CUES: Readonly<Record<Cue, string>> = {
  fileSize: 'size of the file',
  dimensions: 'width, height and their ratio',
  border: 'colour of the border',
  thumbnail: '16 × 16 thumbnail',
};

/** How well each label is told by what is no medicine; null with fewer than ten pictures of a label, or without it. */
function shortcuts(all: readonly Inspected[], labels: readonly string[], seed: number) {
  const draw = random(`${seed}/surfaces`);
  const chosen = all
    .flatMap(({ item, seen }) => (seen && item.labels.length ? [{ item, seen, key: draw.unit() }] : []))
    .sort((a, b) => a.key - b.key)
    .slice(0, MOST_SURFACES);
  const truth = chosen.map(({ item }) => labels.map((label) => item.labels.includes(label)));
  const patients = chosen.map(({ item }) => item.patient);
  return (Object.keys(CUES) as Cue[]).map((cue) => {
    const { scores, folds } = neighbourScores(
      chosen.map(({ seen }) => seen.surface[cue]),
      patients,
      truth,
      seed,
    );
    const each = labels.map((label, l) => {
      const own = truth.map((row) => row[l]!);
      const positives = own.filter(Boolean).length;
      const isFew = Math.min(positives, own.length - positives) < LEAST_OF_LABEL;
      if (isFew) return { label, auroc: null, interval: null, alarm: false };
      const parts = [...Map.groupBy(own.keys(), (i) => folds[i]!).values()].map((at) => ({
        at,
        ranked: rank(
          at.map((i) => scores[i]![l]!),
          at.map((i) => own[i]!),
        ),
      }));
      const area = (weights?: ArrayLike<number>) =>
        meanOf(parts.map(({ at, ranked }) => auroc(ranked, weights && at.map((i) => weights[i]!))));
      const drawn: (number | null)[] = [];
      for (const weights of patientDraws(patients, DRAWS, seed)) drawn.push(area(weights));
      const range = interval(drawn);
      return {
        label,
        auroc: area(),
        interval: range,
        alarm: cue !== 'thumbnail' && range !== null && range[0] >= ALARM,
      };
    });
    return { cue, what: CUES[cue], pictures: chosen.length, labels: each };
  });
}

/** What somebody should know first, in words; an alarm spoils what is taught or measured with the data. */
function findings(report: {
  readonly readable: number;
  readonly pictures: number;
  readonly labels: readonly { label: string; pictures: number; known: boolean }[];
  readonly leftOut: Dataset['leftOut'];
  readonly unlabelled: readonly string[];
  readonly unreadable: readonly { code: string }[];
  readonly duplicates: readonly Duplicate[];
  readonly nearDuplicates: readonly Duplicate[];
  readonly patientsInSeveralSplits: readonly unknown[];
  readonly shortcuts: ReturnType<typeof shortcuts>;
}) {
  const found: { alarm: boolean; text: string }[] = [];
  const say = (count: number, text: string, alarm = true) => count > 0 && found.push({ alarm, text });
  const codes = Map.groupBy(report.unreadable, ({ code }) => code);
  for (const [code, of] of codes) say(of.length, `${of.length} pictures cannot be read: ${code}.`);
  const present = report.labels.filter(({ pictures }) => pictures > 0);
  if (present.length === 1)
    say(1, `All pictures are of one class, "${present[0]!.label}": DATASET_ONE_CLASS.`);
  for (const { label, pictures, known } of report.labels) {
    if (pictures === 0) say(1, `No picture has the label "${label}": DATASET_CLASS_EMPTY.`);
    if (!known)
      say(
        1,
        `${pictures} pictures have the label "${label}", which is none of the known: DATASET_LABEL_UNKNOWN.`,
      );
  }
  for (const [reason, count] of Object.entries(countLeftOut(report.leftOut)))
    say(count, `Left out of the folder: ${count} ${reason}.`, false);
  say(report.unlabelled.length, `${report.unlabelled.length} pictures have no label.`, false);
  const { patientsInSeveralSplits: torn } = report;
  say(torn.length, `${torn.length} patients stand in more than one split: DATASET_PATIENT_IN_TWO_SPLITS.`);
  for (const [what, of] of [
    ['sets of equal files', report.duplicates],
    ['pairs of near-duplicates', report.nearDuplicates],
  ] as const) {
    const count = (key: 'labelsDiffer' | 'patientsDiffer' | 'splitsDiffer') =>
      of.filter((one) => one[key]).length;
    say(of.length, `${of.length} ${what}.`, false);
    say(count('labelsDiffer'), `${count('labelsDiffer')} ${what} have different labels.`);
    say(
      count('patientsDiffer'),
      `${count('patientsDiffer')} ${what} stand under different patients: perhaps one under two names.`,
    );
    say(count('splitsDiffer'), `${count('splitsDiffer')} ${what} stand on both sides of a split.`);
  }
  for (const { what, labels } of report.shortcuts)
    for (const { label, auroc: area, interval: range, alarm } of labels)
      if (alarm)
        say(
          1,
          `The ${what} alone tells "${label}": AUROC ${area!.toFixed(2)} (${range!.map((v) => v.toFixed(2)).join('–')}). A model may learn that instead of the disease.`,
        );
  return found;
}

interface Duplicate {
  readonly labelsDiffer: boolean;
  readonly patientsDiffer: boolean;
  readonly splitsDiffer: boolean;
}
