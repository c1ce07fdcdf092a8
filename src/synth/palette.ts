import type { Random } from '../core/random.ts';
import { clamp } from './plane.ts';

export type Rgb = readonly [red: number, green: number, blue: number];

/** Colours of one eye in one camera; light as a share of the sensor's range, before illumination. */
export interface Palette {
  readonly ground: Rgb;
  readonly rim: Rgb;
  readonly cup: Rgb;
  /** What scattered light adds at the margin and in haze. */
  readonly veil: Rgb;
}

/**
 * Draws a palette. Mean and spread inside the field are those measured on 120 normal ODIR photographs: R 149 ± 35,
 * G/R .63 ± .12, B/R .33 ± .15, and IDRiD and DRIVE, which are redder (G/R .49 and .54).
 *
 * @param pigmentation 0–1: darker fundi are browner
 */
export function drawPalette(random: Random, pigmentation: number): Palette {
  const brightness = random.normal(0.675, 0.135, 2) * (1.07 - 0.14 * pigmentation);
  const green = clamp(random.normal(0.575, 0.11, 2.2) + 0.04 * (0.5 - pigmentation), 0.4, 0.76);
  const blue = clamp(green * random.normal(0.51, 0.21, 2), 0.06, 0.72);
  const ground: Rgb = [brightness, brightness * green, brightness * blue];
  const warm = random.range(-0.06, 0.06);
  // The disc is lit as the fundus is, yet far paler: it holds neither pigment nor choroid.
  const lit = 0.55 + 0.62 * brightness;
  const rim: Rgb = [lit * 1.04, lit * (0.66 + 0.3 * (green - 0.6) + warm), lit * (0.25 + 0.5 * blue)];
  const cup: Rgb = [lit * 1.1, lit * (0.94 + warm * 0.5), lit * (0.4 + 0.65 * blue)];
  const cold = random.unit();
  const veil: Rgb = [0.42 + 0.1 * (1 - cold), 0.42, 0.3 + 0.14 * cold];
  return { ground, rim, cup, veil };
}
