import { type Image, resize } from '../image/index.ts';
import { findLitField, type LitField } from './geometry-field.ts';
import { workingCopy } from './working-copy.ts';

/** The round field of a camera in a picture, pixels from its upper left corner; it may reach beyond the picture. */
export interface Field {
  readonly centre: { readonly x: number; readonly y: number };
  readonly radius: number;
}

type LitCircle = Pick<LitField, 'x' | 'y' | 'radius'>;

/** Where the field lies; where none is found the circle that touches the longer sides. */
export function fieldOf(image: Image, lit: LitCircle | null = findLitField(image)): Field {
  const { width, height } = image;
  return lit
    ? { centre: { x: lit.x + 0.5, y: lit.y + 0.5 }, radius: lit.radius }
    : { centre: { x: width / 2, y: height / 2 }, radius: Math.max(width, height) / 2 };
}

/** Pixels across the field when its quality is judged: a vein of 125 µm in a field of 45° is 2.6 of them wide. */
export const SIDE = 256;
const MIDDLE = (SIDE - 1) / 2;
const RADIUS = SIDE / 2;

/** A field brought to a square of `SIDE` pixels; planes of 0–1. */
export interface Sight {
  readonly red: Float32Array;
  readonly green: Float32Array;
  readonly blue: Float32Array;
  /** 1 where the field is in the picture and lit. */
  readonly lit: Uint8Array;
  /** 1 where the field is in the picture. */
  readonly within: Uint8Array;
}

/** 0 in the middle of the field … 1 at its rim, for every pixel of a sight. */
export const ECCENTRICITY = Float32Array.from(
  { length: SIDE * SIDE },
  (_, at) => Math.hypot((at % SIDE) - MIDDLE, Math.floor(at / SIDE) - MIDDLE) / RADIUS,
);

/** Beyond this the rim of the field itself is seen. */
export const RIM = 0.95;

/** Share of the 95th percentile of tones below which nothing of the eye is seen. */
const UNLIT = 0.05;

export function sightOf(original: Image, field: Field): Sight {
  const { image, factor } = workingCopy(original);
  const centre = { x: field.centre.x / factor, y: field.centre.y / factor };
  const radius = field.radius / factor;
  const box = [
    Math.max(0, Math.min(image.width - 1, centre.x - radius)),
    Math.max(0, Math.min(image.height - 1, centre.y - radius)),
    Math.min(image.width, Math.max(1, centre.x + radius)),
    Math.min(image.height, Math.max(1, centre.y + radius)),
  ] as const;
  const scale = SIDE / (2 * radius);
  const width = Math.max(1, Math.min(SIDE, Math.round((box[2] - box[0]) * scale)));
  const height = Math.max(1, Math.min(SIDE, Math.round((box[3] - box[1]) * scale)));
  const small = resize(image, { width, height }, 'pil_bilinear', box).data as Uint8Array;
  const left = Math.max(0, Math.min(SIDE - width, Math.round((box[0] - centre.x + radius) * scale)));
  const top = Math.max(0, Math.min(SIDE - height, Math.round((box[1] - centre.y + radius) * scale)));

  const plane = () => new Float32Array(SIDE * SIDE);
  const sight = {
    red: plane(),
    green: plane(),
    blue: plane(),
    within: new Uint8Array(SIDE * SIDE),
    lit: new Uint8Array(SIDE * SIDE),
  };
  const tones = new Float32Array(SIDE * SIDE);
  const { channels } = image;
  for (let row = 0, from = 0; row < height; row++)
    for (let column = 0; column < width; column++, from += channels) {
      const at = (row + top) * SIDE + column + left;
      const r = small[from]!;
      const g = channels === 1 ? r : small[from + 1]!;
      const b = channels === 1 ? r : small[from + 2]!;
      sight.red[at] = r / 255;
      sight.green[at] = g / 255;
      sight.blue[at] = b / 255;
      if (ECCENTRICITY[at]! > RIM) continue;
      sight.within[at] = 1;
      tones[at] = Math.max(r, g, b) / 255;
    }
  const bright = percentiles(tones, pixelsOf(sight.within), [0.95])[0]!;
  const threshold = Math.max(0.012, UNLIT * bright);
  for (let at = 0; at < tones.length; at++)
    sight.lit[at] = sight.within[at] === 1 && tones[at]! > threshold ? 1 : 0;
  return sight;
}

const BINS = 1024;
const counts = new Uint32Array(BINS);

/**
 * The pixels where a mask is set, one of four: no sign needs them all.
 *
 * Here and in the signs loops take the place of functions handed over: what V8 makes of a function that is born and dies
 * with each picture it makes anew for each (`--trace-opt` showed 15 compilations a picture).
 */
export function pixelsOf(mask: Uint8Array): Uint32Array {
  const pixels = new Uint32Array((SIDE * SIDE) / 4);
  let count = 0;
  for (let row = 0; row < SIDE; row += 2)
    for (let at = row * SIDE; at < (row + 1) * SIDE; at += 2) if (mask[at] === 1) pixels[count++] = at;
  return pixels.slice(0, count);
}

