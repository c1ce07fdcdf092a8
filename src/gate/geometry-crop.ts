import type { Image } from '../image/index.ts';
import type { LitField } from './geometry-field.ts';

/** A square of a picture, in pixels of it: what one place of the crop is in the picture. */
export interface Square {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/** The square about what is lit, with this much of its longer side around it. */
export function squareAbout({ box }: Pick<LitField, 'box'>, margin: number): Square {
  const side = Math.max(box.right - box.left, box.bottom - box.top) * (1 + 2 * margin);
  return { left: (box.left + box.right - side) / 2, top: (box.top + box.bottom - side) / 2, side };
}

/** Most samples a side over which one place of a crop is the mean; more would cost time and change nothing. */
const MOST_SAMPLES = 3;

/**
 * Shrinks a square of a picture; outside the picture it is black.
 *
 * @param side of the result, pixels
 * @returns planes red, green, blue, `3 × side × side` values 0–1; a grey picture's are alike
 */
export function cropSquare(
  { width, height, channels, data }: Image,
  square: Square,
  side: number,
): Float32Array {
  const step = square.side / side;
  const samples = Math.max(2, Math.min(MOST_SAMPLES, Math.ceil(step)));
  const across = positions(square.left, step, side * samples, samples, width, channels);
  const down = positions(square.top, step, side * samples, samples, height, width * channels);
  const area = side * side;
  const planes = new Float32Array(3 * area);
  const share = 1 / (255 * samples * samples);
  const second = channels === 1 ? 0 : 1;
  const third = channels === 1 ? 0 : 2;
  for (let row = 0, at = 0; row < side; row++) {
    for (let column = 0; column < side; column++, at++) {
      let [red, green, blue] = [0, 0, 0];
      for (let v = row * samples; v < (row + 1) * samples; v++) {
        const line = down[v]!;
        if (line < 0) continue;
        for (let u = column * samples; u < (column + 1) * samples; u++) {
          const place = across[u]!;
          if (place < 0) continue;
          const pixel = line + place;
          red += data[pixel]!;
          green += data[pixel + second]!;
          blue += data[pixel + third]!;
        }
      }
      planes[at] = red * share;
      planes[at + area] = green * share;
      planes[at + 2 * area] = blue * share;
    }
  }
  return planes;
}

/** Offsets in the picture's bytes of evenly spread samples along one side; −1 outside of it. */
function positions(
  start: number,
  step: number,
  count: number,
  samples: number,
  size: number,
  stride: number,
) {
  return Int32Array.from({ length: count }, (_, i) => {
    const pixel = Math.floor(start + ((i + 0.5) / samples) * step);
    return pixel >= 0 && pixel < size ? pixel * stride : -1;
  });
}
