/** Which places of a picture speak for a class: for any classifier, by gradients or from outside. */
export {
  Explainer,
  type ExplainOptions,
  type Explanation,
  METHODS,
  type Method,
  type Open,
  type Runner,
} from './explain.ts';
export { enlarged, type Map2D } from './maps.ts';
