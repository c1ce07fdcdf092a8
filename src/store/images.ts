import { sql } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';
import { FoveaError } from '../core/errors.ts';
import { atOnce } from './at-once.ts';
import { appendAudit } from './audit.ts';
import { isCancelled, isGivenUp } from './awaited.ts';
import type { Database } from './database.ts';
import { tell } from './notify.ts';
import type { PatientHints } from './patients.ts';
import { saveOutcome, type WorkOut } from './readings.ts';
import type { Eye } from './tables.ts';
import { type VisitHints, visitsOf } from './visits.ts';

/** A file whose bytes are in the blobs already, and what is known of it. */
export interface NewImage {
  readonly sha256: string;
  readonly bytes: number;
  /** Made safe to show. */
  readonly fileName: string;
  readonly patient: PatientHints;
  /** Day of the visit. */
  readonly date: string;
  readonly eye: Eye | null;
  readonly eyeSource: string | null;
  readonly camera: string | null;
  readonly operator: string | null;
  /** ISO 8601. */
  readonly takenAt: string | null;
}

export interface Taken {
  readonly state: 'taken' | 'duplicate';
  readonly imageId: string;
  readonly visitId: string;
}

/** Has something done with new images, within the transaction that makes them. */
export type Enqueue = (db: Database, imageIds: readonly string[]) => Promise<void>;

/**
 * Makes files images of their patients' visits and has them read, all or nothing. The same bytes are the same image, whatever
 * they are called.
 *
 * @param db within the transaction of {@link keepBlobs}, so that the bytes stay
 * @returns what became of each
 */
export function takeImages(
  db: Database,
  batchId: string,
  images: readonly NewImage[],
  enqueue: Enqueue,
): Promise<Taken[]> {
  return atOnce(db, async (trx) => {
    const hashes = images.map(({ sha256 }) => sha256);
    // One group of an import after the other: what waits of it is counted, and it may be cancelled meanwhile.
    await trx.selectFrom('batches').select('id').where('id', '=', batchId).forNoKeyUpdate().execute();
    await lockContents(trx, hashes);
    const before = await imagesByHash(trx, hashes);
    const firsts = images.filter(({ sha256 }, i) => hashes.indexOf(sha256) === i);
    const fresh = firsts.filter(({ sha256 }) => !before.has(sha256));
    // All at once, also those of images that are read for this import after all: they are locked in one order.
    const visits = await visitsOf(trx, [
      ...fresh,
      ...[...before.values()].filter(({ isToRead }) => isToRead),
    ]);
    const known = new Map<string, Known>([...before, ...(await makeImages(trx, fresh, visits))]);
    const toRead = firsts.map(({ sha256 }) => known.get(sha256)!).filter(({ isToRead }) => isToRead);
    if (toRead.length > 0) {
      const ids = toRead.map(({ id }) => id);
      await awaitReading(trx, ids);
      await enqueue(trx, ids);
    }
    const taken = images.map((image): Taken => {
      const { id, visitId, isToRead } = known.get(image.sha256)!;
      const state = isToRead && firsts.includes(image) ? 'taken' : 'duplicate';
      return { state, imageId: id, visitId };
    });
    await addItems(
      trx,
      batchId,
      images.map(({ fileName }, i) => ({ name: fileName, ...taken[i]! })),
    );
    await tell(trx, { type: 'batch', batchId });
    return taken;
  });
}

/** Others who take the same bytes wait, in an order in which nobody waits for each other, until this transaction ends. */
async function lockContents(trx: Database, hashes: readonly string[]): Promise<void> {
  await sql`select pg_advisory_xact_lock(key) from (
      select distinct hashtextextended(sha256, 0) as key from unnest(${hashes}::text[]) as sha256 order by key
    ) as keys`.execute(trx);
}

/** An image by what is in its file. */
interface Known {
  readonly id: string;
  readonly visitId: string;
  /** It is new, or its imports were cancelled before it was read. */
  readonly isToRead: boolean;
}

