import type { Random } from '../core/random.ts';
import { gradientNoise } from './noise.ts';
import type { BScan } from './oct-paint.ts';
import type { OctArtefact } from './oct-parameters.ts';
import { blur, clamp, smoothstep } from './plane.ts';

export type OctArtefacts = Readonly<Record<OctArtefact, number>>;

/** What is left out is drawn as it usually is: a little of some. */
export function drawOctArtefacts(
  random: Random,
  asked: Readonly<Partial<Record<OctArtefact, number>>> = {},
): OctArtefacts {
  const usual = (name: string, probability: number, most: number) => {
    const stream = random.fork(name);
    return stream.chance(probability) ? stream.range(0, most) : 0;
  };
  return {
    tilt: asked.tilt ?? usual('tilt', 0.5, 0.35),
    clipping: asked.clipping ?? 0,
    noise: asked.noise ?? usual('noise', 1, 0.35),
    signalLoss: asked.signalLoss ?? usual('signalLoss', 0.5, 0.3),
    shadow: asked.shadow ?? usual('shadow', 0.15, 0.5),
    registration: asked.registration ?? 0,
  };
}

/** Devices display about the fourth root of the intensity. */
const ROOT = 4;
/** Grey of the noise where no light comes back; [measured] 26 ± 14 in the vitreous of 60 normal scans. */
const NOISE_GREY = 29;

/**
 * Light comes back, speckled, and is displayed. Speckle multiplies the intensity (the sum of many waves: exponential in
 * one exposure, gamma in the mean of several); the receiver's shot noise adds.
 */
export function takeScan(scan: BScan, artefacts: OctArtefacts, random: Random): Uint8Array {
  const { scanner, grey, light, blank } = scan;
  const { width, height } = scanner;
  const { noise, signalLoss, shadow } = artefacts;
  blur(grey, width, height, 0.75);
  const speckle = speckleOf(random.fork('speckle'), width, height, scanner.averaged);
  const shot = exponential(random.fork('shot'), width, height);
  blur(shot, width, height, SHOT_GRAIN);
  smear(shot, width);
  const floor = (NOISE_GREY / 255) ** ROOT * (1 + 14 * noise) * (12 / scanner.averaged) ** 0.5;
  const loss = 1 - 0.93 * signalLoss;
  const across = shadowAcross(random.fork('shadow'), width, shadow);
  // The signal falls off with the distance from the zero delay, at the top of the picture.
  const falloff = random.fork('falloff').range(0.4, 0.9);
  const image = new Uint8Array(width * height);
  for (let row = 0, at = 0; row < height; row++) {
    const sensitivity = Math.exp(-falloff * (row / height)) * loss * 1.25;
    for (let column = 0; column < width; column++, at++) {
      const g = grey[at]! / 255;
      const back = g * g * g * g * light[at]! * speckle[at]! * sensitivity * across[column]!;
      // The receiver's noise, less what the device takes for its floor.
      const received = back + floor * (shot[at]! - 0.72);
      image[at] = received <= 0 ? 0 : Math.min(255, Math.round(255 * Math.sqrt(Math.sqrt(received))));
    }
  }
  if (artefacts.registration > 0)
    whiteCorners(scan, artefacts.registration, random.fork('corners'), image, blank);
  return image;
}

/**
 * Widths of the grains, pixels (standard deviation). Chosen so that neighbours correlate as in normal scans of
 * ../shared/data/oct: 0.43 across and 0.63 along the beam in the vitreous, 0.86 and 0.70 in tissue.
 */
const SHOT_GRAIN = 0.66;
const SPECKLE_GRAIN = 0.75;

/** Along the beam grains are a little longer. */
function smear(plane: Float32Array, width: number): void {
  for (let at = 0; at + width < plane.length; at++)
    plane[at] = plane[at]! + ALONG * (plane[at + width]! - plane[at]!);
}
const ALONG = 0.36;

/** Mean 1. */
function speckleOf(random: Random, width: number, height: number, averaged: number): Float32Array {
  const plane = exponential(random, width, height);
  blur(plane, width, height, SPECKLE_GRAIN);
  smear(plane, width);
  // The blur has averaged neighbours; what exposures averaged in the tissue leave is stronger than that with few of them.
  const contrast = Math.sqrt(14 / averaged);
  for (let at = 0; at < plane.length; at++) plane[at] = Math.max(0.02, 1 + (plane[at]! - 1) * contrast);
  return plane;
}

/** Intensity of light without coherence from one grain to the next: exponential, mean 1. */
function exponential(random: Random, width: number, height: number): Float32Array {
  const plane = new Float32Array(width * height);
  for (let at = 0; at < plane.length; at++) plane[at] = -Math.log(1 - random.unit());
  return plane;
}

/** Share of the light that passes the lens and vitreous, a column. */
function shadowAcross(random: Random, width: number, strength: number): Float32Array {
  const across = new Float32Array(width).fill(1);
  const noise = gradientNoise(random.fork('noise'));
  const middle = random.range(0, width);
  const half = width * random.range(0.06, 0.2);
  for (let column = 0; column < width; column++) {
    const within = 1 - smoothstep(0.3, 1, Math.abs(column - middle) / half);
    across[column] =
      (1 - 0.96 * strength * within) * (1 + 0.12 * noise(column / 60, 0.5) + 0.16 * noise(column / 2.7, 8.5));
  }
  return across;
}

/** Exports of averaged scans are turned to fit one another, and what was not scanned is left white. */
function whiteCorners(
  { scanner }: BScan,
  strength: number,
  random: Random,
  image: Uint8Array,
  blank: Uint8Array,
): void {
  const { width, height } = scanner;
  const slope = (random.chance(0.5) ? 1 : -1) * random.range(0.03, 0.16) * strength;
  const shift = random.range(0, 0.22) * height * strength;
  const up = random.chance(0.5);
  const edge = Math.round(clamp(random.range(-3, 6), 0, 6) * strength);
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at++) {
      const line = slope * (column - width / 2) + (up ? shift : height - 1 - shift);
      if ((up ? row < line : row > line) || column < edge) {
        image[at] = 255;
        blank[at] = 1;
      }
    }
  }
}
