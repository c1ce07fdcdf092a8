import { type Static, type TSchema, Type } from 'typebox';
import { ReadingSchema, RefusalSchema } from '../flows/reading.ts';
import { birthDayOf, dayOf } from '../intake/day.ts';

/** The shapes of the reading room's API: patients, visits, batches, reviews, reports, people. */

const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
/** Calendar day, `2026-01-31`. */
export const DaySchema = Type.Refine(
  Type.String({ description: 'A day such as 2026-01-31.' }),
  (text) => dayOf(text) === text,
  () => 'must be a day such as 2026-01-31',
);
const BirthDaySchema = Type.Refine(
  DaySchema,
  (text) => birthDayOf(text) !== undefined,
  () => 'must not be a day to come',
);
/** The clinic's own number of a patient; spaces around it are no part of it. */
const IdentifierSchema = Type.Refine(
  Type.String({ minLength: 1, maxLength: 200 }),
  (text) => text.trim() !== '',
  () => 'must not be blank',
);
/** Moment in UTC, `2026-01-31T09:30:00.000Z`. */
const MomentSchema = Type.String();
export const IdSchema = Type.String({
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
});
export const EyeSchema = Type.Union([Type.Literal('OD'), Type.Literal('OS')]);
export const ResultSchema = Type.Union([
  Type.Literal('negative'),
  Type.Literal('positive'),
  Type.Literal('ungradable'),
]);
/**
 * Where a visit stands: `waiting` = images are still to be read by the models, `open` = a human is to read it,
 * `signed`, `retake` = somebody asked for new images.
 */
export const VisitStateSchema = Type.Union([
  Type.Literal('waiting'),
  Type.Literal('open'),
  Type.Literal('signed'),
  Type.Literal('retake'),
]);
export const RoleSchema = Type.Union([
  Type.Literal('technician'),
  Type.Literal('reader'),
  Type.Literal('senior'),
  Type.Literal('admin'),
]);

const EyeOutcomeSchema = Type.Object({
  /** Null: images of an eye that nobody knows. */
  eye: Nullable(EyeSchema),
  result: ResultSchema,
  /** Name of the rule's level; null for an eye that could not be graded. */
  level: Nullable(Type.String()),
  say: Type.String(),
  next: Type.String(),
  /** Image that decided. */
  imageId: Nullable(IdSchema),
});

/** What becomes of the patient by the models' readings and the rule. */
export const OutcomeSchema = Type.Object({
  result: ResultSchema,
  level: Nullable(Type.String()),
  say: Type.String(),
  next: Type.String(),
  eyes: Type.Array(EyeOutcomeSchema),
  rule: Type.Object({ id: Type.String(), version: Type.String(), title: Type.String() }),
});

/** Every outcome that a visit had, and what it was worked out from. */
export const OutcomesSchema = Type.Object({
  outcomes: Type.Array(
    Type.Object({
      id: IdSchema,
      at: MomentSchema,
      /** SHA-256 of the whole rule: one that was changed under its old version is another one. */
      rule: Type.Object({ id: Type.String(), version: Type.String(), sha256: Type.String() }),
      /** Ids of the readings that it rests on. */
      readings: Type.Array(IdSchema),
      /** Null where there was nothing to work it out from. */
      outcome: Nullable(OutcomeSchema),
    }),
  ),
});

export const PatientSchema = Type.Object({
  id: IdSchema,
  /** The clinic's own number. */
  identifier: Type.String(),
  name: Nullable(Type.String()),
  birthDate: Nullable(DaySchema),
  sex: Nullable(Type.Union([Type.Literal('female'), Type.Literal('male'), Type.Literal('other')])),
});

