import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FolderFile, listFolder } from './folder.ts';

export interface WatchOptions {
  /** A file is whole once it has not changed for so long, ms. */
  readonly settle?: number;
  /** Between two looks, ms; asked, not told, because network drives tell nothing. */
  readonly every?: number;
  readonly signal?: AbortSignal;
}

/**
 * The files of a folder and of all below it: those that are there, then those that come, each once it is whole, and again
 * when it changes. A folder that is away (a drive that is unplugged) is waited for.
 */
export async function* watchFolder(
  folder: string,
  { settle = 2000, every = 1000, signal }: WatchOptions = {},
): AsyncGenerator<FolderFile> {
  const seen = new Map<string, { readonly state: string; readonly since: number; isTold: boolean }>();
  while (!signal?.aborted) {
    const there = await listFolder(folder).catch(() => undefined);
    const present = new Set<string>();
    for (const { path, name } of there?.files ?? []) {
      present.add(path);
      const found = await stat(path).catch(() => undefined);
      if (!found) continue;
      const state = `${found.size} ${found.mtimeMs}`;
      const before = seen.get(path);
      const now = performance.now();
      if (before?.state !== state) {
        seen.set(path, { state, since: now, isTold: false });
      } else if (!before.isTold && now - before.since >= settle) {
        before.isTold = true;
        yield { path, name };
        if (signal?.aborted) return;
      }
    }
    // Of a folder that is away nothing is forgotten: what comes back with it is known.
    if (there) for (const path of seen.keys()) if (!present.has(path)) seen.delete(path);
    await sleep(every, undefined, { signal }).catch(() => {});
  }
}
