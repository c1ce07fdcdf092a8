import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Method } from '../explain/index.ts';
import { type Manifest, sha256 } from '../model/index.ts';
import type { MethodCheck } from './explain-check.ts';

/** Raised whenever a check would come out otherwise: what was measured before is measured again. */
const CHECK_VERSION = 1;

type Checked = Pick<Manifest, 'sha256' | 'preprocessing' | 'labels'>;

/** By the model's hash, and by what of its contract decides what it sees and which class is which. */
const fileOf = (folder: string, { sha256: hash, preprocessing, labels }: Checked, method: Method): string => {
  const contract = sha256(new TextEncoder().encode(JSON.stringify([preprocessing, labels]))).slice(0, 16);
  return join(folder, `${hash}.${contract}.${method}.v${CHECK_VERSION}.json`);
};

/** The check of a method kept for a model, or undefined where there is none. */
export async function readCheck(
  folder: string,
  model: Checked,
  method: Method,
): Promise<MethodCheck | undefined> {
  try {
    return JSON.parse(await readFile(fileOf(folder, model, method), 'utf8')) as MethodCheck;
  } catch {
    return undefined; // Absent or unreadable: "not checked" is then the truth.
  }
}

/** Keeps it. Best effort: on a full or read-only disk it is measured again the next time. */
export async function keepCheck(folder: string, model: Checked, check: MethodCheck): Promise<void> {
  const path = fileOf(folder, model, check.method);
  const temporary = `${path}.${process.pid}`;
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(temporary, JSON.stringify(check));
    await rename(temporary, path);
  } catch {}
}
