import { sql } from 'kysely';
import type { Database } from './database.ts';
import type { OutcomeResult } from './tables.ts';

/** A part of a whole. */
export interface Proportion {
  readonly hits: number;
  readonly of: number;
}

/** The pictures of one camera or of one operator. */
export interface SourceQuality {
  readonly name: string;
  readonly images: number;
  readonly notGradable: number;
  /** 0–1. */
  readonly meanScore: number | null;
}

const RESULTS: readonly OutcomeResult[] = ['negative', 'positive', 'ungradable'];

/**
 * How models, readers and cameras did, of what was signed and imported within some days. Of each visit the last review
 * counts.
 */
export async function measurePerformance(db: Database, { from, to }: { from?: string; to?: string } = {}) {
  // What the model said is what the reader had before them; the visit may have got other images since.
  const signed = await sql<{
    reader: string;
    decision: string;
    model: OutcomeResult | null;
    human: OutcomeResult | null;
    blinded: boolean;
    agreed: boolean | null;
    isLast: boolean;
    isCompared: boolean;
  }>`select * from (select reader, decision, seen ->> 'result' as model, result as human, blinded, agreed,
       row_number() over (partition by visit_id order by number desc) = 1 as "isLast",
       row_number() over (partition by visit_id order by blinded desc, number desc) = 1 as "isCompared"
     from reviews
     where (${from ?? null}::date is null or signed_at >= ${from ?? null}::date)
       and (${to ?? null}::date is null or signed_at < ${to ?? null}::date + 1)
     ) chosen where "isLast" or "isCompared"`.execute(db);
  const reviews = signed.rows.filter(({ isLast }) => isLast);
  // Who graded before seeing the answer agrees of their own; what they sign afterwards is what counts for the patient.
  const compared = signed.rows.filter(({ isCompared, model, human }) => isCompared && model && human);
  const matrix = RESULTS.map((model) =>
    RESULTS.map((human) => compared.filter((row) => row.model === model && row.human === human).length),
  );
  const readers = [...new Set(reviews.map(({ reader }) => reader))].sort();
  const within = sql`(${from ?? null}::date is null or images.created_at >= ${from ?? null}::date)
    and (${to ?? null}::date is null or images.created_at < ${to ?? null}::date + 1)`;
  const sources = async (column: 'camera' | 'operator') => {
    const { rows } = await sql<SourceQuality>`select ${sql.ref(column)} as name, count(*) as images,
        count(*) filter (where quality = 'not gradable') as "notGradable", avg(quality_score)::float8 as "meanScore"
      from images where ${sql.ref(column)} is not null and ${within} group by 1 order by 2 desc, 1 limit 100`.execute(
      db,
    );
    return rows;
  };
  const weeks = await sql<{
    week: string;
    images: number;
    meanQuality: number | null;
    notGradable: number;
    positive: number;
    meanTriage: number | null;
    unlike: number;
  }>`select to_char(date_trunc('week', images.created_at), 'YYYY-MM-DD') as week, count(*) as images,
      avg(quality_score)::float8 as "meanQuality",
      count(*) filter (where images.quality = 'not gradable') as "notGradable",
      count(distinct visits.id) filter (where visits.result = 'positive') as positive,
      avg(visits.triage)::float8 as "meanTriage",
      count(*) filter (where exists (select from readings where image_id = images.id
        and reading -> 'gate' -> 'familiarity' ->> 'unlike' = 'true')) as unlike
    from images join visits on visits.id = images.visit_id
    where ${within} group by 1 order by 1`.execute(db);
  return {
    signed: reviews.length,
    agreement: {
      matrix,
      agreed: { hits: compared.filter(({ model, human }) => model === human).length, of: compared.length },
      blinded: {
        hits: compared.filter(({ model, human, blinded }) => blinded && model === human).length,
        of: compared.filter(({ blinded }) => blinded).length,
      },
      kappa: kappaOf(matrix),
    },
    overridden: {
      hits: reviews.filter(({ decision }) => decision === 'changed').length,
      of: reviews.length,
    },
    readers: readers.map((reader) => {
      const own = reviews.filter((row) => row.reader === reader);
      return {
        reader,
        signed: own.length,
        agreed: own.filter(({ agreed }) => agreed).length,
        changed: own.filter(({ decision }) => decision === 'changed').length,
      };
    }),
    cameras: await sources('camera'),
    operators: await sources('operator'),
    weeks: weeks.rows,
  };
}

/** Cohen's kappa (Educ Psychol Meas 1960;20:37), unweighted; null where chance alone would agree wholly. */
export function kappaOf(matrix: readonly (readonly number[])[]): number | null {
  const n = matrix.flat().reduce((a, b) => a + b, 0);
  if (n === 0) return null;
  const observed = matrix.reduce((sum, row, i) => sum + row[i]!, 0) / n;
  const expected = matrix.reduce((sum, row, i) => {
    const [model, human] = [row.reduce((a, b) => a + b, 0), matrix.reduce((a, other) => a + other[i]!, 0)];
    return sum + (model / n) * (human / n);
  }, 0);
  return expected === 1 ? null : (observed - expected) / (1 - expected);
}
