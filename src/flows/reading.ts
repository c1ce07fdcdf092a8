import { type Static, type TSchema, Type } from 'typebox';

const EyeSchema = Type.Union([Type.Literal('OD'), Type.Literal('OS')]);
const PlaceSchema = { x: Type.Number(), y: Type.Number(), confidence: Type.Number() };
const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** What was found of a picture before a model read it; places in pixels of the picture, upright. */
export const GateSchema = Type.Object({
  modality: Type.Object({
    modality: Type.Union([
      Type.Literal('fundus'),
      Type.Literal('red-free'),
      Type.Literal('oct'),
      Type.Literal('angiogram'),
      Type.Literal('other'),
    ]),
    /** 0–1: how probable that is. */
    confidence: Type.Number(),
    /** 0–1: how probable it is a retina at all. */
    retina: Type.Number(),
    reasons: Type.Array(Type.String()),
  }),
  laterality: Type.Object({
    /** Null where nothing tells. */
    eye: Nullable(EyeSchema),
    source: Nullable(
      Type.Union([
        Type.Literal('user'),
        Type.Literal('dicom'),
        Type.Literal('exif'),
        Type.Literal('file name'),
        Type.Literal('picture'),
      ]),
    ),
    fromPicture: Nullable(Type.Object({ eye: EyeSchema, confidence: Type.Number() })),
    /** Sources that say the other eye, each in a sentence. Not empty: nothing may be signed before somebody has looked. */
    conflicts: Type.Array(Type.Object({ source: Type.String(), eye: EyeSchema, words: Type.String() })),
  }),
  centring: Nullable(Type.Union([Type.Literal('macula'), Type.Literal('disc'), Type.Literal('other')])),
  /** Null for what is no photograph of a fundus. */
  geometry: Nullable(
    Type.Object({
      /** `cut`: share of the circle that is missing, 0–1. */
      field: Nullable(
        Type.Object({ x: Type.Number(), y: Type.Number(), radius: Type.Number(), cut: Type.Number() }),
      ),
      disc: Nullable(Type.Object({ ...PlaceSchema, diameter: Type.Number() })),
      fovea: Nullable(Type.Object(PlaceSchema)),
      /** Of the whole circle of the field, degrees. */
      fieldAngle: Nullable(Type.Number()),
    }),
  ),
  /** Null where it is not judged: of anything but a photograph of a fundus. */
  quality: Nullable(
    Type.Object({
      verdict: Type.Union([
        Type.Literal('good'),
        Type.Literal('barely gradable'),
        Type.Literal('not gradable'),
      ]),
      /** 0–1: estimate of the share of the detail that can be read. */
      score: Type.Number(),
      /** The strongest first. */
      reasons: Type.Array(
        Type.Object({
          kind: Type.String(),
          strength: Type.Number(),
          /** Quadrants of the field that suffer by it, the worst first. */
          where: Type.Array(Type.String()),
          words: Type.String(),
        }),
      ),
      /** What the photographer can do. */
      advice: Type.Array(Type.String()),
      /** The same score for each quadrant of the field. */
      byQuadrant: Type.Record(Type.String(), Type.Number()),
    }),
  ),
  /** Whether a positive and a negative reading of this picture count. */
  effect: Type.Object({ positive: Type.Boolean(), negative: Type.Boolean(), words: Type.String() }),
  /**
   * How far the picture lies from those that the model learned from, as the model sees it: 1 is usual, beyond
   * `limit` it is unlike 99 of 100 of them. Null where nobody described those to the model.
   */
  familiarity: Nullable(
    Type.Object({ distance: Type.Number(), limit: Type.Number(), unlike: Type.Boolean() }),
  ),
  /** What to see to, although it was read. */
  warnings: Type.Array(Type.String()),
  /** Where the gate refused the picture and somebody had it read all the same: what it said, and their reason. */
  overridden: Nullable(Type.Object({ code: Type.String(), reason: Type.String() })),
});

export type GateReading = Static<typeof GateSchema>;

/** Milliseconds spent in each step. */
const TimingsSchema = Type.Object({
  decode: Type.Number(),
  gate: Type.Number(),
  preprocess: Type.Number(),
  inference: Type.Number(),
});

/** What an answer is worth where the label is as frequent as the user says; null where they said nothing. */
const AtPrevalenceSchema = Nullable(
  Type.Object({
    prevalence: Type.Number(),
    /** The calibrated probability at that prevalence. */
    probability: Type.Number(),
    /** Predictive values at the operating point; null where it has no threshold for the label. */
    ppv: Nullable(Type.Number()),
    npv: Nullable(Type.Number()),
  }),
);

/** What one model says of one picture: a line of `fovea classify --json`, an element of the API's answer. */
export const ReadingSchema = Type.Object({
  /** The picture's name as it was given; never a path on the server. */
  file: Type.String(),
  /** SHA-256 of the file's bytes, hex. */
  sha256: Type.String(),
  /** Pixels, upright. */
  width: Type.Integer(),
  height: Type.Integer(),
  model: Type.Object({ name: Type.String(), version: Type.String(), sha256: Type.String() }),
  /**
   * Every label, in the model's order. `probability`: 0–1, as the model says it; `calibrated`: what that means, null
   * where the model was never calibrated.
   */
  outputs: Type.Array(
    Type.Object({
      label: Type.String(),
      name: Type.String(),
      probability: Type.Number(),
      calibrated: Nullable(Type.Number()),
      atPrevalence: AtPrevalenceSchema,
    }),
  ),
  /** What follows from several classes together, such as referable disease: the sum of their probabilities. */
  derived: Type.Array(
    Type.Object({
      label: Type.String(),
      name: Type.String(),
      probability: Type.Number(),
      threshold: Type.Number(),
      positive: Type.Boolean(),
      atPrevalence: AtPrevalenceSchema,
    }),
  ),
  /**
   * The most probable class (multi-class), or every label at or above its threshold, most probable first
   * (multi-label; empty when none is). Empty too where no reading counts (`gate.effect`) and where the model abstains.
   */
  predicted: Type.Array(Type.String()),
  /** Labels that cannot be excluded at the coverage (0–1), and those of them that are open; null without calibration. */
  set: Nullable(
    Type.Object({
      coverage: Type.Number(),
      labels: Type.Array(Type.String()),
      open: Type.Array(Type.String()),
      words: Type.String(),
    }),
  ),
  /** Too much is open for anything to be named. */
  abstained: Type.Boolean(),
  /** The point at which was decided; null where the model was never calibrated. */
  operatingPoint: Nullable(Type.String()),
  /** What the gate found before the model was asked. */
  gate: GateSchema,
  timings: TimingsSchema,
});

/** A picture that could not be read, and why. */
export const RefusalSchema = Type.Object({
  file: Type.String(),
  error: Type.Object({
    code: Type.String(),
    message: Type.String(),
    expected: Type.Optional(Type.String()),
    received: Type.Optional(Type.String()),
    hint: Type.Optional(Type.String()),
  }),
});

export type Reading = Static<typeof ReadingSchema>;
export type Refusal = Static<typeof RefusalSchema>;
