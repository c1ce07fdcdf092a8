import { open, readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { sniff } from '../image/index.ts';

/** Endings that promise a picture; such a file is read even when its bytes say otherwise, so that it is refused by name. */
const PICTURE_ENDINGS = new Set(['.jpg', '.jpeg', '.jpe', '.png', '.tif', '.tiff', '.webp', '.bmp', '.gif']);

/** Bytes that tell every format apart. */
const MAGIC_LENGTH = 132;

/** Pictures to read, and how many other files the folders held. */
export interface Pictures {
  readonly paths: readonly string[];
  readonly leftOut: number;
}

/**
 * Files as they are named; of a folder, with all below it, the files that are pictures by content or by ending, in
 * the order of their names. Hidden files are passed over.
 */
export async function findPictures(paths: readonly string[]): Promise<Pictures> {
  const found: string[] = [];
  let leftOut = 0;
  for (const path of paths) {
    const isFolder = await stat(path).then(
      (s) => s.isDirectory(),
      () => false, // Named but absent: reading it says so.
    );
    if (!isFolder) {
      found.push(path);
      continue;
    }
    for (const file of await filesBelow(path)) {
      if (await isPicture(file)) found.push(file);
      else leftOut++;
    }
  }
  return { paths: found, leftOut };
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((e) => e.isFile())
    .map((e) => join(e.parentPath, e.name))
    .filter(
      (path) =>
        !path
          .slice(folder.length)
          .split(/[/\\]/)
          .some((part) => part.startsWith('.')),
    )
    .sort();
}

async function isPicture(path: string): Promise<boolean> {
  if (PICTURE_ENDINGS.has(extname(path).toLowerCase())) return true;
  const file = await open(path).catch(() => undefined);
  if (!file) return false;
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(MAGIC_LENGTH), 0, MAGIC_LENGTH, 0);
    return sniff(buffer.subarray(0, bytesRead))?.readable === true;
  } finally {
    await file.close();
  }
}
