import type { Tensor } from '../core/tensor.ts';

/** A map over the picture as the model sees it: how much each place speaks for the class. */
export interface Map2D {
  readonly width: number;
  readonly height: number;
  /** Row by row; from 0, and 1 at most. */
  readonly data: Float32Array;
}

/** A feature map or its gradient, of one picture. */
export interface Features {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly data: Float32Array;
}

export function featuresOf({ shape, data }: Tensor<'float32'>): Features {
  const [, channels = 0, height = 0, width = 0] = shape;
  return { channels, height, width, data };
}

/** Negative values are none, the largest is one; all zero stays zero. */
export function positive(width: number, height: number, values: Float32Array): Map2D {
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  const data = values.map((value) => (largest > 0 ? Math.max(value, 0) / largest : 0));
  return { width, height, data };
}

/** Σ over channels of weight × feature. */
export function weighted({ channels, height, width, data }: Features, weights: ArrayLike<number>): Map2D {
  const area = height * width;
  const sum = new Float32Array(area);
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < area; i++) sum[i]! += weights[c]! * data[c * area + i]!;
  return positive(width, height, sum);
}

/** Grad-CAM (Selvaraju et al. 2017): a channel weighs what its gradient is on average. */
export function gradCam(features: Features, gradient: Features): Map2D {
  const area = features.height * features.width;
  const weights = Float64Array.from({ length: features.channels }, (_, c) =>
    mean(gradient.data, c * area, area),
  );
  return weighted(features, weights);
}

/** What each channel is on average over the picture. */
export const channelMeans = ({ channels, height, width, data }: Features): Float32Array =>
  Float32Array.from({ length: channels }, (_, c) => mean(data, c * height * width, height * width));

const mean = (data: Float32Array, from: number, length: number) => {
  let sum = 0;
  for (let i = from; i < from + length; i++) sum += data[i]!;
  return sum / length;
};

/** Grad-CAM++ (Chattopadhay et al. 2018), whose weights count each place by its own share. */
export function gradCamPlusPlus(features: Features, gradient: Features): Map2D {
  const area = features.height * features.width;
  const weights = Float64Array.from({ length: features.channels }, (_, c) => {
    let sum = 0;
    for (let i = c * area; i < (c + 1) * area; i++) sum += features.data[i]!;
    let weight = 0;
    for (let i = c * area; i < (c + 1) * area; i++) {
      const g = gradient.data[i]!;
      const below = 2 * g ** 2 + sum * g ** 3;
      if (below !== 0) weight += (g ** 2 / below) * Math.max(g, 0);
    }
    return weight;
  });
  return weighted(features, weights);
}

/** HiResCAM (Draelos and Carin 2020): each place's feature times its own gradient. */
export function hiResCam(features: Features, gradient: Features): Map2D {
  const { channels, height, width } = features;
  const area = height * width;
  const sum = new Float32Array(area);
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < area; i++) sum[i]! += features.data[c * area + i]! * gradient.data[c * area + i]!;
  return positive(width, height, sum);
}

/** Eigen-CAM (Muhammad and Yeasin 2020): the first principal component of the features; of no class in particular. */
export function eigenCam({ channels, height, width, data }: Features): Map2D {
  const area = height * width;
  // Power iteration on the channels' products, from their own means.
  let direction = Float64Array.from(
    { length: channels },
    (_, c) => Math.abs(mean(data, c * area, area)) + 1e-6,
  );
  const projected = new Float64Array(area);
  for (let round = 0; round < 30; round++) {
    projected.fill(0);
    for (let c = 0; c < channels; c++)
      for (let i = 0; i < area; i++) projected[i]! += direction[c]! * data[c * area + i]!;
    const next = Float64Array.from({ length: channels }, (_, c) => {
      let sum = 0;
      for (let i = 0; i < area; i++) sum += data[c * area + i]! * projected[i]!;
      return sum;
    });
    const length = Math.hypot(...next) || 1;
    direction = next.map((value) => value / length);
  }
  const total = projected.reduce((a, b) => a + b, 0);
  return positive(
    width,
    height,
    Float32Array.from(projected, (value) => (total < 0 ? -value : value)),
  );
}

/** Bilinear, at pixel centres. */
export function enlarged({ width, height, data }: Map2D, toWidth: number, toHeight: number): Map2D {
  const out = new Float32Array(toWidth * toHeight);
  for (let y = 0; y < toHeight; y++) {
    const [y0, y1, fy] = between(((y + 0.5) * height) / toHeight - 0.5, height);
    for (let x = 0; x < toWidth; x++) {
      const [x0, x1, fx] = between(((x + 0.5) * width) / toWidth - 0.5, width);
      const top = data[y0 * width + x0]! * (1 - fx) + data[y0 * width + x1]! * fx;
      const bottom = data[y1 * width + x0]! * (1 - fx) + data[y1 * width + x1]! * fx;
      out[y * toWidth + x] = top * (1 - fy) + bottom * fy;
    }
  }
  return { width: toWidth, height: toHeight, data: out };
}

function between(at: number, size: number): readonly [low: number, high: number, share: number] {
  const clamped = Math.min(Math.max(at, 0), size - 1);
  const low = Math.floor(clamped);
  return [low, Math.min(low + 1, size - 1), clamped - low];
}
