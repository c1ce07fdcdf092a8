/** Which places of a picture speak for a class: for any classifier, by gradients or from outside. */
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
