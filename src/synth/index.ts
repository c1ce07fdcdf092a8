/**
 * Phantom eyes: labelled pictures drawn from anatomy.
 *
 * ```ts
 * import { renderFundus } from './synth/index.ts';
 *
 * const { image, width, height, masks, truth } = renderFundus({ seed: 7, diseases: { dr: 3 } });
 * ```
 */
export { ANATOMY, type Measure } from './anatomy.ts';
export { type PhantomEye, sampleEye } from './eye.ts';
export { type FundusPhantom, GENERATOR, renderFundus } from './fundus.ts';
export { LESION_KINDS, type LesionKind } from './lesions.ts';
export {
  ARTEFACTS,
  type Artefact,
  checkParameters,
  DISEASES,
  type Disease,
  type Eye,
  type FundusParameters,
} from './parameters.ts';
export type { FundusTruth } from './truth.ts';
