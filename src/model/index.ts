/** Models: the folder with `model.json`, the registry of those at hand, and the loaded graph that answers. */
export {
  atPrevalence,
  calibrated,
  derivedProbabilities,
  labelSet,
  meant,
  namedClass,
  operatingPoint,
} from './calibration.ts';
export type { Calibration, OperatingPoint } from './calibration-schema.ts';
export { describeFamiliar, type Familiar, type Familiarity } from './familiar.ts';
export { sha256 } from './graph.ts';
export type { Label, Manifest } from './manifest.ts';
export type { Model } from './model.ts';
export type { Look } from './network.ts';
export { FAMILIAR_FILE, openModel, readModelFile } from './package.ts';
export { type ModelCorrection, type ModelEntry, Registry, type RegistryOptions } from './registry.ts';
export { GraphSession } from './session.ts';
