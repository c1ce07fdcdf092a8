import { open, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { sniff } from '../image/index.ts';
import { HEAD_BYTES, isArchive } from './kind.ts';
import { isLitter } from './litter.ts';

/** A file of a folder. */
export interface FolderFile {
  readonly path: string;
  /** From the folder on, with `/`. */
  readonly name: string;
}

/**
 * The files of a folder and of all below it, by name. Links are not followed.
 *
 * @returns `litter`: how many are hidden, or a system's, and not among them
 */
export async function listFolder(folder: string): Promise<{ files: FolderFile[]; litter: number }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const all = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, name: relative(folder, path).replaceAll('\\', '/') }));
  const files = all.filter(({ name }) => !isLitter(name));
  return { files: files.sort((a, b) => (a.name < b.name ? -1 : 1)), litter: all.length - files.length };
}

/** What a file of a folder is to an import. */
export type FolderKind = 'picture' | 'archive' | 'table' | 'other';

const PICTURE = /\.(jpe?g|jpe|png|tiff?|webp|bmp|gif|dcm)$/i;
const TABLE = /\.(csv|tsv)$/i;

/** By its ending, and where that promises nothing by its first bytes; what breaks the promise is refused by name later. */
export async function kindOfFile(path: string): Promise<FolderKind> {
  if (PICTURE.test(path)) return 'picture';
  if (TABLE.test(path)) return 'table';
  const file = await open(path).catch(() => undefined);
  if (!file) return 'other';
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const head = buffer.subarray(0, bytesRead);
    if (isArchive(path, head)) return 'archive';
    return sniff(head)?.readable ? 'picture' : 'other';
  } finally {
    await file.close();
  }
}
