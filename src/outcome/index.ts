/** From what was read in images to what becomes of the patient, by rules that a programme can edit. */
export {
  decide,
  type Eye,
  type EyeOutcome,
  type Finding,
  type ImageFinding,
  type PatientOutcome,
  QUALITIES,
  type Quality,
} from './decide.ts';
export { askedLabels, type Level, parseRule, type Rule, RuleSchema } from './rule.ts';
