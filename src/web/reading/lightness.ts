import { type ClaheOptions, clahe, USUAL_CLAHE } from './clahe.ts';

/** Interleaved 8-bit RGBA, as a canvas gives it. */
export interface Rgba {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/** White of D65, to which sRGB refers (IEC 61966-2-1). */
const WHITE = { x: 0.950456, z: 1.088754 };
/** CIE 15: below this a root would be too steep, and lightness is linear. */
const LINEAR_BELOW = 216 / 24389;
const KAPPA = 24389 / 27;

const LINEAR = Float32Array.from({ length: 256 }, (_, i) => {
  const value = i / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
});
/** Fine enough that each of the 256 values is met where sRGB is steepest: 12.92 × 255 / 8192 < ½. */
const STEPS = 8192;
const ENCODED = Uint8ClampedArray.from({ length: STEPS + 1 }, (_, i) => {
  const value = i / STEPS;
  return 255 * (value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055);
});

/** CIE 15's f(t): a cube root, straight near black. */
const rootOf = (t: number) => (t > LINEAR_BELOW ? Math.cbrt(t) : (KAPPA * t + 16) / 116);
/** Looked up: a step is 0.05 of L*'s 100 where the root is steepest. White is 1, and nothing is brighter. */
const ROOT_STEPS = 16384;
const ROOTS = Float32Array.from({ length: ROOT_STEPS + 2 }, (_, i) => rootOf(i / ROOT_STEPS));
const root = (t: number) => ROOTS[Math.round(t * ROOT_STEPS)]!;
const power = (f: number) => {
  const cube = f * f * f;
  return cube > LINEAR_BELOW ? cube : (116 * f - 16) / KAPPA;
};
const encode = (value: number) => ENCODED[Math.max(0, Math.min(STEPS, Math.round(value * STEPS)))]!;

/** CIELAB's L* of every pixel, 0–255. */
export function lightnessOf({ width, height, data }: Rgba): Uint8Array {
  const lightness = new Uint8Array(width * height);
  for (let i = 0; i < lightness.length; i++) {
    const y =
      0.212671 * LINEAR[data[i * 4]!]! +
      0.71516 * LINEAR[data[i * 4 + 1]!]! +
      0.072169 * LINEAR[data[i * 4 + 2]!]!;
    lightness[i] = (116 * root(y) - 16) * 2.55 + 0.5;
  }
  return lightness;
}

/** The picture with another lightness; a* and b* stay, so that what was red is as red as before. */
export function withLightness({ width, height, data }: Rgba, from: Uint8Array, to: Uint8Array): Rgba {
  const out = new Uint8ClampedArray(data.length);
  for (let i = 0; i < width * height; i++) {
    const at = i * 4;
    const r = LINEAR[data[at]!]!;
    const g = LINEAR[data[at + 1]!]!;
    const b = LINEAR[data[at + 2]!]!;
    // a* and b* are differences of the three roots: all three move by as much as that of the lightness.
    const shift = (to[i]! - from[i]!) / 2.55 / 116;
    const x = power(root((0.412453 * r + 0.35758 * g + 0.180423 * b) / WHITE.x) + shift) * WHITE.x;
    const y = power(root(0.212671 * r + 0.71516 * g + 0.072169 * b) + shift);
    const z = power(root((0.019334 * r + 0.119193 * g + 0.950227 * b) / WHITE.z) + shift) * WHITE.z;
    out[at] = encode(3.240479 * x - 1.53715 * y - 0.498535 * z);
    out[at + 1] = encode(-0.969256 * x + 1.875991 * y + 0.041556 * z);
    out[at + 2] = encode(0.055648 * x - 0.204043 * y + 1.057311 * z);
    out[at + 3] = data[at + 3]!;
  }
  return { width, height, data: out };
}

/** CLAHE on the lightness: contrast without false colours. */
export function equaliseLightness(picture: Rgba, options: ClaheOptions = USUAL_CLAHE): Rgba {
  const { width, height } = picture;
  const lightness = lightnessOf(picture);
  return withLightness(picture, lightness, clahe({ width, height, data: lightness }, options).data);
}

/** CLAHE on the green channel, which is all that a red-free view shows. */
export function equaliseGreen({ width, height, data }: Rgba, options: ClaheOptions = USUAL_CLAHE): Rgba {
  const green = new Uint8Array(width * height);
  for (let i = 0; i < green.length; i++) green[i] = data[i * 4 + 1]!;
  const equal = clahe({ width, height, data: green }, options).data;
  const out = new Uint8ClampedArray(data.length);
  for (let i = 0; i < green.length; i++) {
    out[i * 4] = out[i * 4 + 1] = out[i * 4 + 2] = equal[i]!;
    out[i * 4 + 3] = data[i * 4 + 3]!;
  }
  return { width, height, data: out };
}
