import { sql } from 'kysely';
import type { Database } from './database.ts';
import { CHANNEL } from './store.ts';

/** What other processes are told once the transaction is through. */
export type Change =
  | { readonly type: 'batch'; readonly batchId: string }
  | { readonly type: 'visit'; readonly visitId: string };

export async function tell(db: Database, change: Change): Promise<void> {
  await sql`select ${told(change)}`.execute(db);
}

/** The same, within a statement, for each row that it returns. */
export const told = (change: Change) => sql<string>`pg_notify(${CHANNEL}, ${JSON.stringify(change)})`;

/** Of the imports that brought an image. */
export async function tellBatches(db: Database, imageId: string): Promise<void> {
  await sql`select pg_notify(${CHANNEL}, json_build_object('type', 'batch', 'batchId', batch_id)::text)
    from batch_items where image_id = ${imageId} and state = 'taken'`.execute(db);
}
