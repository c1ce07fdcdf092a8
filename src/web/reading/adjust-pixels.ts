import type { Rgba } from './lightness.ts';
import type { LitField } from './lit-field.ts';
import type { Frame } from './renderer.ts';

/** What the shader of `webglRenderer` does to each pixel, for where there is no WebGL 2; in place. */
export function adjustPixels(
  { width, height, data }: Rgba,
  { table, isRedFree, field }: Pick<Frame, 'table' | 'isRedFree' | 'field'>,
): void {
  for (let y = 0; y < height; y++) {
    const v = (y + 0.5) / width;
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 4;
      if (isRedFree) data[at] = data[at + 2] = data[at + 1]!;
      if (field && !isWithin(field, (x + 0.5) / width, v)) continue;
      for (let channel = 0; channel < 3; channel++) data[at + channel] = table[data[at + channel]!]!;
    }
  }
}

const isWithin = ({ x, y, radius, left, top, right, bottom }: LitField, u: number, v: number) =>
  u >= left && u < right && v >= top && v < bottom && (u - x) ** 2 + (v - y) ** 2 < radius ** 2;
