import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { FoveaError } from '../core/errors.ts';
import { PreprocessingSchema } from '../image/contract.ts';
import { CalibrationSchema } from './calibration-schema.ts';

/** One output class, in the order of the model's outputs. */
export const LabelSchema = Type.Object(
  {
    /** Short label, e.g. "D". */
    label: Type.String({ minLength: 1, maxLength: 80 }),
    /** What a person reads, e.g. "Diabetic retinopathy". */
    name: Type.String({ minLength: 1, maxLength: 200 }),
    /** Probability at and above which the label counts as predicted (multi-label models only). */
    threshold: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    /** Terminology codes, e.g. SNOMED CT. */
    codes: Type.Optional(Type.Array(Type.Object({ system: Type.String(), code: Type.String() }))),
  },
  { additionalProperties: false },
);

/**
 * `model.json`, the manifest beside a model file: everything that the file itself does not say.
 * `multi_class`: exactly one label holds, probabilities sum to 1. `multi_label`: each label for itself.
 */
export const ManifestSchema = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,63}$' }),
    title: Type.String({ minLength: 1, maxLength: 120 }),
    version: Type.String({ minLength: 1, maxLength: 40 }),
    description: Type.Optional(Type.String()),
    /** The model file's name within the folder. */
    file: Type.String({ pattern: '^[^/\\\\]+$' }),
    /** SHA-256 of that file, hex. */
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    task: Type.Union([Type.Literal('multi_class'), Type.Literal('multi_label')]),
    /** What the last layer yields; `logits` get a softmax or sigmoid by `task`. */
    output: Type.Union([Type.Literal('probabilities'), Type.Literal('logits')]),
    modality: Type.Union([
      Type.Literal('fundus'),
      Type.Literal('oct'),
      Type.Literal('angiogram'),
      Type.Literal('unknown'),
    ]),
    labels: Type.Array(LabelSchema, { minItems: 1, maxItems: 10000 }),
    /** The classes are grades, in their order. */
    ordinal: Type.Optional(Type.Boolean()),
    /** What follows from several labels of which one holds: its probability is the sum of theirs. */
    derived: Type.Optional(
      Type.Array(
        Type.Object({
          label: Type.String({ minLength: 1, maxLength: 80 }),
          name: Type.String({ minLength: 1, maxLength: 200 }),
          of: Type.Array(Type.String(), { minItems: 1 }),
        }),
      ),
    ),
    preprocessing: PreprocessingSchema,
    calibration: Type.Optional(CalibrationSchema),
    /** Present while contract or labels are a guess that nobody has confirmed: why it was guessed so. */
    guess: Type.Optional(Type.String()),
    /** Proof that the model runs here as it did where it was trained: outputs for the LCG picture (see training/). */
    golden: Type.Optional(
      Type.Object({ input: Type.String(), output: Type.Array(Type.Number()), tolerance: Type.Number() }),
    ),
    licence: Type.Optional(Type.String()),
    intendedUse: Type.Optional(Type.String()),
    limitations: Type.Optional(Type.Array(Type.String())),
    data: Type.Optional(Type.Unknown()),
    recipe: Type.Optional(Type.Unknown()),
    metrics: Type.Optional(Type.Unknown()),
  },
  { additionalProperties: false },
);

export type Manifest = Static<typeof ManifestSchema>;
export type Label = Static<typeof LabelSchema>;

/**
 * Reads `model.json`.
 *
 * @param name what to call the model in an error
 * @throws FoveaError `MODEL_MANIFEST_INVALID` naming the first field that is wrong
 */
export function parseManifest(json: string, name: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new FoveaError('MODEL_MANIFEST_INVALID', {
      name,
      reason: 'it is not JSON',
      received: String(cause),
      cause,
    });
  }
  if (Value.Check(ManifestSchema, value)) return value;
  const [error] = Value.Errors(ManifestSchema, value);
  const field = error?.instancePath.slice(1).replaceAll('/', '.') || 'the whole';
  throw new FoveaError('MODEL_MANIFEST_INVALID', { name, reason: `${field} ${error?.message}` });
}
