/** How good a model is: measures with intervals, and reports of them. */
export { type Case, type EvaluationOptions, evaluate, type Figure, type Metrics } from './evaluation.ts';
export { html, markdown, type ReportHead } from './report.ts';
