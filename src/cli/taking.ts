import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { asFoveaError, FoveaError } from '../core/errors.ts';
import type { FileTable } from '../intake/index.ts';
import type { Import, Queue, TakenFile } from '../jobs/index.ts';
import type { Store } from '../store/index.ts';
import { describeError } from './text.ts';

/** By what files are understood, as it is typed. */
export interface HintFlags {
  readonly pattern?: string;
  /** Path of a CSV. */
  readonly table?: string;
}

/** An import that a command makes. */
export interface Taking {
  /**
   * Takes files, and those of archives among them; says which were refused.
   *
   * @throws FoveaError `NOT_WAITING` where somebody has cancelled the import
   */
  take(files: readonly { readonly name: string; readonly path: string }[]): Promise<readonly TakenFile[]>;
  /** What became of the files, by name, as the import keeps it. */
  counts(): Promise<{ taken: number; duplicate: number; refused: number }>;
  /** No more files come; says which the table names that never came. @returns how many */
  finish(): Promise<number>;
}

/** Begins an import. */
export async function beginTaking(
  store: Store,
  queue: Queue,
  source: 'folder' | 'watch',
  { pattern, table }: HintFlags,
): Promise<Taking> {
  const { openFile } = await import('../intake/index.ts');
  const { finishImport, hintsOf, sourcesOf, takeFiles } = await import('../jobs/index.ts');
  const { appendAudit, atOnce, createBatch, openBatchOptions, readBatch } = await import('../store/index.ts');
  const sources = sourcesOf({
    ...(pattern !== undefined && { pattern }),
    ...(table !== undefined && { table: await tableAt(table) }),
  });
  const batchId = await atOnce(store.db, async (trx) => {
    const id = await createBatch(trx, {
      name: `${source === 'watch' ? 'Watched since' : 'Import of'} ${new Date().toISOString().slice(0, 16).replace('T', ' ')}`,
      ...{ source, options: { ...(pattern && { pattern }) }, createdBy: 'fovea' },
    });
    await appendAudit(trx, { actor: 'fovea', action: 'import.begin', subject: `batch ${id}` });
    return id;
  });
  const into: Import = {
    ...{ store, queue, batchId },
    hintsOf: (name, bytes) => hintsOf(name, bytes, sources),
  };
  return {
    take: async (files) => {
      await openBatchOptions(store.db, batchId);
      const taken = await takeFiles(
        into,
        files.map(({ name, path }) => ({ name, open: () => openFile(path) })),
      );
      for (const file of taken)
        if (file.error) console.error(`${file.name}: ${file.error.message} [${file.error.code}]`);
      return taken;
    },
    counts: async () => {
      const { taken, duplicates, refused } = await readBatch(store.db, batchId);
      return { taken, duplicate: duplicates, refused };
    },
    finish: async () => {
      // A folder that is watched has no end at which something could be missing.
      const named: FileTable | undefined = source === 'watch' ? undefined : sources.table;
      const missing = await finishImport(store, batchId, named);
      const { code, message } = new FoveaError('FILE_NOT_SENT');
      for (const name of missing) console.error(`${name}: ${message} [${code}]`);
      return missing.length;
    },
  };
}

const tableAt = (path: string) =>
  readFile(path, 'utf8').catch(() => {
    throw new FoveaError('FILE_NOT_FOUND', { path });
  });

/** Longest pause before something is tried again, s. */
const LONGEST_PAUSE = 30;

/**
 * Does something again and again while the database is away or the disk is full, with longer and longer pauses; what else
 * goes wrong is thrown, and so is that once the signal comes, or where it would take longer than the limit.
 */
export async function patiently<T>(
  act: () => Promise<T>,
  {
    signal,
    limitMs = Number.POSITIVE_INFINITY,
  }: { readonly signal?: AbortSignal; readonly limitMs?: number },
): Promise<T> {
  let deadline: number | undefined;
  const { isAway } = await import('../store/index.ts');
  for (let pause = 1; ; pause = Math.min(LONGEST_PAUSE, pause * 2)) {
    try {
      return await act();
    } catch (thrown) {
      const error = isAway(thrown)
        ? new FoveaError('DATABASE_UNAVAILABLE', { reason: 'it does not answer', cause: thrown })
        : asFoveaError(thrown);
      // The clock runs from the first failure on: what was done before may have taken long.
      deadline ??= performance.now() + limitMs;
      const isPassing = error.code === 'DATABASE_UNAVAILABLE' || error.code === 'STORAGE_FULL';
      if (!isPassing || signal?.aborted || performance.now() + pause * 1000 > deadline) throw error;
      console.error(`${describeError(error)}\nTrying again in ${pause} s.`);
      await sleep(pause * 1000, undefined, signal && { signal }).catch(() => {
        throw error;
      });
    }
  }
}
