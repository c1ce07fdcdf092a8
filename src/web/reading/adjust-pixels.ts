import type { Rgba } from './lightness.ts';
import type { Frame } from './renderer.ts';

/** What the shader of `webglRenderer` does to each pixel, for where there is no WebGL 2; in place. */
export function adjustPixels(
  { width, height, data }: Rgba,
  { table, isRedFree, field }: Pick<Frame, 'table' | 'isRedFree' | 'field'>,
): void {
  for (let y = 0; y < height; y++) {
    const dy = field ? (y + 0.5) / width - field.y : 0;
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 4;
      const dx = field ? (x + 0.5) / width - field.x : 0;
      const isInField = !field || dx * dx + dy * dy < field.radius * field.radius;
      if (isRedFree) data[at] = data[at + 2] = data[at + 1]!;
      if (!isInField) continue;
      for (let channel = 0; channel < 3; channel++) data[at + channel] = table[data[at + channel]!]!;
    }
  }
}
