import { InferenceSession, Tensor } from 'onnxruntime-node';
import { sizeOf } from '../src/core/tensor.ts';
import type { ConvertedModel } from '../src/keras/index.ts';
import { unitNumbers } from './lcg.ts';

/** What real Keras answers for pictures of numbers; see ../shared/keras-models/README.md. */
export interface Golden {
  readonly input_used: number[][];
  readonly out: Record<string, readonly { readonly shape: number[]; readonly values: number[] }[]>;
}

/** golden.json's three ranges. */
const RANGES: Readonly<Record<string, (unit: number) => number>> = {
  unit: (unit) => unit,
  sym: (unit) => 2 * unit - 1,
  byte: (unit) => Math.floor(256 * unit),
};

export const picture = (range: string, shape: number[]): Tensor =>
  new Tensor('float32', Float32Array.from(unitNumbers(sizeOf(shape)), RANGES[range]!), shape);

const sumsToOne = (values: readonly number[]) => Math.abs(values.reduce((a, b) => a + b, 0) - 1) < 1e-3;

/** Largest difference: plain on probabilities, else over the largest value. */
export function difference(ours: readonly number[], theirs: readonly number[]): number {
  const scale = sumsToOne(theirs) ? 1 : Math.max(1, ...theirs.map(Math.abs));
  return theirs.reduce((most, value, i) => Math.max(most, Math.abs(value - ours[i]!)), 0) / scale;
}

/**
 * Runs a converted model on the golden inputs.
 *
 * @returns the largest difference over all of them
 * @throws Error where a shape differs, or the graph does not run
 */
export async function compareWithGolden({ onnx }: ConvertedModel, golden: Golden): Promise<number> {
  const session = await InferenceSession.create(onnx);
  let largest = 0;
  for (const [range, outputs] of Object.entries(golden.out)) {
    const feeds = session.inputNames.map((name, i) => [name, picture(range, golden.input_used[i]!)] as const);
    const results = await session.run(Object.fromEntries(feeds));
    session.outputNames.forEach((name, i) => {
      const { shape, values } = outputs[i]!;
      const { dims, data } = results[name]!;
      if (dims.join() !== shape.join())
        throw new Error(`output ${i} is ${dims.join('×')}, not ${shape.join('×')}`);
      largest = Math.max(
        largest,
        difference(Array.from(data as Float32Array).slice(0, values.length), values),
      );
    });
  }
  return largest;
}