async function imagesByHash(
  trx: Database,
  hashes: readonly string[],
): Promise<Map<string, Known & VisitHints>> {
  const rows = await trx
    .selectFrom('images')
    .innerJoin('visits', 'visits.id', 'visit_id')
    .innerJoin('patients', 'patients.id', 'patient_id')
    .select(['images.sha256', 'images.id', 'visit_id as visitId', isGivenUp.as('isToRead')])
    .select(['patients.identifier', 'visits.date'])
    .where('sha256', '=', sql<string>`any(${hashes}::text[])`)
    .execute();
  return new Map(
    rows.map(({ sha256, identifier, ...image }) => [sha256, { ...image, patient: { identifier } }]),
  );
}

/** @param visits theirs */
async function makeImages(
  trx: Database,
  images: readonly NewImage[],
  visits: readonly string[],
): Promise<Map<string, Known>> {
  if (images.length === 0) return new Map();
  const rows = await trx
    .insertInto('images')
    .values(
      images.map((image, i) => ({
        sha256: image.sha256,
        file_name: image.fileName,
        bytes: image.bytes,
        visit_id: visits[i]!,
        eye: image.eye,
        eye_source: image.eyeSource,
        camera: image.camera,
        operator: image.operator,
        taken_at: image.takenAt,
      })),
    )
    .returning(['sha256', 'id', 'visit_id as visitId'])
    .execute();
  return new Map(rows.map(({ sha256, ...image }) => [sha256, { ...image, isToRead: true }]));
}

const awaitReading = (trx: Database, imageIds: readonly string[]) =>
  trx
    .updateTable('visits')
    .set({ state: 'waiting', updated_at: sql`now()` })
    .where('id', 'in', (eb) =>
      eb.selectFrom('images').select('visit_id').where('id', '=', sql<string>`any(${imageIds}::uuid[])`),
    )
    .execute();

/** Writes down what became of the files of an import; of two of a name the first. */
async function addItems(
  trx: Database,
  batchId: string,
  items: readonly (Taken & { readonly name: string })[],
): Promise<void> {
  const names = items.map(({ name }) => name);
  await trx
    .insertInto('batch_items')
    .values(
      items
        .filter(({ name }, i) => names.indexOf(name) === i)
        .map(({ name, state, imageId }) => ({ batch_id: batchId, name, state, image_id: imageId })),
    )
    // Handed over again after an answer was lost: what became of it the first time stands, unless it was refused.
    .onConflict((conflict) =>
      conflict
        .columns(['batch_id', 'name'])
        .doUpdateSet((eb) => ({
          state: eb.ref('excluded.state'),
          image_id: eb.ref('excluded.image_id'),
          error: null,
        }))
        .where('batch_items.state', '=', 'refused'),
    )
    .execute();
}

const IMAGE_COLUMNS = [
  'id',
  'sha256',
  'file_name as fileName',
  'bytes',
  'visit_id as visitId',
  'eye',
  'eye_source as eyeSource',
  'width',
  'height',
  'modality',
  'quality',
  'camera',
  'operator',
  'taken_at as takenAt',
] as const;

export type StoredImage = Awaited<ReturnType<typeof readImage>>;

/** @throws FoveaError `NOT_FOUND` */
export async function readImage(db: Database, id: string) {
  const image = await db.selectFrom('images').select(IMAGE_COLUMNS).where('id', '=', id).executeTakeFirst();
  if (!image) throw new FoveaError('NOT_FOUND');
  return image;
}

/**
 * An image that is to be read: whether nobody waits for it (all imports that it came with were cancelled), and what was
 * said of it before.
 *
 * @throws FoveaError `NOT_FOUND`
 */
export async function imageToRead(db: Database, id: string) {
  const image = await db
    .selectFrom('images')
    .select(['id', 'sha256', 'file_name as fileName', 'eye', 'modality'])
    .select((eb) => [
      isCancelled.as('isCancelled'),
      jsonArrayFrom(
        eb
          .selectFrom('readings')
          .whereRef('readings.image_id', '=', 'images.id')
          .select(['model_sha256 as sha256', 'refusal']),
      ).as('said'),
    ])
    .where('id', '=', id)
    .executeTakeFirst();
  if (!image) throw new FoveaError('NOT_FOUND');
  return image;
}

/** Right eye, left eye, unknown; within each in the order in which they came. */
export const imagesOf = (db: Database, visitIds: readonly string[]): Promise<StoredImage[]> =>
  visitIds.length === 0
    ? Promise.resolve([])
    : db
        .selectFrom('images')
        .select(IMAGE_COLUMNS)
        .where('visit_id', 'in', [...visitIds])
        .orderBy(sql`eye nulls last`)
        .orderBy('id')
        .execute();

