import type { Session } from '../model/session.ts';
import { shippedNetwork } from './shipped-network.ts';

/** Side of the network's picture, and cells a side of its maps: training/gate_geometry.py. */
export const INPUT_SIDE = 128;
const CELLS = 32;
/** Room about the lit field in the network's picture, each side: as in training. */
export const INPUT_MARGIN = 0.02;

const ANSWERS = CELLS * CELLS + 1;
/** Cells about the highest one, each way, over which a place is the mean. */
const REACH = 2;

/** A place as shares of the network's picture, and the probability that it is there. */
export interface Found {
  readonly x: number;
  readonly y: number;
  readonly confidence: number;
}

/** What the network answers. */
export interface NetworkAnswer {
  readonly disc: Found;
  readonly fovea: Found;
  /** Height of the disc as a share of the picture's side. */
  readonly discHeight: number;
  /** Probability that the disc stands to the right of the fovea. */
  readonly discOnRight: number;
  /** Probability that the picture stands upside down. */
  readonly inverted: number;
}

/**
 * The shipped network that finds disc and fovea, loaded once.
 *
 * @throws FoveaError `FILE_NOT_FOUND`, `MODEL_DAMAGED`
 */
export const geometrySession = shippedNetwork('gate-geometry/geometry.onnx');

/** Asks the network. @param planes `3 × 128 × 128` values 0–1, of `cropSquare` */
export async function askGeometry(session: Session, planes: Float32Array): Promise<NetworkAnswer> {
  const answers = await session.run({
    dtype: 'float32',
    shape: [1, 3, INPUT_SIDE, INPUT_SIDE],
    data: planes,
  });
  const [size, right, inverted] = answers.subarray(2 * ANSWERS);
  return {
    disc: placeOf(answers.subarray(0, ANSWERS)),
    fovea: placeOf(answers.subarray(ANSWERS, 2 * ANSWERS)),
    discHeight: Math.exp(size!),
    discOnRight: sigmoid(right!),
    inverted: sigmoid(inverted!),
  };
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/**
 * Reads a map: logits of the cells, row by row, and of "nowhere". The place is the mean over the cells about the one
 * with the most around it, its confidence their share of all.
 */
function placeOf(logits: Float32Array): Found {
  const highest = logits.reduce((most, value) => Math.max(most, value), -Infinity);
  const shares = Float64Array.from(logits, (value) => Math.exp(value - highest));
  const total = shares.reduce((sum, value) => sum + value, 0);
  const sums = sumsAround(shares);
  let peak = 0;
  for (let cell = 1; cell < sums.length; cell++) if (sums[cell]! > sums[peak]!) peak = cell;
  const [row, column] = [Math.floor(peak / CELLS), peak % CELLS];
  let [mass, x, y] = [0, 0, 0];
  for (let v = Math.max(0, row - REACH); v <= Math.min(CELLS - 1, row + REACH); v++) {
    for (let u = Math.max(0, column - REACH); u <= Math.min(CELLS - 1, column + REACH); u++) {
      const share = shares[v * CELLS + u]!;
      mass += share;
      x += share * (u + 0.5);
      y += share * (v + 0.5);
    }
  }
  return { x: x / mass / CELLS, y: y / mass / CELLS, confidence: mass / total };
}

/** Of each cell the sum over the cells about it: by rows, then by columns. */
function sumsAround(cells: Float64Array): Float64Array {
  const along = (from: Float64Array, stride: number, across: number) => {
    const sums = new Float64Array(CELLS * CELLS);
    for (let line = 0; line < CELLS; line++) {
      for (let at = 0; at < CELLS; at++) {
        let sum = 0;
        for (let i = Math.max(0, at - REACH); i <= Math.min(CELLS - 1, at + REACH); i++)
          sum += from[line * across + i * stride]!;
        sums[line * across + at * stride] = sum;
      }
    }
    return sums;
  };
  return along(along(cells, 1, CELLS), CELLS, 1);
}
