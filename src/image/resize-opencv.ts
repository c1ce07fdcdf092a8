import { roundHalfToEven } from '../core/round.ts';
import type { Pixels } from './resize.ts';

/**
 * OpenCV's `cv2.resize(…, interpolation=cv2.INTER_LINEAR)` on bytes, bit for bit
 * (https://github.com/opencv/opencv, modules/imgproc/src/resize.cpp): 11-bit weights, no antialiasing, and halving
 * both sides exactly is a mean of four.
 */
const COEFFICIENT_BITS = 11;
const ONE = 1 << COEFFICIENT_BITS;

type BytePixels = Pixels & { readonly data: Uint8Array };

/** For each output position: the two source positions and their weights, which sum to `ONE`. */
interface Taps {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly lowWeight: Int32Array;
  readonly highWeight: Int32Array;
}

/**
 * @param sharpEnds beyond the outermost centres a column is taken whole; a row is still split between itself and
 *   itself, which rounds otherwise
 */
function tapsOf(sourceSize: number, size: number, sharpEnds: boolean): Taps {
  // The detour over the inverse is OpenCV's, and now and then its last bit matters.
  const scale = 1 / (size / sourceSize);
  const taps: Taps = {
    low: new Int32Array(size),
    high: new Int32Array(size),
    lowWeight: new Int32Array(size),
    highWeight: new Int32Array(size),
  };
  for (let i = 0; i < size; i++) {
    const position = Math.fround((i + 0.5) * scale - 0.5);
    const low = Math.floor(position);
    const beyond = low < 0 || low >= sourceSize - 1;
    const fraction = sharpEnds && beyond ? 0 : Math.fround(position - low);
    taps.low[i] = Math.min(Math.max(low, 0), sourceSize - 1);
    taps.high[i] = Math.min(Math.max(low + 1, 0), sourceSize - 1);
    taps.lowWeight[i] = roundHalfToEven(Math.fround(Math.fround(1 - fraction) * ONE));
    taps.highWeight[i] = roundHalfToEven(Math.fround(fraction * ONE));
  }
  return taps;
}

/** Bytes in, bytes out. */
export function resizeOpenCv(image: BytePixels, width: number, height: number): Pixels {
  if (image.width === width && image.height === height) return image;
  if (image.width === 2 * width && image.height === 2 * height) return halve(image);
  const { channels, data } = image;
  const across = tapsOf(image.width, width, true);
  const down = tapsOf(image.height, height, false);
  const out = new Uint8Array(width * height * channels);
  const rowLength = width * channels;
  const rows = new Map<number, Int32Array>();
  const row = (y: number) => {
    const known = rows.get(y);
    if (known) return known;
    const made = new Int32Array(rowLength);
    const start = y * image.width * channels;
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        made[x * channels + c] =
          data[start + across.low[x]! * channels + c]! * across.lowWeight[x]! +
          data[start + across.high[x]! * channels + c]! * across.highWeight[x]!;
      }
    }
    // Two rows serve one output row, and the next begins where this one ends or below.
    if (rows.size > 1) rows.delete(Math.min(...rows.keys()));
    rows.set(y, made);
    return made;
  };
  for (let y = 0; y < height; y++) {
    const above = row(down.low[y]!);
    const below = row(down.high[y]!);
    const a = down.lowWeight[y]!;
    const b = down.highWeight[y]!;
    for (let i = 0; i < rowLength; i++) {
      const sum = ((a * (above[i]! >> 4)) >> 16) + ((b * (below[i]! >> 4)) >> 16);
      out[y * rowLength + i] = (sum + 2) >> 2;
    }
  }
  return { width, height, channels, data: out };
}

function halve({ width, height, channels, data }: BytePixels): Pixels {
  const out = new Uint8Array((data.length / 4) | 0);
  const rowLength = width * channels;
  let o = 0;
  for (let y = 0; y < height; y += 2) {
    for (let x = 0; x < width; x += 2) {
      for (let c = 0; c < channels; c++) {
        const s = y * rowLength + x * channels + c;
        out[o++] =
          (data[s]! + data[s + channels]! + data[s + rowLength]! + data[s + rowLength + channels]! + 2) >> 2;
      }
    }
  }
  return { width: width / 2, height: height / 2, channels, data: out };
}
