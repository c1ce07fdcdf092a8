import { fit, type Image } from '../image/index.ts';

/**
 * Side of the grid of comparisons: 256 bits. Retinas are so alike that of two patients of ODIR 2.6 % of pairs lie within
 * 32 bits: the hash only chooses the pairs whose detail is then compared.
 */
const SIDE = 16;
/** Bits in which a copy differs from its original at most (measured: docs/datasets.md). */
const CANDIDATE_BITS = 32;
/** Least correlation of the detail of copies (measured: docs/datasets.md). */
const LEAST_LIKENESS = 0.6;
/** Side of the picture whose detail is compared, how much of each edge is left out, and half the side of the local mean. */
const DETAIL = { side: 64, edge: 12, radius: 2 } as const;
const FIELD = { crop: 'field_of_view', resample: 'pil_box', channel_order: 'GRAY' } as const;

/** By what a picture is told from another, however it was stored. */
export interface Fingerprint {
  /** Difference hash, 64 hex digits. */
  readonly hash: string;
  /** What differs from its surround in the middle of the field, vessels above all: mean 0, length 1. */
  readonly detail: Float32Array;
}

/**
 * Of the lit field alone, so that a surround counts for nothing. The hash is a difference hash (Krawetz 2013, "Kind of
 * like that") of 16 × 16 comparisons of neighbours.
 */
export const fingerprint = (image: Image): Fingerprint => ({
  hash: differenceHash(image),
  detail: detailOf(image),
});

/** @returns 64 hex digits */
export function differenceHash(image: Image): string {
  const { data } = fit(image, { ...FIELD, size: { width: SIDE + 1, height: SIDE } });
  const words = new Uint32Array((SIDE * SIDE) / 32);
  for (let y = 0, bit = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++, bit++) {
      const at = y * (SIDE + 1) + x;
      if (data[at]! < data[at + 1]!) words[bit >> 5]! |= 1 << (bit & 31);
    }
  return Array.from(words, (word) => word.toString(16).padStart(8, '0')).join('');
}

function detailOf(image: Image): Float32Array {
  const { side, edge, radius } = DETAIL;
  const { data } = fit(image, { ...FIELD, size: { width: side, height: side } });
  const inner = side - 2 * edge;
  const detail = new Float32Array(inner * inner);
  for (let y = 0, i = 0; y < inner; y++)
    for (let x = 0; x < inner; x++, i++) {
      let sum = 0;
      for (let dy = -radius; dy <= radius; dy++)
        for (let dx = -radius; dx <= radius; dx++) sum += data[(y + edge + dy) * side + x + edge + dx]!;
      detail[i] = data[(y + edge) * side + x + edge]! - sum / (2 * radius + 1) ** 2;
    }
  const mean = detail.reduce((sum, v) => sum + v, 0) / detail.length;
  const length = Math.sqrt(detail.reduce((sum, v) => sum + (v - mean) ** 2, 0)) || 1;
  return detail.map((v) => (v - mean) / length);
}

/** A hash as 32-bit words, for many comparisons. */
export const hashWords = (hex: string): Uint32Array =>
  Uint32Array.from(hex.match(/.{8}/g) ?? [], (word) => Number.parseInt(word, 16));

/** Bits in which two hashes differ. */
export function hamming(a: Uint32Array, b: Uint32Array): number {
  let bits = 0;
  for (let i = 0; i < a.length; i++) {
    // Bits of a word, added in parallel (Warren, Hacker's Delight, 5-1).
    let x = a[i]! ^ b[i]!;
    x -= (x >>> 1) & 0x55555555;
    x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
    bits += Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return bits;
}

/** Two pictures that are one, stored in two ways. */
export interface AlikePair {
  /** Their places among the fingerprints, the lower first. */
  readonly pair: readonly [number, number];
  readonly bits: number;
  /** Correlation of their detail, −1 to 1. */
  readonly likeness: number;
}

/** Pairs of near-duplicates, the likest first. Time grows with the square of their number: 5000 take some seconds. */
export function alikePairs(fingerprints: readonly Fingerprint[]): AlikePair[] {
  const words = fingerprints.map(({ hash }) => hashWords(hash));
  const found: AlikePair[] = [];
  for (let a = 0; a < words.length; a++)
    for (let b = a + 1; b < words.length; b++) {
      const bits = hamming(words[a]!, words[b]!);
      if (bits > CANDIDATE_BITS) continue;
      const likeness = dot(fingerprints[a]!.detail, fingerprints[b]!.detail);
      if (likeness >= LEAST_LIKENESS) found.push({ pair: [a, b], bits, likeness });
    }
  return found.sort((one, other) => other.likeness - one.likeness);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
