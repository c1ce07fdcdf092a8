import { type Map2D, positive } from './maps.ts';
import { blurred, type Input, type Layout } from './pictures.ts';

/** Σ over channels of gradient × what a picture has beyond another: where that speaks for the class. */
export const attribution = (picture: Input, without: Input, gradient: Float32Array, layout: Layout): Map2D =>
  overChannels(layout, (at) => gradient[at]! * (picture.data[at]! - without.data[at]!));

/** Σ over channels of |gradient|: where a change would change the score, either way. */
export const sensitivity = (gradient: Float32Array, layout: Layout): Map2D =>
  overChannels(layout, (at) => Math.abs(gradient[at]!));

/**
 * Deviation, as a share of the shorter side, over which pixels are brought together: single ones are too small to be
 * seen over a picture, and neighbours that speak for and against a class cancel.
 */
const GRAIN = 1 / 56;

function overChannels(layout: Layout, value: (at: number) => number): Map2D {
  const { width, height, channels, pixel, channel } = layout;
  const data = new Float32Array(width * height);
  for (let i = 0; i < data.length; i++)
    for (let c = 0; c < channels; c++) data[i]! += value(i * pixel + c * channel);
  const plane = { dtype: 'float32', shape: [1, height, width, 1], data } as const;
  const single = { width, height, channels: 1, pixel: 1, channel: 1 };
  return positive(width, height, blurred(plane, GRAIN * Math.min(width, height), single).data);
}
