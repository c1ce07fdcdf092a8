import { random } from '../core/random.ts';

/** Draws of the bootstrap, and the share of them that an interval leaves out at each end: 95 %. */
export const DRAWS = 1000;
const TAIL = 0.025;

/**
 * Weights of resampled patients: each draw takes as many patients as there are, with replacement, and every picture
 * of a patient as often as the patient. Pictures of one patient are alike, so an interval over pictures would be too narrow.
 *
 * @param patients one name a case
 * @yields one weight a case; the array is reused by the next draw
 */
export function* patientDraws(patients: readonly string[], draws: number, seed: number | string) {
  const names = [...new Set(patients)];
  const indexOf = new Map(names.map((name, i) => [name, i]));
  const owner = Int32Array.from(patients, (name) => indexOf.get(name)!);
  const times = new Int32Array(names.length);
  const weights = new Int32Array(patients.length);
  const { whole } = random(seed);
  for (let draw = 0; draw < draws; draw++) {
    times.fill(0);
    for (let k = 0; k < names.length; k++) times[whole(0, names.length - 1)]!++;
    for (let i = 0; i < weights.length; i++) weights[i] = times[owner[i]!]!;
    yield weights;
  }
}

/** Percentile interval of draws, those of which nothing could be said left out; null where fewer than half remain. */
export function interval(values: readonly (number | null)[]): readonly [number, number] | null {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  if (known.length === 0 || known.length < values.length / 2) return null;
  return [quantile(known, TAIL), quantile(known, 1 - TAIL)];
}

/** Linear between neighbours, as numpy's default. */
export function quantile(sorted: readonly number[], q: number): number {
  const at = q * (sorted.length - 1);
  const low = sorted[Math.floor(at)]!;
  return low + (sorted[Math.ceil(at)]! - low) * (at % 1);
}
