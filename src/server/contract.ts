import { type Static, Type } from 'typebox';
import { METHODS } from '../flows/explain.ts';
import { ReadingSchema, RefusalSchema } from '../flows/reading.ts';
import { PreprocessingSchema } from '../image/contract.ts';
import { LabelSchema, ManifestSchema } from '../model/manifest.ts';

/** The API's shapes: the routes are typed and documented by them, and the page imports nothing else. */

export const HealthSchema = Type.Object({
  status: Type.Literal('ready'),
  version: Type.String(),
  models: Type.Integer(),
  disclaimer: Type.String(),
});

/** A model at hand, with all that is known of it. */
export const ModelSchema = Type.Object({
  manifest: ManifestSchema,
  /** Shipped with Fovea: cannot be changed or removed. */
  builtIn: Type.Boolean(),
  /** The answer a newcomer gets: exactly one model has it. */
  isDefault: Type.Boolean(),
  /** Bytes of the model file. */
  fileSize: Type.Integer(),
});

const ShapeSchema = Type.Array(Type.Union([Type.Integer(), Type.Null()]));
const PortSchema = Type.Object({ name: Type.String(), shape: ShapeSchema });

/** What a model's file tells of itself. Sizes are null where any will do. */
export const GraphSchema = Type.Object({
  layers: Type.Array(
    Type.Object({
      name: Type.String(),
      /** The models and wrappers it lies in, outermost first. */
      within: Type.Array(Type.String()),
      className: Type.String(),
      outputShape: Type.Union([ShapeSchema, Type.Null()]),
      parameters: Type.Integer(),
    }),
  ),
  inputs: Type.Array(PortSchema),
  outputs: Type.Array(PortSchema),
  /** The last layer's activation, where it is known. */
  activation: Type.Union([Type.String(), Type.Null()]),
  warnings: Type.Array(Type.String()),
  source: Type.Object({ format: Type.String(), kerasVersion: Type.Optional(Type.String()) }),
  opset: Type.Integer(),
  /** Bytes of the ONNX graph. */
  onnxSize: Type.Integer(),
});

export const ModelListSchema = Type.Object({ models: Type.Array(ModelSchema) });

/** What the user may correct of a model that they opened. */
export const ModelChangeSchema = Type.Object(
  {
    title: Type.Optional(Type.String({ minLength: 1, maxLength: 120 })),
    labels: Type.Optional(Type.Array(LabelSchema, { minItems: 1, maxItems: 10000 })),
    preprocessing: Type.Optional(PreprocessingSchema),
    task: Type.Optional(ManifestSchema.properties.task),
    output: Type.Optional(ManifestSchema.properties.output),
    modality: Type.Optional(ManifestSchema.properties.modality),
  },
  { additionalProperties: false },
);

export const ClassifyAnswerSchema = Type.Object({
  results: Type.Array(Type.Union([ReadingSchema, RefusalSchema])),
  disclaimer: Type.String(),
});

const ModelRefSchema = ReadingSchema.properties.model;

const RateSchema = Type.Object({
  hits: Type.Integer(),
  of: Type.Integer(),
  rate: Type.Number(),
  /** Wilson's 95 % interval. */
  low: Type.Number(),
  high: Type.Number(),
});

/** What maps of one method are worth for one model, as `fovea explain --check` measured it. */
export const MethodCheckSchema = Type.Object({
  method: Type.Enum([...METHODS]),
  passed: Type.Boolean(),
  reason: Type.String(),
  /** What it was measured with. */
  pictures: Type.String(),
  /** How alike the maps stay when the model loses what it has learnt. */
  randomisation: Type.Object({
    correlation: Type.Number(),
    limit: Type.Number(),
    passed: Type.Boolean(),
    pictures: Type.Integer(),
  }),
  /** How often a map's strongest place lies in a known lesion; `random` is the rate of any place. */
  pointing: Type.Union([
    Type.Object({ ...RateSchema.properties, centre: RateSchema, random: Type.Number() }),
    Type.Null(),
  ]),
});

