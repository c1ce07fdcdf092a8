import { sql } from 'kysely';
import { FoveaError } from '../core/errors.ts';
import { appendAudit } from './audit.ts';
import type { Database } from './database.ts';
import type { PatientsTable } from './tables.ts';

/** What is known of a patient. */
export interface PatientHints {
  /** The clinic's own number. */
  readonly identifier: string;
  readonly name?: string | null;
  readonly birthDate?: string | null;
  readonly sex?: PatientsTable['sex'];
}

export interface Patient {
  readonly id: string;
  readonly identifier: string;
  readonly name: string | null;
  readonly birthDate: string | null;
  readonly sex: PatientsTable['sex'];
}

export const PATIENT_COLUMNS = [
  'patients.id',
  'patients.identifier',
  'patients.name',
  'patients.birth_date as birthDate',
  'patients.sex',
] as const;

/**
 * The patients of identifiers, made where there are none; what was not known of them before is filled in. Until the transaction
 * ends nobody else brings them anything: their rows are locked, in the order of identifiers, so that two who bring the same
 * patients never wait for each other.
 *
 * @returns ids by identifier
 */
export async function patientsOf(db: Database, hints: readonly PatientHints[]): Promise<Map<string, string>> {
  const told = new Map<string, Required<PatientHints>>();
  for (const { identifier: given, name, birthDate, sex } of hints) {
    // As the database writes it: half of a letter of two halves becomes U+FFFD.
    const identifier = given.toWellFormed();
    const before = told.get(identifier);
    told.set(identifier, {
      identifier,
      name: before?.name ?? name ?? null,
      birthDate: before?.birthDate ?? birthDate ?? null,
      sex: before?.sex ?? sex ?? null,
    });
  }
  if (told.size === 0) return new Map();
  const rows = await db
    .insertInto('patients')
    .values(
      [...told.keys()].sort().map((key) => {
        const { identifier, name, birthDate, sex } = told.get(key)!;
        return { identifier, name, birth_date: birthDate, sex };
      }),
    )
    .onConflict((conflict) =>
      conflict.column('identifier').doUpdateSet((eb) => ({
        name: eb.fn.coalesce('patients.name', 'excluded.name'),
        birth_date: eb.fn.coalesce('patients.birth_date', 'excluded.birth_date'),
        sex: eb.fn.coalesce('patients.sex', 'excluded.sex'),
      })),
    )
    .returning(['id', 'identifier'])
    .execute();
  const ids = new Map(rows.map(({ id, identifier }) => [identifier, id]));
  return new Map(hints.map(({ identifier }) => [identifier, ids.get(identifier.toWellFormed())!]));
}

/** @throws FoveaError `NOT_FOUND` */
export async function readPatient(db: Database, id: string): Promise<Patient> {
  const patient = await db
    .selectFrom('patients')
    .select(PATIENT_COLUMNS)
    .where('id', '=', id)
    .executeTakeFirst();
  if (!patient) throw new FoveaError('NOT_FOUND');
  return patient;
}

/** Condition that a part of the identifier or name is `text`, in any case. */
export const isCalled = (text: string) =>
  sql<boolean>`strpos(lower(patients.identifier || ' ' || coalesce(patients.name, '')), ${text.toLowerCase()}) > 0`;

/** By identifier. */
export async function listPatients(db: Database, { search = '', offset = 0, limit = 100 }) {
  let query = db.selectFrom('patients');
  if (search) query = query.where(isCalled(search));
  const [patients, { total }] = await Promise.all([
    query
      .select(PATIENT_COLUMNS)
      .select((eb) => [
        eb
          .selectFrom('visits')
          .whereRef('visits.patient_id', '=', 'patients.id')
          .where('visits.emptied_at', 'is', null)
          .select(({ fn }) => fn.countAll<number>().as('n'))
          .$castTo<number>()
          .as('visits'),
        eb
          .selectFrom('visits')
          .whereRef('visits.patient_id', '=', 'patients.id')
          .where('visits.emptied_at', 'is', null)
          .select(({ fn }) => fn.max('visits.date').as('last'))
          .as('lastVisit'),
      ])
      .orderBy('patients.identifier')
      .offset(offset)
      .limit(limit)
      .execute(),
    query.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow(),
  ]);
  return { patients: patients.map((row) => ({ ...row, visits: Number(row.visits) })), total };
}

/**
 * Corrects what is known of a patient. What was known before stands in the audit: an identity is never lost.
 *
 * @param actor by whom, for the audit
 * @throws FoveaError `NOT_FOUND`; `NOT_WAITING` where another patient has the identifier
 */
export function changePatient(
  db: Database,
  id: string,
  { identifier, name, birthDate, sex }: Partial<PatientHints>,
  actor: string,
): Promise<Patient> {
  const values = {
    ...(identifier !== undefined && { identifier }),
    ...(name !== undefined && { name }),
    ...(birthDate !== undefined && { birth_date: birthDate }),
    ...(sex !== undefined && { sex }),
  };
  return db.transaction().execute(async (trx) => {
    await trx.selectFrom('patients').select('id').where('id', '=', id).forUpdate().execute();
    const before = await readPatient(trx, id);
    if (Object.keys(values).length === 0) return before;
    await trx
      .updateTable('patients')
      .set(values)
      .where('id', '=', id)
      .execute()
      .catch((cause: { code?: string }) => {
        if (cause.code !== UNIQUE_VIOLATION) throw cause;
        throw new FoveaError('NOT_WAITING', {
          reason: 'another patient has this identifier',
          hint: 'Move the images to that patient instead.',
          cause,
        });
      });
    const after = await readPatient(trx, id);
    const changed = (['identifier', 'name', 'birthDate', 'sex'] as const).filter(
      (field) => before[field] !== after[field],
    );
    const only = (patient: Patient) => Object.fromEntries(changed.map((field) => [field, patient[field]]));
    if (changed.length > 0)
      await appendAudit(trx, {
        actor,
        action: 'patient.change',
        subject: `patient ${id}`,
        detail: { from: only(before), to: only(after) },
      });
    return after;
  });
}

/** https://www.postgresql.org/docs/18/errcodes-appendix.html */
const UNIQUE_VIOLATION = '23505';
