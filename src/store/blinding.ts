import { type SqlBool, sql } from 'kysely';
import type { Database } from './database.ts';
import type { VisitState } from './tables.ts';

/** Whether the models' answers wait for a human's. */
export interface Blinding {
  readonly blindedFirst: boolean;
  /** Since when; what was read before may have been seen. Null: from the beginning. */
  readonly blindedSince: string | null;
}

/** Whether the models' answers to a visit are held back: until a human has graded all images that it has now. */
export const isHeldBack = ({ state }: { readonly state: VisitState }, { blindedFirst }: Blinding): boolean =>
  blindedFirst && state !== 'signed';

/** The same of a row of `visits`: true where its answers may be seen. */
export const mayBeSeen = ({ blindedFirst }: Pick<Blinding, 'blindedFirst'>) =>
  blindedFirst ? sql<SqlBool>`visits.state = 'signed'` : sql<SqlBool>`true`;

/** Whether no answer to the visit was ever to be seen: not before they were held back, nor after a verdict. */
export async function wasNeverSeen(
  trx: Database,
  visitId: string,
  { blindedSince }: Blinding,
): Promise<boolean> {
  const verdict = await trx
    .selectFrom('reviews')
    .select('id')
    .where('visit_id', '=', visitId)
    .where('decision', '<>', 'retake')
    .limit(1)
    .executeTakeFirst();
  if (verdict || blindedSince === null) return !verdict;
  const earlier = await trx
    .selectFrom('readings')
    .innerJoin('images', 'images.id', 'readings.image_id')
    .select('readings.id')
    .where('images.visit_id', '=', visitId)
    .where('readings.created_at', '<', blindedSince)
    .limit(1)
    .executeTakeFirst();
  return earlier === undefined;
}
