import { Inflate, Unzlib } from 'fflate';

/** Deflate packs at most so many bytes into one. */
const MOST_RATIO = 1032;
/** Packed bytes given at once, at least and at most; the fewest become 4 MB of a bomb. */
const [LEAST, MOST] = [2 ** 12, 2 ** 16];

/**
 * Unpacks a deflate stream into exactly `size` bytes, and stops as soon as it turns out to hold more.
 *
 * @param wrapping `zlib` (RFC 1950) or none (RFC 1951)
 * @returns fewer bytes where the stream ends before
 * @throws Error for a broken stream, RangeError for one that holds more
 */
export function inflate(packed: Uint8Array, size: number, wrapping: 'zlib' | 'none'): Uint8Array {
  const unpacked = new Uint8Array(size);
  let at = 0;
  const stream = new (wrapping === 'zlib' ? Unzlib : Inflate)((part) => {
    if (at + part.length > size) throw new RangeError(`the stream holds more than ${size} bytes`);
    unpacked.set(part, at);
    at += part.length;
  });
  // What is given at once is unpacked at once: no more than could still be wanted.
  for (let from = 0, to: number; from < packed.length; from = to) {
    to = from + Math.min(MOST, LEAST + Math.ceil((size - at) / MOST_RATIO));
    stream.push(packed.subarray(from, to), to >= packed.length);
  }
  return unpacked.subarray(0, at);
}
