import { sql } from 'kysely';
import { FoveaError } from '../core/errors.ts';
import { identityOf } from './database.ts';
import { whileNoneIsKept } from './keep-blobs.ts';
import type { Store } from './store.ts';

/** What the store holds. */
export async function measureStorage({ db, blobs, isEmbedded }: Store) {
  const { rows } = await sql<{
    images: number;
    bytes: number;
    databaseBytes: number;
  }>`select (select count(*) from images) as images, (select coalesce(sum(bytes), 0)::bigint from images) as bytes,
       pg_database_size(current_database()) as "databaseBytes"`.execute(db);
  return {
    ...rows[0]!,
    freeBytes: await blobs.free(),
    database: isEmbedded ? ('embedded' as const) : ('external' as const),
  };
}

/** A file of which something refers to. */
interface Referred {
  readonly sha256: string;
  readonly fileName: string;
}

export const referred = async ({ db }: Store): Promise<Referred[]> =>
  (
    await sql<Referred>`select sha256, file_name as "fileName" from images
      union select sha256, 'report ' || id from reports`.execute(db)
  ).rows;

/** Reads every blob and compares it with its name. */
export async function verifyStorage(store: Store) {
  const files = await referred(store);
  const [missing, altered]: [Referred[], Referred[]] = [[], []];
  for (const file of files) {
    const found = await store.blobs.check(file.sha256);
    if (found === 'missing') missing.push(file);
    if (found === 'altered') altered.push(file);
  }
  const known = new Set(files.map(({ sha256 }) => sha256));
  let orphans = 0;
  for await (const { sha256 } of store.blobs.list()) if (!known.has(sha256)) orphans++;
  return { checked: files.length, missing, altered, orphans };
}

/** Of one turn, in which no other blob is written of. */
const SWEPT_AT_ONCE = 500;

/**
 * Removes blobs that nothing refers to: of processes that were killed between keeping a file and writing of it.
 *
 * @throws FoveaError `STORAGE_FOREIGN` where another database may refer to them
 * @param olderThan blobs of this moment (ms since 1970) and later are left, to spare whoever is about to write of them from
 *   keeping them once more
 */
export async function sweepBlobs(store: Store, olderThan: number): Promise<number> {
  const { db, blobs } = store;
  const identity = await identityOf(db);
  if ((await blobs.owner(identity)) !== identity) throw new FoveaError('STORAGE_FOREIGN');
  await blobs.tidy();
  const old: string[] = [];
  for await (const { sha256, modified } of blobs.list()) if (modified < olderThan) old.push(sha256);
  const known = new Set((await referred(store)).map(({ sha256 }) => sha256));
  const orphans = old.filter((sha256) => !known.has(sha256));
  let removed = 0;
  for (let i = 0; i < orphans.length; i += SWEPT_AT_ONCE) {
    const some = orphans.slice(i, i + SWEPT_AT_ONCE);
    removed += await whileNoneIsKept(db, async (trx) => {
      // Asked again: one may have been handed over anew since.
      const { rows } = await sql<{ sha256: string }>`select unnest(${some}::text[]) as sha256
        except (select sha256 from images union select sha256 from reports)`.execute(trx);
      for (const { sha256 } of rows) await blobs.remove(sha256);
      return rows.length;
    });
  }
  return removed;
}
