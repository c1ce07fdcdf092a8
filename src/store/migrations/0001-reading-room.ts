import { type Kysely, sql } from 'kysely';

/** Patients, visits, images, readings, reviews, reports, people and the audit. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    `create table patients (
      id uuid primary key default uuidv7(),
      identifier text not null unique check (identifier <> ''),
      name text,
      birth_date date,
      sex text check (sex in ('female', 'male', 'other')),
      created_at timestamptz not null default now()
    )`,
    // What is asked for is a part of either, in any case.
    `create index patients_search on patients (lower(identifier || ' ' || coalesce(name, '')))`,
    `create table visits (
      id uuid primary key default uuidv7(),
      patient_id uuid not null references patients,
      date date not null,
      state text not null default 'waiting' check (state in ('waiting', 'open', 'signed', 'retake')),
      outcome jsonb,
      result text check (result in ('negative', 'positive', 'ungradable')),
      level text,
      triage real,
      quality text,
      signed_result text check (signed_result in ('negative', 'positive', 'ungradable')),
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (patient_id, date)
    )`,
    `create index visits_triage on visits (triage desc nulls last, id)`,
    `create index visits_state on visits (state, triage desc nulls last, id)`,
    `create index visits_newest on visits (date desc, id)`,
    `create table batches (
      id uuid primary key default uuidv7(),
      name text not null,
      source text not null check (source in ('files', 'folder', 'watch', 'api')),
      options jsonb not null,
      created_by text not null,
      created_at timestamptz not null default now(),
      finished_at timestamptz,
      cancelled_at timestamptz
    )`,
    `create table images (
      id uuid primary key default uuidv7(),
      sha256 text not null unique check (sha256 ~ '^[0-9a-f]{64}$'),
      file_name text not null,
      bytes bigint not null,
      visit_id uuid not null references visits,
      eye text check (eye in ('OD', 'OS')),
      eye_source text,
      width integer,
      height integer,
      modality text,
      quality text,
      quality_score real,
      camera text,
      operator text,
      taken_at timestamptz,
      created_at timestamptz not null default now()
    )`,
    `create index images_visit on images (visit_id)`,
    `create table batch_items (
      id uuid primary key default uuidv7(),
      batch_id uuid not null references batches,
      name text not null,
      state text not null check (state in ('taken', 'duplicate', 'refused')),
      image_id uuid references images,
      error jsonb,
      created_at timestamptz not null default now(),
      unique (batch_id, name)
    )`,
    `create index batch_items_image on batch_items (image_id)`,
    `create table readings (
      id uuid primary key default uuidv7(),
      image_id uuid not null references images,
      model_name text not null,
      model_version text not null,
      model_sha256 text not null,
      fovea_version text not null,
      reading jsonb,
      refusal jsonb,
      created_at timestamptz not null default now(),
      check (num_nonnulls(reading, refusal) = 1),
      unique (image_id, model_sha256)
    )`,
    `create table reviews (
      id uuid primary key default uuidv7(),
      visit_id uuid not null references visits,
      reader text not null,
      role text not null,
      decision text not null check (decision in ('confirmed', 'changed', 'retake')),
      grades jsonb not null,
      result text check (result in ('negative', 'positive', 'ungradable')),
      comment text not null,
      blinded boolean not null,
      agreed boolean,
      seen jsonb,
      signed_at timestamptz not null default now()
    )`,
    `create index reviews_visit on reviews (visit_id, signed_at desc)`,
    `create table reports (
      id uuid primary key default uuidv7(),
      visit_id uuid not null references visits,
      review_id uuid references reviews,
      language text not null,
      format text not null,
      sha256 text not null,
      bytes bigint not null,
      created_by text not null,
      created_at timestamptz not null default now()
    )`,
    `create index reports_visit on reports (visit_id)`,
    `create table uploads (
      id uuid primary key default uuidv7(),
      batch_id uuid not null references batches,
      name text not null,
      size bigint not null,
      created_at timestamptz not null default now()
    )`,
    `create table users (
      id uuid primary key default uuidv7(),
      login text not null unique check (login <> ''),
      name text not null,
      role text not null check (role in ('technician', 'reader', 'senior', 'admin')),
      password text not null,
      disabled boolean not null default false,
      created_at timestamptz not null default now()
    )`,
    `create table sessions (
      hash text primary key,
      user_id uuid not null references users on delete cascade,
      created_at timestamptz not null default now(),
      seen_at timestamptz not null default now(),
      expires_at timestamptz not null
    )`,
    `create table tokens (
      id uuid primary key default uuidv7(),
      hash text not null unique,
      name text not null,
      user_id uuid not null references users on delete cascade,
      role text not null check (role in ('technician', 'reader', 'senior', 'admin')),
      created_at timestamptz not null default now(),
      expires_at timestamptz,
      last_used_at timestamptz,
      revoked boolean not null default false
    )`,
    `create table webhooks (
      id uuid primary key default uuidv7(),
      url text not null,
      secret text not null,
      events jsonb not null,
      disabled boolean not null default false,
      created_at timestamptz not null default now()
    )`,
    `create table webhook_deliveries (
      id uuid primary key default uuidv7(),
      webhook_id uuid not null references webhooks on delete cascade,
      event text not null,
      body jsonb not null,
      status integer,
      attempts integer not null default 0,
      next_at timestamptz,
      delivered_at timestamptz,
      error text,
      created_at timestamptz not null default now()
    )`,
    `create index webhook_deliveries_due on webhook_deliveries (next_at) where next_at is not null`,
    `create table audit (
      seq bigint primary key,
      at text not null,
      actor text not null,
      action text not null,
      subject text not null,
      detail text not null,
      previous text not null,
      hash text not null
    )`,
    `create table settings (key text primary key, value jsonb not null)`,
    `create function refuse_change() returns trigger language plpgsql as $$
      begin raise exception '% is append-only', tg_table_name; end $$`,
    ...['readings', 'reviews', 'reports', 'audit'].map(
      (table) => `create trigger ${table}_append_only before update or delete or truncate on ${table}
        for each statement execute function refuse_change()`,
    ),
  ];
  for (const statement of statements) await sql.raw(statement).execute(db);
}
