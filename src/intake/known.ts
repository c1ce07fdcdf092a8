import { readExif } from '../image/index.ts';
import { type Eye, eyeOfWord } from './eye.ts';
import { type Pattern, readName, readUsualName } from './pattern.ts';
import type { FileTable, TableRow } from './table.ts';

/** By what files are understood. */
export interface Sources {
  readonly pattern?: Pattern | undefined;
  readonly table?: FileTable | undefined;
}

/** What is known of a file before anybody looks at its picture. */
export interface Known extends Omit<TableRow, 'eye'> {
  readonly eye?: Eye;
  readonly eyeSource?: 'table' | 'file name' | 'exif';
  /** Moment, ISO 8601. */
  readonly takenAt?: string;
}

/** A table is believed before a name, and a name before what a camera wrote; a camera's clock is often wrong. */
export async function knownOf(name: string, bytes: Uint8Array, { pattern, table }: Sources): Promise<Known> {
  const row = table?.of(name);
  const named = pattern ? readName(name, pattern) : readUsualName(name);
  const exif = await readExif(bytes);
  const fromExif = exif.text ? eyeOfText(exif.text) : undefined;
  const eye = row?.eye ?? named?.eye ?? fromExif;
  const source = row?.eye ? 'table' : named?.eye ? 'file name' : 'exif';
  const patient = row?.patient ?? named?.patient;
  const date = row?.date ?? named?.date ?? exif.takenAt?.slice(0, 10);
  const camera = row?.camera ?? exif.camera;
  return {
    ...row,
    ...(patient !== undefined && { patient }),
    ...(date !== undefined && { date }),
    ...(camera !== undefined && { camera }),
    ...(exif.takenAt !== undefined && { takenAt: exif.takenAt }),
    ...(eye && { eye, eyeSource: source }),
  };
}

/** What a camera writes into a description: "OD", "Right eye". One that names both tells nothing. */
function eyeOfText(text: string): Eye | undefined {
  const eyes = new Set(
    [...text.matchAll(/(?<![a-z])(OD|OS|right eye|left eye)(?![a-z])/gi)].map(([, word]) => eyeOfWord(word!)),
  );
  return eyes.size === 1 ? [...eyes][0] : undefined;
}
