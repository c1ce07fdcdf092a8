/** Probability as a person reads it; never rounded to certainty. */
export function percent(probability: number): string {
  if (probability > 0 && probability < 0.001) return '<0.1%';
  if (probability < 1 && probability > 0.999) return '>99.9%';
  return `${(probability * 100).toFixed(1)}%`;
}

/** What a probability means, where the model was calibrated; else as the model says it. */
export const meant = ({
  probability,
  calibrated,
}: {
  probability: number;
  calibrated: number | null;
}): number => calibrated ?? probability;

export const milliseconds = (ms: number): string =>
  ms < 1000 ? `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;

const UNITS = ['bytes', 'kB', 'MB', 'GB'];

export function fileSize(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${UNITS[power]}`;
}

/** Enough of a hash to tell models apart. */
export const shortHash = (sha256: string): string => sha256.slice(0, 8);

/** 3538984 → "3,538,984" in the reader's own manner. */
export const count = (value: number): string => value.toLocaleString();

/** Sizes of a tensor, batch first; "any" where they are not fixed. */
export const shapeText = (shape: readonly (number | null)[]): string =>
  shape.map((size) => size ?? 'any').join(' × ');
