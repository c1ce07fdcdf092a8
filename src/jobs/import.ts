import { FoveaError } from '../core/errors.ts';
import { refuseHollowFile } from '../core/files.ts';
import { type Eye, keepBlob, type PatientHints, type Store, type Taken, takeImage } from '../store/index.ts';
import type { Queue } from './queue.ts';

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
  readonly hints: FileHints;
  /** Of pictures that somebody waits for: before those of a batch. */
  readonly priority?: number;
}

/**
 * Takes a file into the store and has it read. Who belongs to it nobody knows is a patient by the file's own name.
 *
 * @throws FoveaError `FILE_EMPTY`, `FILE_IS_LFS_POINTER`, `STORAGE_FULL`
 */
export async function importFile(
  store: Store,
  queue: Pick<Queue, 'enqueue'>,
  batchId: string,
  { name, bytes, hints, priority = 0 }: ImportedFile,
): Promise<Taken> {
  refuseHollowFile(bytes);
  return keepBlob(store, bytes, (trx, { sha256, bytes: size }) =>
    takeImage(
      trx,
      batchId,
      {
        sha256,
        bytes: size,
        fileName: name,
        patient: hints.patient ?? { identifier: stemOf(name) },
        date: hints.date ?? new Date().toISOString().slice(0, 10),
        eye: hints.eye ?? null,
        eyeSource: hints.eyeSource ?? null,
        camera: hints.camera ?? null,
        operator: hints.operator ?? null,
        takenAt: hints.takenAt ?? null,
      },
      (within, ids) => queue.enqueue(within, ids, priority),
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
