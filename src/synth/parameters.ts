import { FoveaError } from '../core/errors.ts';
import { ANATOMY } from './anatomy.ts';

export type Eye = 'OD' | 'OS';
export type Centring = 'macula' | 'disc';
export const FRAMES = ['circle', 'cut', 'tab'] as const;
export type Frame = (typeof FRAMES)[number];

/** Diseases and the grades each is drawn in. */
export const DISEASES = {
  dr: {
    name: 'diabetic retinopathy',
    grades: [0, 4],
    scale: 'ICDR: 0 none, 1 mild, 2 moderate, 3 severe, 4 proliferative',
  },
  dme: {
    name: 'diabetic macular oedema',
    grades: [0, 3],
    scale: 'International: 1 mild, 2 moderate, 3 severe (centre involved)',
  },
  amd: {
    name: 'age-related macular degeneration',
    grades: [0, 4],
    scale: 'Beckman: 1 early, 2 intermediate, 3 late atrophic, 4 late neovascular',
  },
  glaucoma: {
    name: 'glaucoma',
    grades: [0, 3],
    scale: '1 early, 2 moderate, 3 advanced, by cup-to-disc ratio',
  },
  hypertensive: { name: 'hypertensive retinopathy', grades: [0, 4], scale: 'Keith–Wagener–Barker 1–4' },
  myopia: {
    name: 'pathological myopia',
    grades: [0, 4],
    scale: 'META-PM: 1 tessellated, 2 diffuse, 3 patchy, 4 macular atrophy',
  },
  cataract: { name: 'cataract', grades: [0, 3], scale: '1 mild, 2 moderate, 3 dense' },
  crvo: { name: 'central retinal vein occlusion', grades: [0, 3], scale: '1 mild, 2 moderate, 3 severe' },
  brvo: { name: 'branch retinal vein occlusion', grades: [0, 3], scale: '1 mild, 2 moderate, 3 severe' },
  crao: { name: 'central retinal artery occlusion', grades: [0, 3], scale: '1 mild, 2 moderate, 3 severe' },
  brao: { name: 'branch retinal artery occlusion', grades: [0, 3], scale: '1 mild, 2 moderate, 3 severe' },
  hole: {
    name: 'macular hole',
    grades: [0, 3],
    scale: 'IVTS 2013, by aperture: 1 small (≤ 250 µm), 2 medium, 3 large (> 400 µm)',
  },
  erm: {
    name: 'epiretinal membrane',
    grades: [0, 4],
    scale: 'Govetto 2017: 1 pit kept, 2 pit lost, 3 inner layers across the fovea, 4 layers disrupted',
  },
} as const satisfies Record<string, { name: string; grades: readonly [number, number]; scale: string }>;

export type Disease = keyof typeof DISEASES;

/** What a camera and its user can do wrong, each from 0 (not at all) to 1 (as bad as it gets). */
export const ARTEFACTS = [
  'defocus',
  'chromatic',
  'haze',
  'vignette',
  'tilt',
  'noise',
  'jpeg',
  'eyelash',
  'dust',
  'flare',
  'overexposure',
  'underexposure',
] as const;
export type Artefact = (typeof ARTEFACTS)[number];

/** What may be chosen of an eye, whatever looks at it; everything left out is drawn from the seed. */
export interface EyeParameters {
  /** Whole number or text; the same parameters with the same seed give the same bytes. */
  readonly seed: number | string;
  readonly eye?: Eye;
  /** Disease → grade; `{}` or all 0 = a healthy eye. */
  readonly diseases?: Readonly<Partial<Record<Disease, number>>>;
  readonly age?: number;
  readonly pigmentation?: number;
  readonly tessellation?: number;
  readonly tortuosity?: number;
  /** Vertical cup-to-disc ratio. */
  readonly cupToDisc?: number;
  readonly discHeight?: number;
  /**
   * Field of view of a photograph, degrees; default 45. Lesions are laid where it sees them, so that it is part of the
   * eye: scans and angiograms of an eye ask for the same field and centring as its photograph.
   */
  readonly field?: 30 | 45 | 50;
  readonly centring?: Centring;
}

