import { unzipSync } from 'fflate';
import { FoveaError } from '../core/errors.ts';

/** A ZIP archive begins with a local file header (APPNOTE.TXT 4.3.7). */
export const isZip = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 0x03 && bytes[3] === 0x04;

/** An entry may unpack to so many times the archive plus so many bytes: weights hardly compress, bombs do. */
const MAX_EXPANSION = 4;
const MAX_EXTRA_BYTES = 64 * 2 ** 20;

/**
 * Reads the named entries of a ZIP archive, whatever folder they lie in and whichever slash the archive uses.
 *
 * @param bytes the whole archive
 * @param names of the entries wanted; the others are not unpacked
 * @returns the entries found, by name
 * @throws FoveaError `MODEL_TOO_LARGE` for a bomb, `MODEL_DAMAGED`
 */
export function readZip<Name extends string>(
  bytes: Uint8Array,
  names: readonly Name[],
): Partial<Record<Name, Uint8Array>> {
  let budget = bytes.length * MAX_EXPANSION + MAX_EXTRA_BYTES;
  const wanted = (path: string) => names.find((name) => name === path.split(/[/\\]/).pop());
  let entries: Record<string, Uint8Array>;
  try {
    entries = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        if (!wanted(name)) return false;
        budget -= originalSize;
        if (budget >= 0) return true;
        const reason = `"${name}" unpacks to ${originalSize} bytes from an archive of ${bytes.length}`;
        throw new FoveaError('MODEL_TOO_LARGE', { reason });
      },
    });
  } catch (cause) {
    if (cause instanceof FoveaError) throw cause;
    throw new FoveaError('MODEL_DAMAGED', { reason: 'the ZIP archive cannot be unpacked', cause });
  }
  return Object.fromEntries(Object.entries(entries).map(([path, data]) => [wanted(path), data])) as Partial<
    Record<Name, Uint8Array>
  >;
}
