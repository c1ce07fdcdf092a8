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
 * @returns paths that begin with `folder`; `others`: files that are no pictures, and links to folders that were read already
 */
export async function picturesBelow(folder: string): Promise<{ pictures: string[]; others: string[] }> {
  const pictures: string[] = [];
  const others: string[] = [];
  for (const path of await filesBelow(folder)) ((await isPicture(path)) ? pictures : others).push(path);
  return { pictures, others };
}

/** Files, and links to folders that are read already: links to and fro would otherwise never end. */
async function filesBelow(root: string): Promise<string[]> {
  const [files, links, read]: [string[], string[], Set<string>] = [[], [], new Set()];
  const walk = async (folder: string): Promise<void> => {
    const here = await realpath(folder);
    if (read.has(here)) return void files.push(folder);
    read.add(here);
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue;
      const path = join(folder, entry.name);
      // A link to nothing is a file that is missing: reading it says so.
      const about = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry;
      if (!about?.isDirectory()) {
        if (about === undefined || about.isFile()) files.push(path);
      } else if (entry.isSymbolicLink()) links.push(path);
      else await walk(path);
    }
  };
  await walk(root);
  // After all that stands here itself, so that a picture is of the class whose folder it stands in. More come meanwhile.
  for (const link of links) await walk(link);
  return files.sort();
}

async function isPicture(path: string): Promise<boolean> {
  if (PICTURE_ENDINGS.has(extname(path).toLowerCase())) return true;
  const file = await open(path).catch(() => undefined);
  if (!file) return false;
  try {
    if (!(await file.stat()).isFile()) return false;
    const { buffer, bytesRead } = await file.read(new Uint8Array(MAGIC_LENGTH), 0, MAGIC_LENGTH, 0);
    return sniff(buffer.subarray(0, bytesRead))?.readable === true;
  } finally {
    await file.close();
  }
}
