import { FoveaError } from '../core/errors.ts';
import { localDay, refuseNoPicture } from '../intake/index.ts';
import {
  countWaiting,
  type Eye,
  keepBlobs,
  type NewImage,
  type PatientHints,
  type Store,
  type Taken,
  takeImages,
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

/** An import, and where its files go. */
export interface Import {
  readonly store: Store;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly batchId: string;
  /** What is known of a file. */
  readonly hintsOf: (name: string, bytes: Uint8Array) => Promise<FileHints>;
  /** There is something to read. */
  readonly callWorkers?: () => void;
}

/** A file that can be taken, and what image it will be. */
export interface ImportedFile {
  readonly bytes: Uint8Array;
  readonly image: Omit<NewImage, 'sha256' | 'bytes'>;
}

/**
 * So many pictures of an import go before what else waits: one that somebody has just sent is read before the rest of a batch of
 * ten thousand, and of that no more than so many are ever ahead.
 */
const AHEAD = 20;

/**
 * Looks at a file before it is taken. Who belongs to it nobody knows is a patient by the file's own name.
 *
 * @param name made safe to show
 * @throws FoveaError `FILE_EMPTY`, `FILE_IS_LFS_POINTER`, `IMAGE_UNRECOGNISED`
 */
export async function examineFile(
  { hintsOf }: Pick<Import, 'hintsOf'>,
  name: string,
  bytes: Uint8Array,
): Promise<ImportedFile> {
  // Before any library of pictures looks at it.
  refuseNoPicture(bytes);
  const hints = await hintsOf(name, bytes);
  return {
    bytes,
    image: {
      fileName: name,
      patient: hints.patient ?? { identifier: stemOf(name) },
      date: hints.date ?? localDay(),
      eye: hints.eye ?? null,
      eyeSource: hints.eyeSource ?? null,
      camera: hints.camera ?? null,
      operator: hints.operator ?? null,
      takenAt: hints.takenAt ?? null,
    },
  };
}

/**
 * Takes files into the store and has them read. Those that the disk has no room for are not taken, the others are.
 *
 * @returns what became of each
 * @throws FoveaError `STORAGE_FULL`
 */
export async function importFiles(
  { store, queue, batchId, callWorkers }: Import,
  files: readonly ImportedFile[],
): Promise<Taken[]> {
  const contents = files.map(({ bytes }) => bytes);
  let areAsked = false;
  try {
    return await keepBlobs(store, contents, (trx, kept) =>
      takeImages(
        trx,
        batchId,
        files.flatMap(({ bytes, image }) => {
          const blob = kept.get(bytes);
          return blob ? [{ ...image, sha256: blob.sha256, bytes: blob.bytes }] : [];
        }),
        async (within, ids) => {
          const ahead = AHEAD - (await countWaiting(within, batchId, AHEAD));
          await queue.enqueue(within, ids.slice(0, ahead), SOON);
          await queue.enqueue(within, ids.slice(ahead));
          areAsked = true;
        },
      ),
    );
  } finally {
    if (areAsked) callWorkers?.();
  }
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
