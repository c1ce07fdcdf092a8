import { METHODS, type Method } from '../explain/index.ts';
import type { Manifest } from '../model/index.ts';
import { readCheck } from './explain-store.ts';

/** A method to take where nobody chose one, and why not the usual. */
export interface Default {
  readonly method: Method;
  readonly why: string;
}

/** Ask a model hundreds of times: a map by these lets one wait. */
const SLOW = new Set<Method>(['score-cam', 'occlusion', 'rise']);

/** Of no class in particular: it would answer a question that nobody asked. */
const CLASSLESS = new Set<Method>(['eigen-cam', 'attention-rollout']);

/** Whether any method was checked for a model. */
export const isChecked = async (
  folders: readonly string[],
  model: Pick<Manifest, 'sha256' | 'preprocessing' | 'labels'>,
): Promise<boolean> =>
  (await Promise.all(METHODS.map((method) => readCheck(folders, model, method)))).some(Boolean);

/**
 * Where the usual default failed its check for a model, the method that passed it: a quick one before a slow one, then
 * the one that points at known lesions most often. Undefined where the usual one did not fail, or none passed.
 *
 * @param folders as of `readCheck`
 */
export async function passedInstead(
  folders: readonly string[],
  model: Pick<Manifest, 'sha256' | 'preprocessing' | 'labels'>,
  usual: Method,
): Promise<Default | undefined> {
  if ((await readCheck(folders, model, usual))?.passed !== false) return undefined;
  const checks = await Promise.all(
    METHODS.filter((method) => !CLASSLESS.has(method)).map((method) => readCheck(folders, model, method)),
  );
  const [best] = checks
    .flatMap((check) => (check?.passed ? [check] : []))
    .toSorted(
      (a, b) =>
        Number(SLOW.has(a.method)) - Number(SLOW.has(b.method)) ||
        (b.pointing?.rate ?? 0) - (a.pointing?.rate ?? 0),
    );
  return (
    best && {
      method: best.method,
      why: `Chosen because the usual method (${usual}) failed its check for this model, and this one passed it.`,
    }
  );
}