/** Percentiles (shares of 1, rising) of the values of 0–1 at these pixels; 0 where there are none. */
export function percentiles(plane: Float32Array, pixels: Uint32Array, shares: readonly number[]): number[] {
  if (pixels.length === 0) return shares.map(() => 0);
  counts.fill(0);
  for (let i = 0; i < pixels.length; i++) {
    const bin = (plane[pixels[i]!]! * BINS) | 0;
    counts[bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin]!++;
  }
  let bin = 0;
  let below = counts[0]!;
  return shares.map((share) => {
    while (bin < BINS - 1 && below < share * pixels.length) below += counts[++bin]!;
    return (bin + 0.5) / BINS;
  });
}

/** Mean of a plane at these pixels; 0 where there are none. */
export function meanAt(plane: Float32Array, pixels: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < pixels.length; i++) sum += plane[pixels[i]!]!;
  return sum / Math.max(1, pixels.length);
}

/** Share of these pixels where a plane is above a limit, 0–1. */
export function shareAbove(plane: Float32Array, limit: number, pixels: Uint32Array): number {
  let count = 0;
  for (let i = 0; i < pixels.length; i++) if (plane[pixels[i]!]! > limit) count++;
  return count / Math.max(1, pixels.length);
}

/** Share of these pixels where a plane is below a limit, 0–1. */
export function shareBelow(plane: Float32Array | Uint8Array, limit: number, pixels: Uint32Array): number {
  let count = 0;
  for (let i = 0; i < pixels.length; i++) if (plane[pixels[i]!]! < limit) count++;
  return count / Math.max(1, pixels.length);
}

/** Two box filters one after the other: near enough to a Gaussian of this standard deviation, at any width as fast. */
export function blurred(plane: Float32Array, sigma: number): Float32Array<ArrayBuffer> {
  // Variance of a box of 2r + 1 is ((2r + 1)² − 1) / 12; two of them, with fractional ends.
  const reach = (Math.sqrt(6 * sigma * sigma + 1) - 1) / 2;
  const out = new Float32Array(plane);
  const line = new Float32Array(SIDE + 2 * Math.floor(reach) + 2);
  for (let pass = 0; pass < 2; pass++) {
    for (let row = 0; row < SIDE; row++) boxLine(out, row * SIDE, reach, line);
    boxColumns(out, reach);
  }
  return out;
}

function boxLine(plane: Float32Array, start: number, reach: number, line: Float32Array) {
  const whole = Math.floor(reach);
  const part = reach - whole;
  const share = 1 / (2 * reach + 1);
  const pad = whole + 1;
  line.fill(plane[start]!, 0, pad);
  line.set(plane.subarray(start, start + SIDE), pad);
  line.fill(plane[start + SIDE - 1]!, pad + SIDE);
  let sum = 0;
  for (let i = 1; i < 2 * pad; i++) sum += line[i]!;
  for (let i = 0; i < SIDE; i++) {
    const next = line[i + 2 * pad]!;
    plane[start + i] = (sum + part * (line[i]! + next)) * share;
    sum += next - line[i + 1]!;
  }
}

/** `boxLine` down all the columns, abreast: a column alone strides through memory. */
function boxColumns(plane: Float32Array, reach: number) {
  const whole = Math.floor(reach);
  const part = reach - whole;
  const share = 1 / (2 * reach + 1);
  const before = plane.slice();
  const start = (row: number) => Math.max(0, Math.min(SIDE - 1, row)) * SIDE;
  const sums = new Float64Array(SIDE);
  for (let row = -whole; row <= whole; row++)
    for (let x = 0, at = start(row); x < SIDE; x++) sums[x]! += before[at + x]!;
  for (let row = 0; row < SIDE; row++) {
    const [above, first, below] = [start(row - whole - 1), start(row - whole), start(row + whole + 1)];
    for (let x = 0; x < SIDE; x++) {
      const sum = sums[x]!;
      plane[row * SIDE + x] = (sum + part * (before[above + x]! + before[below + x]!)) * share;
      sums[x] = sum + (before[below + x]! - before[first + x]!);
    }
  }
}

/** A plane with what is not lit filled from what is, so that no filter sees the rim. */
export function filled(plane: Float32Array, lit: Uint8Array): Float32Array<ArrayBuffer> {
  const seen = new Float32Array(plane.length);
  const weight = new Float32Array(plane.length);
  for (let at = 0; at < plane.length; at++)
    if (lit[at] === 1) {
      seen[at] = plane[at]!;
      weight[at] = 1;
    }
  const near = blurred(seen, 10);
  const nearWeight = blurred(weight, 10);
  let all = 0;
  let sum = 0;
  for (let at = 0; at < seen.length; at++) {
    all += weight[at]!;
    sum += seen[at]!;
  }
  const mean = sum / Math.max(1, all);
  for (let at = 0; at < seen.length; at++)
    if (lit[at] !== 1) seen[at] = nearWeight[at]! > 0.02 ? near[at]! / nearWeight[at]! : mean;
  return seen;
}