/** A row of the worklist: one patient on one day. */
export const VisitRowSchema = Type.Object({
  id: IdSchema,
  date: DaySchema,
  patient: PatientSchema,
  state: VisitStateSchema,
  /** Null until something was read. */
  result: Nullable(ResultSchema),
  level: Nullable(Type.String()),
  /** Probability of the worst outcome, 0–1: the greater, the sooner to be read. */
  triage: Nullable(Type.Number()),
  /** The poorest of its photographs. */
  quality: Nullable(Type.String()),
  images: Type.Integer(),
  eyes: Type.Array(EyeSchema),
  /** Image to show small. */
  coverId: Nullable(IdSchema),
  /** The last reader's result, once signed. */
  signedResult: Nullable(ResultSchema),
  /** Levels that they gave the eyes that have it, e.g. `mild` or `moderate, severe`. */
  signedLevel: Nullable(Type.String()),
  updatedAt: MomentSchema,
});

export const WorklistSchema = Type.Object({
  visits: Type.Array(VisitRowSchema),
  /** Rows that pass the filter, of which `visits` are a window. */
  total: Type.Integer(),
  /** Over everything that passes the filter but for `state`. */
  counts: Type.Object({
    waiting: Type.Integer(),
    open: Type.Integer(),
    signed: Type.Integer(),
    retake: Type.Integer(),
  }),
});

export const WorklistQuery = {
  state: Type.Optional(VisitStateSchema),
  result: Type.Optional(ResultSchema),
  batch: Type.Optional(IdSchema),
  /** Part of a patient's identifier or name. */
  search: Type.Optional(Type.String({ maxLength: 200 })),
  from: Type.Optional(DaySchema),
  to: Type.Optional(DaySchema),
  sort: Type.Optional(
    Type.Union([Type.Literal('triage'), Type.Literal('newest'), Type.Literal('patient')], {
      default: 'triage',
    }),
  ),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000_000, default: 0 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 100 })),
};

/** A filter of the worklist that somebody named. */
export const ViewSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200 }),
    /** As the page's address has it. */
    query: Type.String({ maxLength: 2000 }),
  },
  { additionalProperties: false },
);
export const ViewListSchema = Type.Object({ views: Type.Array(ViewSchema) });

/** What a model said of an image, or why it said nothing. Never changed. */
export const ImageReadingSchema = Type.Object({
  id: IdSchema,
  at: MomentSchema,
  model: Type.Object({ name: Type.String(), version: Type.String(), sha256: Type.String() }),
  reading: Nullable(ReadingSchema),
  refusal: Nullable(RefusalSchema.properties.error),
});

export const ImageSchema = Type.Object({
  id: IdSchema,
  fileName: Type.String(),
  sha256: Type.String(),
  bytes: Type.Integer(),
  eye: Nullable(EyeSchema),
  /** `typed`, `table`, `file name`, `exif` or `picture`; null where nothing tells. */
  eyeSource: Nullable(Type.String()),
  /** Pixels, upright; null until it was read. */
  width: Nullable(Type.Integer()),
  height: Nullable(Type.Integer()),
  modality: Nullable(Type.String()),
  camera: Nullable(Type.String()),
  operator: Nullable(Type.String()),
  takenAt: Nullable(MomentSchema),
  /** How large a pixel is on the retina, by the field of its camera; null where the settings do not tell that. */
  scale: Nullable(
    Type.Object({ micrometresPerPixel: Type.Number(), camera: Type.String(), degrees: Type.Number() }),
  ),
  readings: Type.Array(ImageReadingSchema),
  /** Label of the last answer by which it is explained; null where there is no answer. */
  explained: Nullable(Type.String()),
});

/** What a human says of an eye. */
export const GradeSchema = Type.Object(
  { result: ResultSchema, level: Nullable(Type.String({ maxLength: 100 })) },
  { additionalProperties: false },
);
export const GradesSchema = Type.Object(
  { OD: Type.Optional(GradeSchema), OS: Type.Optional(GradeSchema) },
  { additionalProperties: false },
);
export const DecisionSchema = Type.Union([
  Type.Literal('confirmed'),
  Type.Literal('changed'),
  Type.Literal('retake'),
]);

