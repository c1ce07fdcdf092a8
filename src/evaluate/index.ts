/** How good a model is: measures with intervals, and reports of them. */

export { interval, patientDraws } from './bootstrap.ts';
export { cohenKappa, confusion, meanOf, quadraticKappa } from './confusion.ts';
export {
  balancedThreshold,
  countsAt,
  predictiveValues,
  thresholdForSensitivity,
} from './decision.ts';
export { type Case, type EvaluationOptions, evaluate, type Figure, type Metrics } from './evaluation.ts';
export { fitIsotonic, fitPlatt, fitShiftedTemperature, fitTemperature, lowerLimit } from './fit.ts';
export { auroc, rank } from './ranking.ts';
export { html, markdown, type ReportHead } from './report.ts';
