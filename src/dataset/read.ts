import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { FoveaError } from '../core/errors.ts';
import { parseCsv } from '../formats/csv.ts';

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
}

export interface ReadOptions {
  readonly fileColumn?: string;
  readonly labelColumn?: string;
  readonly patientColumn?: string;
  /** Folder that the files of the table stand in; default: that of the table. */
  readonly root?: string;
  /** False: a table needs no column of labels. */
  readonly isLabelled?: boolean;
}

const PICTURE = /\.(jpe?g|jpe|png|tiff?|webp|gif)$/i;

/**
 * Reads a folder with one folder a class, a folder with `labels.csv`, or a CSV. Several labels of a picture are parted
 * by `;` or `|`. Files are not opened.
 *
 * @throws FoveaError `FILE_NOT_FOUND`, `DATASET_COLUMN_MISSING`, `DATASET_INVALID` (no row, or a row without a file)
 */
export async function readDataset(path: string, options: ReadOptions = {}): Promise<Dataset> {
  const about = await stat(path).catch(() => undefined);
  if (!about) throw new FoveaError('FILE_NOT_FOUND', { path });
  const table = about.isDirectory() ? join(path, 'labels.csv') : path;
  const text = await readFile(table, 'utf8').catch(() => undefined);
  const dataset = text === undefined ? await fromFolders(path) : fromTable(text, dirname(table), options);
  if (dataset.items.length === 0)
    throw new FoveaError('DATASET_INVALID', { reason: 'there is no picture in them', received: path });
  return dataset;
}

async function fromFolders(folder: string): Promise<Dataset> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const items = entries
    .filter((entry) => entry.isFile() && PICTURE.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .flatMap((path) => {
      const file = relative(folder, path);
      const [label, ...rest] = file.split(sep);
      const columns = { file, label: label! };
      return rest.length > 0 ? [{ file, path, patient: file, labels: [label!], columns }] : [];
    });
  return { items, columns: ['file', 'label'], knowsPatients: false };
}

function fromTable(text: string, folder: string, options: ReadOptions): Dataset {
  const [header = [], ...rows] = parseCsv(text);
  const names = header.map((name) => name.trim());
  const need = (column: string) => {
    if (names.includes(column)) return column;
    throw new FoveaError('DATASET_COLUMN_MISSING', { column, received: names.join(', ') });
  };
  const fileColumn = need(options.fileColumn ?? 'file');
  const labelColumn = options.labelColumn ?? (names.includes('labels') ? 'labels' : 'label');
  if (options.isLabelled ?? true) need(labelColumn);
  const patientColumn = options.patientColumn
    ? need(options.patientColumn)
    : names.includes('patient')
      ? 'patient'
      : undefined;
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
  return { items, columns: names, knowsPatients: patientColumn !== undefined };
}