/** A signed reading of a visit by a human. Never changed: another one follows it. */
export const ReviewSchema = Type.Object({
  id: IdSchema,
  reader: Type.String(),
  /** The reader's login; null of one so old that nobody wrote it down. */
  login: Nullable(Type.String()),
  role: RoleSchema,
  decision: DecisionSchema,
  grades: GradesSchema,
  comment: Type.String(),
  /** Graded before the model's answer was shown, as the server knows. */
  blinded: Type.Boolean(),
  /** Whether the human's patient-level result is the model's; null where there was none, and of a retake. */
  agreed: Nullable(Type.Boolean()),
  signedAt: MomentSchema,
});
export const NewReviewSchema = Type.Object(
  {
    /** Of a verdict the server says whether it confirmed or changed what the models had said. */
    decision: DecisionSchema,
    grades: GradesSchema,
    comment: Type.Optional(Type.String({ maxLength: 4000, default: '' })),
    /** Id of the latest review that the reader saw (null = none): somebody else's in between refuses this one. */
    after: Type.Optional(Nullable(IdSchema)),
  },
  { additionalProperties: false },
);

export const ReportSchema = Type.Object({
  id: IdSchema,
  language: Type.String(),
  format: Type.String(),
  sha256: Type.String(),
  bytes: Type.Integer(),
  /** Null: of a visit that nobody had signed. */
  reviewId: Nullable(IdSchema),
  createdAt: MomentSchema,
});
export const NewReportSchema = Type.Object(
  {
    /** Without one that of the clinic's template. */
    language: Type.Optional(Type.Enum(['en', 'es', 'fr', 'de', 'hi', 'ar'])),
    format: Type.Optional(Type.Enum(['pdf', 'html', 'json', 'csv'], { default: 'pdf' })),
  },
  { additionalProperties: false },
);

export const VisitSchema = Type.Object({
  ...VisitRowSchema.properties,
  outcome: Nullable(OutcomeSchema),
  /** OD first, then OS, then unknown; by time within each. */
  imageList: Type.Array(ImageSchema),
  /** Newest first. */
  reviews: Type.Array(ReviewSchema),
  reports: Type.Array(ReportSchema),
  /** The patient's other visits, newest first. */
  others: Type.Array(VisitRowSchema),
  /** Levels that a reader may choose, least severe first. */
  levels: Type.Array(Type.Object({ name: Type.String(), result: ResultSchema, say: Type.String() })),
  /** The human grades before the model's answer is shown. */
  blindedFirst: Type.Boolean(),
  /** Readings, outcome and triage of this visit are held back: until its images of now are graded and signed. */
  heldBack: Type.Boolean(),
});

export const PatientListSchema = Type.Object({
  patients: Type.Array(
    Type.Object({ ...PatientSchema.properties, visits: Type.Integer(), lastVisit: Nullable(DaySchema) }),
  ),
  total: Type.Integer(),
});
export const PatientDetailSchema = Type.Object({
  ...PatientSchema.properties,
  /** Newest first. */
  visits: Type.Array(
    Type.Object({
      ...VisitRowSchema.properties,
      outcome: Nullable(OutcomeSchema),
      /** What counts for each eye: what a reader signed, else what the models said where it may be seen. */
      grades: Type.Array(
        Type.Object({
          eye: EyeSchema,
          result: ResultSchema,
          level: Nullable(Type.String()),
          by: Type.Union([Type.Literal('reader'), Type.Literal('models')]),
        }),
      ),
      /** Per eye against the visit before, of what counts: the level then and now. */
      change: Type.Array(
        Type.Object({
          eye: EyeSchema,
          before: Nullable(Type.String()),
          now: Nullable(Type.String()),
          direction: Type.Union([
            Type.Literal('worse'),
            Type.Literal('better'),
            Type.Literal('same'),
            Type.Literal('unknown'),
          ]),
        }),
      ),
      imageList: Type.Array(
        Type.Object({ id: IdSchema, eye: Nullable(EyeSchema), modality: Nullable(Type.String()) }),
      ),
    }),
  ),
});
export const PatientChangeSchema = Type.Partial(
  Type.Object({
    identifier: IdentifierSchema,
    name: Nullable(Type.String({ maxLength: 200 })),
    birthDate: Nullable(BirthDaySchema),
    sex: PatientSchema.properties.sex,
  }),
  { additionalProperties: false },
);
/** Corrects where an image belongs. */
export const ImageChangeSchema = Type.Partial(
  Type.Object({ eye: Nullable(EyeSchema), patient: IdentifierSchema, date: DaySchema }),
  { additionalProperties: false },
);

