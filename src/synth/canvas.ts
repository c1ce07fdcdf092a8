import { ANATOMY } from './anatomy.ts';
import type { View } from './view.ts';

/** What a picture is painted on: three planes of light (1 = the sensor's white) and the masks. */
export interface Canvas {
  readonly view: View;
  readonly size: number;
  readonly red: Float32Array;
  readonly green: Float32Array;
  readonly blue: Float32Array;
  /** The eye's frame at each pixel, µm. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly masks: Map<string, Uint8Array>;
  /** The mask of this name, made at need. */
  mask(name: string): Uint8Array;
}

export function canvas(view: View): Canvas {
  const { size, toEye } = view;
  const area = size * size;
  const masks = new Map<string, Uint8Array>();
  const x = new Float32Array(area);
  const y = new Float32Array(area);
  for (let row = 0, at = 0; row < size; row++) {
    for (let column = 0; column < size; column++, at++) {
      x[at] = toEye.ax * column + toEye.bx * row + toEye.cx;
      y[at] = toEye.ay * column + toEye.by * row + toEye.cy;
    }
  }
  return {
    view,
    size,
    red: new Float32Array(area),
    green: new Float32Array(area),
    blue: new Float32Array(area),
    x,
    y,
    masks,
    mask: (name) => {
      let mask = masks.get(name);
      if (!mask) {
        mask = new Uint8Array(area);
        masks.set(name, mask);
      }
      return mask;
    },
  };
}

/** The field and the places of the macula; what lies outside the field is no part of any mask. */
export function markPlaces({ size, view, x, y, masks, mask }: Canvas): void {
  const field = mask('field');
  const fovea = mask('fovea');
  const macula = mask('macula');
  for (let row = 0, at = 0; row < size; row++) {
    for (let column = 0; column < size; column++, at++) {
      if (view.inside(column, row) < 0) continue;
      field[at] = 255;
      const away = 2 * Math.hypot(x[at]!, y[at]!);
      if (away <= ANATOMY.fovea.mean) fovea[at] = 255;
      if (away <= ANATOMY.macula.mean) macula[at] = 255;
    }
  }
  for (const plane of masks.values()) for (let at = 0; at < plane.length; at++) plane[at]! &= field[at]!;
}
