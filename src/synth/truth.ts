import type { Artefacts } from './camera.ts';
import { lettersOf, SEVERE_COUNT } from './diseases.ts';
import type { Field, PhantomEye } from './eye.ts';
import { type LesionKind, placeOf, QUADRANTS, type Quadrant, quadrantOf } from './lesions.ts';
import type { Disease, Eye } from './parameters.ts';
import { KNUDTSON, type VesselKind } from './vessels.ts';
import type { View } from './view.ts';

/** The numbers of a picture of a phantom: what a perfect reader would measure in it. */
export interface FundusTruth {
  readonly eye: Eye;
  readonly age: number;
  readonly diseases: Readonly<Partial<Record<Disease, number>>>;
  /** ODIR letters, `;` between. */
  readonly labels: string;
  /** ICDR grade found by its rules from the signs of diabetic retinopathy that lie in the field. */
  readonly drGrade: number;
  /** One sentence a disease. */
  readonly reasons: readonly string[];
  /** Vertical cup-to-disc ratio. */
  readonly cupToDisc: number;
  /** Disc and fovea in the picture, pixels; they may lie outside it. */
  readonly discCentre: readonly [column: number, row: number];
  readonly foveaCentre: readonly [column: number, row: number];
  readonly discHeightMicrometres: number;
  readonly discToFoveaMicrometres: number;
  readonly micrometresPerPixel: number;
  /** Knudtson's equivalents of the widest six arteries and veins, ½–1 disc diameter off the disc, µm; their ratio. */
  readonly crae: number;
  readonly crve: number;
  readonly avr: number;
  /** Lesions in the field by kind, and by quadrant about what it is centred on. */
  readonly counts: Readonly<Partial<Record<LesionKind, number>>>;
  readonly countsByQuadrant: Readonly<Record<Quadrant, Readonly<Partial<Record<LesionKind, number>>>>>;
  readonly artefacts: Artefacts;
  readonly pigmentation: number;
  readonly tessellation: number;
}

type Counts = Partial<Record<LesionKind, number>>;

/** @param of only signs of this disease */
export function countLesions(
  eye: PhantomEye,
  field: Field,
  of?: Disease,
): { all: Counts; by: Record<Quadrant, Counts> } {
  const all: Counts = {};
  const by = Object.fromEntries(QUADRANTS.map((quadrant) => [quadrant, {}])) as Record<Quadrant, Counts>;
  const add = (counts: Counts, kind: LesionKind) => {
    counts[kind] = (counts[kind] ?? 0) + 1;
  };
  for (const lesion of eye.lesions) {
    if (of && lesion.of !== of) continue;
    if (lesion.shape === 'wedge') {
      add(all, lesion.kind);
      continue;
    }
    const [x, y] = placeOf(lesion);
    if (Math.hypot(x - field.x, y - field.y) > field.radius) continue;
    add(all, lesion.kind);
    add(by[quadrantOf(x, y, field.meridian)], lesion.kind);
  }
  if (eye.disc.atrophy > 0) all.peripapillaryAtrophy = 1;
  return { all, by };
}

/** The ICDR grade of these lesions (Wilkinson 2003), counted among the signs of `dr` alone. */
export function gradeRetinopathy(all: Counts, by: Record<Quadrant, Counts>): number {
  const some = (...kinds: LesionKind[]) => kinds.some((kind) => (all[kind] ?? 0) > 0);
  if (some('neovascularisationDisc', 'neovascularisationElsewhere', 'preretinalHaemorrhage')) return 4;
  const haemorrhages = (counts: Counts) => (counts.dotBlotHaemorrhage ?? 0) + (counts.flameHaemorrhage ?? 0);
  const four = QUADRANTS.every((quadrant) => haemorrhages(by[quadrant]) > SEVERE_COUNT);
  const two = QUADRANTS.filter((quadrant) => (by[quadrant].venousBeading ?? 0) > 0).length >= 2;
  if (four || two || some('irma')) return 3;
  if (some('dotBlotHaemorrhage', 'flameHaemorrhage', 'hardExudate', 'cottonWoolSpot', 'venousBeading'))
    return 2;
  return some('microaneurysm') ? 1 : 0;
}

/** Central equivalent of the widest six vessels of a kind in the ring ½ to 1 disc diameter off the disc's margin. */
export function centralEquivalent(eye: PhantomEye, kind: VesselKind): number {
  const { disc } = eye;
  const widths: number[] = [];
  for (const vessel of eye.vessels) {
    if (vessel.kind !== kind) continue;
    let sum = 0;
    let count = 0;
    for (let i = 0; i < vessel.x.length; i++) {
      const off = Math.hypot(vessel.x[i]! - disc.x, vessel.y[i]!) - disc.height / 2;
      if (off < disc.height * 0.5 || off > disc.height) continue;
      sum += vessel.diameter[i]!;
      count++;
    }
    if (count > 4) widths.push(sum / count);
  }
  let round = widths.sort((a, b) => b - a).slice(0, 6);
  // Knudtson 2003: widest with narrowest, until one is left.
  while (round.length > 1) {
    const next: number[] = [];
    while (round.length > 1) next.push(KNUDTSON[kind] * Math.hypot(round.shift()!, round.pop()!));
    round = [...next, ...round].sort((a, b) => b - a);
  }
  return round[0] ?? 0;
}

/** The truth of a picture of the fundus. */
export function truthOf(eye: PhantomEye, aim: Field, view: View, artefacts: Artefacts): FundusTruth {
  const { all, by } = countLesions(eye, aim);
  const diabetic = countLesions(eye, aim, 'dr');
  const crae = centralEquivalent(eye, 'artery');
  const crve = centralEquivalent(eye, 'vein');
  return {
    eye: eye.eye,
    age: eye.age,
    diseases: eye.diseases,
    labels: lettersOf(eye.diseases),
    drGrade: gradeRetinopathy(diabetic.all, diabetic.by),
    reasons: eye.reasons,
    cupToDisc: eye.disc.cupHeight,
    discCentre: view.project(eye.disc.x, 0),
    foveaCentre: view.project(0, 0),
    discHeightMicrometres: eye.disc.height,
    discToFoveaMicrometres: eye.disc.x,
    micrometresPerPixel: view.scale,
    crae,
    crve,
    avr: crae / crve,
    counts: all,
    countsByQuadrant: by,
    artefacts,
    pigmentation: eye.pigmentation,
    tessellation: eye.tessellation,
  };
}
