import { FoveaError } from '../core/errors.ts';
import { isZip, listZip, readZipEntry, type ZipEntry } from '../formats/zip.ts';

/** Files of one archive. */
const MOST_FILES = 20_000;
/** What is unpacked altogether; pictures hardly shrink, bombs do. */
const MOST_BYTES = 8 * 1024 ** 3;
const MOST_RATIO = 100;

/** Whether a file is to be unpacked; a Keras model is a ZIP too, and no picture. */
export const isArchive = (name: string, bytes: Uint8Array): boolean => isZip(bytes) && /\.zip$/i.test(name);

/** A file of an archive, unpacked when asked for. */
export interface ArchivedFile {
  readonly name: string;
  readonly size: number;
  open(): Uint8Array;
}

/**
 * The files of a ZIP archive. Names are for showing; nothing is written anywhere, so that none can lead elsewhere. Folders,
 * what is hidden, and what macOS adds are passed over; links and archives within are not followed.
 *
 * @throws FoveaError `ARCHIVE_TOO_LARGE`, `ARCHIVE_DAMAGED`; each file's `open` the same
 */
export function openArchive(bytes: Uint8Array): ArchivedFile[] {
  const entries = inArchive(() => listZip(bytes)).filter(isFile);
  const size = entries.reduce((sum, entry) => sum + entry.size, 0);
  if (entries.length > MOST_FILES) throw tooLarge(`at most ${MOST_FILES} files`, `${entries.length} files`);
  if (size > MOST_BYTES || size > bytes.length * MOST_RATIO)
    throw tooLarge(
      `at most ${MOST_BYTES / 1024 ** 3} GB, and ${MOST_RATIO} times the archive`,
      `${Math.ceil(size / 1024 ** 2)} MB from ${Math.ceil(bytes.length / 1024 ** 2)} MB`,
    );
  return entries.map((entry) => ({
    name: entry.path.replaceAll('\\', '/'),
    size: entry.size,
    open: () => {
      if (entry.encrypted) throw new FoveaError('ARCHIVE_DAMAGED', { reason: 'it is locked by a password' });
      return inArchive(() => readZipEntry(bytes, entry));
    },
  }));
}

const isFile = ({ path }: ZipEntry) =>
  !/[/\\]$/.test(path) &&
  !path
    .split(/[/\\]/)
    .some((part) => (part.startsWith('.') && part !== '..' && part !== '.') || part === '__MACOSX');

const tooLarge = (expected: string, received: string) =>
  new FoveaError('ARCHIVE_TOO_LARGE', { expected, received });

/** The reader of archives speaks of models. */
function inArchive<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof FoveaError)) throw cause;
    if (cause.code === 'MODEL_TOO_LARGE')
      throw new FoveaError('ARCHIVE_TOO_LARGE', { ...cause.details, cause });
    throw new FoveaError('ARCHIVE_DAMAGED', {
      reason: String(cause.details.reason ?? 'it cannot be read'),
      cause,
    });
  }
}