/** Where in a picture a class comes from. */
export const EvidenceSchema = Type.Object({
  file: Type.String(),
  /** Pixels, upright. */
  width: Type.Integer(),
  height: Type.Integer(),
  model: ModelRefSchema,
  label: Type.String(),
  name: Type.String(),
  probability: Type.Number(),
  /** Null where the model is not calibrated. */
  calibrated: Type.Union([Type.Number(), Type.Null()]),
  method: Type.Enum([...METHODS]),
  /** Why this method; absent where the request named it. */
  why: Type.Optional(Type.String()),
  /** What the map rests on, to be read beside it. */
  caveat: Type.String(),
  /** What the answer rests on, in words, and what is left of it without. */
  sentence: Type.String(),
  /** For each quarter of the picture its share of the map, and the probability, calibrated where the model is, where it is blurred. */
  quadrants: Type.Array(
    Type.Object({ quadrant: Type.String(), share: Type.Number(), without: Type.Number() }),
  ),
  /** Whether the map may be shown as evidence: false where its method failed the check, null where none was made. */
  evidence: Type.Union([Type.Boolean(), Type.Null()]),
  evidenceReason: Type.String(),
  check: Type.Union([MethodCheckSchema, Type.Null()]),
  /** 0–1 of the largest, row by row. */
  map: Type.Object({ width: Type.Integer(), height: Type.Integer(), data: Type.Array(Type.Number()) }),
  /** Where the map lies, in the picture's pixels; beyond the picture where the model sees it with bars. */
  extent: Type.Object({
    left: Type.Number(),
    top: Type.Number(),
    right: Type.Number(),
    bottom: Type.Number(),
  }),
  disclaimer: Type.String(),
});

/** A phantom that a model sees much as a picture: what it is drawn from, and what the model answers for it. */
const PhantomCaseSchema = Type.Object({
  /** Parameters of a fundus phantom (src/synth/parameters.ts). */
  drawnFrom: Type.Unknown(),
  /** In the model's order, 0–1. */
  probabilities: Type.Array(Type.Number()),
});

/** The synthetic eyes that a model sees most like a picture, each with the same eye without its disease. */
export const AlikeSchema = Type.Object({
  file: Type.String(),
  model: ModelRefSchema,
  /** Labels of the probabilities. */
  labels: Type.Array(Type.String()),
  cases: Type.Array(
    Type.Object({
      ...PhantomCaseSchema.properties,
      /** Cosine between what the model sees in both, −1 to 1. */
      likeness: Type.Number(),
      without: Type.Union([PhantomCaseSchema, Type.Null()]),
    }),
  ),
  /** Why there are no cases; absent where there are. */
  none: Type.Optional(Type.String()),
  disclaimer: Type.String(),
});

/** Every class for the whole picture and without some regions, in the model's order; probabilities 0–1. */
export const OcclusionSchema = Type.Object({
  file: Type.String(),
  model: ModelRefSchema,
  outputs: Type.Array(
    Type.Object({
      label: Type.String(),
      name: Type.String(),
      before: Type.Number(),
      after: Type.Number(),
    }),
  ),
  disclaimer: Type.String(),
});

export const ErrorAnswerSchema = Type.Object({ error: RefusalSchema.properties.error });

export type Health = Static<typeof HealthSchema>;
export type ModelInfo = Static<typeof ModelSchema>;
export type GraphInfo = Static<typeof GraphSchema>;
export type ModelList = Static<typeof ModelListSchema>;
export type ModelChange = Static<typeof ModelChangeSchema>;
export type ClassifyAnswer = Static<typeof ClassifyAnswerSchema>;
export type Evidence = Static<typeof EvidenceSchema>;
export type Alike = Static<typeof AlikeSchema>;
export type Occlusion = Static<typeof OcclusionSchema>;
export type ErrorAnswer = Static<typeof ErrorAnswerSchema>;
export type { Method } from '../flows/explain.ts';
export type { Reading, Refusal } from '../flows/reading.ts';
export type { Preprocessing } from '../image/contract.ts';
export type { Label, Manifest } from '../model/manifest.ts';
