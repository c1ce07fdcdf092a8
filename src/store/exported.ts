import { sql } from 'kysely';
import { type BatchItem, listItems } from './batches.ts';
import { mayBeSeen } from './blinding.ts';
import type { Database } from './database.ts';
import type { OutcomeResult } from './tables.ts';

/** What one model says of an image. */
export interface ExportedReading {
  readonly model: { readonly name: string; readonly version: string; readonly sha256: string };
  /** 0–1; `calibrated` is null where the model never was. */
  readonly outputs: readonly {
    readonly label: string;
    readonly probability: number;
    readonly calibrated: number | null;
  }[];
}

/** A file of a batch with all that is known of it. */
export interface ExportedItem extends BatchItem {
  readonly sha256: string | null;
  /** Day of the visit. */
  readonly date: string | null;
  /** What a human signed of its eye; of the visit where the eye is unknown. */
  readonly readerResult: OutcomeResult | null;
  readonly readerLevel: string | null;
  /** The latest of each model. */
  readonly readings: readonly ExportedReading[];
}

/** Images whose readings are asked for at once. */
const AT_ONCE = 2000;

/**
 * The files of a batch, in the order in which they came.
 *
 * @param options `most` of them; `blindedFirst`: answers that wait for a human's are left out
 */
export async function exportItems(
  db: Database,
  batchId: string,
  { most, blindedFirst }: { readonly most: number; readonly blindedFirst: boolean },
): Promise<ExportedItem[]> {
  const { items } = await listItems(db, batchId, { limit: most, blindedFirst });
  const ids = [...new Set(items.flatMap(({ imageId }) => imageId ?? []))];
  const known = new Map<string, Known>();
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const some = ids.slice(from, from + AT_ONCE);
    for (const [id, one] of await knownOf(db, some, blindedFirst)) known.set(id, one);
  }
  return items.map((item) => ({ ...item, ...((item.imageId && known.get(item.imageId)) || NOTHING) }));
}

type Known = Omit<ExportedItem, keyof BatchItem>;
const NOTHING: Known = { sha256: null, date: null, readerResult: null, readerLevel: null, readings: [] };

async function knownOf(db: Database, ids: readonly string[], blindedFirst: boolean) {
  const images = await db
    .selectFrom('images')
    .innerJoin('visits', 'visits.id', 'images.visit_id')
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('reviews')
          .whereRef('reviews.visit_id', '=', 'visits.id')
          .where('visits.state', '=', 'signed')
          .orderBy('number', 'desc')
          .limit(1)
          .select(
            sql<{ result: OutcomeResult; level: string | null } | null>`grades -> images.eye`.as('grade'),
          )
          .as('review'),
      (join) => join.onTrue(),
    )
    .where('images.id', 'in', [...ids])
    .select([
      'images.id',
      'images.eye',
      'images.sha256',
      'visits.date',
      'review.grade',
      'visits.signed_result as signed',
      mayBeSeen({ blindedFirst }).as('seen'),
    ])
    .execute();
  const readings = await readingsBy(
    db,
    images.filter(({ seen }) => seen).map(({ id }) => id),
  );
  return images.map(({ id, eye, sha256, date, grade, signed }): [string, Known] => [
    id,
    {
      ...{ sha256, date, readings: readings.get(id) ?? [] },
      readerResult: eye ? (grade?.result ?? null) : signed,
      readerLevel: grade?.level ?? null,
    },
  ]);
}

async function readingsBy(db: Database, ids: readonly string[]): Promise<Map<string, ExportedReading[]>> {
  const byImage = new Map<string, ExportedReading[]>();
  if (ids.length === 0) return byImage;
  const rows = await db
    .selectFrom('readings')
    .where('image_id', 'in', [...ids])
    .where('reading', 'is not', null)
    .distinctOn(['image_id', 'model_name'])
    .orderBy('image_id')
    .orderBy('model_name')
    .orderBy('number', 'desc')
    .select([
      'image_id as imageId',
      'model_name as name',
      'model_version as version',
      'model_sha256 as sha256',
      sql<ExportedReading['outputs']>`reading -> 'outputs'`.as('outputs'),
    ])
    .execute();
  for (const { imageId, outputs, ...model } of rows) {
    const reading = {
      model,
      outputs: outputs.map(({ label, probability, calibrated }) => ({ label, probability, calibrated })),
    };
    byImage.set(imageId, [...(byImage.get(imageId) ?? []), reading]);
  }
  return byImage;
}
