import { FoveaError } from '../core/errors.ts';
import type { ZipEntry } from '../formats/zip.ts';
import { listZipFile, readZipFileEntry, type ZipSource } from '../formats/zip-file.ts';
import { isLitter } from './litter.ts';

/** Files of one archive. */
const MOST_FILES = 20_000;
/** What is unpacked altogether; pictures hardly shrink, bombs do. */
const MOST_BYTES = 8 * 1024 ** 3;
const MOST_RATIO = 100;

/** A file of an archive, unpacked when asked for. */
export interface ArchivedFile {
  readonly name: string;
  /** Bytes that unpacking it takes at most. */
  readonly size: number;
  /** @throws FoveaError `FILE_IS_LINK`, `ARCHIVE_DAMAGED` */
  open(): Promise<Uint8Array>;
}

/**
 * The files of a ZIP archive, of which no more is held in memory than its directory and the file that is being unpacked. Names
 * are for showing; nothing is written anywhere, so that none can lead elsewhere. Folders, what is hidden, and what systems
 * add are passed over; links and archives within are not followed.
 *
 * @throws FoveaError `ARCHIVE_TOO_LARGE`, `ARCHIVE_DAMAGED`
 */
export async function openArchive(source: ZipSource): Promise<ArchivedFile[]> {
  const entries = (await inArchive(() => listZipFile(source))).filter(isFile);
  const size = entries.reduce((sum, entry) => sum + entry.size, 0);
  if (entries.length > MOST_FILES) throw tooLarge(`at most ${MOST_FILES} files`, `${entries.length} files`);
  if (size > MOST_BYTES || size > source.size * MOST_RATIO)
    throw tooLarge(
      `at most ${MOST_BYTES / 1024 ** 3} GB, and ${MOST_RATIO} times the archive`,
      `${Math.ceil(size / 1024 ** 2)} MB from ${Math.ceil(source.size / 1024 ** 2)} MB`,
    );
  return entries.map((entry) => ({
    name: entry.path.replaceAll('\\', '/'),
    size: Math.max(entry.size, entry.packedSize),
    open: async () => {
      if (entry.isLink) throw new FoveaError('FILE_IS_LINK');
      if (entry.encrypted) throw new FoveaError('ARCHIVE_DAMAGED', { reason: 'it is locked by a password' });
      return inArchive(() => readZipFileEntry(source, entry));
    },
  }));
}

/** An archive that is in memory already. */
export const inMemory = (bytes: Uint8Array): ZipSource => ({
  size: bytes.length,
  read: async (at, length) => bytes.subarray(at, at + length),
});

const isFile = ({ path }: ZipEntry) => !/[/\\]$/.test(path) && !isLitter(path);

const tooLarge = (expected: string, received: string) =>
  new FoveaError('ARCHIVE_TOO_LARGE', { expected, received });

/** The reader of archives speaks of models. */
async function inArchive<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (!(cause instanceof FoveaError)) throw cause;
    throw new FoveaError('ARCHIVE_DAMAGED', {
      reason: String(cause.details.reason ?? 'it cannot be read'),
      cause,
    });
  }
}
