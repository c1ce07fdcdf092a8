import type { Image } from '../image/index.ts';

/** Longer side, pixels, from which a picture is first shrunk: nothing the gate asks needs as much. */
const LARGE = 2048;
/** Least longer side of what it is shrunk to. */
const ENOUGH = 1024;

const copies = new WeakMap<Image, WorkingCopy>();

/** A picture shrunk by a whole number, and that number. */
export interface WorkingCopy {
  readonly image: Image;
  readonly factor: number;
}

/**
 * The picture itself, or the means of its blocks of `factor` × `factor` pixels where it is large: made once a picture,
 * for every part of the gate that resizes it. What is left over at the right and below is left out.
 */
export function workingCopy(image: Image): WorkingCopy {
  const known = copies.get(image);
  if (known) return known;
  const longer = Math.max(image.width, image.height);
  const factor = longer > LARGE ? Math.floor(longer / ENOUGH) : 1;
  const shorter = Math.min(image.width, image.height);
  const copy =
    factor < 2 || shorter < factor ? { image, factor: 1 } : { image: blockMeans(image, factor), factor };
  copies.set(image, copy);
  return copy;
}

function blockMeans({ width, height, channels, data }: Image, factor: number): Image {
  const [columns, rows] = [Math.floor(width / factor), Math.floor(height / factor)];
  const out = new Uint8Array(columns * rows * channels);
  const sums = new Uint32Array(columns * channels);
  const area = factor * factor;
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    for (let y = row * factor; y < (row + 1) * factor; y++) {
      let at = y * width * channels;
      // Sums stay in registers along a block: most of the time of the gate goes by here with a large picture.
      if (channels === 3)
        for (let column = 0; column < sums.length; column += 3) {
          let [r, g, b] = [0, 0, 0];
          for (const end = at + 3 * factor; at < end; at += 3) {
            r += data[at]!;
            g += data[at + 1]!;
            b += data[at + 2]!;
          }
          sums[column]! += r;
          sums[column + 1]! += g;
          sums[column + 2]! += b;
        }
      else
        for (let column = 0; column < columns; column++) {
          let grey = 0;
          for (const end = at + factor; at < end; at++) grey += data[at]!;
          sums[column]! += grey;
        }
    }
    for (let i = 0, to = row * sums.length; i < sums.length; i++) out[to + i] = Math.round(sums[i]! / area);
  }
  return { width: columns, height: rows, channels, data: out };
}
