/** Which places of a picture speak for a class: for any classifier, by gradients or from outside; and checks on that. */
export {
  by,
  type Case,
  type Curve,
  checkRandomisation,
  checkStability,
  type DeletionInsertion,
  deletionInsertion,
  type MapMaker,
  RANDOMISATION_LIMIT,
  type RandomisationCheck,
  type RandomisationOptions,
  type StabilityCheck,
} from './checks.ts';
export type { Head, Open, Runner } from './classifier.ts';
export {
  Explainer,
  type ExplainOptions,
  type Explanation,
  METHODS,
  type Method,
} from './explain.ts';
export { enlarged, type Map2D } from './maps.ts';
export type { Input } from './pictures.ts';
export {
  checkPointing,
  type MarkedCase,
  type Mask,
  type PointingCheck,
  type Rate,
  rateOf,
} from './pointing.ts';
export { QUADRANTS, type Quadrant, type QuadrantEvidence, quadrantEvidence } from './quadrants.ts';
