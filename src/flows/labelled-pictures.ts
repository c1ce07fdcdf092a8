import { readdir, readFile, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { FoveaError } from '../core/errors.ts';
import { parseCsv } from '../formats/csv.ts';
import type { Label } from '../model/index.ts';

/** Pictures whose right answers are known. */
export interface LabelledPictures {
  readonly pictures: readonly {
    readonly path: string;
    /** Places of its labels among the model's outputs. */
    readonly truth: readonly number[];
  }[];
  /** The labels' names in the order of the outputs. */
  readonly names: readonly string[];
  /** Set where the model's outputs have no names of their own: the classes stand in alphabetical order, as Keras's own reader of folders has them. */
  readonly alphabetical: boolean;
}

const invalid = (reason: string, more: { expected?: string; received?: string } = {}) =>
  new FoveaError('DATASET_INVALID', { reason, ...more });

/**
 * Reads a folder with one folder of pictures a class, or with a `labels.csv` of the columns `file` and `label` (or
 * `labels`, several parted by `;` or `|`).
 *
 * @param labels the model's, in the order of its outputs
 * @throws FoveaError `FILE_NOT_FOUND`, `DATASET_INVALID`: no pictures, one class only, labels that the model does not
 *   have, files that are not there
 */
export async function readLabelledPictures(
  folder: string,
  labels: readonly Label[],
): Promise<LabelledPictures> {
  const about = await stat(folder).catch(() => undefined);
  if (!about?.isDirectory()) throw new FoveaError('FILE_NOT_FOUND', { path: folder });
  const csv = await readFile(join(folder, 'labels.csv'), 'utf8').catch(() => undefined);
  const rows = csv === undefined ? await fromFolders(folder) : await fromCsv(folder, csv);
  if (rows.length === 0) throw invalid('there is no picture in them', { received: folder });
  const found = [...new Set(rows.flatMap((row) => row.labels))].sort();
  const { placeOf, alphabetical } = placesOf(found, labels);
  const pictures = rows.map(({ path, labels: own }) => ({ path, truth: own.map((label) => placeOf(label)) }));
  if (new Set(pictures.flatMap(({ truth }) => truth)).size < 2)
    throw invalid('they are all of one class, which tells nothing', { received: found.join(', ') });
  return {
    pictures,
    alphabetical,
    names: alphabetical ? found : labels.map(({ name, label }) => name || label),
  };
}

interface Row {
  readonly path: string;
  readonly labels: readonly string[];
}

const PICTURE = /\.(jpe?g|jpe|png|tiff?|webp|bmp|gif)$/i;

async function fromFolders(folder: string): Promise<Row[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const classes = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name);
  if (classes.length === 0)
    throw invalid('there is neither a labels.csv nor a folder for each class', { received: folder });
  const rows = classes.toSorted().map(async (name) => {
    const files = await readdir(join(folder, name), { recursive: true });
    return files
      .filter((file) => PICTURE.test(file) && !file.split(sep).some((part) => part.startsWith('.')))
      .toSorted()
      .map((file) => ({ path: join(folder, name, file), labels: [name] }));
  });
  return (await Promise.all(rows)).flat();
}

async function fromCsv(folder: string, csv: string): Promise<Row[]> {
  const [head = [], ...lines] = parseCsv(csv);
  const columns = head.map((name) => name.trim().toLowerCase());
  const [file, label] = [
    columns.findIndex((name) => ['file', 'image', 'filename'].includes(name)),
    columns.findIndex((name) => ['label', 'labels', 'class'].includes(name)),
  ];
  if (file < 0 || label < 0)
    throw invalid('labels.csv lacks a column', { expected: 'file and label', received: columns.join(', ') });
  const rows = lines.map((line) => ({
    path: join(folder, line[file] ?? ''),
    labels: (line[label] ?? '')
      .split(/[;|]/)
      .map((name) => name.trim())
      .filter(Boolean),
  }));
  const present = await Promise.all(
    rows.map(({ path }) =>
      stat(path).then(
        (s) => s.isFile(),
        () => false,
      ),
    ),
  );
  const missing = rows.filter((_, i) => !present[i]);
  if (missing.length > 0) {
    const received = missing
      .slice(0, 3)
      .map(({ path }) => path)
      .join(', ');
    throw invalid(`${missing.length} files of labels.csv are not there`, { received });
  }
  return rows;
}

const plain = (name: string) =>
  name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ');

/** "Class 0", "Class 1": names that nobody gave. */
const isNumbered = (labels: readonly Label[]) => labels.every(({ name }, i) => name === `Class ${i}`);

/** Where a class stands among the outputs: by label, by name, or by number where there are no names. */
function placesOf(found: readonly string[], labels: readonly Label[]) {
  if (isNumbered(labels)) {
    if (found.length !== labels.length) {
      throw invalid('the model has another number of classes than there are', {
        expected: `${labels.length}, which have no names`,
        received: `${found.length}: ${found.slice(0, 8).join(', ')}`,
      });
    }
    return { alphabetical: true, placeOf: (name: string) => found.indexOf(name) };
  }
  const places = new Map<string, number>();
  labels.forEach(({ label, name }, i) => {
    for (const known of [label, name]) if (!places.has(plain(known))) places.set(plain(known), i);
  });
  const unknown = found.filter((name) => !places.has(plain(name)));
  if (unknown.length > 0) {
    throw invalid(`the model has no label called "${unknown[0]}"`, {
      expected: labels.map(({ label, name }) => (label === name ? name : `${label} (${name})`)).join(', '),
      received: unknown.slice(0, 8).join(', '),
    });
  }
  return { alphabetical: false, placeOf: (name: string) => places.get(plain(name))! };
}
