import type { Rgba } from './lightness.ts';

/**
 * Where a picture shows an eye, in shares of its width: a circle cut straight off at a box. What lies outside is the
 * camera's black mask, which no adjustment may make bright: whoever reads in the dark would be dazzled.
 */
export interface LitField {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A camera's black is darker than this in every channel, JPEG's noise included; of 255. */
const BLACK = 20;
/** Rows and columns with less than this share of lit pixels hold no eye. */
const LEAST = 0.02;
/** Corners of the box that must be black before its field counts as round, in shares of its shorter side. */
const CORNER = 0.08;

/**
 * Finds the field by its black surround, without any model: also before an image was read.
 *
 * @param picture a small one will do
 * @returns null where the picture has no black surround, as a scan has none
 */
export function litField({ width, height, data }: Rgba): LitField | null {
  const isLit = (x: number, y: number) => {
    const at = (y * width + x) * 4;
    return Math.max(data[at]!, data[at + 1]!, data[at + 2]!) > BLACK;
  };
  const columns = new Float32Array(width);
  const rows = new Float32Array(height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (isLit(x, y)) {
        columns[x]! += 1 / height;
        rows[y]! += 1 / width;
      }
  const [left, right] = longestRun(columns);
  const [top, bottom] = longestRun(rows);
  if (right === left || bottom === top) return null;
  const corner = Math.max(1, Math.round(Math.min(right - left, bottom - top) * CORNER));
  let lit = 0;
  for (let dy = 0; dy < corner; dy++)
    for (let dx = 0; dx < corner - dy; dx++)
      for (const x of [left + dx, right - 1 - dx])
        for (const y of [top + dy, bottom - 1 - dy]) lit += isLit(x, y) ? 1 : 0;
  // Half of the corner's triangle may be lit: circles are cut off above and below.
  if (lit > corner * corner) return null;
  // Its edge is half lit: a pixel less, and it keeps out of what is made bright.
  const edge = 1;
  const radius = Math.max(right - left, bottom - top) / 2 - edge;
  return {
    x: (left + right) / 2 / width,
    y: (top + bottom) / 2 / width,
    radius: radius / width,
    left: (left + edge) / width,
    top: (top + edge) / width,
    right: (right - edge) / width,
    bottom: (bottom - edge) / width,
  };
}

/** Where the longest run of lit rows or columns begins and ends: writing beside the field is another one. */
function longestRun(shares: Float32Array): readonly [from: number, to: number] {
  let best: readonly [number, number] = [0, 0];
  for (let from = 0; from < shares.length; from++) {
    let to = from;
    while (to < shares.length && shares[to]! > LEAST) to++;
    if (to - from > best[1] - best[0]) best = [from, to];
    from = to;
  }
  return best;
}
