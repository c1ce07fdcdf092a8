import { FoveaError } from '../core/errors.ts';
import { localDay, refuseNoPicture } from '../intake/index.ts';
import {
  countWaiting,
  type Eye,
  keepBlob,
  type PatientHints,
  type Store,
  type Taken,
  takeImage,
} from '../store/index.ts';
import { type Queue, SOON } from './queue.ts';

/** What is known of a file beside its bytes. */
export interface FileHints {
  readonly patient?: PatientHints | undefined;
  readonly eye?: Eye | undefined;
  readonly eyeSource?: string | undefined;
  /** Day of the visit, ISO 8601. */
  readonly date?: string | undefined;
  readonly camera?: string | undefined;
  readonly operator?: string | undefined;
  /** Moment, ISO 8601. */
  readonly takenAt?: string | undefined;
}

export interface ImportedFile {
  /** Made safe to show. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly hintsOf: (name: string, bytes: Uint8Array) => Promise<FileHints>;
}

/**
 * So many pictures of an import go before what else waits: one that somebody has just sent is read before the rest of a batch of
 * ten thousand, and of that no more than so many are ever ahead.
 */
const AHEAD = 20;

/**
 * Takes a file into the store and has it read. Who belongs to it nobody knows is a patient by the file's own name.
 *
 * @throws FoveaError `FILE_EMPTY`, `FILE_IS_LFS_POINTER`, `IMAGE_UNRECOGNISED`, `STORAGE_FULL`
 */
export async function importFile(
  store: Store,
  queue: Pick<Queue, 'enqueue'>,
  batchId: string,
  { name, bytes, hintsOf }: ImportedFile,
): Promise<Taken> {
  // Before any library of pictures looks at it.
  refuseNoPicture(bytes);
  const hints = await hintsOf(name, bytes);
  return keepBlob(store, bytes, (trx, { sha256, bytes: size }) =>
    takeImage(
      trx,
      batchId,
      {
        sha256,
        bytes: size,
        fileName: name,
        patient: hints.patient ?? { identifier: stemOf(name) },
        date: hints.date ?? localDay(),
        eye: hints.eye ?? null,
        eyeSource: hints.eyeSource ?? null,
        camera: hints.camera ?? null,
        operator: hints.operator ?? null,
        takenAt: hints.takenAt ?? null,
      },
      async (within, ids) =>
        queue.enqueue(within, ids, (await countWaiting(within, batchId, AHEAD)) < AHEAD ? SOON : 0),
    ),
  );
}

/** A file's name without folders and extension. */
function stemOf(name: string): string {
  const stem = name
    .replace(/^.*[/\\]/, '')
    .replace(/\.[^.]*$/, '')
    .trim();
  if (!stem) throw new FoveaError('REQUEST_INVALID', { reason: 'the file has no name' });
  return stem.slice(0, 200);
}
