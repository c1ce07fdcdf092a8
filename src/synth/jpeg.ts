import { clamp } from './plane.ts';

/**
 * What JPEG does to a picture (ITU-T T.81, baseline, 4:2:0), without the file: colours are rounded as its blocks round
 * them. Quantisation tables of Annex K, scaled by quality as libjpeg does.
 */
const LUMA = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22,
  29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103,
  121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
const CHROMA = [
  17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

const BASIS = Float32Array.from({ length: 64 }, (_, i) => {
  const [frequency, place] = [i >> 3, i & 7];
  return Math.cos(((2 * place + 1) * frequency * Math.PI) / 16) * (frequency === 0 ? Math.SQRT1_2 : 1) * 0.5;
});

/**
 * @param data interleaved RGB, changed in place
 * @param quality 1–100 as libjpeg's
 */
export function throughJpeg(data: Uint8Array, width: number, height: number, quality: number): void {
  const halfWidth = Math.ceil(width / 2);
  const halfHeight = Math.ceil(height / 2);
  const luma = new Float32Array(width * height);
  const cb = new Float32Array(halfWidth * halfHeight);
  const cr = new Float32Array(halfWidth * halfHeight);
  const weight = new Uint8Array(halfWidth * halfHeight);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const [r, g, b] = [data[i * 3]!, data[i * 3 + 1]!, data[i * 3 + 2]!];
      luma[i] = 0.299 * r + 0.587 * g + 0.114 * b - 128;
      const at = (y >> 1) * halfWidth + (x >> 1);
      cb[at]! += -0.168736 * r - 0.331264 * g + 0.5 * b;
      cr[at]! += 0.5 * r - 0.418688 * g - 0.081312 * b;
      weight[at]!++;
    }
  }
  for (let i = 0; i < cb.length; i++) {
    cb[i]! /= weight[i]!;
    cr[i]! /= weight[i]!;
  }
  const scale = quality < 50 ? 5000 / quality : 200 - quality * 2;
  const scaled = (table: readonly number[]) =>
    Float32Array.from(table, (step) => clamp(Math.floor((step * scale + 50) / 100), 1, 255));
  quantise(luma, width, height, scaled(LUMA));
  const chroma = scaled(CHROMA);
  quantise(cb, halfWidth, halfHeight, chroma);
  quantise(cr, halfWidth, halfHeight, chroma);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const at = (y >> 1) * halfWidth + (x >> 1);
      const l = luma[i]! + 128;
      data[i * 3] = clamp(Math.round(l + 1.402 * cr[at]!), 0, 255);
      data[i * 3 + 1] = clamp(Math.round(l - 0.344136 * cb[at]! - 0.714136 * cr[at]!), 0, 255);
      data[i * 3 + 2] = clamp(Math.round(l + 1.772 * cb[at]!), 0, 255);
    }
  }
}

function quantise(plane: Float32Array, width: number, height: number, steps: Float32Array): void {
  const block = new Float32Array(64);
  const scratch = new Float32Array(64);
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      let flat = true;
      const first = plane[top * width + left]!;
      for (let y = 0; y < 8; y++) {
        const row = Math.min(height - 1, top + y) * width;
        for (let x = 0; x < 8; x++) {
          const value = plane[row + Math.min(width - 1, left + x)]!;
          block[y * 8 + x] = value;
          flat &&= value === first;
        }
      }
      // The black surround stays as it is.
      if (flat) continue;
      transform(block, scratch, false);
      transform(scratch, block, false);
      for (let i = 0; i < 64; i++) block[i] = Math.round(block[i]! / steps[i]!) * steps[i]!;
      transform(block, scratch, true);
      transform(scratch, block, true);
      for (let y = 0; y < 8 && top + y < height; y++)
        for (let x = 0; x < 8 && left + x < width; x++)
          plane[(top + y) * width + left + x] = block[y * 8 + x]!;
    }
  }
}

/** One pass of the separable cosine transform (or back), along rows; the result is transposed. */
function transform(from: Float32Array, to: Float32Array, back: boolean): void {
  for (let row = 0; row < 8; row++) {
    for (let k = 0; k < 8; k++) {
      let sum = 0;
      for (let i = 0; i < 8; i++) sum += from[row * 8 + i]! * (back ? BASIS[i * 8 + k]! : BASIS[k * 8 + i]!);
      to[k * 8 + row] = sum;
    }
  }
}
