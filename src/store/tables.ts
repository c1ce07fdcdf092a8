import type { ColumnType, Generated, JSONColumnType } from 'kysely';

/** The database as TypeScript sees it; made by `migrations/`. Days and moments are text, ISO 8601. */

/** Written as a Date or an ISO text, read as an ISO text. */
type Moment = ColumnType<string, Date | string | undefined, Date | string>;
type MaybeMoment = ColumnType<string | null, Date | string | null | undefined, Date | string | null>;
type Json<T> = ColumnType<T, string, string>;
type MaybeJson<T> = ColumnType<T | null, string | null | undefined, string | null>;

export type Eye = 'OD' | 'OS';
export type OutcomeResult = 'negative' | 'positive' | 'ungradable';
export type VisitState = 'waiting' | 'open' | 'signed' | 'retake';
export type Role = 'technician' | 'reader' | 'senior' | 'admin';

export interface PatientsTable {
  id: Generated<string>;
  identifier: string;
  name: string | null;
  birth_date: string | null;
  sex: 'female' | 'male' | 'other' | null;
  created_at: Moment;
}

export interface VisitsTable {
  id: Generated<string>;
  patient_id: string;
  date: string;
  state: Generated<VisitState>;
  /** What the models and the rule make of it; worked out anew whenever one of its images is read. */
  outcome: MaybeJson<unknown>;
  result: OutcomeResult | null;
  level: string | null;
  triage: number | null;
  quality: string | null;
  signed_result: OutcomeResult | null;
  /** When its last image was moved elsewhere; null while it has some. */
  emptied_at: MaybeMoment;
  created_at: Moment;
  updated_at: Moment;
}

/** Immutable: what a rule made of a visit's readings, each time that it came out otherwise. */
export interface OutcomesTable {
  id: Generated<string>;
  visit_id: string;
  /** From 1 on, of the visit. */
  number: number;
  rule_id: string;
  rule_version: string;
  /** Of the whole rule: a rule that was changed under its old version is another one. */
  rule_sha256: string;
  /** Ids of the readings that it rests on. */
  readings: string[];
  outcome: MaybeJson<unknown>;
  created_at: Moment;
}

export interface BatchesTable {
  id: Generated<string>;
  name: string;
  source: string;
  options: Json<unknown>;
  created_by: string;
  created_at: Moment;
  finished_at: MaybeMoment;
  cancelled_at: MaybeMoment;
}

/** A file that was handed over, whatever became of it. */
export interface BatchItemsTable {
  id: Generated<string>;
  batch_id: string;
  name: string;
  state: 'taken' | 'duplicate' | 'refused';
  image_id: string | null;
  /** What its readings came to; null while there are none. The database keeps it. */
  answer: ColumnType<'read' | 'unreadable' | null, never, never>;
  error: MaybeJson<unknown>;
  created_at: Moment;
}

export interface ImagesTable {
  id: Generated<string>;
  sha256: string;
  file_name: string;
  bytes: number;
  visit_id: string;
  eye: Eye | null;
  eye_source: string | null;
  width: number | null;
  height: number | null;
  modality: string | null;
  quality: string | null;
  quality_score: number | null;
  camera: string | null;
  operator: string | null;
  taken_at: MaybeMoment;
  created_at: Moment;
}

/** Immutable: what one version of one model said of one image. */
export interface ReadingsTable {
  id: Generated<string>;
  image_id: string;
  model_name: string;
  model_version: string;
  model_sha256: string;
  fovea_version: string;
  reading: MaybeJson<unknown>;
  refusal: MaybeJson<unknown>;
  created_at: Moment;
  /** From 1 on, of the image: the order that no clock tells. */
  number: number;
}

/** Immutable: where in an image a model saw what it answered. */
export interface ExplanationsTable {
  id: Generated<string>;
  image_id: string;
  model_sha256: string;
  label: string;
  eye: Eye | null;
  fovea_version: string;
  answer: Json<unknown>;
  created_at: Moment;
}

/** Immutable: what a human signed. */
export interface ReviewsTable {
  id: Generated<string>;
  visit_id: string;
  reader: string;
  /** Whose signature it is; null of one so old that nobody wrote it down. */
  login: string | null;
  role: Role;
  decision: 'confirmed' | 'changed' | 'retake';
  grades: Json<unknown>;
  result: OutcomeResult | null;
  comment: string;
  blinded: boolean;
  agreed: boolean | null;
  /** The models' outcome as the reader had it before them. */
  seen: MaybeJson<unknown>;
  /** Which of the visit's outcomes that was. */
  outcome_id: string | null;
  signed_at: Moment;
  /** From 1 on, of the visit: the order that no clock tells. */
  number: number;
}

/** Immutable: what left the house. */
export interface ReportsTable {
  id: Generated<string>;
  visit_id: string;
  review_id: string | null;
  language: string;
  format: string;
  sha256: string;
  bytes: number;
  created_by: string;
  created_at: Moment;
}

export interface UploadsTable {
  id: Generated<string>;
  batch_id: string;
  name: string;
  size: number;
  created_at: Moment;
}

export interface UsersTable {
  id: Generated<string>;
  login: string;
  name: string;
  role: Role;
  /** argon2id, PHC string. */
  password: string;
  disabled: Generated<boolean>;
  created_at: Moment;
}

export interface SessionsTable {
  /** SHA-256 of the cookie's secret. */
  hash: string;
  user_id: string;
  created_at: Moment;
  seen_at: Moment;
  expires_at: Moment;
}

export interface TokensTable {
  id: Generated<string>;
  hash: string;
  name: string;
  user_id: string;
  role: Role;
  created_at: Moment;
  expires_at: MaybeMoment;
  last_used_at: MaybeMoment;
  revoked: Generated<boolean>;
}

export interface WebhooksTable {
  id: Generated<string>;
  url: string;
  secret: string;
  events: JSONColumnType<string[]>;
  disabled: Generated<boolean>;
  created_at: Moment;
}

export interface WebhookDeliveriesTable {
  id: Generated<string>;
  webhook_id: string;
  event: string;
  body: Json<unknown>;
  status: number | null;
  attempts: Generated<number>;
  next_at: MaybeMoment;
  delivered_at: MaybeMoment;
  error: string | null;
  created_at: Moment;
}

export interface AuditTable {
  seq: Generated<number>;
  at: string;
  actor: string;
  action: string;
  subject: string;
  /** JSON text, hashed as it stands. */
  detail: string;
  previous: string;
  hash: string;
}

export interface SettingsTable {
  key: string;
  value: Json<unknown>;
}

/** A filter of the worklist that somebody named. */
export interface ViewsTable {
  /** Whose it is; `local` where there are no accounts. */
  login: string;
  name: string;
  query: string;
}

export interface Tables {
  patients: PatientsTable;
  visits: VisitsTable;
  batches: BatchesTable;
  batch_items: BatchItemsTable;
  images: ImagesTable;
  readings: ReadingsTable;
  explanations: ExplanationsTable;
  reviews: ReviewsTable;
  reports: ReportsTable;
  uploads: UploadsTable;
  users: UsersTable;
  sessions: SessionsTable;
  tokens: TokensTable;
  webhooks: WebhooksTable;
  webhook_deliveries: WebhookDeliveriesTable;
  audit: AuditTable;
  settings: SettingsTable;
  outcomes: OutcomesTable;
  views: ViewsTable;
}
