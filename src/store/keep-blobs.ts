import { sql } from 'kysely';
import type { Blob } from './blobs.ts';
import type { Database } from './database.ts';
import type { Store } from './store.ts';

/**
 * Of the advisory lock between those who write of a blob (shared) and those who remove blobs that nothing refers to (alone).
 * It lies in the database, which is one for all machines and lets go of it when a process dies; the age of a file would
 * depend on clocks, and on how long a transaction takes.
 */
const LOCK = 0x66_6f_76_65_63;
/** A sweep that has to wait longer stands back: behind it wait all who import. */
const PATIENCE = '5s';

/**
 * Keeps contents, and writes of them in one transaction: when it is through, both are there. Where some cannot be kept, the
 * others are, and are written of, before it throws.
 *
 * @param write given the blobs of those contents that are kept
 * @throws FoveaError as {@link Blobs.put}, of the first that could not be kept
 */
export async function keepBlobs<T>(
  { db, blobs }: Pick<Store, 'db' | 'blobs'>,
  contents: readonly Uint8Array[],
  write: (trx: Database, kept: ReadonlyMap<Uint8Array, Blob>) => Promise<T>,
): Promise<T> {
  const kept = new Map<Uint8Array, Blob>();
  // Before the transaction: nobody waits for a disk with a connection in hand.
  const puts = await Promise.allSettled(
    contents.map(async (bytes) => void kept.set(bytes, await blobs.put(bytes))),
  );
  const failed = puts.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
  if (failed && kept.size === 0) throw failed.reason;
  const written = await db.transaction().execute(async (trx) => {
    await holdBlobs(trx);
    // One may have lain there for long, as nobody's, and been swept away since.
    for (const [bytes, { sha256 }] of kept) if (!(await blobs.has(sha256))) await blobs.put(bytes);
    return write(trx, kept);
  });
  if (failed) throw failed.reason;
  return written;
}

/** Until the transaction ends nothing is swept. */
export async function holdBlobs(trx: Database): Promise<void> {
  await sql`select pg_advisory_xact_lock_shared(${LOCK})`.execute(trx);
}

/** Does something while no transaction that writes of a blob is under way, on any machine. */
export const whileNoneIsKept = <T>(db: Database, act: (trx: Database) => Promise<T>): Promise<T> =>
  db.transaction().execute(async (trx) => {
    await sql`set local lock_timeout = ${sql.lit(PATIENCE)}`.execute(trx);
    await sql`select pg_advisory_xact_lock(${LOCK})`.execute(trx);
    return act(trx);
  });
