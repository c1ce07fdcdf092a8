import type { Image } from '../image/index.ts';
import { findGeometry, type Geometry } from './geometry.ts';
import { checkLaterality, type LateralityCheck, type LateralityClues } from './laterality.ts';
import { findModality, type ModalityVerdict } from './modality.ts';
import { judgeQuality, type QualityVerdict } from './quality.ts';
import { fieldOf } from './quality-sight.ts';

/** What a good photographer would say of a picture before anybody reads it. */
export interface Gate {
  readonly modality: ModalityVerdict;
  /** Where things are; null for what is no photograph of a fundus. */
  readonly geometry: Geometry | null;
  readonly laterality: LateralityCheck;
  /** Null for what is not judged: anything but a photograph of a fundus, in colour or red-free. */
  readonly quality: QualityVerdict | null;
  /** What a reading of it is worth. */
  readonly effect: Effect;
}

/**
 * What a reading counts for (barely gradable: a positive counts and a negative does not, as in the DIPS RetinaIntegration guide). A
 * picture whose quality is not judged counts as it is: no verdict is no proof of anything, and the words say so.
 */
export interface Effect {
  readonly positive: boolean;
  readonly negative: boolean;
  readonly words: string;
}

/** What is known of a picture beside its pixels. */
export type Clues = Omit<LateralityClues, 'fromPicture' | 'inverted'>;

const EFFECTS: Readonly<Record<QualityVerdict['verdict'], Effect>> = {
  good: { positive: true, negative: true, words: 'A positive and a negative reading count.' },
  'barely gradable': {
    positive: true,
    negative: false,
    words: 'A positive reading counts, a negative one does not.',
  },
  'not gradable': {
    positive: false,
    negative: false,
    words: 'No reading counts: take it again, or refer.',
  },
};
const NOT_JUDGED: Effect = {
  positive: true,
  negative: true,
  words: 'Its quality was not judged: only photographs of the fundus are.',
};

/**
 * Judges a picture: is it a retina and by which camera, where are disc and fovea, which eye is it, and can it be read?
 *
 * @param clues what a file name, a header or the user says of the eye
 * @throws FoveaError `FILE_NOT_FOUND`, `MODEL_DAMAGED` where a network of the gate is missing or broken
 */
export async function judgePicture(image: Image, clues: Clues = {}): Promise<Gate> {
  const modality = await findModality(image);
  const isPhotograph = modality.modality === 'fundus' || modality.modality === 'red-free';
  const geometry = isPhotograph ? await findGeometry(image) : null;
  const quality = geometry ? judgeQuality(image, fieldOf(image, geometry.field)) : null;
  return {
    modality,
    geometry,
    laterality: checkLaterality({
      ...clues,
      fromPicture: geometry?.laterality ?? null,
      inverted: geometry?.inverted ?? null,
    }),
    quality,
    effect: quality ? EFFECTS[quality.verdict] : NOT_JUDGED,
  };
}
