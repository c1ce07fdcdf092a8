import { fileURLToPath } from 'node:url';
import envPaths from 'env-paths';

/** What the surroundings decide: where data lies, where the server listens. The one reader of `process.env`. */
export interface Environment {
  /** `HOST`, default 127.0.0.1: nothing outside this machine reaches the server unless someone says so. */
  readonly host: string;
  /** `PORT`, default 4280; 0 lets the system choose. */
  readonly port: number;
  /** `FOVEA_DATA`, default the platform's own data folder. */
  readonly dataFolder: string;
  /** `FOVEA_THREADS`, threads within a model's operators; default 0, ONNX Runtime's choice. */
  readonly threads: number;
}

/** @throws RangeError for a number that is none */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  return {
    host: env.HOST || '127.0.0.1',
    port: wholeNumber('PORT', env.PORT, 4280, 65535),
    dataFolder: env.FOVEA_DATA || envPaths('fovea', { suffix: '' }).data,
    threads: wholeNumber('FOVEA_THREADS', env.FOVEA_THREADS, 0, 256),
  };
}

/** The folder of the models shipped with Fovea; it lies beside `src/` and `dist/` alike. */
export const shippedModels = fileURLToPath(new URL('../../models', import.meta.url));

/** The folder of what is known of the shipped models' explanations. */
export const shippedEvidence = fileURLToPath(new URL('../../evidence', import.meta.url));

/** The folder of the built page. */
export const webFolder = fileURLToPath(new URL('../../dist/web', import.meta.url));

function wholeNumber(name: string, text: string | undefined, fallback: number, max: number): number {
  if (!text) return fallback;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new RangeError(`${name} must be a whole number from 0 to ${max}, not "${text}".`);
}