/** Files that came in together. */
export const BatchSchema = Type.Object({
  id: IdSchema,
  name: Type.String(),
  createdAt: MomentSchema,
  /** By whom it came: `files` = the page, `folder` = `fovea import`, `watch` = `fovea watch`, `api` = another program. */
  source: Type.String(),
  /** Files handed over so far, and what became of them. */
  files: Type.Integer(),
  taken: Type.Integer(),
  duplicates: Type.Integer(),
  refused: Type.Integer(),
  /** Of those taken: read by the models, refused by gate or decoder, still to be read. */
  read: Type.Integer(),
  unreadable: Type.Integer(),
  waiting: Type.Integer(),
  /** Still being imported. */
  isImporting: Type.Boolean(),
  cancelled: Type.Boolean(),
});
export const BatchListSchema = Type.Object({ batches: Type.Array(BatchSchema) });
export const NewBatchSchema = Type.Object(
  {
    name: Type.Optional(Type.String({ maxLength: 200 })),
    /** How file names tell patient, eye and date, e.g. `{patient}_{eye}_{date}.jpg`. */
    pattern: Type.Optional(Type.String({ maxLength: 500 })),
    /** Text of a CSV with columns file, patient, eye, date, name, birth date, sex, camera, operator. */
    table: Type.Optional(Type.String({ maxLength: 50_000_000 })),
  },
  { additionalProperties: false },
);
/** What names of files tell. */
export const GuessSchema = Type.Object({
  pattern: Nullable(Type.String()),
  matched: Type.Integer(),
  of: Type.Integer(),
  examples: Type.Array(
    Type.Object({
      name: Type.String(),
      patient: Nullable(Type.String()),
      eye: Nullable(EyeSchema),
      date: Nullable(DaySchema),
    }),
  ),
});
export const BatchItemSchema = Type.Object({
  name: Type.String(),
  state: Type.Union([
    Type.Literal('waiting'),
    Type.Literal('read'),
    Type.Literal('unreadable'),
    Type.Literal('duplicate'),
    Type.Literal('refused'),
  ]),
  imageId: Nullable(IdSchema),
  visitId: Nullable(IdSchema),
  patient: Nullable(Type.String()),
  eye: Nullable(EyeSchema),
  result: Nullable(ResultSchema),
  level: Nullable(Type.String()),
  triage: Nullable(Type.Number()),
  quality: Nullable(Type.String()),
  error: Nullable(RefusalSchema.properties.error),
});
export const BatchItemsSchema = Type.Object({ items: Type.Array(BatchItemSchema), total: Type.Integer() });
/** What became of each file of a request. */
export const TakenSchema = Type.Object({
  items: Type.Array(
    Type.Object({
      name: Type.String(),
      state: Type.Union([Type.Literal('taken'), Type.Literal('duplicate'), Type.Literal('refused')]),
      imageId: Nullable(IdSchema),
      visitId: Nullable(IdSchema),
      error: Nullable(RefusalSchema.properties.error),
    }),
  ),
});

/** An upload in pieces (after tus.io 1.0: offsets, and going on where it was cut off). */
export const UploadSchema = Type.Object({
  id: IdSchema,
  name: Type.String(),
  size: Type.Integer(),
  offset: Type.Integer(),
});

export const SettingsSchema = Type.Object(
  {
    clinic: Type.String({ maxLength: 200 }),
    /** Shipped rule by id. */
    rule: Type.String({ maxLength: 64 }),
    /** Models that read each kind of picture, in order; empty: every shipped one of that kind. */
    models: Type.Array(Type.String({ maxLength: 200 }), { maxItems: 20 }),
    blindedFirst: Type.Boolean(),
    operatingPoint: Type.String({ maxLength: 64 }),
    /** Cameras as images name them, and the angle of their whole field in degrees, by which lengths are known. */
    cameras: Type.Array(
      Type.Object(
        {
          name: Type.String({ minLength: 1, maxLength: 200 }),
          degrees: Type.Number({ minimum: 10, maximum: 200 }),
        },
        { additionalProperties: false },
      ),
      { maxItems: 100 },
    ),
    /** The report's template (docs/report.md). */
    template: Type.Unknown(),
  },
  { additionalProperties: false },
);

