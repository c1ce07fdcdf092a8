/** The gate: what a picture is, which eye, and whether it can be read, before any model reads it. */
export { type Clues, type Effect, type Gate, judgePicture } from './gate.ts';
export { findGeometry, type Geometry, MICROMETRES_PER_DEGREE } from './geometry.ts';
export {
  checkLaterality,
  type Eye,
  eyeOfFileName,
  LATERALITY_SOURCES,
  type LateralityCheck,
  type LateralityClues,
} from './laterality.ts';
export { findModality, MODALITIES, MODALITY_NAMES, type Modality, type ModalityVerdict } from './modality.ts';
export { judgeQuality, type QualityReason, type QualityVerdict } from './quality.ts';
