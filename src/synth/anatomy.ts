import type { Random } from '../core/random.ts';

/**
 * Every measure of the eye that the phantoms are drawn from, in one table: unit, distribution, range, source.
 * Lengths are micrometres on the retina, angles degrees. A source in brackets, [drawn], is a value chosen by eye beside
 * photographs and not taken from a publication.
 */
export interface Measure {
  readonly unit: 'µm' | '°' | '1' | 'years' | 'µm/°';
  readonly mean: number;
  /** Standard deviation of a normal distribution; 0 = a constant. */
  readonly sd: number;
  /** No eye is drawn outside, and none may be asked for. */
  readonly range: readonly [low: number, high: number];
  readonly source: string;
}

const row = (
  unit: Measure['unit'],
  mean: number,
  sd: number,
  range: readonly [number, number],
  source: string,
): Measure => ({ unit, mean, sd, range, source });

export const ANATOMY = {
  micrometresPerDegree: row(
    'µm/°',
    276,
    0,
    [276, 276],
    'Br J Ophthalmol 72:228 (posterior pole, emmetropic eye)',
  ),
  discHeight: row('µm', 1880, 170, [1400, 2400], 'Jonas et al., IOVS 1988: vertical diameter 1.88 mm'),
  discWidthToHeight: row('1', 0.94, 0.03, [0.8, 1.05], 'Jonas et al., IOVS 1988: 1.77 / 1.88 mm'),
  discToFovea: row('µm', 4760, 340, [3760, 6530], 'PMC4577126: 4.76 ± 0.34 mm'),
  foveaBelowDisc: row('°', 6.5, 2.9, [-1, 14], 'PMC4577126: 6.5 ± 2.9°'),
  // Br J Ophthalmol 88:766: the median grows with the disc: 0.33 at 1.2 mm, 0.55 at 1.9 mm; see medianCupToDisc.
  cupToDisc: row('1', 0.5, 0.11, [0.05, 0.95], 'Br J Ophthalmol 88:766, vertical'),
  arteryEquivalent: row('µm', 152, 15, [90, 200], 'medRxiv 2024.10.25.24316087: CRAE 152 ± 15'),
  veinEquivalent: row('µm', 233, 22, [160, 330], 'medRxiv 2024.10.25.24316087: CRVE 233 ± 22'),
  murrayArtery: row('1', 2.59, 0, [2, 3.2], 'PMC6024667: exponent of arteries 50–100 µm'),
  murrayVein: row('1', 1.95, 0, [1.8, 3.2], 'PMC6024667: exponent of veins 50–100 µm'),
  bifurcation: row('°', 78, 8, [50, 110], 'PMC6024667: angle between the daughters'),
  avascularZone: row('µm', 450, 60, [250, 700], 'textbooks: diameter of the foveal avascular zone'),
  foveola: row('µm', 350, 0, [350, 350], 'textbooks: diameter'),
  fovea: row('µm', 1500, 0, [1500, 1500], 'textbooks: diameter'),
  macula: row('µm', 5500, 0, [5500, 5500], 'textbooks: diameter'),
  arcadeHeight: row(
    'µm',
    3850,
    380,
    [2800, 5000],
    '[drawn] height of the temporal arcades above and below the fovea',
  ),
  retinalThickness: row('1', 1, 0.05, [0.85, 1.15], '[drawn] of the means in oct-layers.ts'),
  pitRadius: row(
    'µm',
    700,
    35,
    [600, 800],
    '[drawn] of the foveal pit: the layers are back at 1/e of their dip',
  ),
  subfovealChoroid: row('µm', 293, 94, [80, 550], 'PMC6166895: 293 ± 94 µm'),
  age: row('years', 55, 14, [20, 90], '[drawn]'),
  /** 0 blond fundus, 1 heavily pigmented. */
  pigmentation: row('1', 0.5, 0.2, [0, 1], '[drawn]'),
  /** 0 none, 1 every choroidal vessel seen. */
  tessellation: row('1', 0.14, 0.14, [0, 1], '[drawn] grows with age and axial length'),
  tortuosity: row('1', 1, 0.25, [0.3, 3], '[drawn] 1 = usual waviness of the vessels'),

  microaneurysm: row('µm', 62, 18, [30, 100], 'textbooks: 10–100 µm; below 30 none is seen in a photograph'),
  dotHaemorrhage: row('µm', 110, 30, [65, 150], 'textbooks: 65–230 µm, dots the smaller half'),
  blotHaemorrhage: row('µm', 215, 45, [150, 330], 'textbooks: 65–230 µm; larger where several run together'),
  flameLength: row('µm', 290, 70, [150, 420], 'first prototype: 150–420 × 35–90 µm along the nerve fibres'),
  flameWidth: row('µm', 70, 14, [35, 90], 'first prototype: 150–420 × 35–90 µm'),
  hardExudate: row('µm', 58, 22, [20, 130], 'COMS: points of 20–75 µm, which run together'),
  cottonWoolSpot: row('µm', 560, 120, [400, 950], 'COMS: a quarter to half a disc wide'),
  smallDruse: row('µm', 48, 8, [30, 63], 'Beckman: < 63 µm'),
  mediumDruse: row('µm', 94, 17, [63, 125], 'Beckman: 63–125 µm'),
  largeDruse: row('µm', 190, 45, [125, 350], 'Beckman: ≥ 125 µm'),
  laserScar: row('µm', 420, 80, [300, 600], 'COMS: 300–600 µm outside the macula'),
} as const satisfies Record<string, Measure>;

export type MeasureName = keyof typeof ANATOMY;

/** Draws a measure, inside its range. */
export function draw(random: Random, name: MeasureName): number {
  const { mean, sd, range }: Measure = ANATOMY[name];
  return Math.min(range[1], Math.max(range[0], random.normal(mean, sd)));
}

/**
 * Median vertical cup-to-disc ratio of healthy eyes by the height of the disc (Br J Ophthalmol 88:766: .33 at 1.2 mm,
 * .42 at 1.5, .50 at 1.7, .55 at 1.9).
 *
 * @param discHeight µm
 */
export const medianCupToDisc = (discHeight: number) =>
  Math.min(0.62, Math.max(0.25, 0.33 + ((discHeight - 1200) / 700) * 0.22));