/** Kinds of cameras: the faults that are usual with each are drawn in camera.ts. */
export const CAMERAS = {
  tabletop: 'table-top',
  handheld: 'hand-held',
  smartphone: 'smartphone with lens',
} as const;
export type Camera = keyof typeof CAMERAS;

/** What may be chosen of a photograph. */
export interface FundusParameters extends EyeParameters {
  /** Default tabletop. */
  readonly camera?: Camera;
  /** Diameter of the pupil, mm, 2–8; default 5. Through a small one the light comes unevenly and little of it. */
  readonly pupil?: number;
  /** Side of the square picture, pixels, 64–2048; default 512. */
  readonly size?: number;
  /** Shape of the lit field: a circle, one cut above and below, one with the tab that tells the camera's upright. */
  readonly frame?: Frame;
  readonly artefacts?: Readonly<Partial<Record<Artefact, number>>>;
}

/** mm; a camera that asks for no dilation wants 3.3 to 4. */
export const PUPIL_RANGE = [2, 8] as const;
export const SIZE_RANGE = [64, 2048] as const;
export const FIELDS = [30, 45, 50] as const;

const NUMBERS = ['age', 'pigmentation', 'tessellation', 'tortuosity', 'cupToDisc', 'discHeight'] as const;

/**
 * Refuses what no eye and no camera can be.
 *
 * @throws FoveaError `PHANTOM_PARAMETER_INVALID`, which names the parameter and the range allowed
 */
export function checkParameters(parameters: FundusParameters): void {
  const { size, frame, camera, pupil, artefacts = {} } = parameters;
  if (size !== undefined && !Number.isInteger(size)) refuse('size', size, 'a whole number of pixels');
  inRange('size', size, SIZE_RANGE);
  oneOf('frame', frame, FRAMES);
  oneOf('camera', camera, Object.keys(CAMERAS));
  inRange('pupil', pupil, PUPIL_RANGE);
  checkArtefacts(artefacts, ARTEFACTS);
  checkEye(parameters);
}

/** Refuses what no eye can be. */
export function checkEye(parameters: EyeParameters): void {
  const { seed, eye, diseases = {}, field, centring } = parameters;
  if (typeof seed === 'number' ? !Number.isSafeInteger(seed) : typeof seed !== 'string')
    refuse('seed', seed, 'a whole number or text');
  oneOf('eye', eye, ['OD', 'OS']);
  oneOf('field', field, FIELDS);
  oneOf('centring', centring, ['macula', 'disc']);
  for (const [disease, grade] of Object.entries(diseases)) {
    oneOf('disease', disease, Object.keys(DISEASES));
    if (!Number.isInteger(grade)) refuse(`grade of ${disease}`, grade, 'a whole number');
    inRange(`grade of ${disease}`, grade, DISEASES[disease as Disease].grades);
  }
  // The fovea lies 4.8 mm off the disc, 30 degrees show 4.1: what is told by the macula could not be seen.
  const macular = MACULAR.filter((disease) => (diseases[disease] ?? 0) > 0);
  if (centring === 'disc' && field === 30 && macular.length > 0)
    refuse(`centring disc at 30° and ${macular.join()}`, centring, 'macula, or a field of 45 or 50');
  for (const name of NUMBERS) inRange(name, parameters[name], ANATOMY[name].range);
}

const MACULAR = ['amd', 'dme', 'crao', 'brao', 'hole', 'erm'] as const satisfies readonly Disease[];

export function checkArtefacts(artefacts: Readonly<Record<string, number>>, known: readonly string[]): void {
  for (const [artefact, strength] of Object.entries(artefacts)) {
    oneOf('artefact', artefact, known);
    inRange(artefact, strength, [0, 1]);
  }
}

export function inRange(name: string, value: unknown, [low, high]: readonly [number, number]): void {
  if (value === undefined) return;
  if (typeof value !== 'number' || !(value >= low && value <= high))
    refuse(name, value, `from ${low} to ${high}`);
}

export function oneOf(name: string, value: unknown, allowed: readonly unknown[]): void {
  if (value !== undefined && !allowed.includes(value)) refuse(name, value, `one of ${allowed.join(', ')}`);
}

export function refuse(parameter: string, received: unknown, expected: string): never {
  throw new FoveaError('PHANTOM_PARAMETER_INVALID', { parameter, received: String(received), expected });
}
