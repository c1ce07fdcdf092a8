import { Inflate, Unzlib } from 'fflate';

/** Packed bytes given at once: a bomb is noticed before these have become 64 MB (deflate packs at most 1032 : 1). */
const STEP = 2 ** 16;

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
  for (let from = 0; from < packed.length; from += STEP) {
    stream.push(packed.subarray(from, from + STEP), from + STEP >= packed.length);
  }
  return unpacked.subarray(0, at);
}
