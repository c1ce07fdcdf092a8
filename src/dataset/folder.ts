import { open, readdir, realpath, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { sniff } from '../image/index.ts';

/** Endings that promise a picture; such a file is one even when its bytes say otherwise, so that it is refused by name. */
const PICTURE_ENDINGS = new Set(['.jpg', '.jpeg', '.jpe', '.png', '.tif', '.tiff', '.webp', '.bmp', '.gif']);

/** Bytes that tell every format apart. */
const MAGIC_LENGTH = 132;

/**
 * The pictures of a folder and of all below it, by content or by ending, in the order of their paths. Links to files and
 * folders are followed: a part of a data set is often a folder of them. Hidden files and folders are passed over.
 *
 * @returns paths that begin with `folder`; `others`: files that are no pictures
 */
export async function picturesBelow(folder: string): Promise<{ pictures: string[]; others: string[] }> {
  const pictures: string[] = [];
  const others: string[] = [];
  for (const path of await filesBelow(folder, [])) ((await isPicture(path)) ? pictures : others).push(path);
  return { pictures, others };
}

/** @param above real paths of the folders that it stands in: a link to one of them would never end */
async function filesBelow(folder: string, above: readonly string[]): Promise<string[]> {
  const here = await realpath(folder);
  if (above.includes(here)) return [];
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries
      .filter(({ name }) => !name.startsWith('.'))
      .map(async (entry) => {
        const path = join(folder, entry.name);
        // A link to nothing is a file that is missing: reading it says so.
        const about = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry;
        if (about?.isDirectory()) return filesBelow(path, [...above, here]);
        return about === undefined || about.isFile() ? [path] : [];
      }),
  );
  return found.flat().sort();
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
