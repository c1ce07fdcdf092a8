import { stat } from 'node:fs/promises';
import { FoveaError } from '../core/errors.ts';
import { type LeftOut, readDataset } from '../dataset/index.ts';
import type { Label } from '../model/index.ts';

/** Pictures whose right answers are known. */
export interface LabelledPictures {
  readonly pictures: readonly {
    readonly path: string;
    /** Places of its labels among the model's outputs. */
    readonly truth: readonly number[];
  }[];
  /** Files of the folder that are none of them. */
  readonly leftOut: readonly LeftOut[];
  /** The labels' names in the order of the outputs. */
  readonly names: readonly string[];
  /** Set where the model's outputs have no names of their own: the classes stand in alphabetical order, as Keras's own reader of folders has them. */
  readonly alphabetical: boolean;
}

const invalid = (reason: string, more: { expected?: string; received?: string } = {}) =>
  new FoveaError('DATASET_INVALID', { reason, ...more });

/**
 * A data set whose labels are those of a model.
 *
 * @param labels the model's, in the order of its outputs
 * @throws FoveaError `FILE_NOT_FOUND`, `DATASET_COLUMN_MISSING`, `DATASET_INVALID`: no pictures, one class only, labels that
 *   the model does not have, files that are not there
 */
export async function readLabelledPictures(
  folder: string,
  labels: readonly Label[],
): Promise<LabelledPictures> {
  const about = await stat(folder).catch(() => undefined);
  if (!about?.isDirectory()) throw new FoveaError('FILE_NOT_FOUND', { path: folder });
  const { items, leftOut } = await readDataset(folder);
  const present = await Promise.all(
    items.map(({ path }) =>
      stat(path).then(
        (s) => s.isFile(),
        () => false,
      ),
    ),
  );
  const missing = items.filter((_, i) => !present[i]);
  if (missing.length > 0)
    throw invalid(`${missing.length} files of labels.csv are not there`, {
      received: missing
        .slice(0, 3)
        .map(({ path }) => path)
        .join(', '),
    });
  const found = [...new Set(items.flatMap((item) => item.labels))].sort();
  const { placeOf, alphabetical } = placesOf(found, labels);
  const pictures = items.map(({ path, labels: own }) => ({
    path,
    truth: own.map((label) => placeOf(label)),
  }));
  if (new Set(pictures.flatMap(({ truth }) => truth)).size < 2)
    throw invalid('they are all of one class, which tells nothing', { received: found.join(', ') });
  return {
    pictures,
    leftOut,
    alphabetical,
    names: alphabetical ? found : labels.map(({ name, label }) => name || label),
  };
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
