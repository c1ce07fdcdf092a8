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
 * Keeps bytes, and writes of them in one transaction: when it is through, both are there.
 *
 * @throws FoveaError as {@link Blobs.put}
 */
export async function keepBlob<T>(
  { db, blobs }: Pick<Store, 'db' | 'blobs'>,
  bytes: Uint8Array,
  write: (trx: Database, blob: Blob) => Promise<T>,
): Promise<T> {
  // Before the transaction: nobody else's rows wait for a disk.
  const blob = await blobs.put(bytes);
  return db.transaction().execute(async (trx) => {
    await holdBlobs(trx);
    // It may have lain there for long, as nobody's, and been swept away since.
    if (!(await blobs.has(blob.sha256))) await blobs.put(bytes);
    return write(trx, blob);
  });
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
