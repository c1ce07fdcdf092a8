import { type RawBuilder, sql } from 'kysely';
import type { Database } from './database.ts';

/** What an outcome was worked out from. */
export interface Basis {
  readonly rule: { readonly id: string; readonly version: string; readonly sha256: string };
  /** Ids of readings. */
  readonly readings: readonly string[];
}

export interface StoredOutcome extends Basis {
  readonly id: string;
  readonly at: string;
  readonly outcome: unknown;
}

/**
 * The part of a statement (a common table expression) that writes down what a rule made of a visit, where that is not what
 * stands there last. The visit's row is locked.
 *
 * @param text outcome as JSON
 */
export function outcomeInsert(
  visitId: string,
  { rule, readings }: Basis,
  text: string | null,
): RawBuilder<Record<string, never>> {
  const ids = [...readings].sort();
  return sql`(insert into outcomes (visit_id, number, rule_id, rule_version, rule_sha256, readings, outcome)
    select ${visitId}, coalesce(last.number, 0) + 1, ${rule.id}, ${rule.version}, ${rule.sha256},
      ${ids}::uuid[], ${text}::jsonb
    from (select 1) one left join lateral (
      select number, rule_sha256, readings, outcome from outcomes
      where visit_id = ${visitId} order by number desc limit 1) last on true
    where (last.rule_sha256, last.readings, last.outcome)
      is distinct from (${rule.sha256}, ${ids}::uuid[], ${text}::jsonb))`;
}

/** What became of a visit by rule and readings, the newest first. */
export async function outcomesOf(db: Database, visitId: string): Promise<StoredOutcome[]> {
  const rows = await db
    .selectFrom('outcomes')
    .select(['id', 'created_at', 'rule_id', 'rule_version', 'rule_sha256', 'readings', 'outcome'])
    .where('visit_id', '=', visitId)
    .orderBy('number', 'desc')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    at: row.created_at,
    rule: { id: row.rule_id, version: row.rule_version, sha256: row.rule_sha256 },
    readings: row.readings,
    outcome: row.outcome,
  }));
}
