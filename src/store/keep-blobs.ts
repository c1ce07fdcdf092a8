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
 * Keeps contents, and writes of them in one transaction: when it is through, all is there.
 *
 * @param write its rows; only now may it lock any, nobody else waits for a disk
 * @throws FoveaError as {@link Blobs.put}
 */
export function keepBlobs<T>(
  { db, blobs }: Pick<Store, 'db' | 'blobs'>,
  contents: readonly Uint8Array[],
  write: (trx: Database, kept: readonly Blob[]) => Promise<T>,
): Promise<T> {
  return db.transaction().execute(async (trx) => {
    // First of all: one that lay there for long, as nobody's, would be swept away between being kept and being written of.
    await holdBlobs(trx);
    return write(trx, await allOf(contents.map((bytes) => blobs.put(bytes))));
  });
}

/** All of them, or what the first that failed threw, once none is under way any more. */
async function allOf<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
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
