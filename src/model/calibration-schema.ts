import { type Static, Type } from 'typebox';

const Share = Type.Number({ minimum: 0, maximum: 1 });

/** How a model's probabilities are made to mean what they say. */
const MapSchema = Type.Union([
  /**
   * Guo et al. 2017: all log-probabilities divided by one number; and where it helped, one added to each class's (Alexandari
   * et al. 2020). Classes alone.
   */
  Type.Object({
    kind: Type.Literal('temperature'),
    temperature: Type.Number({ exclusiveMinimum: 0 }),
    shifts: Type.Optional(Type.Array(Type.Number())),
  }),
  /** Platt 1999: each label's log-odds times a scale, plus a shift. Labels alone. */
  Type.Object({
    kind: Type.Literal('platt'),
    scales: Type.Array(Type.Number()),
    shifts: Type.Array(Type.Number()),
  }),
  /** Zadrozny & Elkan 2002: rising steps, linear in between; classes are divided by their sum. `[said, meant]` each. */
  Type.Object({ kind: Type.Literal('isotonic'), knots: Type.Array(Type.Array(Type.Tuple([Share, Share]))) }),
]);

/** What `fovea calibrate` found on pictures of patients that the model was not taught with; part of `model.json`. */
export const CalibrationSchema = Type.Object(
  {
    /** What it was fitted on, in words. */
    data: Type.String(),
    pictures: Type.Integer({ minimum: 0 }),
    patients: Type.Integer({ minimum: 0 }),
    map: MapSchema,
    /** Of grades: the one named is the lowest above which less than this share of the probability lies; default 0.5. */
    gradeShare: Type.Optional(Share),
    /** Share of each label on those pictures, in the model's order. */
    prevalences: Type.Array(Share),
    /**
     * Class-conditional conformal sets (Vovk 2012; Sadinle et al. 2019): of the pictures that have a label, `coverage`
     * keep it in the set. A label may hold at and above `presentFrom`; it may fail to hold up to `absentUpTo`
     * (multi-label only). Null where there were too few pictures to say: then it may.
     */
    conformal: Type.Object({
      coverage: Share,
      presentFrom: Type.Array(Type.Union([Share, Type.Null()])),
      /** Grades of which there were too few for a limit of their own: the coverage holds for those named together. */
      pooled: Type.Optional(Type.Array(Type.Array(Type.String()))),
      absentUpTo: Type.Optional(Type.Array(Type.Union([Share, Type.Null()]))),
      /** With more labels open than this, the model names none. */
      largestSet: Type.Integer({ minimum: 0 }),
    }),
    /** Thresholds on calibrated probabilities, of labels and of `derived` ones; the first point is the usual one. */
    operatingPoints: Type.Array(
      Type.Object({
        name: Type.String({ minLength: 1, maxLength: 40 }),
        thresholds: Type.Array(
          Type.Object({
            label: Type.String(),
            threshold: Share,
            /** On the pictures it was chosen on, by Laplace's rule of succession: still somewhat flattering. */
            sensitivity: Share,
            specificity: Share,
          }),
        ),
      }),
    ),
  },
  { additionalProperties: false },
);

export type Calibration = Static<typeof CalibrationSchema>;
export type OperatingPoint = Calibration['operatingPoints'][number];
