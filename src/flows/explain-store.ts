import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Method } from '../explain/index.ts';
import { type Manifest, sha256 } from '../model/index.ts';
import type { CaseLibrary } from './alike.ts';
import type { MethodCheck } from './explain-check.ts';

/** Raised whenever a check would come out otherwise: what was measured before is measured again. */
const CHECK_VERSION = 1;

type Checked = Pick<Manifest, 'sha256' | 'preprocessing' | 'labels'>;

/** By the model's hash, and by what of its contract decides what it sees and which class is which. */
const checkFile = ({ sha256: hash, preprocessing, labels }: Checked, method: Method): string => {
  const contract = sha256(new TextEncoder().encode(JSON.stringify([preprocessing, labels]))).slice(0, 16);
  return `${hash}.${contract}.${method}.v${CHECK_VERSION}.json`;
};

/** By the hash of the model's file alone: cases hold features, which no contract but its own gave. */
const casesFile = (hash: string): string => `${hash}.cases.json`;

/**
 * The check of a method kept for a model, or undefined where there is none.
 *
 * @param folders the first that has it counts: what was measured here before what was shipped
 */
export const readCheck = (
  folders: readonly string[],
  model: Checked,
  method: Method,
): Promise<MethodCheck | undefined> => read(folders, checkFile(model, method));

/** Keeps it. Best effort: on a full or read-only disk it is measured again the next time. */
export const keepCheck = (folder: string, model: Checked, check: MethodCheck): Promise<void> =>
  keep(join(folder, checkFile(model, check.method)), check);

/** The cases known to a model (see alike.ts), or undefined where there are none. */
export const readCases = (folders: readonly string[], model: string): Promise<CaseLibrary | undefined> =>
  read(folders, casesFile(model));

/** Keeps them, as best it can. */
export const keepCases = (folder: string, library: CaseLibrary): Promise<void> =>
  keep(join(folder, casesFile(library.model)), library);

async function read<T>(folders: readonly string[], file: string): Promise<T | undefined> {
  for (const folder of folders) {
    try {
      return JSON.parse(await readFile(join(folder, file), 'utf8')) as T;
    } catch {} // Absent or unreadable: "not measured" is then the truth.
  }
  return undefined;
}

async function keep(path: string, value: unknown): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, JSON.stringify(value));
    await rename(temporary, path);
  } catch {
    // What came of it would keep the disk full.
    await rm(temporary, { force: true }).catch(() => {});
  }
}
