/**
 * Head of a NumPy file, version 1.0 (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html): the array
 * follows it, in C order, little-endian. It always has the same length, so that a file written piece by piece can be
 * given its head again once the number of its rows is known.
 */
const DESCRIPTIONS = { uint8: '|u1', float32: '<f4' } as const;

/** What a head is filled up to with spaces: a multiple of 64, as the format asks; room for any shape of pictures. */
const LENGTH = 192;
/** Magic bytes, version and the length of the text. */
const BEFORE_TEXT = 10;

/**
 * @param shape whole numbers, the slowest axis first
 * @returns 192 bytes
 * @throws RangeError for more than six axes, or an axis that is no count
 */
export function npyHead(shape: readonly number[], dtype: keyof typeof DESCRIPTIONS): Uint8Array {
  if (shape.length > 6 || !shape.every((n) => Number.isSafeInteger(n) && n >= 0))
    throw new RangeError(`No array has the shape ${shape.join(' × ')}.`);
  // A tuple of one needs its comma.
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${DESCRIPTIONS[dtype]}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const bytes = new Uint8Array(LENGTH).fill(0x20);
  bytes.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0]);
  new DataView(bytes.buffer).setUint16(8, LENGTH - BEFORE_TEXT, true);
  bytes.set(new TextEncoder().encode(text), BEFORE_TEXT);
  bytes[LENGTH - 1] = 0x0a;
  return bytes;
}
