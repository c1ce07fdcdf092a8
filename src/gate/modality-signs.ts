import type { SmallPicture } from './modality-picture.ts';

/** What can be measured of any picture, for the words that go with a verdict. */
export interface Signs {
  /** Grey levels between the darkest and the lightest hundredth of the picture, 0–255. */
  readonly range: number;
  /** Mean grey level, 0–255. */
  readonly mean: number;
  /** Mean difference of a pixel's strongest and weakest colour, over its strongest: 0 grey, 1 pure colour. */
  readonly saturation: number;
  /** Share of pixels whose red is the strongest colour and blue no stronger than green, among those not black. */
  readonly warm: number;
  /** Mean difference of neighbours over the range: near 0 smooth, above about 0.2 noise. */
  readonly roughness: number;
  /** Share of pixels nearly black, and nearly white. */
  readonly black: number;
  readonly white: number;
}

/** Grey levels below which a pixel counts as the unlit surround of a camera, and above which as paper. */
const BLACK = 20;
const WHITE = 235;

export function signsOf({ width, height, data }: SmallPicture): Signs {
  const pixels = width * height;
  const grey = new Uint8Array(pixels);
  const histogram = new Uint32Array(256);
  const sums = { grey: 0, saturation: 0, warm: 0, steps: 0 };
  const counts = { black: 0, white: 0, lit: 0, steps: 0 };
  for (let i = 0; i < pixels; i++) {
    const [r, g, b] = [data[i * 3]!, data[i * 3 + 1]!, data[i * 3 + 2]!];
    const [high, low] = [Math.max(r, g, b), Math.min(r, g, b)];
    // ITU-R BT.601, as PIL's convert("L").
    const level = Math.round(0.299 * r + 0.587 * g + 0.114 * b);
    grey[i] = level;
    histogram[level]!++;
    sums.grey += level;
    if (high < BLACK) counts.black++;
    else {
      counts.lit++;
      sums.saturation += (high - low) / high;
      if (r >= g && g >= b && r > b) sums.warm++;
    }
    if (low > WHITE) counts.white++;
    if (i % width > 0) {
      sums.steps += Math.abs(level - grey[i - 1]!);
      counts.steps++;
    }
    if (i >= width) {
      sums.steps += Math.abs(level - grey[i - width]!);
      counts.steps++;
    }
  }
  const range = percentile(histogram, pixels, 0.99) - percentile(histogram, pixels, 0.01);
  const lit = Math.max(1, counts.lit);
  return {
    range,
    mean: sums.grey / pixels,
    saturation: sums.saturation / lit,
    warm: sums.warm / lit,
    roughness: sums.steps / Math.max(1, counts.steps) / Math.max(1, range),
    black: counts.black / pixels,
    white: counts.white / pixels,
  };
}

/** Least level that has `share` of all pixels at or below it. */
function percentile(histogram: Uint32Array, pixels: number, share: number): number {
  let seen = 0;
  return histogram.findIndex((count) => {
    seen += count;
    return seen >= share * pixels;
  });
}
