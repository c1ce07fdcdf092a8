import type { Tensor } from '../core/tensor.ts';
import { decode, type Image, type Preprocessing, preprocess } from '../image/index.ts';
import { type Model, sha256 } from '../model/index.ts';
import { type GateOptions, passGate, withFamiliarity } from './gate.ts';
import { type MeaningOptions, meaningOf } from './meaning.ts';
import type { GateReading, Reading } from './reading.ts';

/** A picture as it came in. */
export interface PictureFile {
  /** Shown with the result; never opened. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What a caller may say of the picture, and of how the answer is to be read. */
export interface ReadingOptions extends GateOptions, MeaningOptions {}

/**
 * The whole path: bytes → decode → gate → preprocess by the model's contract → predict → reading.
 *
 * @example
 * const reading = await classify({ name: 'eye.jpg', bytes: await readFile('eye.jpg') }, model);
 * console.log(reading.predicted, reading.outputs);
 * @throws FoveaError `FILE_EMPTY`, `FILE_IS_LFS_POINTER`, `IMAGE_*`, `NOT_A_RETINA`, `MODALITY_WRONG`, `OUTPUT_NOT_FINITE`,
 *   `OPERATING_POINT_UNKNOWN`, `PREVALENCE_INVALID`
 */
export async function classify(
  { name, bytes }: PictureFile,
  model: Model,
  options: ReadingOptions = {},
): Promise<Reading> {
  const start = performance.now();
  const image = await decode(bytes);
  const decoded = performance.now();
  const gate = await passGate(image, name, model.manifest, options);
  const judged = performance.now();
  const { width, height } = image;
  const said = await ask(model, preparer(image), gate, options);
  release(image);
  return {
    file: name,
    sha256: sha256(bytes),
    width,
    height,
    ...said,
    timings: { decode: decoded - start, gate: judged - decoded, ...said.timings },
  };
}

/** What a picture becomes by a model's contract; models of one contract are given the very same. */
export function preparer(image: Image): (contract: Preprocessing) => Tensor<'float32'> {
  const made = new Map<string, Tensor<'float32'>>();
  return (contract) => {
    const key = JSON.stringify(contract);
    const input = made.get(key) ?? preprocess(image, contract);
    made.set(key, input);
    return input;
  };
}

/**
 * What a model says of a picture that the gate let pass: preprocess by its contract → predict → meaning.
 *
 * @throws FoveaError `OUTPUT_NOT_FINITE`, `OPERATING_POINT_UNKNOWN`, `PREVALENCE_INVALID`
 */
export async function ask(
  model: Model,
  prepare: ReturnType<typeof preparer>,
  gate: GateReading,
  options: MeaningOptions = {},
) {
  const { manifest } = model;
  const start = performance.now();
  const input = prepare(manifest.preprocessing);
  const prepared = performance.now();
  const { probabilities, familiarity } = await model.read(input);
  const answered = performance.now();
  const meaning = meaningOf(probabilities, manifest, options);
  return {
    model: { name: manifest.name, version: manifest.version, sha256: manifest.sha256 },
    ...meaning,
    predicted: isWithheld(gate) ? [] : meaning.predicted,
    gate: withFamiliarity(gate, familiarity),
    timings: { preprocess: prepared - start, inference: answered - prepared },
  };
}

/** Lets go of tens of megabytes, which the garbage collector would let lie: batches would hold several pictures at once. */
export const release = (image: Image): void => {
  (image.data.buffer as ArrayBuffer).transfer(0);
};

/** Where no reading counts nothing is named; the probabilities stay, for whoever wants to see why. */
const isWithheld = ({ effect, overridden }: GateReading) => !effect.positive && !overridden;
