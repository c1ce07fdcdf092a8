import { type Macula, retinalThickness } from './macula.ts';
import type { OctArtefacts } from './oct-camera.ts';
import { type Layer, RINGS } from './oct-layers.ts';
import type { Disease, Eye } from './parameters.ts';

/** Sectors of the ETDRS grid: inner and outer ring by side. */
export const SECTORS = [
  'centre',
  'innerSuperior',
  'innerNasal',
  'innerInferior',
  'innerTemporal',
  'outerSuperior',
  'outerNasal',
  'outerInferior',
  'outerTemporal',
] as const;
export type Sector = (typeof SECTORS)[number];

/** Classes of the Kermany data set, and `OTHER` for what it does not have. */
export type OctClass = 'NORMAL' | 'DRUSEN' | 'DME' | 'CNV' | 'OTHER';

/** The numbers of a B-scan of a phantom and of the macula that it cuts. */
export interface OctTruth {
  readonly eye: Eye;
  readonly age: number;
  readonly diseases: Readonly<Partial<Record<Disease, number>>>;
  /** ODIR letters, `;` between. */
  readonly labels: string;
  readonly octClass: OctClass;
  readonly reasons: readonly string[];
  readonly scanner: string;
  /** µm that the scan passes below the fovea. */
  readonly offset: number;
  /** Column in the picture nearest to the fovea; nasal is to the right in a right eye, to the left in a left one. */
  readonly foveaColumn: number;
  readonly lateralMicrometres: number;
  readonly axialMicrometres: number;
  /** Mean from the inner limiting membrane to Bruch's membrane within 1 mm about the fovea, µm. */
  readonly centralSubfieldThickness: number;
  readonly sectors: Readonly<Record<Sector, number>>;
  /** Thickness in µm on a square grid about the fovea, rows superior to inferior, columns temporal to nasal. */
  readonly thicknessMap: {
    readonly side: number;
    readonly stepMicrometres: number;
    readonly values: readonly number[];
  };
  /** Mean of each layer along the scan within the macula (5.5 mm), µm. */
  readonly layerThickness: Record<Layer, number>;
  /** Below the fovea, µm. */
  readonly choroidMicrometres: number;
  /** mm² of each mask. */
  readonly areas: Readonly<Record<string, number>>;
  readonly artefacts: OctArtefacts;
}

/** One value in 125 µm: 49 × 49 over 6 mm. */
const STEP = 125;

/** Thickness of the whole macula, not of one scan alone. */
export function measureThickness(
  macula: Macula,
): Pick<OctTruth, 'centralSubfieldThickness' | 'sectors' | 'thicknessMap'> {
  const side = 6000 / STEP + 1;
  const values: number[] = [];
  const sums = new Map<Sector, [sum: number, count: number]>(SECTORS.map((sector) => [sector, [0, 0]]));
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const x = column * STEP - 3000;
      const y = row * STEP - 3000;
      const thickness = retinalThickness(macula, x, y);
      values.push(Math.round(thickness * 10) / 10);
      const sector = sectorOf(x, y);
      if (!sector) continue;
      const sum = sums.get(sector)!;
      sum[0] += thickness;
      sum[1]++;
    }
  }
  const sectors = Object.fromEntries(
    [...sums].map(([sector, [sum, count]]) => [sector, sum / count]),
  ) as Record<Sector, number>;
  return {
    centralSubfieldThickness: sectors.centre,
    sectors,
    thicknessMap: { side, stepMicrometres: STEP, values },
  };
}

/** @param x µm, nasal positive; @param y µm, inferior positive */
function sectorOf(x: number, y: number): Sector | undefined {
  const ring = RINGS.findIndex(([, outer]) => Math.hypot(x, y) <= outer);
  if (ring < 0) return undefined;
  if (ring === 0) return 'centre';
  const side = Math.abs(x) > Math.abs(y) ? (x > 0 ? 'Nasal' : 'Temporal') : y > 0 ? 'Inferior' : 'Superior';
  return `${ring === 1 ? 'inner' : 'outer'}${side}`;
}

/** The class of the scan as the Kermany data set would have it. */
export function octClassOf(diseases: Readonly<Partial<Record<Disease, number>>>): OctClass {
  const amd = diseases.amd ?? 0;
  if (amd === 4) return 'CNV';
  if ((diseases.dme ?? 0) > 0) return 'DME';
  const others = Object.entries(diseases).some(([disease, grade]) => disease !== 'amd' && grade > 0);
  if (amd === 3 || others) return 'OTHER';
  return amd > 0 ? 'DRUSEN' : 'NORMAL';
}
