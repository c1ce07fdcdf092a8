import type { Tensor } from '../core/tensor.ts';
import { type Map2D, positive } from './maps.ts';

/**
 * Attention roll-out (Abnar and Zuidema 2020): how much of each patch reaches the output through all layers of attention,
 * half of each layer being what passes it by. Of no class in particular.
 *
 * @param attentions a layer's weights each, first to last: `[…, tokens, tokens]`, each row a distribution; the mean over
 *   heads is taken
 * @returns undefined where the tokens are not the patches of a square, with or without a class token before them
 */
export function rollOut(attentions: readonly Tensor<'float32'>[]): Map2D | undefined {
  const tokens = attentions[0]?.shape.at(-1) ?? 0;
  if (attentions.some(({ shape }) => shape.at(-1) !== tokens || shape.at(-2) !== tokens)) return undefined;
  const hasClassToken = !Number.isInteger(Math.sqrt(tokens));
  const side = Math.sqrt(hasClassToken ? tokens - 1 : tokens);
  if (!Number.isInteger(side) || side < 2) return undefined;
  let flow: Float64Array = identity(tokens);
  for (const attention of attentions) flow = product(halfPassing(attention, tokens), flow, tokens);
  const reached = new Float32Array(side * side);
  const rows = hasClassToken ? 1 : tokens;
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < reached.length; i++)
      reached[i]! += flow[row * tokens + i + Number(hasClassToken)]! / rows;
  // What every patch sends by merely being there is no evidence.
  const least = reached.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
  return positive(
    side,
    side,
    reached.map((value) => value - least),
  );
}

const identity = (n: number) => Float64Array.from({ length: n * n }, (_, i) => Number(i % (n + 1) === 0));

/** The mean over heads, half of it attention and half the residual connection. */
function halfPassing({ data }: Tensor<'float32'>, n: number): Float64Array {
  const area = n * n;
  const heads = data.length / area;
  const mean = identity(n).map((value) => value / 2);
  for (let at = 0; at < data.length; at++) mean[at % area]! += data[at]! / heads / 2;
  return mean;
}

function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let row = 0; row < n; row++)
    for (let k = 0; k < n; k++) {
      const weight = a[row * n + k]!;
      if (weight === 0) continue;
      for (let column = 0; column < n; column++) out[row * n + column]! += weight * b[k * n + column]!;
    }
  return out;
}
