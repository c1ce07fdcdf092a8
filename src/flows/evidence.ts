import { decode } from '../image/index.ts';
import type { Model } from '../model/index.ts';
import { classify, type PictureFile } from './classify.ts';
import { type ExplainedPicture, type ExplainPictureOptions, explainImage } from './explain.ts';
import type { Reading } from './reading.ts';

/** A reading, and where in the picture one of its classes comes from. */
export interface Evidence {
  readonly reading: Reading;
  readonly explanation: Omit<ExplainedPicture, 'overlay' | 'extent'>;
  /** Where the map lies, in the picture's pixels: left, top, right, bottom; beyond the picture where it has bars. */
  readonly extent: readonly [left: number, top: number, right: number, bottom: number];
}

/** Label of the most probable class of a reading. */
const likeliest = ({ outputs }: Pick<Reading, 'outputs'>): string =>
  outputs.toSorted((a, b) => (b.calibrated ?? b.probability) - (a.calibrated ?? a.probability))[0]!.label;

/** An explanation as it is kept, and as it leaves the server. */
export function evidenceAnswer({ reading, explanation, extent }: Evidence) {
  const { width, height, data, ...about } = explanation;
  const [left, top, right, bottom] = extent;
  return {
    file: reading.file,
    width: reading.width,
    height: reading.height,
    model: reading.model,
    ...about,
    quadrants: [...about.quadrants],
    map: { width, height, data: Array.from(data, (value) => Number(value.toFixed(4))) },
    extent: { left, top, right, bottom },
  };
}

/**
 * Reads a picture and explains one class of the reading, the most probable where none is named.
 *
 * @param onnx the model's graph
 * @throws FoveaError as `classify` and `explainPicture`
 */
export async function evidenceFor(
  picture: PictureFile,
  model: Model,
  onnx: Uint8Array,
  options: Omit<ExplainPictureOptions, 'opacity'> = {},
): Promise<Evidence> {
  const reading = await classify(picture, model, options);
  options.signal?.throwIfAborted();
  const eye = options.eye ?? reading.gate.laterality.eye;
  const label = options.label ?? likeliest(reading);
  const {
    overlay: _,
    extent,
    ...explanation
  } = await explainImage(await decode(picture.bytes), onnx, model.manifest, {
    ...options,
    label,
    ...(eye && { eye }),
  });
  const probability = reading.outputs.find((output) => output.label === explanation.label)!.probability;
  return {
    reading,
    // As the reading has it: the graph itself may answer with logits.
    explanation: { ...explanation, probability },
    extent,
  };
}
