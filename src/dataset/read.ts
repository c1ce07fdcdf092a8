import { readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { FoveaError } from '../core/errors.ts';
import { parseCsv } from '../formats/csv.ts';
import { picturesBelow } from './folder.ts';

/** One picture of a data set. */
export interface Item {
  /** As the table has it, or relative to the folder. */
  readonly file: string;
  readonly path: string;
  /** The file itself where the table names no patient. */
  readonly patient: string;
  readonly labels: readonly string[];
  /** All columns of its row, by name. */
  readonly columns: Readonly<Record<string, string>>;
}

export interface Dataset {
  readonly items: readonly Item[];
  /** Names of the columns, in their order; of folders `file` and `label`. */
  readonly columns: readonly string[];
  /** False: every picture counts as a patient of its own. */
  readonly knowsPatients: boolean;
  /** Of folders of classes the files that are no row; of a table none. */
  readonly leftOut: readonly LeftOut[];
}

/** A file that is no row of the data set: it is no picture, or it stands in the folder of no class. */
export interface LeftOut {
  readonly file: string;
  readonly reason: 'NOT_A_PICTURE' | 'NO_CLASS';
}

/** Reason → how many files of the folder were left out for it. */
export const countLeftOut = (leftOut: readonly LeftOut[]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...Map.groupBy(leftOut, ({ reason }) => reason)].map(([reason, of]) => [reason, of.length]),
  );

export interface ReadOptions {
  /** Default: `file`, `image` or `filename`. */
  readonly fileColumn?: string;
  /** Default: `labels`, `label` or `class`. */
  readonly labelColumn?: string;
  readonly patientColumn?: string;
  /** Folder that the files of the table stand in; default: that of the table. */
  readonly root?: string;
  /** False: a table needs no column of labels. */
  readonly isLabelled?: boolean;
}

/**
 * Reads a folder with one folder a class, a folder with `labels.csv`, or a CSV. Several labels of a picture are parted
 * by `;` or `|`. Links are followed.
 *
 * @throws FoveaError `FILE_NOT_FOUND`, `DATASET_COLUMN_MISSING`, `DATASET_INVALID` (no row, or a row without a file)
 */
export async function readDataset(path: string, options: ReadOptions = {}): Promise<Dataset> {
  const about = await stat(path).catch(() => undefined);
  if (!about) throw new FoveaError('FILE_NOT_FOUND', { path });
  const table = about.isDirectory() ? join(path, 'labels.csv') : path;
  const text = await readFile(table, 'utf8').catch(() => undefined);
  const dataset = text === undefined ? await fromFolders(path) : fromTable(text, dirname(table), options);
  if (dataset.items.length === 0) throw new FoveaError('DATASET_INVALID', nothingIn(dataset.leftOut, path));
  return dataset;
}

/** Pictures that stand beside each other have no class: that is said first. */
const nothingIn = (leftOut: readonly LeftOut[], path: string) => ({
  reason: leftOut.some(({ reason }) => reason === 'NO_CLASS')
    ? 'there is neither a labels.csv nor a folder for each class'
    : 'there is no picture in them',
  received: path,
});

async function fromFolders(folder: string): Promise<Dataset> {
  const { pictures, others } = await picturesBelow(folder);
  const all = pictures.map((path) => {
    const file = relative(folder, path);
    return { file, path, label: file.includes(sep) ? file.split(sep)[0]! : undefined };
  });
  return {
    items: all.flatMap(({ file, path, label }) =>
      label === undefined ? [] : [{ file, path, patient: file, labels: [label], columns: { file, label } }],
    ),
    columns: ['file', 'label'],
    knowsPatients: false,
    leftOut: [
      ...all.flatMap(({ file, label }) =>
        label === undefined ? [{ file, reason: 'NO_CLASS' as const }] : [],
      ),
      ...others.map((path) => ({ file: relative(folder, path), reason: 'NOT_A_PICTURE' as const })),
    ],
  };
}

function fromTable(text: string, folder: string, options: ReadOptions): Dataset {
  const [header = [], ...rows] = parseCsv(text);
  const names = header.map((name) => name.trim());
  const need = (column: string) => {
    if (names.includes(column)) return column;
    throw new FoveaError('DATASET_COLUMN_MISSING', { column, received: names.join(', ') });
  };
  const called = (...usual: readonly string[]) =>
    usual.map((one) => names.find((name) => name.toLowerCase() === one)).find((name) => name !== undefined);
  const fileColumn = need(options.fileColumn ?? called('file', 'image', 'filename') ?? 'file');
  const labelColumn = options.labelColumn ?? called('labels', 'label', 'class') ?? 'label';
  if (options.isLabelled ?? true) need(labelColumn);
  const patientColumn = options.patientColumn ? need(options.patientColumn) : called('patient');
  const items = rows.map((row, i) => {
    const columns = Object.fromEntries(names.map((name, c) => [name, (row[c] ?? '').trim()]));
    const file = columns[fileColumn];
    if (!file) throw new FoveaError('DATASET_INVALID', { reason: `row ${i + 2} names no file` });
    const labels = (columns[labelColumn] ?? '').split(/[;|]/).map((label) => label.trim());
    const patient = (patientColumn && columns[patientColumn]) || file;
    return {
      file,
      path: join(options.root ?? folder, file),
      patient,
      labels: [...new Set(labels.filter(Boolean))],
      columns,
    };
  });
  return { items, columns: names, knowsPatients: patientColumn !== undefined, leftOut: [] };
}
