import type { Disease } from './parameters.ts';

/** Lesions in the frame of the eye (see vessels.ts), each kind with its own mask. */
export const LESION_KINDS = [
  'microaneurysm',
  'dotBlotHaemorrhage',
  'flameHaemorrhage',
  'preretinalHaemorrhage',
  'subretinalHaemorrhage',
  'discHaemorrhage',
  'hardExudate',
  'cottonWoolSpot',
  'venousBeading',
  'irma',
  'neovascularisationDisc',
  'neovascularisationElsewhere',
  'laserScar',
  'drusen',
  'pigment',
  'geographicAtrophy',
  'patchyAtrophy',
  'lacquerCrack',
  'peripapillaryAtrophy',
  'nerveFibreDefect',
  'arteriovenousNicking',
  'retinalWhitening',
  'subretinalFluid',
  'macularHole',
  'epiretinalMembrane',
] as const;
export type LesionKind = (typeof LESION_KINDS)[number];

/** A patch with a ragged, soft edge. */
export interface Blob {
  readonly shape: 'blob';
  readonly kind: LesionKind;
  readonly x: number;
  readonly y: number;
  /** Along `angle` and across it, µm. */
  readonly length: number;
  readonly width: number;
  /** Radians, in the frame of the eye. */
  readonly angle: number;
  /** 0 = an ellipse, 1 = as ragged as lesions get. */
  readonly ragged: number;
  /** Width of the edge as a share of the radius. */
  readonly soft: number;
  /** 0–1. */
  readonly strength: number;
  /** Above this line (eye frame y) nothing is drawn: blood that has settled has a level top. */
  readonly level?: number;
  /** Radius about the fovea that is left out, µm. */
  readonly spared?: number;
}

/** A thin line: new vessels, IRMA, cracks. */
export interface Thread {
  readonly shape: 'thread';
  readonly kind: LesionKind;
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** µm. */
  readonly diameter: number;
  readonly strength: number;
}

/** Bundles of nerve fibres that are lost, told by where they leave the disc. */
export interface Wedge {
  readonly shape: 'wedge';
  readonly kind: 'nerveFibreDefect';
  /** Course of the fibre (see fibres.ts), 0 nasal to 1 raphe, its middle and half-width; −1 above, 1 below. */
  readonly course: number;
  readonly spread: number;
  readonly side: number;
  readonly strength: number;
}

/** `of`: the disease it is a sign of. */
export type Lesion = (Blob | Thread | Wedge) & { readonly of?: Disease };

/** Where a lesion lies, for counting. */
export const placeOf = (lesion: Blob | Thread): [x: number, y: number] =>
  lesion.shape === 'blob'
    ? [lesion.x, lesion.y]
    : [lesion.x[lesion.x.length >> 1]!, lesion.y[lesion.y.length >> 1]!];

export const QUADRANTS = ['superotemporal', 'superonasal', 'inferotemporal', 'inferonasal'] as const;
export type Quadrant = (typeof QUADRANTS)[number];

/**
 * The quadrant of a place: above or below the line from disc to fovea, temporal or nasal of what the picture is centred
 * on.
 *
 * @param middle its x: 0 for the fovea
 */
export const quadrantOf = (x: number, y: number, middle: number): Quadrant =>
  y < 0 ? (x < middle ? 'superotemporal' : 'superonasal') : x < middle ? 'inferotemporal' : 'inferonasal';
