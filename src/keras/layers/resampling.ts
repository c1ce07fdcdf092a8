import { withinReason } from '../claims.ts';

/**
 * Resampling along one axis as a matrix, `[output, input]`: what TensorFlow's image.resize does for every kernel
 * (tensorflow/core/kernels/image/scale_and_translate_op.cc, sampling_kernels.h, resize_bicubic_op.cc).
 */
export type Interpolation = 'nearest' | 'bilinear' | 'bicubic' | 'lanczos3' | 'lanczos5' | 'area';

interface Kernel {
  readonly radius: number;
  weight(x: number): number;
}

const lanczos = (radius: number): Kernel => ({
  radius,
  weight: (x) => {
    const t = Math.abs(x);
    if (t > radius) return 0;
    // sinc(x) sinc(x / radius), which is 1 near zero.
    if (t <= 1e-3) return 1;
    return (radius * Math.sin(Math.PI * t) * Math.sin((Math.PI * t) / radius)) / (Math.PI * Math.PI * t * t);
  },
});

/** Keys's cubic, with a = −0.5. */
const cubic: Kernel = {
  radius: 2,
  weight: (x) => {
    const t = Math.abs(x);
    if (t >= 2) return 0;
    if (t >= 1) return ((-0.5 * t + 2.5) * t - 4) * t + 2;
    return (1.5 * t - 2.5) * t * t + 1;
  },
};

const triangle: Kernel = { radius: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) };

const KERNELS: Readonly<Partial<Record<Interpolation, Kernel>>> = {
  bilinear: triangle,
  bicubic: cubic,
  lanczos3: lanczos(3),
  lanczos5: lanczos(5),
};

/** @returns row by row, `output × input` weights that sum to 1 in each row */
export function resampling(
  input: number,
  output: number,
  interpolation: Interpolation,
  antialias: boolean,
): Float32Array {
  const matrix = new Float32Array(withinReason(output * input, `scaling ${input} to ${output}`));
  const scale = input / output;
  for (let o = 0; o < output; o++) {
    const row = matrix.subarray(o * input, (o + 1) * input);
    const kernel = KERNELS[interpolation];
    if (interpolation === 'area') covered(row, o * scale, (o + 1) * scale);
    else if (!kernel) row[Math.min(Math.floor((o + 0.5) * scale), input - 1)] = 1;
    else sampled(row, (o + 0.5) * scale, kernel, antialias ? Math.max(scale, 1) : 1);
  }
  return matrix;
}

/** Weights of the pixels around a point; those outside count for nothing. */
function sampled(row: Float32Array, centre: number, { radius, weight }: Kernel, stretch: number): void {
  const reach = radius * stretch;
  const first = Math.max(Math.ceil(centre - reach - 0.5), 0);
  const last = Math.min(Math.floor(centre + reach - 0.5), row.length - 1);
  let sum = 0;
  for (let i = first; i <= last; i++) {
    const w = weight((i + 0.5 - centre) / stretch);
    row[i] = w;
    sum += w;
  }
  if (Math.abs(sum) > 0) for (let i = first; i <= last; i++) row[i]! /= sum;
}

/** Weights by the part of each pixel that lies between two edges. */
function covered(row: Float32Array, from: number, to: number): void {
  for (let i = Math.floor(from); i < to && i < row.length; i++) {
    row[i] = (Math.min(to, i + 1) - Math.max(from, i)) / (to - from);
  }
}
