import { sql } from 'kysely';
import { type Blinding, mayBeSeen } from './blinding.ts';
import type { Database } from './database.ts';
import type { Grade, Grades } from './reviews.ts';
import type { Eye, OutcomeResult, ReviewsTable } from './tables.ts';

/** A signature, with what the reader had before them. */
export interface SignedRecord {
  /** Id of the patient. */
  readonly patient: string;
  readonly login: string;
  readonly reader: string;
  readonly decision: ReviewsTable['decision'];
  /** What the models said of the visit at that time; it may have got other images since. */
  readonly model: OutcomeResult | null;
  readonly modelEyes: readonly ({ readonly eye: Eye | null } & Grade)[];
  readonly human: OutcomeResult | null;
  readonly grades: Grades;
  readonly blinded: boolean;
  readonly agreed: boolean | null;
  /** The last one of the visit. */
  readonly isLast: boolean;
  /** The reader's last one of the visit. */
  readonly isOwnLast: boolean;
  /** The visit's last verdict, of one that was graded blinded the last of those. */
  readonly isCompared: boolean;
}

/** The pictures of one camera or of one operator; `name` null: of those that nobody named. */
export interface SourceRecord {
  readonly name: string | null;
  readonly images: number;
  readonly notGradable: number;
  /** 0–1. */
  readonly meanScore: number | null;
}

/** What came in within a week: `images` of `visits` that have an answer which may be seen. */
export interface WeekRecord {
  /** Its Monday. */
  readonly week: string;
  readonly images: number;
  readonly meanQuality: number | null;
  readonly notGradable: number;
  readonly unlike: number;
  readonly visits: number;
  readonly positive: number;
  readonly meanTriage: number | null;
}

/** What was signed and what was imported within some days, both ends included. */
export async function performanceRecords(
  db: Database,
  { from, to, blindedFirst = false }: { from?: string; to?: string } & Partial<Blinding> = {},
) {
  const within = (
    moment: string,
  ) => sql`(${from ?? null}::date is null or ${sql.ref(moment)} >= ${from ?? null}::date)
    and (${to ?? null}::date is null or ${sql.ref(moment)} < ${to ?? null}::date + 1)`;
  // Who graded before seeing the answer agrees of their own; what they sign afterwards is what counts for the patient.
  const signed = await sql<SignedRecord>`select * from (
      select visits.patient_id as patient, coalesce(login, reader) as login, reader, decision,
        seen ->> 'result' as model, coalesce(seen -> 'eyes', '[]'::jsonb) as "modelEyes", reviews.result as human, grades,
        blinded, agreed,
        row_number() over (partition by visit_id order by number desc) = 1 as "isLast",
        row_number() over (partition by visit_id, coalesce(login, reader) order by number desc) = 1 as "isOwnLast",
        row_number() over (partition by visit_id order by decision = 'retake', blinded desc, number desc) = 1
          and decision <> 'retake' as "isCompared"
      from reviews join visits on visits.id = visit_id
      where ${within('signed_at')}
    ) chosen where "isOwnLast" or "isCompared" order by login`.execute(db);
  const sources = async (column: 'camera' | 'operator') =>
    (
      await sql<SourceRecord>`select ${sql.ref(column)} as name, count(*) as images,
          count(*) filter (where quality = 'not gradable') as "notGradable", avg(quality_score)::float8 as "meanScore"
        from images where ${within('created_at')} group by 1 order by 2 desc, 1 limit 100`.execute(db)
    ).rows;
  const weeks = await sql<WeekRecord>`with pictures as (
      select *, date_trunc('week', created_at) as week from images where ${within('created_at')}
    ), inputs as (
      select week, count(*) as images, avg(quality_score)::float8 as "meanQuality",
        count(*) filter (where quality = 'not gradable') as "notGradable",
        count(*) filter (where exists (select from readings where image_id = pictures.id
          and reading -> 'gate' -> 'familiarity' ->> 'unlike' = 'true')) as unlike
      from pictures group by week
    ), outputs as (
      select week, count(visits.result) as visits, count(*) filter (where visits.result = 'positive') as positive,
        avg(visits.triage)::float8 as "meanTriage"
      from (select distinct week, visit_id from pictures) came
        left join visits on visits.id = visit_id and ${mayBeSeen({ blindedFirst })}
      group by week
    )
    select to_char(week, 'YYYY-MM-DD') as week, images, "meanQuality", "notGradable", unlike, visits, positive, "meanTriage"
    from inputs join outputs using (week) order by 1`.execute(db);
  return {
    signed: signed.rows,
    cameras: await sources('camera'),
    operators: await sources('operator'),
    weeks: weeks.rows,
  };
}
