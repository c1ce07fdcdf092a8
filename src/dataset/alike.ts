import { fit, type Pixels } from '../image/index.ts';

type Picture = Parameters<typeof fit>[0];

/** Side of the grid of comparisons: 256 bits, as retinas are far more alike than the photographs of the web. */
const SIDE = 16;
const HEX_PER_WORD = 8;

/**
 * Difference hash (Krawetz 2013, "Kind of like that") of 16 × 16 comparisons of neighbours: it stays, but for some
 * bits, when a picture is scaled, compressed or made brighter.
 *
 * @returns 64 hex digits
 */
export function differenceHash(picture: Picture): string {
  const { data }: Pixels = fit(picture, {
    size: { width: SIDE + 1, height: SIDE },
    crop: 'none',
    resample: 'pil_box',
    channel_order: 'GRAY',
  });
  const words = new Uint32Array((SIDE * SIDE) / 32);
  for (let y = 0, bit = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++, bit++) {
      const at = y * (SIDE + 1) + x;
      if (data[at]! < data[at + 1]!) words[bit >> 5]! |= 1 << (bit & 31);
    }
  return Array.from(words, (word) => word.toString(16).padStart(HEX_PER_WORD, '0')).join('');
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
