/**
 * Phantom eyes: labelled pictures drawn from anatomy.
 *
 * ```ts
 * import { renderFundus, renderOct } from './synth/index.ts';
 *
 * const photograph = renderFundus({ seed: 7, diseases: { dme: 3 } });
 * const scan = renderOct({ seed: 7, diseases: { dme: 3 } }); // of the same eye
 * ```
 */

export { ANATOMY, type Measure } from './anatomy.ts';
export {
  type AngiogramParameters,
  type AngiogramPhantom,
  type AngiogramTruth,
  PHASES,
  type Phase,
  renderAngiogram,
} from './angiogram.ts';
export { fileOf, itemsOf, labelsCsv, type SetItem, truthLines } from './dataset.ts';
export { type PhantomEye, sampleEye } from './eye.ts';
export { type FundusPhantom, GENERATOR, renderFundus } from './fundus.ts';
export { LESION_KINDS, type LesionKind } from './lesions.ts';
export { type OctPhantom, renderOct } from './oct.ts';
export {
  OCT_ARTEFACTS,
  type OctArtefact,
  type OctParameters,
  SCANNERS,
  type ScannerName,
} from './oct-parameters.ts';
export type { OctClass, OctTruth } from './oct-truth.ts';
export {
  ARTEFACTS,
  type Artefact,
  CAMERAS,
  type Camera,
  checkParameters,
  DISEASES,
  type Disease,
  type Eye,
  type EyeParameters,
  type FundusParameters,
  PUPIL_RANGE,
} from './parameters.ts';
export {
  checkPhantom,
  MODALITIES,
  type Modality,
  type Phantom,
  type PhantomParameters,
  phantomText,
  renderEye,
} from './render.ts';
export type { FundusTruth } from './truth.ts';
