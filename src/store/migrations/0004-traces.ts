import { type Kysely, sql } from 'kysely';

/**
 * Who signed, by login: names are not unique. Which rule made which outcome of which readings, kept when it changes. Visits
 * that lost their last image. Saved views of the worklist.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    `create table outcomes (
      id uuid primary key default uuidv7(),
      visit_id uuid not null references visits,
      number integer not null,
      rule_id text not null,
      rule_version text not null,
      rule_sha256 text not null,
      readings uuid[] not null,
      outcome jsonb,
      created_at timestamptz not null default now(),
      unique (visit_id, number)
    )`,
    `create trigger outcomes_append_only before update or delete or truncate on outcomes
      for each statement execute function refuse_change()`,
    `alter table reviews add column login text, add column outcome_id uuid references outcomes`,
    `alter table reviews disable trigger reviews_append_only`,
    // The audit knows who signed what was signed before.
    `update reviews set login = audit.actor from audit
      where audit.action = 'review.sign' and audit.detail::jsonb ->> 'review' = reviews.id::text`,
    `alter table reviews enable trigger reviews_append_only`,
    // Reviews and reports of an image that was another patient's stand; the worklist does without their visit.
    `alter table visits add column emptied_at timestamptz`,
    `update visits set emptied_at = now() where not exists (select from images where visit_id = visits.id)`,
    `create table views (
      login text not null,
      name text not null check (name <> ''),
      query text not null,
      primary key (login, name)
    )`,
  ])
    await sql.raw(statement).execute(db);
}
