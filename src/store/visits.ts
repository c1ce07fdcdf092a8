import { sql } from 'kysely';
import { FoveaError } from '../core/errors.ts';
import { mayBeSeen } from './blinding.ts';
import type { Database } from './database.ts';
import { isCalled, type Patient, type PatientHints, patientsOf } from './patients.ts';
import type { Eye, OutcomeResult, VisitState } from './tables.ts';

/** One patient on one day. */
export interface VisitRow {
  readonly id: string;
  readonly date: string;
  readonly patient: Patient;
  readonly state: VisitState;
  readonly result: OutcomeResult | null;
  readonly level: string | null;
  readonly triage: number | null;
  readonly quality: string | null;
  readonly images: number;
  readonly eyes: Eye[];
  readonly coverId: string | null;
  readonly signedResult: OutcomeResult | null;
  /** Levels that the last reader gave the eyes that have this result. */
  readonly signedLevel: string | null;
  readonly updatedAt: string;
}

export interface WorklistFilter {
  readonly state?: VisitState;
  readonly result?: OutcomeResult;
  readonly batch?: string;
  readonly patient?: string;
  readonly search?: string;
  readonly from?: string;
  readonly to?: string;
  readonly sort?: 'triage' | 'newest' | 'patient';
  /** Answers that are held back neither choose nor order: those visits come as they came in. */
  readonly blindedFirst?: boolean;
  readonly offset?: number;
  readonly limit?: number;
}

/** A window of the worklist. */
export async function listVisits(db: Database, filter: WorklistFilter = {}): Promise<VisitRow[]> {
  const { sort = 'triage', offset = 0, limit = 100, blindedFirst = false } = filter;
  const window = filtered(db, filter)
    .innerJoin('patients', 'patients.id', 'visits.patient_id')
    .select(['visits.id', 'visits.triage', 'visits.date'])
    .orderBy(
      sort === 'triage'
        ? blindedFirst
          ? sql`case when ${mayBeSeen({ blindedFirst })} then visits.triage end desc nulls last`
          : sql`visits.triage desc nulls last`
        : sort === 'newest'
          ? sql`visits.date desc`
          : sql`patients.identifier`,
    )
    .orderBy('visits.id')
    .offset(offset)
    .limit(limit);
  // The window first: pictures are gathered for its rows alone.
  const ids = (await window.execute()).map(({ id }) => id);
  return rowsOf(db, ids);
}

/** Rows of these visits, in this order; those that there are none of are left out. */
export async function rowsOf(db: Database, ids: readonly string[]): Promise<VisitRow[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('visits')
    .innerJoin('patients', 'patients.id', 'visits.patient_id')
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('images')
          .whereRef('images.visit_id', '=', 'visits.id')
          .select(({ fn }) => [
            fn.countAll<number>().as('images'),
            sql<Eye[] | null>`array_agg(distinct eye) filter (where eye is not null)`.as('eyes'),
            sql<string | null>`(array_agg(id order by eye nulls last, id))[1]`.as('coverId'),
          ])
          .as('pictures'),
      (join) => join.onTrue(),
    )
    .where('visits.id', 'in', [...ids])
    .select([
      'visits.id',
      'visits.date',
      'visits.state',
      'visits.result',
      'visits.level',
      'visits.triage',
      'visits.quality',
      'visits.signed_result as signedResult',
      sql<string | null>`(select string_agg(distinct grade ->> 'level', ', ')
        from (select grades from reviews where visit_id = visits.id order by number desc limit 1) last,
          jsonb_each(last.grades) as of_eye(eye, grade)
        where grade ->> 'result' = visits.signed_result)`.as('signedLevel'),
      'visits.updated_at as updatedAt',
      'patients.id as patientId',
      'patients.identifier',
      'patients.name',
      'patients.birth_date as birthDate',
      'patients.sex',
      'pictures.images',
      'pictures.eyes',
      'pictures.coverId',
    ])
    .execute();
  const byId = new Map(
    rows.map(({ patientId, identifier, name, birthDate, sex, images, eyes, ...row }) => [
      row.id,
      {
        ...row,
        patient: { id: patientId, identifier, name, birthDate, sex },
        images: images ?? 0,
        eyes: eyes ?? [],
      },
    ]),
  );
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** How many pass the filter in each state, whatever state the filter asks for. */
export async function countVisits(
  db: Database,
  { state: _, ...filter }: WorklistFilter = {},
): Promise<Record<VisitState, number>> {
  const rows = await filtered(db, filter)
    .select(['visits.state', ({ fn }) => fn.countAll<number>().as('n')])
    .groupBy('visits.state')
    .execute();
  const counts: Record<VisitState, number> = { waiting: 0, open: 0, signed: 0, retake: 0 };
  for (const { state, n } of rows) counts[state] = n;
  return counts;
}

