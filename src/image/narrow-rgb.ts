/**
 * The inner loop of Pillow's horizontal pass, for RGB, in WebAssembly with 128-bit vectors: the weighted sum of a
 * pixel's three channels at once, in the same 32-bit integers and so to the same bits. Full-size photographs spend
 * most of their preparation here; plain JavaScript takes about four times as long.
 *
 * The module is written down as instructions and assembled here (https://webassembly.github.io/spec/core/binary/).
 */

/** Fixed-point weights of each output pixel; `weight` holds `stride` of them a pixel. */
export interface RowWeights {
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weight: Int32Array;
  readonly stride: number;
}

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
const sized = (bytes: readonly number[]) => [...varint(bytes.length), ...bytes];
const section = (id: number, bytes: readonly number[]) => [id, ...sized(bytes)];
const ascii = (text: string) => sized([...text].map((c) => c.charCodeAt(0)));

const I32 = 0x7f;
const V128 = 0x7b;

/** Parameters and locals of the function, by index. */
const [ROW, OUT, FIRST, COUNT, WEIGHT, END, STRIDE, P, W, STOP, SUM] = Array.from(
  { length: 11 },
  (_, i) => i,
);
const PARAMETERS = 7;

const get = (local?: number) => [0x20, local!];
const set = (local?: number) => [0x21, local!];
/** A signed LEB128 constant; all used here are positive. */
const constant = (value: number): number[] => {
  const bytes = varint(value);
  return bytes.at(-1)! & 64 ? [0x41, ...bytes.slice(0, -1), bytes.at(-1)! | 128, 0] : [0x41, ...bytes];
};
const add = [0x6a];
const multiply = [0x6c];
const less = [0x49];
const load = [0x28, 2, 0];
const store = [0x36, 0, 0];
const loop = (body: readonly number[]) => [0x03, 0x40, ...body, 0x0b];
const again = [0x0d, 0];
const advance = (local: number | undefined, bytes: readonly number[]) => [
  ...get(local),
  ...bytes,
  ...add,
  ...set(local),
];

const vector = (code: number, ...operands: number[]) => [0xfd, ...varint(code), ...operands];
const load32Zero = vector(0x5c, 0, 0);
const load32Splat = vector(0x09, 2, 0);
const bytesToShorts = vector(0x89);
const shortsToInts = vector(0xa9);
const splat = vector(0x11);
const multiplyInts = vector(0xb5);
const addInts = vector(0xae);
const shiftRight = vector(0xac);
/** The two saturate, which is Pillow's clipping to 0–255. */
const intsToShorts = vector(0x85);
const shortsToBytes = vector(0x66);
const firstInt = vector(0x1b, 0);

/** Pillow's PRECISION_BITS, and one half in it. */
const BITS = 22;
const HALF = 1 << (BITS - 1);

/** For each output pixel: sum ← half + Σ pixel × weight; out ← clip(sum >> 22). */
const body = [
  ...loop([
    ...[...get(ROW), ...get(FIRST), ...load, ...constant(3), ...multiply, ...add, ...set(P)],
    ...[...get(WEIGHT), ...set(W)],
    ...[...get(WEIGHT), ...get(COUNT), ...load, ...constant(4), ...multiply, ...add, ...set(STOP)],
    ...[...constant(HALF), ...splat, ...set(SUM)],
    ...loop([
      ...[...get(P), ...load32Zero, ...bytesToShorts, ...shortsToInts],
      ...[...get(W), ...load32Splat, ...multiplyInts, ...get(SUM), ...addInts, ...set(SUM)],
      ...advance(P, constant(3)),
      ...advance(W, constant(4)),
      ...[...get(W), ...get(STOP), ...less, ...again],
    ]),
    // Four bytes are stored where three are meant: the next pixel, or the slack behind the row, takes the fourth.
    ...[...get(SUM), ...constant(BITS), ...shiftRight, ...set(SUM)],
    ...[...get(SUM), ...get(SUM), ...intsToShorts, ...set(SUM)],
    ...[...get(OUT), ...get(SUM), ...get(SUM), ...shortsToBytes, ...firstInt, ...store],
    ...advance(OUT, constant(3)),
    ...advance(FIRST, constant(4)),
    ...advance(COUNT, constant(4)),
    ...advance(WEIGHT, get(STRIDE)),
    ...[...get(FIRST), ...get(END), ...less, ...again],
  ]),
  0x0b,
];

const code = [...varint(2), ...[...varint(STOP! - PARAMETERS + 1), I32], ...[1, V128], ...body];

const MODULE = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, [1, 0x60, PARAMETERS, ...new Array(PARAMETERS).fill(I32), 0]),
  ...section(2, [1, ...ascii('js'), ...ascii('memory'), 0x02, 0x00, 1]),
  ...section(3, [1, 0]),
  ...section(7, [1, ...ascii('narrow'), 0x00, 0]),
  ...section(10, [1, ...sized(code)]),
]);

const PAGE = 65536;
const memory = new WebAssembly.Memory({ initial: 1 });
let narrow: ((...parameters: number[]) => void) | undefined;

/** Compiled at the first use. */
function compiled() {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(MODULE), { js: { memory } });
  return exports.narrow as (...parameters: number[]) => void;
}

/**
 * Narrows the rows `top` to `bottom` of an RGB picture.
 *
 * @param source RGB bytes, `width` pixels a row
 * @returns RGB bytes of those rows, `weights.first.length` pixels each
 */
export function narrowRgb(
  source: Uint8Array,
  width: number,
  top: number,
  bottom: number,
  weights: RowWeights,
): Uint8Array {
  narrow ??= compiled();
  const { first, count, weight, stride } = weights;
  const rowLength = width * 3;
  const outLength = first.length * 3;
  const [firstAt, countAt] = [0, first.byteLength];
  const weightAt = countAt + count.byteLength;
  const rowAt = weightAt + weight.byteLength;
  const outAt = rowAt + rowLength + 16;
  const needed = outAt + outLength + 16;
  if (memory.buffer.byteLength < needed) memory.grow(Math.ceil((needed - memory.buffer.byteLength) / PAGE));
  const bytes = new Uint8Array(memory.buffer);
  const ints = new Int32Array(memory.buffer);
  ints.set(first, firstAt / 4);
  ints.set(count, countAt / 4);
  ints.set(weight, weightAt / 4);
  const out = new Uint8Array((bottom - top) * outLength);
  for (let y = top; y < bottom; y++) {
    bytes.set(source.subarray(y * rowLength, (y + 1) * rowLength), rowAt);
    narrow(rowAt, outAt, firstAt, countAt, weightAt, countAt, stride * 4);
    out.set(bytes.subarray(outAt, outAt + outLength), (y - top) * outLength);
  }
  return out;
}
