import { stat } from 'node:fs/promises';
import { picturesBelow } from '../dataset/index.ts';

/** Pictures to read, and how many other files the folders held. */
export interface Pictures {
  readonly paths: readonly string[];
  readonly leftOut: number;
}

/** Files as they are named; of a folder its pictures, with all below it. */
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
    const { pictures, others } = await picturesBelow(path);
    found.push(...pictures);
    leftOut += others.length;
  }
  return { paths: found, leftOut };
}
