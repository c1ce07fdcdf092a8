import type { Image } from '../image/index.ts';
import type { Field } from './quality-sight.ts';
import {
  blurred,
  ECCENTRICITY,
  filled,
  meanAt,
  percentiles,
  pixelsOf,
  RIM,
  SIDE,
  type Sight,
  shareAbove,
  shareBelow,
  sightOf,
} from './quality-sight.ts';

/** Quarters of a picture, in the order of its rows. */
export const QUADRANTS = ['top left', 'top right', 'bottom left', 'bottom right'] as const;
export type Quadrant = (typeof QUADRANTS)[number];

/** Standard deviations of the blurs between which detail is measured, pixels of a sight. */
const SCALES = [1.2, 2.4, 4.8, 9.6, 19] as const;

/** What is measured of a field, and the maps in which a local fault is looked for. */
export interface Signs {
  /** Of the whole field. */
  readonly whole: readonly number[];
  /** Of each quadrant, in the order of `QUADRANTS`. */
  readonly quadrants: readonly (readonly number[])[];
  /** For each kind of local fault, how much of its mark each quadrant holds. */
  readonly marks: {
    readonly unlit: readonly number[];
    readonly flare: readonly number[];
    readonly streak: readonly number[];
    readonly speck: readonly number[];
  };
}

/** Measures a field, whole and by quadrant. */
export function signsOf(image: Image, field: Field): Signs {
  const sight = sightOf(image, field);
  const maps = mapsOf(sight);
  const native = [Math.log2(Math.max(8, 2 * field.radius)) / 8, ...blocks(image)];
  const within = pixelsOf(sight.within);
  const parts = quartered(within);
  const signs = (pixels: Uint32Array) => [...measure(sight, maps, pixels), ...native];
  const peaks = (map: Float32Array) => parts.map((pixels) => percentiles(map, pixels, [0.97])[0]!);
  return {
    whole: signs(within),
    quadrants: parts.map(signs),
    marks: {
      unlit: parts.map((pixels) => shareBelow(sight.lit, 1, pixels)),
      flare: peaks(maps.white),
      streak: peaks(maps.streak),
      speck: peaks(maps.speck),
    },
  };
}

/** Pixels by quadrant, in the order of `QUADRANTS`. */
function quartered(pixels: Uint32Array): Uint32Array[] {
  const parts = QUADRANTS.map(() => new Uint32Array(pixels.length));
  const counts = new Uint32Array(parts.length);
  for (let i = 0; i < pixels.length; i++) {
    const at = pixels[i]!;
    const quadrant = (at % SIDE >= SIDE / 2 ? 1 : 0) + (at >= (SIDE * SIDE) / 2 ? 2 : 0);
    parts[quadrant]![counts[quadrant]!++] = at;
  }
  return parts.map((part, quadrant) => part.subarray(0, counts[quadrant]));
}

/** Of these pixels those where a plane is above a limit. */
function pixelsAbove(plane: Float32Array | Uint8Array, limit: number, pixels: Uint32Array): Uint32Array {
  const some = new Uint32Array(pixels.length);
  let count = 0;
  for (let i = 0; i < pixels.length; i++) if (plane[pixels[i]!]! > limit) some[count++] = pixels[i]!;
  return some.subarray(0, count);
}

type Maps = ReturnType<typeof mapsOf>;

function mapsOf({ red, green, blue, lit }: Sight) {
  const whole = filled(green, lit);
  const soft = [whole, ...SCALES.map((sigma) => blurred(whole, sigma))];
  const ground = soft.at(-1)!;
  const bands = SCALES.map((_, k) => between(soft[k]!, soft[k + 1]!));
  const light = blurred(mixed(red, green, blue), 4);
  const white = blurred(least(red, green, blue), 4);
  // Dark and long at the scale of a lash near the lens; dark or bright, small and round as a grain of dust.
  const streak = darker(soft[3]!, ground);
  const speck = roundness(soft[2]!, ground);
  return { bands, ground, light, white, streak, speck };
}

/** What is finer than one blur and coarser than another. */
function between(fine: Float32Array, coarse: Float32Array): Float32Array {
  const out = new Float32Array(fine.length);
  for (let at = 0; at < out.length; at++) out[at] = fine[at]! - coarse[at]!;
  return out;
}

/** How light a pixel is to the eye, near enough. */
function mixed(red: Float32Array, green: Float32Array, blue: Float32Array): Float32Array {
  const out = new Float32Array(red.length);
  for (let at = 0; at < out.length; at++) out[at] = 0.3 * red[at]! + 0.6 * green[at]! + 0.1 * blue[at]!;
  return out;
}

/** The least of the three: how white it is. */
function least(red: Float32Array, green: Float32Array, blue: Float32Array): Float32Array {
  const out = new Float32Array(red.length);
  for (let at = 0; at < out.length; at++) out[at] = Math.min(red[at]!, green[at]!, blue[at]!);
  return out;
}

