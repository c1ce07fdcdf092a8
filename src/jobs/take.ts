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
import { examineFile, type Import, type ImportedFile, importFiles } from './import.ts';

/** What became of one file: a picture, or one of an archive. */
export type TakenFile = { readonly name: string } & (
  | (Taken & { readonly error: null })
  | { readonly state: 'refused'; readonly imageId: null; readonly visitId: null; readonly error: ErrorBody }
);

/** A file as it is handed over. */
export interface GivenFile {
  /** As the sender calls it. */
  readonly name: string;
  /** Its bytes; closed when done. */
  open(): Promise<Omit<FileSource, 'close'> & Partial<FileSource>>;
}

/**
 * Takes files as they come, and those within archives, or writes down why not. What was taken before something failed stays
 * taken.
 *
 * @returns what became of each, in order
 * @throws FoveaError what is no fault of a file, such as `STORAGE_FULL`: they can be handed over again
 */
export async function takeFiles(
  into: Import,
  given: AsyncIterable<GivenFile> | Iterable<GivenFile>,
): Promise<TakenFile[]> {
  const group = new Group(into);
  try {
    for await (const file of given) await takeGiven(group, file);
  } finally {
    // Also where what came after them broke off.
    await group.take();
  }
  return group.taken;
}

async function takeGiven(group: Group, { name: givenName, open }: GivenFile): Promise<void> {
  const name = safeName(givenName);
  await group.orRefuse(name, async () => {
    const source = await open();
    try {
      if (isArchive(name, await source.read(0, HEAD_BYTES))) return await unpack(group, name, source);
      refuseTooLarge(source.size);
      await group.add(name, await source.read(0, source.size));
    } finally {
      await source.close?.();
    }
  });
}

async function unpack(group: Group, name: string, source: Omit<FileSource, 'close'>): Promise<void> {
  refuseTooLarge(source.size, MAX_ARCHIVE_BYTES);
  for (const file of await openArchive(source)) {
    const within = safeName(`${name}/${file.name}`);
    await group.orRefuse(within, async () => {
      refuseTooLarge(file.size);
      const bytes = await file.open();
      if (isArchive(within, bytes))
        throw new FoveaError('ARCHIVE_DAMAGED', { reason: 'an archive within an archive is not opened' });
      await group.add(within, bytes);
    });
  }
}

/** So many files, or so many bytes and the file that goes beyond them, are in memory and taken together. */
const TOGETHER = { files: 20, bytes: 16 * 1024 ** 2 };

/** Files that are taken together: in one transaction, and the disk syncs them side by side. */
class Group {
  /** What became of the files of this group and of those before. */
  readonly taken: TakenFile[] = [];
  readonly #into: Import;
  #waiting: ImportedFile[] = [];

  constructor(into: Import) {
    this.#into = into;
  }

  async add(name: string, bytes: Uint8Array): Promise<void> {
    this.#waiting.push(await examineFile(this.#into, name, bytes));
    const size = this.#waiting.reduce((sum, file) => sum + file.bytes.length, 0);
    if (this.#waiting.length >= TOGETHER.files || size >= TOGETHER.bytes) await this.take();
  }

  async take(): Promise<void> {
    const files = this.#waiting;
    if (files.length === 0) return;
    this.#waiting = [];
    const taken = await importFiles(this.#into, files);
    for (const [i, { image }] of files.entries())
      this.taken.push({ name: image.fileName, ...taken[i]!, error: null });
  }

  /** Does something with a file, or writes down what is wrong with it. */
  async orRefuse(name: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (thrown) {
      const error = asFoveaError(thrown);
      if (error.status >= 500) throw thrown;
      // Files are listed in the order in which they came.
      await this.take();
      const { store, batchId } = this.#into;
      await refuseItem(store.db, batchId, name, error.toJSON());
      this.taken.push({ name, state: 'refused', imageId: null, visitId: null, error: error.toJSON() });
    }
  }
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
