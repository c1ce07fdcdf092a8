import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { FoveaError } from '../core/errors.ts';
import { Session } from '../model/session.ts';

/**
 * A network of the gate's own, loaded when it is first asked for. One thread: each takes milliseconds.
 *
 * @param path below `models/`
 * @returns a function that answers the session, or throws FoveaError `FILE_NOT_FOUND`, `MODEL_DAMAGED`
 */
export function shippedNetwork(path: string): () => Promise<Session> {
  const file = fileURLToPath(new URL(`../../models/${path}`, import.meta.url));
  let opened: Promise<Session> | undefined;
  return () => {
    opened ??= readFile(file)
      .catch((cause) => {
        throw new FoveaError('FILE_NOT_FOUND', { path: file, cause });
      })
      .then((bytes) => Session.open(bytes, { threads: 1 }));
    // What failed once is tried again.
    opened.catch(() => {
      opened = undefined;
    });
    return opened;
  };
}
