import type { Box } from './resize.ts';

interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** Level of its brightest channel above which a pixel is lit, as a share of the picture's own 99th percentile. */
const LIT_SHARE = 0.15;
/** 0–255: no surround of a photograph is brighter, with the noise of its compression. */
const LEAST_LIT = 12;
/** A row or column belongs to the field where this share of its pixels is lit: fewer are specks, a label, a line. */
const LIT_OF_LINE = 0.03;
/** A field smaller than this share of the picture's longer side is none that a camera leaves: everything is kept. */
const LEAST_FIELD = 0.25;

/**
 * The lit field of a fundus photograph: the box, in whole pixels, of the rows and columns that are not dark surround.
 * The whole picture where nothing, or next to nothing, is lit.
 */
export function fieldBox({ width, height, channels, data }: Picture): Box {
  const brightest = brightestOf(data, width * height, channels);
  const histogram = new Uint32Array(256);
  for (let i = 0; i < brightest.length; i++) histogram[brightest[i]!]!++;
  const lit = Math.max(LEAST_LIT, LIT_SHARE * percentile(histogram, brightest.length, 0.99));
  const rows = new Uint32Array(height);
  const columns = new Uint32Array(width);
  // Without a branch: half of the time goes by here with a large picture.
  for (let y = 0, i = 0; y < height; y++) {
    let count = 0;
    for (let x = 0; x < width; x++, i++) {
      const isLit = brightest[i]! > lit ? 1 : 0;
      count += isLit;
      columns[x]! += isLit;
    }
    rows[y] = count;
  }
  const [left, right] = reach(columns, height * LIT_OF_LINE);
  const [top, bottom] = reach(rows, width * LIT_OF_LINE);
  const least = LEAST_FIELD * Math.max(width, height);
  return right - left < least || bottom - top < least ? [0, 0, width, height] : [left, top, right, bottom];
}

/** Each pixel's brightest channel. */
function brightestOf(data: Picture['data'], pixels: number, channels: number): Picture['data'] {
  if (channels < 3) return data;
  const out = new Uint8Array(pixels);
  for (let i = 0, at = 0; i < pixels; i++, at += channels) {
    const [red, green, blue] = [data[at]!, data[at + 1]!, data[at + 2]!];
    const larger = red > green ? red : green;
    out[i] = blue > larger ? blue : larger;
  }
  return out;
}

function percentile(histogram: Uint32Array, count: number, share: number): number {
  let value = 255;
  for (let above = histogram[255]!; value > 0 && above < count * (1 - share); above += histogram[value]!)
    value--;
  return value;
}

/** First line with at least so many, and the one after the last. */
function reach(lines: Uint32Array, least: number): [first: number, end: number] {
  const first = lines.findIndex((count) => count >= least);
  return first < 0 ? [0, 0] : [first, lines.findLastIndex((count) => count >= least) + 1];
}
