import { damaged, type Source } from './source.ts';

/** \x89HDF\r\n\x1a\n, at offset 0 in every file that Keras writes. */
const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

export const isHdf5 = (bytes: Uint8Array): boolean => SIGNATURE.every((byte, i) => bytes[i] === byte);

/** Sizes that addresses and lengths may have. */
const SIZES = [2, 4, 8];

/**
 * Reads the superblock into `source` (format specification, II.A).
 *
 * @returns the address of the root group's object header
 */
export function readSuperblock(source: Source): number {
  if (!isHdf5(source.bytes)) {
    const first = String.fromCharCode(...source.bytes.subarray(0, 8));
    throw damaged('what should be its HDF5 file is none', {
      received: `bytes that begin with ${JSON.stringify(first)}`,
    });
  }
  const head = source.cursor(0, 'the superblock').skip(SIGNATURE.length);
  const version = head.version([0, 1, 2, 3]);
  if (version < 2) head.skip(4);
  source.addressSize = head.u8();
  source.lengthSize = head.u8();
  if (!SIZES.includes(source.addressSize) || !SIZES.includes(source.lengthSize)) {
    throw damaged('the superblock gives impossible sizes of addresses', {
      expected: SIZES.join(', '),
      received: `${source.addressSize} and ${source.lengthSize}`,
    });
  }
  head.skip([9, 13, 1, 1][version]!);
  source.base = head.address() ?? 0;
  head.address(); // free space, or the superblock's extension: neither bears on reading
  const end = head.someAddress();
  if (end > source.bytes.length) {
    throw damaged('it is cut short', { expected: `${end} bytes`, received: `${source.bytes.length} bytes` });
  }
  if (version >= 2) return head.someAddress();
  head.address(); // driver information
  head.address(); // the root's name
  return head.someAddress();
}
