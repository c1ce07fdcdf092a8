import { sql } from 'kysely';
import { isAwaited } from './awaited.ts';
import type { Database } from './database.ts';
import { tellBatches, told } from './notify.ts';
import { type Basis, outcomeInsert } from './outcomes.ts';
import type { Eye, OutcomeResult, VisitState } from './tables.ts';
import { announce } from './webhooks.ts';

/** What one model said of an image, or why it said nothing. */
export interface NewReading {
  readonly model: { readonly name: string; readonly version: string; readonly sha256: string };
  readonly reading: unknown;
  readonly refusal: unknown;
}

export interface StoredReading extends NewReading {
  readonly id: string;
  readonly imageId: string;
  readonly at: string;
}

/** What was found of the image itself. */
export interface ImageFacts {
  readonly width: number;
  readonly height: number;
  readonly modality: string;
  readonly quality: string | null;
  readonly qualityScore: number | null;
  readonly eye: Eye | null;
}

/** What becomes of a visit, as `flows/visit-outcome` works it out. */
export interface VisitOutcome {
  readonly outcome: unknown;
  readonly result: OutcomeResult | null;
  readonly level: string | null;
  readonly triage: number | null;
  readonly quality: string | null;
  /** What it was worked out from, kept with it. */
  readonly basis: Basis;
}

/** Works out the outcome of a visit from what is stored, within the transaction. */
export type WorkOut = (db: Database, visitId: string) => Promise<VisitOutcome>;

/** Of the images, oldest first. */
export async function readingsOf(db: Database, imageIds: readonly string[]): Promise<StoredReading[]> {
  if (imageIds.length === 0) return [];
  const rows = await db
    .selectFrom('readings')
    .select([
      'id',
      'image_id as imageId',
      'created_at as at',
      'model_name',
      'model_version',
      'model_sha256',
      'reading',
      'refusal',
    ])
    .where('image_id', 'in', [...imageIds])
    .orderBy('image_id')
    .orderBy('number')
    .execute();
  return rows.map(({ model_name, model_version, model_sha256, ...row }) => ({
    ...row,
    model: { name: model_name, version: model_version, sha256: model_sha256 },
  }));
}

/**
 * Keeps what was read of an image and what becomes of its visit, all or nothing. What a model version said of it before
 * stands: the same is never kept twice.
 *
 * @returns what the visit comes to; null as long as an image of it is still to be read
 */
export function saveReadings(
  db: Database,
  imageId: string,
  foveaVersion: string,
  { readings, facts }: { readings: readonly NewReading[]; facts: ImageFacts | undefined },
  outcome: WorkOut,
): Promise<{ readonly visitId: string; readonly result: OutcomeResult | null }> {
  return db.transaction().execute(async (trx) => {
    const visit = await lockVisitOf(trx, imageId);
    if (readings.length > 0)
      await trx
        .insertInto('readings')
        .values(
          readings.map(({ model, reading, refusal }, i) => ({
            image_id: imageId,
            model_name: model.name,
            model_version: model.version,
            model_sha256: model.sha256,
            fovea_version: foveaVersion,
            reading: reading ? JSON.stringify(reading) : null,
            refusal: refusal ? JSON.stringify(refusal) : null,
            number: sql<number>`(select coalesce(max(number), 0) + ${i + 1}::integer from readings where image_id = ${imageId})`,
          })),
        )
        .onConflict((conflict) => conflict.columns(['image_id', 'model_sha256']).doNothing())
        .execute();
    if (facts)
      await trx
        .updateTable('images')
        .set((eb) => ({
          width: facts.width,
          height: facts.height,
          modality: facts.modality,
          quality: facts.quality,
          quality_score: facts.qualityScore,
          eye_source: eb
            .case()
            .when('eye', 'is', null)
            .then(facts.eye ? 'picture' : null)
            .else(eb.ref('eye_source'))
            .end(),
          eye: eb.fn.coalesce('eye', eb.val(facts.eye)),
        }))
        .where('id', '=', imageId)
        .execute();
    const result = await saveOutcome(trx, visit, outcome);
    await tellBatches(trx, imageId);
    return { visitId: visit.id, result };
  });
}

/**
 * Locks an image and, behind it, its visit, as `moveImage` does: readings of two of its images, or two of one image, may
 * come in at the same moment. Where this has waited for somebody who moved the image to a visit made just now, the first look
 * does not see that visit yet (READ COMMITTED, https://www.postgresql.org/docs/18/transaction-iso.html).
 */
async function lockVisitOf(trx: Database, imageId: string) {
  const look = () =>
    trx
      .with('image', (db) =>
        db.selectFrom('images').select('visit_id').where('id', '=', imageId).forNoKeyUpdate(),
      )
      .selectFrom('image')
      .innerJoin('visits', 'visits.id', 'image.visit_id')
      .select(['visits.id', 'visits.state'])
      .forNoKeyUpdate('visits');
  return (await look().executeTakeFirst()) ?? look().executeTakeFirstOrThrow();
}

/**
 * Works out anew what becomes of a visit. A visit all of whose images are read waits for a human.
 *
 * @param visit its row, locked
 * @returns what it comes to; null as long as an image of it is still to be read
 */
export async function saveOutcome(
  trx: Database,
  { id: visitId, state: before }: { readonly id: string; readonly state: VisitState },
  outcome: WorkOut,
): Promise<OutcomeResult | null> {
  const { outcome: whole, basis, ...columns } = await outcome(trx, visitId);
  const text = whole ? JSON.stringify(whole) : null;
  const after = await trx
    .with('kept', () => outcomeInsert(visitId, basis, text))
    .updateTable('visits')
    .set((eb) => ({
      ...columns,
      outcome: text,
      updated_at: sql`now()`,
      state: eb
        .case()
        .when(
          eb.exists(eb.selectFrom('images').whereRef('images.visit_id', '=', 'visits.id').where(isAwaited)),
        )
        .then(sql.lit('waiting' as const))
        .when('state', '=', 'waiting')
        .then(sql.lit('open' as const))
        .else(eb.ref('state'))
        .end(),
    }))
    .where('id', '=', visitId)
    .returning(['state', told({ type: 'visit', visitId }).as('told')])
    .executeTakeFirst();
  if (before === 'waiting' && after?.state === 'open') await announce(trx, 'visit.read', { visitId });
  return after?.state === 'waiting' ? null : columns.result;
}
