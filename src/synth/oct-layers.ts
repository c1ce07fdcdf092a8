import { smoothstep } from './plane.ts';

/** Layers of the retina, inner to outer, as OCT shows them. `photoreceptors`: from the external limiting membrane to the tips. */
export const LAYERS = ['rnfl', 'gcl', 'ipl', 'inl', 'opl', 'onl', 'photoreceptors', 'rpe'] as const;
export type Layer = (typeof LAYERS)[number];

/** The ETDRS rings about the fovea: inner and outer radius, µm (PMC11039592: 1, 3 and 6 mm across). */
export const RINGS = [
  [0, 500],
  [500, 1500],
  [1500, 3000],
] as const;

/**
 * Mean thickness of each layer in the three rings, µm: PMC6042244. Its "photoreceptors and RPE" (90, 83, 80) less the
 * RPE.
 */
export const RING_MEANS: Record<Layer, readonly [number, number, number]> = {
  rnfl: [11, 23, 38],
  gcl: [12, 52, 37],
  ipl: [18, 41, 30],
  inl: [15, 40, 32],
  opl: [24, 33, 26],
  onl: [88, 68, 58],
  photoreceptors: [72, 67, 66],
  rpe: [18, 16, 14],
};

/** Thickness of a layer, µm, at a distance from the fovea, µm. */
export type Profile = (distance: number) => number;

/** Where the rise about the pit has gone again. [drawn] */
const RISE = 2000;

/**
 * Thickness curves with the means of {@link RING_MEANS}: a constant, the pit and the rise about it, in the shares that
 * give each ring its mean.
 *
 * @param pit radius of the pit, µm: 600–800 keeps every layer's thickness at the centre above zero
 */
export function layerProfiles(pit: number): Record<Layer, Profile> {
  const parts: Profile[] = [
    () => 1,
    (r) => Math.exp(-((r / pit) ** 2.5)),
    (r) => Math.exp(-((r / RISE) ** 3)),
  ];
  const means = RINGS.map((ring) => parts.map((part) => ringMean(part, ring)));
  return Object.fromEntries(
    LAYERS.map((layer) => {
      const [a, b, c] = solve(means, RING_MEANS[layer]) as [number, number, number];
      return [layer, (r: number) => Math.max(0, a + b * parts[1]!(r) + c * parts[2]!(r))];
    }),
  ) as Record<Layer, Profile>;
}

/** Mean over the area of a ring. */
export function ringMean(profile: Profile, [inner, outer]: readonly [number, number]): number {
  let sum = 0;
  let area = 0;
  for (let r = inner + 5; r < outer; r += 10) {
    sum += profile(r) * r;
    area += r;
  }
  return sum / area;
}

/** Cramer's rule, three unknowns. */
function solve(rows: readonly (readonly number[])[], right: readonly number[]): number[] {
  const determinant = (m: readonly (readonly number[])[]) =>
    m[0]![0]! * (m[1]![1]! * m[2]![2]! - m[1]![2]! * m[2]![1]!) -
    m[0]![1]! * (m[1]![0]! * m[2]![2]! - m[1]![2]! * m[2]![0]!) +
    m[0]![2]! * (m[1]![0]! * m[2]![1]! - m[1]![1]! * m[2]![0]!);
  const whole = determinant(rows);
  return [0, 1, 2].map((j) => determinant(rows.map((row, i) => row.with(j, right[i]!))) / whole);
}

/** Share of its thickness that a layer keeps on the way to the disc: all but the nerve fibres end at its margin. */
export const towardsDisc = (outward: number) => smoothstep(-40, 380, outward);
