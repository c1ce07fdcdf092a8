import { random } from '../core/random.ts';
import { fit, type Image } from '../image/index.ts';

/** What can be told of a picture without medicine, each as numbers. */
export interface Surface {
  readonly fileSize: readonly number[];
  readonly dimensions: readonly number[];
  readonly border: readonly number[];
  readonly thumbnail: readonly number[];
}

export type Cue = keyof Surface;

/** Share of the shorter side that is border. */
const BORDER = 0.02;
const THUMBNAIL = 16;

/** @param bytes length of the file */
export const surfaceOf = (image: Image, bytes: number): Surface => ({
  fileSize: [Math.log(bytes)],
  dimensions: [Math.log(image.width), Math.log(image.height), Math.log(image.width / image.height)],
  border: borderColour(image),
  thumbnail: [
    ...fit(image, {
      size: { width: THUMBNAIL, height: THUMBNAIL },
      crop: 'none',
      resample: 'pil_box',
      channel_order: 'GRAY',
    }).data,
  ],
});

/** Mean red, green and blue, 0–255, of the outermost pixels. */
function borderColour({ width, height, channels, data }: Image): number[] {
  const thick = Math.max(1, Math.round(BORDER * Math.min(width, height)));
  const sums = [0, 0, 0];
  let count = 0;
  for (let y = 0; y < height; y++) {
    const isEdge = y < thick || y >= height - thick;
    for (let x = 0; x < width; x++) {
      // From the left edge straight to the right one.
      if (!isEdge && x === thick) x = Math.max(thick, width - thick);
      if (x >= width) break;
      for (let c = 0; c < 3; c++) sums[c]! += data[(y * width + x) * channels + (channels === 3 ? c : 0)]!;
      count++;
    }
  }
  return sums.map((sum) => sum / count);
}

const FOLDS = 5;
/** Neighbours that are asked: about the root of 500 pictures. */
const NEIGHBOURS = 25;

/**
 * How likely each label is to hold, by what the most similar pictures of other patients have: cross-validated in five
 * folds of patients, on standardised numbers. Neighbours as far away as the last one all count.
 *
 * @param features one row a picture
 * @param truth labels of each picture
 * @returns `scores`: share of the neighbours with the label, 0–1, one a picture, one a label; `folds` of the pictures.
 *   Scores compare within a fold alone: where a fold has more of a label than usual, the others, which answer, have less
 */
export function neighbourScores(
  features: readonly (readonly number[])[],
  patients: readonly string[],
  truth: readonly (readonly boolean[])[],
  seed: number,
): { readonly scores: readonly (readonly number[])[]; readonly folds: readonly number[] } {
  const rows = standardised(features);
  const { whole } = random(seed);
  const foldOf = new Map([...new Set(patients)].map((patient) => [patient, whole(0, FOLDS - 1)]));
  const folds = patients.map((patient) => foldOf.get(patient)!);
  const scores = rows.map((row, i) => {
    const others = [...rows.keys()].filter((k) => folds[k] !== folds[i]);
    const far = Float64Array.from(others, (k) => distance(row, rows[k]!));
    const last = far.toSorted()[Math.min(NEIGHBOURS, far.length) - 1] ?? 0;
    const near = others.filter((_, k) => far[k]! <= last);
    return truth[i]!.map((_, l) => near.filter((k) => truth[k]![l]).length / (near.length || 1));
  });
  return { scores, folds };
}

function standardised(features: readonly (readonly number[])[]): Float64Array[] {
  const columns = features[0]?.length ?? 0;
  const rows = features.map((row) => Float64Array.from(row));
  for (let c = 0; c < columns; c++) {
    const mean = rows.reduce((sum, row) => sum + row[c]!, 0) / rows.length;
    const deviation = Math.sqrt(rows.reduce((sum, row) => sum + (row[c]! - mean) ** 2, 0) / rows.length) || 1;
    for (const row of rows) row[c] = (row[c]! - mean) / deviation;
  }
  return rows;
}

function distance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum;
}