/** How far it is darker than the ground, over the ground. */
function darker(fine: Float32Array, ground: Float32Array): Float32Array {
  const out = new Float32Array(fine.length);
  for (let at = 0; at < out.length; at++)
    out[at] = Math.max(0, (ground[at]! - fine[at]!) / (ground[at]! + 0.03));
  return out;
}

/** Determinant of the Hessian where it is positive (a spot, not a line), over the local tone; square root, ×8. */
function roundness(soft: Float32Array, ground: Float32Array): Float32Array<ArrayBuffer> {
  const out = new Float32Array(soft.length);
  const d = 3;
  for (let row = d; row < SIDE - d; row++)
    for (let at = row * SIDE + d; at < row * SIDE + SIDE - d; at++) {
      if (ECCENTRICITY[at]! > RIM - 0.04) continue;
      const middle = 2 * soft[at]!;
      const xx = soft[at - d]! + soft[at + d]! - middle;
      const yy = soft[at - d * SIDE]! + soft[at + d * SIDE]! - middle;
      const xy =
        (soft[at - d * SIDE - d]! +
          soft[at + d * SIDE + d]! -
          soft[at - d * SIDE + d]! -
          soft[at + d * SIDE - d]!) /
        4;
      const determinant = xx * yy - xy * xy;
      if (determinant > 0) out[at] = (4 * Math.sqrt(determinant)) / (ground[at]! + 0.05);
    }
  return out;
}

const log = (value: number) => Math.log10(value + 1e-4);

/** The numbers that the rule reads, in the order it was trained with; of part of the field. */
function measure(sight: Sight, maps: Maps, within: Uint32Array): number[] {
  const { red, green, blue, lit } = sight;
  const seen = pixelsAbove(lit, 0, within);
  const out: number[] = [];

  // Detail of each scale, as it is and over the local tone; dark (vessels) and bright apart.
  const relative = new Float32Array(SIDE * SIDE);
  for (const band of maps.bands) {
    let absolute = 0;
    let share = 0;
    let fourth = 0;
    let second = 0;
    for (let i = 0; i < seen.length; i++) {
      const at = seen[i]!;
      const value = band[at]!;
      const over = value / (maps.ground[at]! + 0.03);
      relative[at] = over + 0.5;
      absolute += Math.abs(value);
      share += Math.abs(over);
      second += over * over;
      fourth += over * over * over * over;
    }
    const n = Math.max(1, seen.length);
    const tails = percentiles(relative, seen, [0.02, 0.98]);
    out.push(
      log(absolute / n),
      log(share / n),
      log(Math.max(0, 0.5 - tails[0]!)),
      log(Math.max(0, tails[1]! - 0.5)),
      Math.log10(1 + (fourth * n) / (second * second + 1e-12)),
    );
  }

  // Light and colour.
  out.push(...percentiles(maps.light, seen, [0.02, 0.25, 0.5, 0.75, 0.98]));
  for (const plane of [red, green, blue]) out.push(...percentiles(plane, seen, [0.03, 0.5, 0.97]));
  out.push(...percentiles(maps.white, seen, [0.03, 0.5, 0.97, 0.995]));
  const median = percentiles(maps.light, within, [0.5])[0]!;
  out.push(
    log(median),
    shareAbove(red, 0.98, within),
    shareAbove(green, 0.94, within),
    shareAbove(blue, 0.94, within),
    shareBelow(maps.light, 0.05, within),
    shareBelow(maps.light, 0.4 * median, within),
    saturation(sight, seen),
  );
  out.push(...slopes(maps.light, within));
  out.push(...sectors(maps, within));

  // Marks of local faults.
  out.push(...percentiles(maps.streak, seen, [0.5, 0.95, 0.99]).map((value) => Math.sqrt(value)));
  const outer = pixelsAbove(ECCENTRICITY, 0.5, seen);
  // Pixels come in the order of rows.
  const lower = outer.findIndex((at) => at >= (SIDE * SIDE) / 2);
  const middle = lower < 0 ? outer.length : lower;
  for (const half of [outer.subarray(0, middle), outer.subarray(middle)]) {
    out.push(...percentiles(maps.streak, half, [0.9, 0.98]).map((value) => Math.sqrt(value)));
  }
  out.push(...percentiles(maps.speck, seen, [0.9, 0.98, 0.995, 0.999]).map((value) => Math.sqrt(value)));

  // What of the field is not lit, and whether that is the same above and below, left and right (a camera's own cut is).
  out.push(shareBelow(lit, 1, within), ...unlikeness(lit, within), (4 * within.length) / (SIDE * SIDE));
  return out;
}

/** How far colours are from grey, 0–1. */
function saturation({ red, green, blue }: Sight, pixels: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < pixels.length; i++) {
    const at = pixels[i]!;
    const most = Math.max(red[at]!, green[at]!, blue[at]!);
    sum += (most - Math.min(red[at]!, green[at]!, blue[at]!)) / (most + 0.02);
  }
  return sum / Math.max(1, pixels.length);
}

