import { type Static, Type } from 'typebox';

/** Milliseconds spent in each step. */
const TimingsSchema = Type.Object({
  decode: Type.Number(),
  preprocess: Type.Number(),
  inference: Type.Number(),
});

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
  /** Every class, in the model's order; probability 0–1. */
  outputs: Type.Array(Type.Object({ label: Type.String(), name: Type.String(), probability: Type.Number() })),
  /**
   * The most probable class (multi-class), or every label at or above its threshold, most probable first
   * (multi-label; empty when none is).
   */
  predicted: Type.Array(Type.String()),
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
