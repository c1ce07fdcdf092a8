import { type FileHandle, open } from 'node:fs/promises';
import { FoveaError } from '../core/errors.ts';
import type { ZipSource } from '../formats/zip-file.ts';

/** A file that is open until it is closed. */
export interface FileSource extends ZipSource {
  close(): Promise<void>;
}

/**
 * A file on the disk, of which only what is asked for is read.
 *
 * @throws FoveaError `FILE_NOT_FOUND`, `FILE_LOCKED`
 */
export async function openFile(path: string): Promise<FileSource> {
  const file = await open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === 'ENOENT'
      ? new FoveaError('FILE_NOT_FOUND', { path, cause })
      : new FoveaError('FILE_LOCKED', { reason: cause.code ?? cause.message, cause });
  });
  const { size } = await file.stat();
  return { size, read: (at, length) => readPart(file, at, length, size), close: () => file.close() };
}

async function readPart(file: FileHandle, at: number, length: number, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.max(0, Math.min(length, size - at)));
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, at + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
