import { asFoveaError, type ErrorBody, FoveaError } from '../core/errors.ts';
import {
  type FileSource,
  type FileTable,
  HEAD_BYTES,
  isArchive,
  MAX_ARCHIVE_BYTES,
  openArchive,
  refuseTooLarge,
  safeName,
} from '../intake/index.ts';
import { finishBatch, itemNames, refuseItem, type Store, type Taken } from '../store/index.ts';
import { type ImportedFile, importFile } from './import.ts';
import type { Queue } from './queue.ts';

/** What became of one file: a picture, or one of an archive. */
export type TakenFile = { readonly name: string } & (
  | (Taken & { readonly error: null })
  | { readonly state: 'refused'; readonly imageId: null; readonly visitId: null; readonly error: ErrorBody }
);

/** An import, and where its files go. */
export interface Import {
  readonly store: Store;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly batchId: string;
  readonly hintsOf: ImportedFile['hintsOf'];
}

/**
 * Takes one file, or each file of an archive, or writes down why not. Of an archive no more than one file is in memory.
 *
 * @param givenName as the sender calls it
 * @param open its bytes; closed when done
 * @throws FoveaError what is no fault of the file, such as `STORAGE_FULL`: it can be handed over again
 */
export async function takeFile(
  { store, queue, batchId, hintsOf }: Import,
  givenName: string,
  open: () => Promise<Omit<FileSource, 'close'> & Partial<FileSource>>,
): Promise<TakenFile[]> {
  const files: TakenFile[] = [];
  const orRefuse = async (name: string, take: () => Promise<void>) => {
    try {
      await take();
    } catch (thrown) {
      const error = asFoveaError(thrown);
      if (error.status >= 500) throw thrown;
      await refuseItem(store.db, batchId, name, error.toJSON());
      files.push({ name, state: 'refused', imageId: null, visitId: null, error: error.toJSON() });
    }
  };
  const keep = async (name: string, bytes: Uint8Array) => {
    const taken = await importFile(store, queue, batchId, { name, bytes, hintsOf });
    files.push({ name, ...taken, error: null });
  };
  const unpack = async (name: string, source: Omit<FileSource, 'close'>) => {
    refuseTooLarge(source.size, MAX_ARCHIVE_BYTES);
    for (const file of await openArchive(source)) {
      const within = safeName(`${name}/${file.name}`);
      await orRefuse(within, async () => {
        refuseTooLarge(file.size);
        const bytes = await file.open();
        if (isArchive(within, bytes))
          throw new FoveaError('ARCHIVE_DAMAGED', { reason: 'an archive within an archive is not opened' });
        await keep(within, bytes);
      });
    }
  };
  const name = safeName(givenName);
  await orRefuse(name, async () => {
    const source = await open();
    try {
      if (isArchive(name, await source.read(0, HEAD_BYTES))) return await unpack(name, source);
      refuseTooLarge(source.size);
      await keep(name, await source.read(0, source.size));
    } finally {
      await source.close?.();
    }
  });
  return files;
}

/**
 * Ends an import: no more files come. Those that its table names and that never came are items of it too, refused.
 *
 * @returns names of the missing
 */
export async function finishImport(
  { db }: Pick<Store, 'db'>,
  batchId: string,
  table?: FileTable,
): Promise<string[]> {
  const missing = table?.missing(await itemNames(db, batchId)).map(safeName) ?? [];
  for (const name of missing) await refuseItem(db, batchId, name, new FoveaError('FILE_NOT_SENT').toJSON());
  await finishBatch(db, batchId);
  return missing;
}
