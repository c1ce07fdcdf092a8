import { join } from 'node:path';
import { readEnvironment } from './environment.ts';

/** Where `fovea explain --check` keeps what it measured, beside the converted graphs. */
export const checksFolder = ({ dataFolder } = readEnvironment()): string =>
  join(dataFolder, 'cache', 'explanations');
