import type { Cursor } from './source.ts';

/** A type of elements; `other` for those in which no weights and no texts are kept. */
export type Datatype = { readonly size: number; readonly className: string } & (
  | { readonly kind: 'integer' | 'boolean'; readonly signed: boolean; readonly bigEndian: boolean }
  | { readonly kind: 'float' | 'bfloat16'; readonly bigEndian: boolean }
  | { readonly kind: 'text' | 'bytes' | 'texts' | 'other' }
);

/** Names of HDF5's type classes, by number (format specification, IV.A.2.d). */
const CLASSES = [
  'integer',
  'float',
  'time',
  'string',
  'bit field',
  'opaque',
  'compound',
  'reference',
  'enumeration',
  'variable-length',
  'array',
];

/**
 * Reads a datatype message.
 *
 * @param inner it is the base of another type: deeper nesting holds nothing that is read
 */
export function readDatatype(message: Cursor, inner = false): Datatype {
  const head = message.u8();
  const bits = message.uint(3);
  const size = message.u32();
  const className = CLASSES[head & 15] ?? `class ${head & 15}`;
  if (inner && NESTING.has(className)) return { kind: 'other', size, className };
  const bigEndian = (bits & 1) !== 0;
  switch (className) {
    case 'integer':
      return { kind: 'integer', size, className, signed: (bits & 8) !== 0, bigEndian };
    case 'float':
      return readFloat(message, { size, className, bigEndian }, bits);
    case 'string':
      return { kind: 'text', size, className };
    case 'opaque':
      // h5py has no bfloat16: Keras's arrays of it, two bytes an element, arrive as NumPy's void.
      return size === 2
        ? { kind: 'bfloat16', size, className, bigEndian: false }
        : { kind: 'bytes', size, className };
    case 'enumeration': {
      // h5py writes booleans as an enumeration over bytes.
      const base = readDatatype(message, true);
      return base.kind === 'integer' && size === 1
        ? { kind: 'boolean', size, className, signed: false, bigEndian: false }
        : { kind: 'other', size, className };
    }
    case 'variable-length': {
      const isText = (bits & 15) === 1 || readDatatype(message, true).size === 1;
      return { kind: isText ? 'texts' : 'other', size, className };
    }
    default:
      return { kind: 'other', size, className };
  }
}

const NESTING = new Set(['enumeration', 'variable-length']);

/** Bits of the exponent by the bytes of an IEEE 754 float; a float of two bytes with eight is a bfloat16. */
const EXPONENTS: Readonly<Record<number, number>> = { 2: 5, 4: 8, 8: 11 };

function readFloat(
  message: Cursor,
  type: { size: number; className: string; bigEndian: boolean },
  bits: number,
): Datatype {
  const exponent = message.skip(5).u8();
  const isVax = (bits & 0x40) !== 0;
  if (!isVax && exponent === EXPONENTS[type.size]) return { kind: 'float', ...type };
  if (!isVax && type.size === 2 && exponent === 8) return { kind: 'bfloat16', ...type };
  return { kind: 'other', size: type.size, className: type.className };
}
