import type { Case, MapMaker } from './checks.ts';
import type { Explainer } from './explain.ts';
import type { Map2D } from './maps.ts';

/** Where something lies in a picture, at any size of its own. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  /** Not 0 where it is. */
  readonly data: ArrayLike<number>;
}

/** A picture with what its class is told by, and the part of it that shows anything. */
export interface MarkedCase extends Case {
  readonly lesions: Mask;
  /** The lit field, of the size of `lesions`; what is drawn at random is drawn from it. */
  readonly field: Mask;
}

/** How often, with Wilson's 95 % interval. */
export interface Rate {
  readonly hits: number;
  readonly of: number;
  readonly rate: number;
  readonly low: number;
  readonly high: number;
}

export interface PointingCheck extends Rate {
  /** The same for the middle of every picture. */
  readonly centre: Rate;
  /** What a point drawn evenly from the lit field gets on average: exact, from the areas. */
  readonly random: number;
}

/**
 * A point hits where a lesion is within this share of the picture's side: half a cell of the 7 × 7 maps of common
 * networks, which tell no nearer.
 */
export const POINTING_TOLERANCE = 1 / 14;

/**
 * The pointing game (Zhang et al. 2018): is a map's strongest place in a lesion? An empty map misses.
 *
 * @param tolerance share of the picture's side within which a lesion is hit
 */
export async function checkPointing(
  explainer: Explainer,
  make: MapMaker,
  cases: Iterable<MarkedCase>,
  tolerance = POINTING_TOLERANCE,
): Promise<PointingCheck> {
  let [hits, centred, drawn, count] = [0, 0, 0, 0];
  for (const { input, index, lesions, field } of cases) {
    const near = dilated(lesions, tolerance * Math.max(lesions.width, lesions.height));
    const at = (x: number, y: number) =>
      near[Math.floor(y * lesions.height) * lesions.width + Math.floor(x * lesions.width)]!;
    const top = topOf(await make(explainer, input, index));
    if (top) hits += at(top.x, top.y);
    centred += at(0.5, 0.5);
    let [lit, both] = [0, 0];
    for (let i = 0; i < near.length; i++) {
      if (!field.data[i]) continue;
      lit++;
      both += near[i]!;
    }
    drawn += lit > 0 ? both / lit : 0;
    count++;
  }
  return { ...rateOf(hits, count), centre: rateOf(centred, count), random: count > 0 ? drawn / count : 0 };
}

/** A map's strongest place as shares of its sides, the middle of its cell; undefined where the map is empty. */
export function topOf({
  width,
  height,
  data,
}: Map2D): { readonly x: number; readonly y: number } | undefined {
  let best = -1;
  for (let i = 0; i < data.length; i++) if (data[i]! > 0 && (best < 0 || data[i]! > data[best]!)) best = i;
  if (best < 0) return undefined;
  return { x: ((best % width) + 0.5) / width, y: (Math.floor(best / width) + 0.5) / height };
}

/** 1 within a radius (pixels) of the mask, by a distance to the nearest found in two passes a row and column. */
export function dilated({ width, height, data }: Mask, radius: number): Uint8Array {
  // Pixels to the nearest of the mask in the same row.
  const across = new Float32Array(width * height).fill(Number.POSITIVE_INFINITY);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0, since = Number.POSITIVE_INFINITY; x < width; x++) {
      since = data[row + x] ? 0 : since + 1;
      across[row + x] = since;
    }
    for (let x = width - 1, since = Number.POSITIVE_INFINITY; x >= 0; x--) {
      since = data[row + x] ? 0 : since + 1;
      across[row + x] = Math.min(across[row + x]!, since);
    }
  }
  const out = new Uint8Array(width * height);
  const reach = Math.floor(radius);
  for (let y = 0; y < height; y++) {
    for (let dy = -reach; dy <= reach; dy++) {
      if (y + dy < 0 || y + dy >= height) continue;
      const half = Math.sqrt(radius ** 2 - dy ** 2);
      for (let x = 0; x < width; x++) if (across[(y + dy) * width + x]! <= half) out[y * width + x] = 1;
    }
  }
  return out;
}

/** The 97.5 % point of the normal distribution. */
const Z = 1.959964;

/** Wilson's score interval (1927). */
export function rateOf(hits: number, of: number): Rate {
  if (of === 0) return { hits, of, rate: 0, low: 0, high: 1 };
  const rate = hits / of;
  const middle = (rate + Z ** 2 / (2 * of)) / (1 + Z ** 2 / of);
  const half = (Z * Math.sqrt((rate * (1 - rate)) / of + Z ** 2 / (4 * of ** 2))) / (1 + Z ** 2 / of);
  return { hits, of, rate, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
