import { explainStoredImage } from './explain.ts';
import { openQueue } from './queue.ts';
import { type Reader, readStoredImage } from './read.ts';

/**
 * Does the work of the queue until it is stopped. As many as wanted may do so on as many machines, on one database and the
 * same files.
 *
 * @returns stops, after what is under way
 */
export async function startWorker(reader: Reader, name: string): Promise<() => Promise<void>> {
  const queue = await openQueue(reader.store, { name, isWorker: true });
  try {
    await queue.work(async (job) => {
      if (job.kind === 'explain') return explainStoredImage(reader, job);
      const seen = await readStoredImage(reader, job);
      if (seen.length > 0) await queue.explain(reader.store.db, seen);
    });
  } catch (cause) {
    await queue.close();
    throw cause;
  }
  return () => queue.close();
}