const IntervalSchema = Nullable(Type.Object({ low: Type.Number(), high: Type.Number() }));
/** A part of a whole; `interval` is Wilson's, 95 %. */
const ProportionSchema = Type.Object({
  hits: Type.Integer(),
  of: Type.Integer(),
  interval: IntervalSchema,
});
/** `interval` is kappa's, 95 %, by the jackknife over patients; null where it cannot be told. */
const agreement = {
  /** Rows the model's, columns the human's. */
  matrix: Type.Array(Type.Array(Type.Integer())),
  agreed: ProportionSchema,
  kappa: Nullable(Type.Number()),
  interval: IntervalSchema,
};
const SourceSchema = Type.Object({
  /** Null: of images that nobody named one for. */
  name: Nullable(Type.String()),
  images: Type.Integer(),
  notGradable: ProportionSchema,
  meanScore: Nullable(Type.Number()),
});
/** How models, readers and cameras do. */
export const PerformanceSchema = Type.Object({
  /** Visits whose last signature is a verdict, and those that wait for new images. */
  signed: Type.Integer(),
  retakes: Type.Integer(),
  /** The model's result of a visit against the human's, of verdicts: negative, positive, ungradable. Cohen's kappa. */
  agreement: Type.Object({ ...agreement, blinded: ProportionSchema }),
  /** The same of each eye. */
  eyes: Type.Array(Type.Object({ eye: EyeSchema, ...agreement })),
  /** Levels of the rule of today, of eyes that both gave one; kappa with quadratic weights. */
  levels: Type.Object({ names: Type.Array(Type.String()), ...agreement }),
  /** Verdicts with the model's answer in sight that changed it. */
  overridden: ProportionSchema,
  /** Of each reader and visit the last signature. */
  readers: Type.Array(
    Type.Object({
      reader: Type.String(),
      login: Type.String(),
      signed: Type.Integer(),
      retakes: Type.Integer(),
      /** Of those to which a model had an answer. */
      agreed: ProportionSchema,
      changed: ProportionSchema,
    }),
  ),
  cameras: Type.Array(SourceSchema),
  operators: Type.Array(SourceSchema),
  /** By ISO week of import: inputs and outputs as they drift. */
  weeks: Type.Array(
    Type.Object({
      week: DaySchema,
      images: Type.Integer(),
      meanQuality: Nullable(Type.Number()),
      notGradable: Type.Integer(),
      /** Images unlike those that the model learned from. */
      unlike: Type.Integer(),
      /** Visits of which these images are and that have an answer, without those whose answer is held back. */
      visits: Type.Integer(),
      /** Of those visits. */
      positive: Type.Integer(),
      meanTriage: Nullable(Type.Number()),
    }),
  ),
});

export const JobsSchema = Type.Object({
  queues: Type.Array(
    Type.Object({
      name: Type.String(),
      waiting: Type.Integer(),
      active: Type.Integer(),
      failed: Type.Integer(),
    }),
  ),
  failures: Type.Array(
    Type.Object({
      id: IdSchema,
      queue: Type.String(),
      imageId: Nullable(IdSchema),
      fileName: Nullable(Type.String()),
      /** Null where it is no longer there. */
      visitId: Nullable(IdSchema),
      patient: Nullable(Type.String()),
      reason: Type.String(),
      at: MomentSchema,
    }),
  ),
  workers: Type.Integer(),
});

export const AuditEntrySchema = Type.Object({
  seq: Type.Integer(),
  at: MomentSchema,
  actor: Type.String(),
  action: Type.String(),
  subject: Type.String(),
  detail: Type.Unknown(),
  hash: Type.String(),
});
export const AuditSchema = Type.Object({ entries: Type.Array(AuditEntrySchema), total: Type.Integer() });
export const AuditVerdictSchema = Type.Object({
  entries: Type.Integer(),
  intact: Type.Boolean(),
  /** First entry that does not follow from the one before. */
  brokenAt: Nullable(Type.Integer()),
  /** Hash of the last entry: keep it elsewhere, and nobody can cut the end off unseen. */
  head: Nullable(Type.String()),
});

