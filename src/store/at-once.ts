import type { Database } from './database.ts';

/** Does it all or not at all: within the transaction that is under way, or else in one of its own. */
export const atOnce = <T>(db: Database, work: (trx: Database) => Promise<T>): Promise<T> =>
  db.isTransaction ? work(db) : db.transaction().execute(work);