/** Share of these pixels that differ in being lit from their mirror image: left to right, then top to bottom. */
function unlikeness(lit: Uint8Array, pixels: Uint32Array): [across: number, down: number] {
  let [across, down] = [0, 0];
  for (let i = 0; i < pixels.length; i++) {
    const at = pixels[i]!;
    const column = at % SIDE;
    if (lit[at] !== lit[at - 2 * column + SIDE - 1]) across++;
    if (lit[at] !== lit[(SIDE - 1 - Math.floor(at / SIDE)) * SIDE + column]) down++;
  }
  const n = Math.max(1, pixels.length);
  return [across / n, down / n];
}

/** How the light leans to a side, falls to the rim, and varies beside: relative to its mean. */
function slopes(light: Float32Array, within: Uint32Array): number[] {
  const mean = meanAt(light, within) + 0.01;
  const ring = meanAt(ECCENTRICITY, within);
  let [across, down, outward, square] = [0, 0, 0, 0];
  for (let i = 0; i < within.length; i++) {
    const at = within[i]!;
    const over = light[at]! / mean - 1;
    across += ((at % SIDE) / SIDE - 0.5) * over;
    down += (Math.floor(at / SIDE) / SIDE - 0.5) * over;
    outward += (ECCENTRICITY[at]! - ring) * over;
    square += over ** 2;
  }
  const n = Math.max(1, within.length);
  return [Math.hypot((across / n) * 10, (down / n) * 10), (outward / n) * 10, Math.sqrt(square / n)];
}

const SECTORS = 16;

/** The brightest, the whitest and the darkest sixteenth of the outer field against the middle one of them. */
function sectors({ light, white }: Maps, within: Uint32Array): number[] {
  const sums = new Float64Array(SECTORS * 2);
  const sizes = new Float64Array(SECTORS);
  for (const at of within) {
    if (ECCENTRICITY[at]! < 0.72) continue;
    const turn = SECTOR[at]!;
    sums[turn]! += light[at]!;
    sums[SECTORS + turn]! += white[at]!;
    sizes[turn]!++;
  }
  const means = (from: number) =>
    [...sizes.keys()]
      .filter((turn) => sizes[turn]! > 5)
      .map((turn) => sums[from + turn]! / sizes[turn]!)
      .sort((a, b) => a - b);
  return [means(0), means(SECTORS)].flatMap((sorted) => {
    if (sorted.length === 0) return [0, 0];
    const middle = sorted[sorted.length >> 1]! + 0.02;
    return [Math.log10((sorted.at(-1)! + 0.02) / middle), Math.log10((sorted[0]! + 0.02) / middle)];
  });
}

const SECTOR = Uint8Array.from({ length: SIDE * SIDE }, (_, at) => {
  const angle = Math.atan2(Math.floor(at / SIDE) - SIDE / 2, (at % SIDE) - SIDE / 2);
  return Math.min(SECTORS - 1, Math.floor(((angle / (2 * Math.PI) + 1) % 1) * SECTORS));
});

/** Most pixels of the middle that the marks of compression are looked for in. */
const MIDDLE = 512;

/**
 * Marks of JPEG in the middle of the picture as it came: how much larger steps are between blocks of 8 than within
 * them, and how many neighbours are equal.
 */
function blocks({ width, height, channels, data }: Image): number[] {
  const left = Math.max(0, (width - MIDDLE) >> 4) * 8;
  const top = Math.max(0, (height - MIDDLE) >> 4) * 8;
  const [columns, rows] = [Math.min(width, MIDDLE), Math.min(height, MIDDLE)];
  const green = (x: number, y: number) =>
    data[((y + top) * width + x + left) * channels + (channels === 3 ? 1 : 0)]!;
  const steps = new Float64Array(16);
  const sizes = new Float64Array(16);
  let equal = 0;
  let pairs = 0;
  for (let y = 1; y < rows; y++)
    for (let x = 1; x < columns; x++) {
      const here = green(x, y);
      if (here < 8) continue;
      const across = Math.abs(here - green(x - 1, y));
      const down = Math.abs(here - green(x, y - 1));
      steps[x & 7]! += across;
      steps[8 + (y & 7)]! += down;
      sizes[x & 7]!++;
      sizes[8 + (y & 7)]!++;
      if (across === 0) equal++;
      pairs++;
    }
  if (pairs < 64) return [0, 0];
  const edge = (from: number) => {
    const means = [0, 1, 2, 3, 4, 5, 6, 7].map(
      (k) => steps[from + k]! / Math.max(1, sizes[from + k]!) + 0.05,
    );
    const inner = means.slice(1).reduce((a, b) => a + b) / 7;
    return Math.log(means[0]! / inner);
  };
  return [(edge(0) + edge(8)) / 2, equal / pairs];
}
