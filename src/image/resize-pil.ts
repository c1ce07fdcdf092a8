import { narrowRgb, type RowWeights } from './narrow-rgb.ts';
import type { Resizer } from './resize.ts';

/**
 * Pillow's resize, bit for bit (https://github.com/python-pillow/Pillow, src/libImaging/Resample.c and Geometry.c):
 * two passes, horizontal first as a rule, with weights rounded to 22-bit fixed point.
 */

/** Reach of a kernel in source pixels at scale 1, and its weight at a distance. */
interface Kernel {
  readonly support: number;
  readonly weight: (distance: number) => number;
}

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));

/** Keys' parameter as Pillow sets it. */
const BICUBIC_A = -0.5;

const KERNELS = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: {
    support: 2,
    weight: (x) => {
      const d = Math.abs(x);
      if (d < 1) return ((BICUBIC_A + 2) * d - (BICUBIC_A + 3)) * d * d + 1;
      return d < 2 ? (((d - 5) * d + 8) * d - 4) * BICUBIC_A : 0;
    },
  },
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
} satisfies Record<string, Kernel>;

/** A byte's 8 bits and 2 for overshoot are left of 32. */
const PRECISION_BITS = 32 - 8 - 2;

/** Pillow passes the box as C floats, so its ends are rounded to single precision. */
function weightsOf(kernel: Kernel, sourceSize: number, from: number, to: number, size: number): RowWeights {
  const start = Math.fround(from);
  const scale = Math.fround(Math.fround(to) - start) / size;
  const filterScale = Math.max(scale, 1);
  const support = kernel.support * filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(size);
  const count = new Int32Array(size);
  const weight = new Int32Array(size * stride);
  const exact = new Float64Array(stride);
  for (let i = 0; i < size; i++) {
    const centre = start + (i + 0.5) * scale;
    const low = Math.max(0, Math.trunc(centre - support + 0.5));
    const high = Math.min(sourceSize, Math.trunc(centre + support + 0.5));
    let sum = 0;
    for (let j = 0; j < high - low; j++) {
      exact[j] = kernel.weight((j + low - centre + 0.5) * (1 / filterScale));
      sum += exact[j]!;
    }
    for (let j = 0; j < high - low; j++) {
      const w = (sum === 0 ? exact[j]! : exact[j]! / sum) * (1 << PRECISION_BITS);
      weight[i * stride + j] = Math.trunc(w < 0 ? w - 0.5 : w + 0.5);
    }
    first[i] = low;
    count[i] = high - low;
  }
  return { first, count, weight, stride };
}

const HALF = 1 << (PRECISION_BITS - 1);

const clip = (sum: number) => {
  const value = sum >> PRECISION_BITS;
  return value < 0 ? 0 : value > 255 ? 255 : value;
};

/** Rows `top` to `bottom` of the source, each narrowed to `size` pixels. */
function horizontal(
  source: Uint8Array,
  width: number,
  channels: number,
  top: number,
  bottom: number,
  weights: RowWeights,
) {
  if (channels === 3) return narrowRgb(source, width, top, bottom, weights);
  const { first, count, weight, stride } = weights;
  const out = new Uint8Array((bottom - top) * first.length);
  let o = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = 0; x < first.length; x++) {
      let sum = HALF;
      let s = y * width + first[x]!;
      for (let k = x * stride; k < x * stride + count[x]!; k++)
        sum = (sum + Math.imul(source[s++]!, weight[k]!)) | 0;
      out[o++] = clip(sum);
    }
  }
  return out;
}

/** `source` holds rows from `top` on, of `rowLength` bytes. */
function vertical(
  source: Uint8Array,
  rowLength: number,
  top: number,
  { first, count, weight, stride }: RowWeights,
) {
  const size = first.length;
  const out = new Uint8Array(size * rowLength);
  const sums = new Int32Array(rowLength);
  for (let y = 0; y < size; y++) {
    sums.fill(HALF);
    for (let k = 0; k < count[y]!; k++) {
      const w = weight[y * stride + k]!;
      const row = (first[y]! - top + k) * rowLength;
      for (let i = 0; i < rowLength; i++) sums[i] = (sums[i]! + Math.imul(source[row + i]!, w)) | 0;
    }
    for (let i = 0; i < rowLength; i++) out[y * rowLength + i] = clip(sums[i]!);
  }
  return out;
}

const nearest: Resizer = (image, width, height, [left, top, right, bottom]) => {
  const { channels, data } = image;
  const columns = nearestIndices(image.width, left, right, width);
  const rows = nearestIndices(image.height, top, bottom, height);
  const out = new Uint8Array(width * height * channels);
  let o = 0;
  for (const y of rows) {
    for (const x of columns) {
      const s = (y * image.width + x) * channels;
      for (let c = 0; c < channels; c++) out[o++] = data[s + c]!;
    }
  }
  return { width, height, channels, data: out };
};

/** Pillow adds the step up from pixel to pixel, rounding errors and all (ImagingScaleAffine). */
function nearestIndices(sourceSize: number, from: number, to: number, size: number): Int32Array {
  const start = Math.fround(from);
  const step = Math.fround(Math.fround(to) - start) / size;
  const indices = new Int32Array(size);
  let position = start + step * 0.5;
  for (let i = 0; i < size; i++) {
    indices[i] = Math.min(Math.max(Math.trunc(position), 0), sourceSize - 1);
    position += step;
  }
  return indices;
}

/**
 * Pillow 13 runs the vertical pass first where the height falls by more than twice as many pixels as the width
 * (https://github.com/python-pillow/Pillow/pull/9549); older ones never do, and differ by a level here and there.
 */
const isShortenedFirst = (image: { width: number; height: number }, width: number, height: number) =>
  image.height > height && image.height - height > 2 * (image.width - width);

/** Pillow's `Image.resize(size, resample, box)` for one kernel. */
export function resizePil(name: keyof typeof KERNELS | 'nearest'): Resizer {
  if (name === 'nearest') return nearest;
  const kernel = KERNELS[name];
  const resizer: Resizer = (image, width, height, [left, top, right, bottom]) => {
    const { channels } = image;
    const sameWidth = left === 0 && right === image.width && width === image.width;
    const sameHeight = top === 0 && bottom === image.height && height === image.height;
    if (!sameWidth && !sameHeight && isShortenedFirst(image, width, height)) {
      const { data, ...size } = resizer(image, image.width, height, [0, top, image.width, bottom]);
      return resizer({ ...size, data: data as Uint8Array }, width, height, [left, 0, right, height]);
    }
    const down = weightsOf(kernel, image.height, top, bottom, height);
    const firstRow = sameHeight ? 0 : down.first[0]!;
    const lastRow = sameHeight ? image.height : down.first[height - 1]! + down.count[height - 1]!;
    const narrow = sameWidth
      ? image.data.subarray(firstRow * width * channels, lastRow * width * channels)
      : horizontal(
          image.data,
          image.width,
          channels,
          firstRow,
          lastRow,
          weightsOf(kernel, image.width, left, right, width),
        );
    const data = sameHeight ? narrow : vertical(narrow, width * channels, firstRow, down);
    return { width, height, channels, data };
  };
  return resizer;
}
