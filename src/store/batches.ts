import { sql } from 'kysely';
import { FoveaError } from '../core/errors.ts';
import { atOnce } from './at-once.ts';
import { isAwaited } from './awaited.ts';
import { mayBeSeen } from './blinding.ts';
import type { Database } from './database.ts';
import { tell } from './notify.ts';
import { isCalled } from './patients.ts';
import type { BatchesTable, Eye, OutcomeResult } from './tables.ts';
import { announce } from './webhooks.ts';

export interface NewBatch {
  readonly name: string;
  readonly source: BatchesTable['source'];
  /** Pattern and table by which its files are understood. */
  readonly options: unknown;
  readonly createdBy: string;
}

export async function createBatch(db: Database, batch: NewBatch): Promise<string> {
  const { id } = await db
    .insertInto('batches')
    .values({
      name: batch.name,
      source: batch.source,
      options: JSON.stringify(batch.options),
      created_by: batch.createdBy,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** Files that came in together, and how far they are. */
export interface Batch {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  readonly source: string;
  readonly files: number;
  readonly taken: number;
  readonly duplicates: number;
  readonly refused: number;
  readonly read: number;
  readonly unreadable: number;
  readonly waiting: number;
  readonly isImporting: boolean;
  readonly cancelled: boolean;
}

/** Newest first. */
export async function listBatches(db: Database, id?: string): Promise<Batch[]> {
  const rows = await db
    .selectFrom('batches')
    .$if(id !== undefined, (query) => query.where('batches.id', '=', id!))
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('batch_items')
          .whereRef('batch_items.batch_id', '=', 'batches.id')
          .select([
            sql<number>`count(*)`.as('files'),
            sql<number>`count(*) filter (where state = 'taken')`.as('taken'),
            sql<number>`count(*) filter (where state = 'duplicate')`.as('duplicates'),
            sql<number>`count(*) filter (where state = 'refused')`.as('refused'),
            sql<number>`count(*) filter (where answer = 'read')`.as('read'),
            sql<number>`count(*) filter (where answer = 'unreadable')`.as('unreadable'),
            sql<number>`count(*) filter (where state = 'taken' and answer is null)`.as('waiting'),
          ])
          .as('counts'),
      (join) => join.onTrue(),
    )
    .select([
      'batches.id',
      'batches.name',
      'batches.source',
      'batches.created_at as createdAt',
      'batches.finished_at as finishedAt',
      'batches.cancelled_at as cancelledAt',
    ])
    .selectAll('counts')
    .orderBy('batches.id', 'desc')
    .limit(500)
    .execute();
  return rows.map(({ finishedAt, cancelledAt, ...row }) => ({
    ...row,
    files: row.files ?? 0,
    taken: row.taken ?? 0,
    duplicates: row.duplicates ?? 0,
    refused: row.refused ?? 0,
    read: row.read ?? 0,
    unreadable: row.unreadable ?? 0,
    waiting: row.waiting ?? 0,
    isImporting: finishedAt === null && cancelledAt === null,
    cancelled: cancelledAt !== null,
  }));
}

/** @throws FoveaError `NOT_FOUND` */
export async function readBatch(db: Database, id: string): Promise<Batch> {
  const [batch] = await listBatches(db, id);
  if (!batch) throw new FoveaError('NOT_FOUND');
  return batch;
}

/**
 * What its files are understood by, where more may still come.
 *
 * @throws FoveaError `NOT_FOUND`, `NOT_WAITING`
 */
export async function openBatchOptions(db: Database, id: string): Promise<unknown> {
  const batch = await db
    .selectFrom('batches')
    .select(['options', 'cancelled_at as cancelled'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (!batch) throw new FoveaError('NOT_FOUND');
  if (batch.cancelled) throw new FoveaError('NOT_WAITING', { reason: 'this import was cancelled' });
  return batch.options;
}

/** No more files come. */
export async function finishBatch(db: Database, id: string): Promise<void> {
  await atOnce(db, async (trx) => {
    await trx
      .updateTable('batches')
      .set({ finished_at: sql`now()` })
      .where('id', '=', id)
      .where('finished_at', 'is', null)
      .execute();
    await tell(trx, { type: 'batch', batchId: id });
  });
}

/** What was read stays, and no more is read. */
export async function cancelBatch(db: Database, id: string): Promise<void> {
  await atOnce(db, async (trx) => {
    await trx
      .updateTable('batches')
      .set({ cancelled_at: sql`now()` })
      .where('id', '=', id)
      .where('cancelled_at', 'is', null)
      .execute();
    // Of which something was read, and no more will be: a human can go on. Locked in the order in which imports lock them.
    const { rows } = await sql<{ id: string }>`with done as materialized (
        select id from visits where state = 'waiting'
          and id in (select visit_id from images join batch_items on image_id = images.id where batch_id = ${id})
          and exists (select from images join readings on image_id = images.id where visit_id = visits.id)
          and not exists (select from images where visit_id = visits.id and ${isAwaited})
        order by patient_id, date for no key update
      ) update visits set state = 'open', updated_at = now() from done where visits.id = done.id
      returning visits.id`.execute(trx);
    for (const { id: visitId } of rows) {
      await announce(trx, 'visit.read', { visitId });
      await tell(trx, { type: 'visit', visitId });
    }
    await tell(trx, { type: 'batch', batchId: id });
  });
}

/**
 * Reading goes on.
 *
 * @returns images that are still to be read, and those that could not be: there may be a model for them now
 */
export async function resumeBatch(db: Database, id: string): Promise<string[]> {
  return atOnce(db, async (trx) => {
    await trx
      .updateTable('batches')
      // Whoever was still sending was told that it is over.
      .set({ cancelled_at: null, finished_at: sql`coalesce(finished_at, cancelled_at)` })
      .where('id', '=', id)
      .execute();
    await sql`with unread as materialized (
        select id from visits where id in (select visit_id from images join batch_items on image_id = images.id
          where batch_id = ${id} and ${isAwaited})
        order by patient_id, date for no key update
      ) update visits set state = 'waiting', updated_at = now() from unread where visits.id = unread.id`.execute(
      trx,
    );
    await tell(trx, { type: 'batch', batchId: id });
    return unreadOf(trx, id);
  });
}

async function unreadOf(db: Database, id: string): Promise<string[]> {
  const rows = await db
    .selectFrom('batch_items')
    .where('batch_id', '=', id)
    .where('state', '=', 'taken')
    .where('image_id', 'is not', null)
    .where((eb) => eb.or([eb('answer', 'is', null), eb('answer', '=', 'unreadable')]))
    .select('image_id')
    .execute();
  return rows.map((row) => row.image_id!);
}

/** How many images of a batch are still to be read; counted no further than `most`. */
export async function countWaiting(db: Database, batchId: string, most: number): Promise<number> {
  const { count } = await db
    .selectFrom((eb) =>
      eb
        .selectFrom('batch_items')
        .where('batch_id', '=', batchId)
        .where('state', '=', 'taken')
        .where('answer', 'is', null)
        .select('id')
        .limit(most)
        .as('waiting'),
    )
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

/** A file that was not taken, and why. */
export async function refuseItem(db: Database, batchId: string, name: string, error: unknown): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await trx
      .insertInto('batch_items')
      .values({ batch_id: batchId, name, state: 'refused', error: JSON.stringify(error) })
      .onConflict((conflict) => conflict.columns(['batch_id', 'name']).doNothing())
      .execute();
    await tell(trx, { type: 'batch', batchId });
  });
}

/** What the files of a batch are called. */
export const itemNames = async (db: Database, batchId: string): Promise<string[]> =>
  (await db.selectFrom('batch_items').select('name').where('batch_id', '=', batchId).execute()).map(
    ({ name }) => name,
  );

export const ITEM_STATES = ['waiting', 'read', 'unreadable', 'duplicate', 'refused'] as const;
export type ItemState = (typeof ITEM_STATES)[number];

/** A file of a batch, and what became of it. */
export interface BatchItem {
  readonly name: string;
  readonly state: ItemState;
  readonly imageId: string | null;
  readonly visitId: string | null;
  readonly patient: string | null;
  readonly eye: Eye | null;
  readonly result: OutcomeResult | null;
  readonly level: string | null;
  readonly triage: number | null;
  readonly quality: string | null;
  readonly error: unknown;
}

/** Which files of a batch are asked for. */
export interface ItemFilter {
  readonly state?: ItemState;
  /** Of the visit; where answers wait for a human's, of none but those that do not. */
  readonly result?: OutcomeResult;
  readonly quality?: string;
  readonly eye?: Eye;
  /** Part of the file's name, or of the patient's identifier or name. */
  readonly search?: string;
  readonly offset?: number;
  readonly limit?: number;
  /** Answers that wait for a human's are left out. */
  readonly blindedFirst?: boolean;
}

/** In the order in which they came. */
export async function listItems(
  db: Database,
  batchId: string,
  filter: ItemFilter = {},
): Promise<{ items: BatchItem[]; total: number }> {
  const { state, result, quality, eye, search, offset = 0, limit = 100, blindedFirst = false } = filter;
  const seen = mayBeSeen({ blindedFirst });
  let query = db.selectFrom((eb) =>
    eb
      .selectFrom('batch_items as item')
      .leftJoin('images', 'images.id', 'item.image_id')
      .leftJoin('visits', 'visits.id', 'images.visit_id')
      .leftJoin('patients', 'patients.id', 'visits.patient_id')
      .where('item.batch_id', '=', batchId)
      .$if(search !== undefined && search !== '', (items) =>
        items.where((where) =>
          where.or([sql<boolean>`strpos(lower(item.name), ${search!.toLowerCase()}) > 0`, isCalled(search!)]),
        ),
      )
      .select([
        'item.id as order',
        'item.name',
        'item.image_id as imageId',
        'images.visit_id as visitId',
        'patients.identifier as patient',
        'images.eye',
        sql<OutcomeResult | null>`case when ${seen} then visits.result end`.as('result'),
        sql<string | null>`case when ${seen} then visits.level end`.as('level'),
        sql<number | null>`case when ${seen} then visits.triage end`.as('triage'),
        'images.quality',
        sql<ItemState>`case
            when item.state <> 'taken' then item.state
            else coalesce(item.answer, 'waiting') end`.as('state'),
        sql<unknown>`coalesce(item.error, (
            select refusal from readings where image_id = item.image_id and refusal is not null
              and not exists (select from readings where image_id = item.image_id and reading is not null) limit 1
          ))`.as('error'),
      ])
      .as('items'),
  );
  if (state) query = query.where('state', '=', state);
  if (result) query = query.where('result', '=', result);
  if (quality) query = query.where('quality', '=', quality);
  if (eye) query = query.where('eye', '=', eye);
  const [rows, { total }] = await Promise.all([
    query.selectAll().orderBy('order').offset(offset).limit(limit).execute(),
    query.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow(),
  ]);
  return { items: rows.map(({ order: _, ...item }) => item), total };
}

/** Images that no model has read and whose import was not cancelled: after a restore nobody else knows of them. */
export async function unreadImages(db: Database): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select id from images where ${isAwaited} order by id`.execute(
    db,
  );
  return rows.map(({ id }) => id);
}
