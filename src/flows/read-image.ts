import { asFoveaError, type ErrorBody, FoveaError } from '../core/errors.ts';
import { decode } from '../image/index.ts';
import { type Registry, sha256 } from '../model/index.ts';
import { ask, type PictureFile, preparer, type ReadingOptions, release } from './classify.ts';
import { admit, judge, reads } from './gate.ts';
import type { Reading } from './reading.ts';

/** What was found of the picture itself. */
export interface PictureFacts {
  readonly width: number;
  readonly height: number;
  readonly modality: string;
  readonly quality: string | null;
  /** 0–1. */
  readonly qualityScore: number | null;
  readonly eye: 'OD' | 'OS' | null;
}

/** What one model says of a picture, or why it says nothing. */
export interface ModelAnswer {
  readonly model: Reading['model'];
  readonly reading: Reading | null;
  readonly refusal: ErrorBody | null;
}

/** Every model that reads a picture, asked of it. */
export interface PictureAnswers {
  /** Undefined where it could not be decoded. */
  readonly facts: PictureFacts | undefined;
  readonly answers: readonly ModelAnswer[];
}

/** Stands in the place of the model for what is refused before any is asked. */
const GATE = 'gate';

/**
 * Reads a picture with every model that there is for its kind: one decoding, one judgement of the gate, each model's answer.
 * What cannot be read at all has one refusal.
 *
 * @param version of Fovea: a later one may decode or let pass what this one refuses
 * @param models names of those that may be asked; empty = every shipped one
 * @throws FoveaError what is no fault of the picture, such as `MODEL_DAMAGED`
 */
export async function readPicture(
  { name, bytes }: PictureFile,
  registry: Pick<Registry, 'open' | 'list'>,
  version: string,
  { models = [], ...options }: ReadingOptions & { readonly models?: readonly string[] } = {},
): Promise<PictureAnswers> {
  const refused = (thrown: unknown): ModelAnswer => {
    const error = asFoveaError(thrown);
    if (error.code === 'INTERNAL') throw thrown;
    return {
      model: { name: GATE, version, sha256: `${GATE} ${version}` },
      reading: null,
      refusal: error.toJSON(),
    };
  };
  const start = performance.now();
  const image = await decode(bytes).catch((thrown) => refused(thrown));
  if ('refusal' in image) return { facts: undefined, answers: [image] };
  try {
    const decoded = performance.now();
    const gate = await judge(image, name, options);
    const judged = performance.now();
    const facts: PictureFacts = {
      width: image.width,
      height: image.height,
      modality: gate.modality.modality,
      quality: gate.quality?.verdict ?? null,
      qualityScore: gate.quality?.score ?? null,
      eye: gate.laterality.eye,
    };
    const entries = (await registry.list()).filter(({ manifest, builtIn }) =>
      models.length > 0 ? models.includes(manifest.name) : builtIn,
    );
    const fitting = entries.filter(({ manifest }) => reads(manifest, gate));
    if (fitting.length === 0)
      return { facts, answers: [refused(noneReads(gate.modality, entries.length > 0))] };
    const hash = sha256(bytes);
    const prepare = preparer(image);
    const answers: ModelAnswer[] = [];
    for (const { manifest } of fitting) {
      const model = await registry.open(manifest.name);
      // Operating points are each model's own: one that it has not is not asked of it.
      const { operatingPoint, ...rest } = options;
      const knows = manifest.calibration?.operatingPoints.some((point) => point.name === operatingPoint);
      const said = await ask(model, prepare, admit(gate, manifest, options), {
        ...rest,
        ...(knows && operatingPoint !== undefined && { operatingPoint }),
      });
      const reading: Reading = {
        file: name,
        sha256: hash,
        width: image.width,
        height: image.height,
        ...said,
        timings: { decode: decoded - start, gate: judged - decoded, ...said.timings },
      };
      answers.push({ model: said.model, reading, refusal: null });
    }
    return { facts, answers };
  } finally {
    release(image);
  }
}

function noneReads(
  { modality, reasons }: { modality: string; reasons: readonly string[] },
  hasModels: boolean,
) {
  if (modality === 'other') return new FoveaError('NOT_A_RETINA', { reason: reasons.join(' ') });
  return new FoveaError('MODALITY_UNREAD', {
    modality,
    ...(!hasModels && { hint: 'Choose models for the reading room in its settings.' }),
  });
}
