import type { Tensor } from '../core/tensor.ts';
import { enlarged, type Map2D } from './maps.ts';

/** A picture as a model takes it, `[1, height, width, channels]` or `[1, channels, height, width]`. */
export type Input = Tensor<'float32'>;

/** Where in an input's data the pixels lie: value (pixel, channel) stands at pixel × `pixel` + channel × `channel`. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly pixel: number;
  readonly channel: number;
}

export function layoutOf({ shape }: Input, channelsLast: boolean): Layout {
  const [, a = 1, b = 1, c = 1] = shape;
  return channelsLast
    ? { height: a, width: b, channels: c, pixel: c, channel: 1 }
    : { height: b, width: c, channels: a, pixel: 1, channel: b * c };
}

export const meanOf = ({ data }: Input): number => data.reduce((sum, value) => sum + value, 0) / data.length;

/**
 * Two pictures in one.
 *
 * @param share of `picture` at each pixel, 0–1; the rest is of `other`, a picture or one value everywhere
 */
export function blended(
  picture: Input,
  other: Input | number,
  share: ArrayLike<number>,
  { pixel, channel, channels }: Layout,
): Input {
  const data = new Float32Array(picture.data.length);
  const even = typeof other === 'number' ? other : 0;
  const values = typeof other === 'number' ? undefined : other.data;
  for (let c = 0; c < channels; c++) {
    for (let i = 0, at = c * channel; i < share.length; i++, at += pixel) {
      const rest = values ? values[at]! : even;
      data[at] = rest + (picture.data[at]! - rest) * share[i]!;
    }
  }
  return { ...picture, data };
}

/** The picture with each place times a mask, and the rest the picture's mean. */
export const masked = (picture: Input, mask: Map2D, layout: Layout, mean = meanOf(picture)): Input =>
  blended(picture, mean, enlarged(mask, layout.width, layout.height).data, layout);

/**
 * A Gaussian blur, as three box blurs each way (their sum nears a Gaussian: Wells 1986); what lies outside repeats the
 * edge.
 *
 * @param sigma pixels
 */
export function blurred(picture: Input, sigma: number, { width, height, ...strides }: Layout): Input {
  // The variance of three boxes of 2r + 1 pixels is r (r + 1).
  const radius = Math.max(1, Math.round(Math.sqrt(sigma ** 2 + 0.25) - 0.5));
  let data = picture.data;
  for (let c = 0; c < strides.channels; c++) {
    const first = c * strides.channel;
    for (let pass = 0; pass < 3; pass++) {
      data = boxed(data, first, height, strides.pixel * width, width, strides.pixel, radius);
      data = boxed(data, first, width, strides.pixel, height, strides.pixel * width, radius);
    }
  }
  return { ...picture, data };
}

/** Means over 2 × radius + 1 values along an axis of `length` values `step` apart, for each of `lines`. */
function boxed(
  data: Float32Array,
  first: number,
  length: number,
  step: number,
  lines: number,
  lineStep: number,
  radius: number,
): Float32Array {
  const out = data.slice();
  const size = 2 * radius + 1;
  for (let line = 0; line < lines; line++) {
    const start = first + line * lineStep;
    const value = (i: number) => data[start + Math.min(Math.max(i, 0), length - 1) * step]!;
    let sum = 0;
    for (let i = -radius; i <= radius; i++) sum += value(i);
    for (let i = 0; i < length; i++) {
      out[start + i * step] = sum / size;
      sum += value(i + radius + 1) - value(i - radius);
    }
  }
  return out;
}

/** Deviation of the blur as a share of the picture's shorter side: lesions, vessels and the disc's rim are gone. */
const BLUR = 0.1;

/** What is left of a picture where nothing can be recognised; black would be something to be seen. */
export const withoutContent = (picture: Input, layout: Layout): Input =>
  blurred(picture, BLUR * Math.min(layout.width, layout.height), layout);

/** The picture moved right and down by whole pixels; what comes in repeats the edge. */
export function shifted(picture: Input, dx: number, dy: number, layout: Layout): Input {
  const { width, height, channels, pixel, channel } = layout;
  const data = new Float32Array(picture.data.length);
  const within = (at: number, size: number) => Math.min(Math.max(at, 0), size - 1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (within(y - dy, height) * width + within(x - dx, width)) * pixel;
      const to = (y * width + x) * pixel;
      for (let c = 0; c < channels; c++) data[to + c * channel] = picture.data[from + c * channel]!;
    }
  }
  return { ...picture, data };
}
