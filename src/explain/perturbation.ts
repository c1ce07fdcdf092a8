import { random } from '../core/random.ts';
import { enlarged, type Features, type Map2D, positive, weighted } from './maps.ts';
import { blended, type Input, type Layout, masked, meanOf } from './pictures.ts';

/** Asks a model: one class's probability for each picture, in their order. The pictures are made as they are asked. */
export type Ask = (pictures: Iterable<Input>) => Promise<readonly number[]>;

/** Patches a side. */
const OCCLUSION_PATCHES = 14;
/** Cells of a RISE mask a side, and the chance that a cell is open (Petsiuk et al. 2018). */
const RISE_CELLS = 7;
const RISE_OPEN = 0.5;
/** Points of a RISE mask to a cell: shifts are whole points. */
const RISE_POINTS = 4;
const SCORE_CHANNELS = 64;

/** How far the probability falls when each patch in turn is covered (Zeiler and Fergus 2014). */
export async function occlusion(picture: Input, layout: Layout, whole: number, ask: Ask): Promise<Map2D> {
  const n = OCCLUSION_PATCHES;
  const mean = meanOf(picture);
  const answers = await ask(
    (function* () {
      for (let i = 0; i < n * n; i++) {
        const covered = { width: n, height: n, data: new Float32Array(n * n).fill(1) };
        covered.data[i] = 0;
        yield masked(picture, covered, layout, mean);
      }
    })(),
  );
  return positive(
    n,
    n,
    Float32Array.from(answers, (answer) => whole - answer),
  );
}

/** RISE: the mean of random masks, weighed by the probability under each. */
export async function rise(picture: Input, layout: Layout, count: number, ask: Ask): Promise<Map2D> {
  const side = RISE_POINTS * RISE_CELLS;
  const draws = random('rise');
  const masks = Array.from({ length: count }, () => riseMask(draws, side));
  const mean = meanOf(picture);
  const bilinear = upsampler(side, layout);
  const answers = await ask(
    (function* () {
      for (const mask of masks) yield blended(picture, mean, bilinear(mask), layout);
    })(),
  );
  const sum = new Float64Array(side * side);
  const opened = new Float64Array(side * side);
  masks.forEach((mask, m) => {
    for (let i = 0; i < mask.length; i++) {
      sum[i]! += mask[i]! * answers[m]!;
      opened[i]! += mask[i]!;
    }
  });
  const means = Float32Array.from(sum, (value, i) => value / Math.max(opened[i]!, 1));
  const low = means.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  return positive(
    side,
    side,
    means.map((value) => value - low),
  );
}

/** A grid of open and shut cells, shifted by a part of a cell, so that no edge stands always at the same place. */
function riseMask(draws: ReturnType<typeof random>, side: number): Float32Array {
  const cells = RISE_CELLS + 1;
  const grid = Float32Array.from({ length: cells * cells }, () => Number(draws.chance(RISE_OPEN)));
  const [dx, dy] = [draws.whole(0, RISE_POINTS - 1), draws.whole(0, RISE_POINTS - 1)];
  const large = enlarged(
    { width: cells, height: cells, data: grid },
    RISE_POINTS * cells,
    RISE_POINTS * cells,
  );
  return Float32Array.from(
    { length: side * side },
    (_, i) => large.data[(Math.floor(i / side) + dy) * large.width + (i % side) + dx]!,
  );
}

/** `enlarged` for many maps of one size: rows first, then columns, with the weights found once. */
function upsampler(side: number, { width, height }: Layout): (values: Float32Array) => Float32Array {
  const along = (size: number) => {
    const low = new Uint16Array(size);
    const share = new Float32Array(size);
    for (let i = 0; i < size; i++) {
      const at = Math.min(Math.max(((i + 0.5) * side) / size - 0.5, 0), side - 1);
      low[i] = Math.min(Math.floor(at), side - 2);
      share[i] = at - low[i]!;
    }
    return { low, share };
  };
  const [xs, ys] = [along(width), along(height)];
  const rows = new Float32Array(side * width);
  return (values) => {
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < width; x++) {
        const at = y * side + xs.low[x]!;
        rows[y * width + x] = values[at]! + (values[at + 1]! - values[at]!) * xs.share[x]!;
      }
    }
    const out = new Float32Array(width * height);
    for (let y = 0; y < height; y++) {
      const [from, share] = [ys.low[y]! * width, ys.share[y]!];
      for (let x = 0; x < width; x++)
        out[y * width + x] = rows[from + x]! + (rows[from + width + x]! - rows[from + x]!) * share;
    }
    return out;
  };
}

/** Score-CAM (Wang et al. 2020): a channel weighs what the class scores where the channel leaves the picture open. */
export async function scoreCam(picture: Input, layout: Layout, features: Features, ask: Ask): Promise<Map2D> {
  const { channels, width, height } = features;
  const area = height * width;
  const channel = (c: number) => features.data.subarray(c * area, (c + 1) * area);
  const ranges = Array.from({ length: channels }, (_, c) => rangeOf(channel(c)));
  // The channels that vary most; the others' masks show the picture as a whole.
  const spread = (c: number) => ranges[c]![1] - ranges[c]![0];
  const chosen = Array.from(ranges, (_, c) => c)
    .sort((a, b) => spread(b) - spread(a))
    .slice(0, SCORE_CHANNELS);
  const mean = meanOf(picture);
  const answers = await ask(
    (function* () {
      for (const c of chosen) {
        const [low] = ranges[c]!;
        const mask = channel(c).map((value) => value - low);
        yield masked(picture, positive(width, height, mask), layout, mean);
      }
    })(),
  );
  const weights = new Float64Array(channels);
  chosen.forEach((c, i) => {
    weights[c] = answers[i]!;
  });
  return weighted(features, weights);
}

/** Least and most. */
export const rangeOf = (values: Float32Array): readonly [low: number, high: number] =>
  values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