function filtered(
  db: Database,
  { state, result, batch, patient, search, from, to, blindedFirst = false }: WorklistFilter,
) {
  let query = db.selectFrom('visits').where('visits.emptied_at', 'is', null);
  if (state) query = query.where('visits.state', '=', state);
  if (result) query = query.where('visits.result', '=', result).where(mayBeSeen({ blindedFirst }));
  if (patient) query = query.where('visits.patient_id', '=', patient);
  if (from) query = query.where('visits.date', '>=', from);
  if (to) query = query.where('visits.date', '<=', to);
  if (search)
    query = query.where('visits.patient_id', 'in', (eb) =>
      eb.selectFrom('patients').where(isCalled(search)).select('patients.id'),
    );
  if (batch)
    query = query.where('visits.id', 'in', (eb) =>
      eb
        .selectFrom('batch_items')
        .innerJoin('images', 'images.id', 'batch_items.image_id')
        .where('batch_items.batch_id', '=', batch)
        .select('images.visit_id'),
    );
  return query;
}

/** @throws FoveaError `NOT_FOUND` */
export async function readVisit(db: Database, id: string): Promise<VisitRow & { readonly outcome: unknown }> {
  const [[row], stored] = await Promise.all([
    rowsOf(db, [id]),
    db.selectFrom('visits').select('outcome').where('id', '=', id).executeTakeFirst(),
  ]);
  if (!row || !stored) throw new FoveaError('NOT_FOUND');
  return { ...row, outcome: stored.outcome };
}

/** Of a visit: who came, and on which day. */
export interface VisitHints {
  readonly patient: PatientHints;
  /** Day, ISO 8601. */
  readonly date: string;
}

/**
 * The visits of patients on days, both made where there are none. Their rows are locked, behind those of their patients, in the
 * order of patients' ids and days.
 *
 * @returns their ids, as they were asked for
 */
export async function visitsOf(db: Database, wanted: readonly VisitHints[]): Promise<string[]> {
  if (wanted.length === 0) return [];
  const patients = await patientsOf(
    db,
    wanted.map(({ patient }) => patient),
  );
  const placed = wanted.map(({ patient, date }) => ({ patient_id: patients.get(patient.identifier)!, date }));
  const keyOf = ({ patient_id, date }: (typeof placed)[number]) => `${patient_id} ${date}`;
  const byKey = new Map(placed.map((visit) => [keyOf(visit), visit]));
  const rows = await db
    .insertInto('visits')
    .values([...byKey.keys()].sort().map((key) => byKey.get(key)!))
    .onConflict((conflict) =>
      conflict.columns(['patient_id', 'date']).doUpdateSet({ updated_at: sql`now()`, emptied_at: null }),
    )
    .returning(['id', 'patient_id', 'date'])
    .execute();
  const ids = new Map(rows.map((row) => [keyOf(row), row.id]));
  return placed.map((visit) => ids.get(keyOf(visit))!);
}
