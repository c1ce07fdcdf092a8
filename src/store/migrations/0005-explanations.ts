import { type Kysely, sql } from 'kysely';

/** What a model's answer of an image rests on, kept as it was first found. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    `create table explanations (
      id uuid primary key default uuidv7(),
      image_id uuid not null references images,
      model_sha256 text not null,
      label text not null,
      eye text check (eye in ('OD', 'OS')),
      fovea_version text not null,
      answer jsonb not null,
      created_at timestamptz not null default now(),
      unique nulls not distinct (image_id, model_sha256, label, eye, fovea_version)
    )`,
    `create trigger explanations_append_only before update or delete or truncate on explanations
      for each statement execute function refuse_change()`,
  ])
    await sql.raw(statement).execute(db);
}
