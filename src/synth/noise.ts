import type { Random } from '../core/random.ts';

/** Gradient noise over the plane: about −1 to 1, smooth, one wave in about a unit; repeats after 256. */
export type Noise = (x: number, y: number) => number;

/**
 * Ken Perlin, "Improving Noise", SIGGRAPH 2002, in two dimensions with 16 directions.
 *
 * @param period along x, a power of two up to 256: for noise on an angle
 */
export function gradientNoise(random: Random, period = 256): Noise {
  const columns = period - 1;
  const table = new Uint8Array(512);
  for (let i = 0; i < 256; i++) table[i] = i;
  for (let i = 255; i > 0; i--) {
    const j = random.whole(0, i);
    const kept = table[i]!;
    table[i] = table[j]!;
    table[j] = kept;
  }
  table.copyWithin(256, 0, 256);
  return (x, y) => {
    const left = Math.floor(x);
    const top = Math.floor(y);
    const u = x - left;
    const v = y - top;
    const column = left & columns;
    const row = top & 255;
    const a = table[column]! + row;
    const b = table[(left + 1) & columns]! + row;
    const n00 = slope(table[a]!, u, v);
    const n10 = slope(table[b]!, u - 1, v);
    const n01 = slope(table[a + 1]!, u, v - 1);
    const n11 = slope(table[b + 1]!, u - 1, v - 1);
    const su = u * u * u * (u * (u * 6 - 15) + 10);
    const sv = v * v * v * (v * (v * 6 - 15) + 10);
    const upper = n00 + (n10 - n00) * su;
    return (upper + (n01 + (n11 - n01) * su - upper) * sv) * 1.5;
  };
}

const DIRECTION_X = Float64Array.from({ length: 16 }, (_, i) => Math.cos((i / 16) * 2 * Math.PI));
const DIRECTION_Y = Float64Array.from({ length: 16 }, (_, i) => Math.sin((i / 16) * 2 * Math.PI));

const slope = (hash: number, u: number, v: number) =>
  DIRECTION_X[hash & 15]! * u + DIRECTION_Y[hash & 15]! * v;

/**
 * Cells about scattered points: the distance from the border between the two nearest ones, 0 on the border, about half
 * in the middle of a cell (Steven Worley, "A Cellular Texture Basis Function", SIGGRAPH 1996: F2 − F1).
 *
 * @param period along x, a power of two up to 64; along y it repeats after 64
 */
export function cellNoise(random: Random, period = 64): Noise {
  const columns = period - 1;
  const jitterX = Float32Array.from({ length: 4096 }, () => random.range(0.08, 0.92));
  const jitterY = Float32Array.from({ length: 4096 }, () => random.range(0.08, 0.92));
  return (x, y) => {
    const left = Math.floor(x);
    const top = Math.floor(y);
    let nearest = 9;
    let second = 9;
    for (let row = top - 1; row <= top + 1; row++) {
      for (let column = left - 1; column <= left + 1; column++) {
        const at = ((row & 63) << 6) | (column & columns);
        const dx = column + jitterX[at]! - x;
        const dy = row + jitterY[at]! - y;
        const away = dx * dx + dy * dy;
        if (away < nearest) {
          second = nearest;
          nearest = away;
        } else if (away < second) second = away;
      }
    }
    return Math.sqrt(second) - Math.sqrt(nearest);
  };
}
