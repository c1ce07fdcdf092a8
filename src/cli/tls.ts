import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { FoveaError } from '../core/errors.ts';
import type { Environment } from './environment.ts';

/**
 * Certificate and key, tried before the server opens its door.
 *
 * @returns undefined where none are named
 * @throws FoveaError `FILE_NOT_FOUND`
 * @throws RangeError with a sentence for the user where the two are no certificate and its key
 */
export async function readTls({ tlsFiles }: Environment): Promise<{ cert: Buffer; key: Buffer } | undefined> {
  if (!tlsFiles) return undefined;
  const [cert, key] = await Promise.all([tlsFiles.cert, tlsFiles.key].map(read));
  const pair = { cert: cert!, key: key! };
  try {
    createSecureContext(pair);
  } catch (cause) {
    throw new RangeError(
      `FOVEA_TLS_CERT and FOVEA_TLS_KEY are no certificate and its key in PEM: ${(cause as Error).message}`,
      { cause },
    );
  }
  return pair;
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new FoveaError('FILE_NOT_FOUND', { path, cause });
  }
}
