import { sniff } from '../../image/sniff.ts';
import { isLitter } from '../../intake/litter.ts';

/** A file and its name within what was handed over, folders included: they too may tell whose eye it is. */
export interface HandedFile {
  readonly name: string;
  readonly file: File;
}

const isWanted = ({ name }: HandedFile) => !isLitter(name);

/** Files of an input; those of a folder bear their path. */
export const chosenFiles = (files: readonly File[]): HandedFile[] =>
  files.map((file) => ({ name: file.webkitRelativePath || file.name, file })).filter(isWanted);

/**
 * Files and whole folders that were dropped or pasted. To be called while the event lasts: afterwards the browser has
 * forgotten them.
 *
 * @param onFound how many there are so far
 */
export async function droppedFiles(
  data: DataTransfer,
  onFound: (count: number) => void = () => {},
): Promise<HandedFile[]> {
  const entries = [...data.items]
    .map((item) => item.webkitGetAsEntry?.() ?? null)
    .filter((one) => one !== null);
  if (entries.length === 0) return chosenFiles([...data.files]);
  const found: HandedFile[] = [];
  const walk = async (entry: FileSystemEntry): Promise<void> => {
    const name = entry.fullPath.replace(/^\//, '');
    if (isLitter(name)) return;
    if (entry.isDirectory) {
      for (const inner of await listed(entry as FileSystemDirectoryEntry)) await walk(inner);
      return;
    }
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    found.push({ name, file });
    if (found.length % 100 === 0) onFound(found.length);
  };
  for (const entry of entries) await walk(entry);
  onFound(found.length);
  return found;
}

/** All of a folder: its reader hands them out in portions, and an empty one is the end. */
async function listed(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return all.toSorted((a, b) => a.name.localeCompare(b.name));
    all.push(...some);
  }
}

export type Kind = 'picture' | 'archive' | 'table' | 'other';

const KINDS: readonly (readonly [kind: Kind, pattern: RegExp])[] = [
  ['picture', /\.(jpe?g|png|tiff?|webp|gif|bmp|dcm)$/i],
  ['archive', /\.zip$/i],
  ['table', /\.(csv|tsv)$/i],
];

/** What a file seems to be by its name; the server judges by its bytes. */
export const kindOf = (name: string): Kind => KINDS.find(([, pattern]) => pattern.test(name))?.[0] ?? 'other';

/** Bytes by which `sniff` tells every format apart. */
const HEAD_BYTES = 132;

/** Files without those whose name promises nothing and whose first bytes are no picture's: a folder holds letters too. */
export async function withoutStrangers(files: readonly HandedFile[]): Promise<HandedFile[]> {
  const known: HandedFile[] = [];
  for (const handed of files) {
    if (kindOf(handed.name) !== 'other' || (await isPicture(handed.file))) known.push(handed);
  }
  return known;
}

async function isPicture(file: File): Promise<boolean> {
  const head = await file
    .slice(0, HEAD_BYTES)
    .arrayBuffer()
    .catch(() => new ArrayBuffer());
  return sniff(new Uint8Array(head))?.readable ?? false;
}