/** Of the advisory lock of those who move images. */
const MOVING = 0x66_6f_76_65_6d;

/** Where an image belongs. */
interface Place {
  readonly eye: Eye | null;
  readonly patient: string;
  /** Day of the visit. */
  readonly date: string;
}

/**
 * Corrects where an image belongs. A signed visit that an image comes to, leaves, or is of the other eye in, was not signed
 * as it is now: it is open again, its reviews stand. A visit without images is listed nowhere until it has some.
 *
 * @param actor by whom, for the audit
 * @throws FoveaError `NOT_FOUND`
 */
export function moveImage(
  db: Database,
  id: string,
  change: Partial<Place>,
  { actor, outcome }: { readonly actor: string; readonly outcome: WorkOut },
): Promise<void> {
  return db.transaction().execute(async (trx) => {
    // One after the other: two who move images between the same two visits would wait for each other.
    await sql`select pg_advisory_xact_lock(${MOVING})`.execute(trx);
    const before = await trx
      .selectFrom('images')
      .innerJoin('visits', 'visits.id', 'images.visit_id')
      .innerJoin('patients', 'patients.id', 'visits.patient_id')
      .select(['images.visit_id as visitId', 'images.eye', 'patients.identifier as patient', 'visits.date'])
      .where('images.id', '=', id)
      .forNoKeyUpdate('images')
      .executeTakeFirst();
    if (!before) throw new FoveaError('NOT_FOUND');
    const { visitId: source, ...from } = before;
    const to = { ...from, ...change };
    if (to.eye === from.eye && to.patient === from.patient && to.date === from.date) return;
    const [target] = (await visitsOf(trx, [{ patient: { identifier: to.patient }, date: to.date }])) as [
      string,
    ];
    const held = await trx
      .selectFrom('visits')
      .select(['id', 'state'])
      .where('id', 'in', [source, target])
      .forUpdate()
      .execute();
    await trx
      .updateTable('images')
      .set({ visit_id: target, ...(to.eye !== from.eye && { eye: to.eye, eye_source: to.eye && 'typed' }) })
      .where('id', '=', id)
      .execute();
    const isEmptied = source !== target && !(await hasImages(trx, source));
    if (isEmptied) {
      const nothing = { outcome: null, result: null, level: null, triage: null, quality: null };
      await trx
        .updateTable('visits')
        .set({ ...nothing, emptied_at: sql`now()` })
        .where('id', '=', source)
        .execute();
      await tell(trx, { type: 'visit', visitId: source });
    }
    const left = held.filter((visit) => !isEmptied || visit.id !== source);
    const reopened = left.filter(
      (visit) => visit.state === 'signed' || (visit.id === target && source !== target),
    );
    for (const visit of reopened)
      await trx.updateTable('visits').set({ state: 'waiting' }).where('id', '=', visit.id).execute();
    for (const visit of left)
      await saveOutcome(trx, reopened.includes(visit) ? { ...visit, state: 'waiting' } : visit, outcome);
    await appendAudit(trx, {
      actor,
      action: 'image.move',
      subject: `image ${id}`,
      detail: {
        from: { ...from, visit: source },
        to: { ...to, visit: target },
        reopened: reopened.filter(({ state }) => state === 'signed').map((visit) => visit.id),
        ...(isEmptied && { emptied: source }),
      },
    });
  });
}

const hasImages = async (trx: Database, visitId: string): Promise<boolean> =>
  (await trx
    .selectFrom('images')
    .select('id')
    .where('visit_id', '=', visitId)
    .limit(1)
    .executeTakeFirst()) !== undefined;

/** Of images: what their files were called, and whose they are. */
export const imagePlaces = (db: Database, ids: readonly string[]) =>
  ids.length === 0
    ? Promise.resolve([])
    : db
        .selectFrom('images')
        .innerJoin('visits', 'visits.id', 'images.visit_id')
        .innerJoin('patients', 'patients.id', 'visits.patient_id')
        .select([
          'images.id',
          'images.file_name as fileName',
          'images.visit_id as visitId',
          'visits.state',
          'patients.identifier as patient',
        ])
        .where('images.id', 'in', [...ids])
        .execute();
