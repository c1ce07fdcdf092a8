import { FoveaError } from '../core/errors.ts';
import { decode, type Image, preprocess } from '../image/index.ts';
import { meant } from '../model/index.ts';
import type { PictureFile } from './classify.ts';
import { type ExplainedModel, explainerOf } from './explain.ts';
import { type GateOptions, passGate } from './gate.ts';

/** A case that a model is asked about once, to be found again: how it was made, and no pixel of it. */
export interface KnownCase {
  /** What it is drawn from: parameters of a phantom. */
  readonly drawnFrom: unknown;
  /** Probability of each class, 0–1. */
  readonly probabilities: readonly number[];
  /** The same eye without its disease: parameters and probabilities; null for a healthy one. */
  readonly without: { readonly drawnFrom: unknown; readonly probabilities: readonly number[] } | null;
  /** What the model sees it as (`Explainer.seenAs`), each number times 127, base64 of signed bytes. */
  readonly features: string;
}

/** The cases known to a model, as they are kept. */
export interface CaseLibrary {
  /** Of the model's file: features of another mean nothing here. */
  readonly model: string;
  /** What drew the cases, and its version. */
  readonly generator: string;
  readonly cases: readonly KnownCase[];
}

/** A picture to be known: drawn, and drawn again without its disease. */
export interface CasePicture {
  readonly drawnFrom: unknown;
  readonly image: Image;
  readonly without: { readonly drawnFrom: unknown; readonly image: Image } | null;
}

/** Probabilities are calibrated, where the model is. */
export interface AlikeCase extends Omit<KnownCase, 'features'> {
  /** Cosine of the angle between what the model sees in both, −1 to 1. */
  readonly likeness: number;
}

/**
 * Asks a model about cases, for `mostAlike`.
 *
 * @throws FoveaError `EXPLANATION_IMPOSSIBLE` where the model has no map of features
 */
export async function learnCases(
  onnx: Uint8Array,
  model: ExplainedModel & { readonly sha256: string },
  pictures: Iterable<CasePicture>,
  generator: string,
): Promise<CaseLibrary> {
  const explainer = explainerOf(onnx, model);
  try {
    const cases: KnownCase[] = [];
    for (const { drawnFrom, image, without } of pictures) {
      const { features, probabilities } = await explainer.seenAs(preprocess(image, model.preprocessing));
      cases.push({
        drawnFrom,
        probabilities: probabilities.map(round),
        without: without && {
          drawnFrom: without.drawnFrom,
          probabilities: (await explainer.probabilities(preprocess(without.image, model.preprocessing))).map(
            round,
          ),
        },
        features: packed(features),
      });
    }
    return { model: model.sha256, generator, cases };
  } finally {
    await explainer.close();
  }
}

/**
 * The cases that a model sees most like a picture.
 *
 * @param options `count`: at most so many, default 5
 * @throws FoveaError as `decode`, `NOT_A_RETINA`, `MODALITY_WRONG`, `EXPLANATION_IMPOSSIBLE`
 */
export async function mostAlike(
  { name, bytes }: PictureFile,
  onnx: Uint8Array,
  model: ExplainedModel & { readonly sha256: string },
  library: CaseLibrary,
  { count = 5, ...options }: GateOptions & { readonly count?: number } = {},
): Promise<readonly AlikeCase[]> {
  if (library.model !== model.sha256)
    throw new FoveaError('EXPLANATION_IMPOSSIBLE', {
      method: 'likeness',
      reason: 'these cases were learnt by another model',
    });
  const image = await decode(bytes);
  await passGate(image, name, { modality: model.modality ?? 'unknown' }, options);
  const explainer = explainerOf(onnx, model);
  try {
    const { features } = await explainer.seenAs(preprocess(image, model.preprocessing));
    return library.cases
      .map(({ features: kept, probabilities, without, ...known }) => ({
        ...known,
        probabilities: meant(probabilities, model).map(round),
        without: without && { ...without, probabilities: meant(without.probabilities, model).map(round) },
        likeness: round(cosine(features, unpacked(kept))),
      }))
      .toSorted((a, b) => b.likeness - a.likeness)
      .slice(0, count);
  } finally {
    await explainer.close();
  }
}

const round = (value: number) => Number(value.toFixed(4));

/** Scaled by the largest: the angle between two vectors does not ask for their length. */
function packed(features: Float32Array): string {
  const largest = features.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const bytes = Int8Array.from(features, (value) => Math.round((127 * value) / largest));
  return btoa(String.fromCharCode(...new Uint8Array(bytes.buffer)));
}

const unpacked = (text: string): Int8Array => Int8Array.from(atob(text), (c) => c.charCodeAt(0));

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    aa += a[i]! * a[i]!;
    bb += b[i]! * b[i]!;
  }
  return dot / (Math.sqrt(aa * bb) || 1);
}
