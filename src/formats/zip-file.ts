import {
  contentStart,
  findDirectory,
  LOCAL_BYTES,
  readDirectory,
  TAIL_BYTES,
  unpackEntry,
  type ZipEntry,
} from './zip.ts';

/** Bytes that are read from anywhere, a part at a time. */
export interface ZipSource {
  /** Bytes. */
  readonly size: number;
  /** @returns `length` bytes from `at` on; fewer where it ends before */
  read(at: number, length: number): Promise<Uint8Array>;
}

/** A directory of so many bytes has a million names; a longer one is there to take memory. */
const MOST_DIRECTORY_BYTES = 128 * 2 ** 20;

/**
 * The directory of an archive that is not held in memory.
 *
 * @throws FoveaError `MODEL_DAMAGED`
 */
export async function listZipFile(source: ZipSource): Promise<ZipEntry[]> {
  const tail = Math.min(source.size, TAIL_BYTES);
  const directory = findDirectory(await source.read(source.size - tail, tail), source.size);
  const size = Math.min(directory.size, MOST_DIRECTORY_BYTES);
  return readDirectory(await source.read(directory.start, size), directory);
}

/**
 * One entry of such an archive, unpacked to the size that the directory says at most.
 *
 * @throws FoveaError `MODEL_DAMAGED`, `MODEL_STORAGE_UNSUPPORTED`
 */
export async function readZipFileEntry(source: ZipSource, entry: ZipEntry): Promise<Uint8Array> {
  const header = await source.read(entry.offset, LOCAL_BYTES);
  const start = contentStart(header, entry, source.size);
  return unpackEntry(await source.read(start, entry.packedSize), entry);
}
