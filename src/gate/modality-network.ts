import type { SmallPicture } from './modality-picture.ts';
import { shippedNetwork } from './shipped-network.ts';

/** What the network tells apart, in the order of its answers: training/gate_modality.py. */
export const MODALITIES = ['fundus', 'red-free', 'oct', 'angiogram', 'other'] as const;
export type Modality = (typeof MODALITIES)[number];

/** Side of the network's picture, pixels. */
export const SIDE = 160;

const network = shippedNetwork('gate-modality/modality.onnx');

/**
 * Probabilities of the modalities, in their order.
 *
 * @param picture its longer side is `SIDE`
 * @throws FoveaError `FILE_NOT_FOUND`, `MODEL_DAMAGED` where the shipped network is missing or broken
 */
export async function modalityProbabilities(picture: SmallPicture): Promise<Float32Array> {
  const session = await network();
  return session.run({ dtype: 'float32', shape: [1, SIDE, SIDE, 3], data: letterboxed(picture) });
}

/** In the middle, −1 to 1; 0 where there is no picture, as in training. */
function letterboxed({ width, height, data }: SmallPicture): Float32Array {
  const out = new Float32Array(SIDE * SIDE * 3);
  const [left, top] = [(SIDE - width) >> 1, (SIDE - height) >> 1];
  for (let y = 0; y < height; y++) {
    const to = ((top + y) * SIDE + left) * 3;
    for (let i = 0, from = y * width * 3; i < width * 3; i++) out[to + i] = data[from + i]! / 127.5 - 1;
  }
  return out;
}