export const StorageSchema = Type.Object({
  images: Type.Integer(),
  bytes: Type.Integer(),
  /** Of the disk. */
  freeBytes: Type.Integer(),
  databaseBytes: Type.Integer(),
  database: Type.Union([Type.Literal('embedded'), Type.Literal('external')]),
});
export const StorageVerdictSchema = Type.Object({
  checked: Type.Integer(),
  missing: Type.Array(Type.Object({ sha256: Type.String(), fileName: Type.String() })),
  altered: Type.Array(Type.Object({ sha256: Type.String(), fileName: Type.String() })),
  /** Files in the store that nothing refers to. */
  orphans: Type.Integer(),
});
export const BackupListSchema = Type.Object({
  backups: Type.Array(Type.Object({ name: Type.String(), bytes: Type.Integer(), createdAt: MomentSchema })),
});

export const UserSchema = Type.Object({
  id: IdSchema,
  /** What they log in with. */
  login: Type.String(),
  name: Type.String(),
  role: RoleSchema,
  disabled: Type.Boolean(),
  createdAt: MomentSchema,
});
export const UserListSchema = Type.Object({ users: Type.Array(UserSchema) });
/** Who is asking. On a loopback address without accounts everybody is the one local user, with every right. */
export const SessionSchema = Type.Object({
  user: Nullable(Type.Object({ login: Type.String(), name: Type.String(), role: RoleSchema })),
  mode: Type.Union([Type.Literal('single user'), Type.Literal('accounts')]),
  /** What the OpenID provider is called by which one may log in; null where there is none. */
  openId: Nullable(Type.String()),
});

/** A server-sent event of `/api/events`. */
export const EventSchema = Type.Union([
  Type.Object({ type: Type.Literal('batch'), batchId: IdSchema }),
  Type.Object({ type: Type.Literal('visit'), visitId: IdSchema }),
]);

export type VisitRow = Static<typeof VisitRowSchema>;
export type Worklist = Static<typeof WorklistSchema>;
export type View = Static<typeof ViewSchema>;
export type VisitState = Static<typeof VisitStateSchema>;
export type OutcomeResult = Static<typeof ResultSchema>;
export type Outcome = Static<typeof OutcomeSchema>;
export type Outcomes = Static<typeof OutcomesSchema>;
export type Visit = Static<typeof VisitSchema>;
export type VisitImage = Static<typeof ImageSchema>;
export type ImageReading = Static<typeof ImageReadingSchema>;
export type Grades = Static<typeof GradesSchema>;
export type Review = Static<typeof ReviewSchema>;
export type NewReview = Static<typeof NewReviewSchema>;
export type Report = Static<typeof ReportSchema>;
export type Patient = Static<typeof PatientSchema>;
export type PatientList = Static<typeof PatientListSchema>;
export type PatientDetail = Static<typeof PatientDetailSchema>;
export type Batch = Static<typeof BatchSchema>;
export type BatchItem = Static<typeof BatchItemSchema>;
export type BatchItems = Static<typeof BatchItemsSchema>;
export type Taken = Static<typeof TakenSchema>;
export type Settings = Static<typeof SettingsSchema>;
export type Performance = Static<typeof PerformanceSchema>;
export type Jobs = Static<typeof JobsSchema>;
export type AuditEntry = Static<typeof AuditEntrySchema>;
export type Audit = Static<typeof AuditSchema>;
export type AuditVerdict = Static<typeof AuditVerdictSchema>;
export type Storage = Static<typeof StorageSchema>;
export type StorageVerdict = Static<typeof StorageVerdictSchema>;
export type User = Static<typeof UserSchema>;
export type Role = Static<typeof RoleSchema>;
export type Session = Static<typeof SessionSchema>;
export type RoomEvent = Static<typeof EventSchema>;
