import { zipSync } from 'fflate';

/**
 * A ZIP archive of files as they are, none packed: what goes into one here (PNG) is packed already.
 *
 * @param files path in the archive → bytes
 */
export const writeZip = (files: Readonly<Record<string, Uint8Array>>): Uint8Array<ArrayBuffer> =>
  zipSync(files, { level: 0 }) as Uint8Array<ArrayBuffer>;
