import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import {
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FoveaError, fullDisk } from '../core/errors.ts';

/**
 * Files by the SHA-256 of what is in them. A port: a folder here, object storage elsewhere. What it promises is tried by
 * `test/blobs.ts`, which any other has to pass too.
 */
export interface Blobs {
  /**
   * Keeps a file; once it resolves the bytes are on the disk. One that is there but altered is replaced: handing a file
   * over again mends it.
   *
   * @param limit bytes beyond which it is refused
   * @throws FoveaError `FILE_TOO_LARGE`, `FILE_EMPTY`, `STORAGE_FULL`
   */
  put(bytes: Uint8Array | AsyncIterable<Uint8Array>, limit?: number): Promise<Blob>;
  /** @throws FoveaError `BLOB_MISSING`, `BLOB_ALTERED` */
  get(sha256: string): Promise<Uint8Array>;
  /** Whether it is there at this moment, also where another machine has just removed it. */
  has(sha256: string): Promise<boolean>;
  /** Of what is not there it is nothing. */
  remove(sha256: string): Promise<void>;
  /** Every blob there is. */
  list(): AsyncGenerator<{ readonly sha256: string; readonly modified: number }>;
  /** Whether it is there, and is what its name says. */
  check(sha256: string): Promise<'whole' | 'missing' | 'altered'>;
  /** Bytes left on the disk. */
  free(): Promise<number>;
  /** Clears away what killed processes left unfinished a day ago or longer. */
  tidy(now?: number): Promise<void>;
  /**
   * Which database the blobs are of: the first that ever asked. Another one does not know what refers to them.
   *
   * @param identity of the database that asks
   */
  owner(identity: string): Promise<string>;
}

export interface Blob {
  readonly sha256: string;
  readonly bytes: number;
  /** Whether it was not there before, or was altered. */
  readonly isNew: boolean;
}

/** Left over from a process that was killed; younger ones may still be written. */
const STALE_MS = 24 * 3600 * 1000;

/** Blobs in a folder: `ab/abcdef…`, written under another name first. */
export class FolderBlobs implements Blobs {
  readonly #folder: string;
  readonly #unfinished: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#unfinished = join(folder, 'unfinished');
  }

  async put(bytes: Uint8Array | AsyncIterable<Uint8Array>, limit = Number.MAX_SAFE_INTEGER): Promise<Blob> {
    const path = join(this.#unfinished, randomUUID());
    const hash = createHash('sha256');
    let size = 0;
    let isMoved = false;
    try {
      const file = await orInNewFolder(this.#unfinished, () => open(path, 'wx', 0o600));
      try {
        for await (const chunk of bytes instanceof Uint8Array ? [bytes] : bytes) {
          size += chunk.length;
          if (size > limit)
            throw new FoveaError('FILE_TOO_LARGE', { expected: `at most ${limit / 1024 ** 2} MB` });
          hash.update(chunk);
          // `write` may write a part where the disk is nearly full, and say nothing.
          await file.writeFile(chunk);
        }
        if (size === 0) throw new FoveaError('FILE_EMPTY');
        await file.sync();
      } finally {
        await file.close();
      }
      const sha256 = hash.digest('hex');
      // What is there is read: to hash 5 MB takes less than the sync above.
      const isNew = !(await this.has(sha256)) || (await this.check(sha256)) !== 'whole';
      const folder = join(this.#folder, sha256.slice(0, 2));
      if (isNew) {
        await orInNewFolder(folder, () => rename(path, this.#pathOf(sha256)));
        isMoved = true;
      }
      // Also of what somebody else has just put there: to acknowledge it is to promise that it stays.
      await syncFolder(folder);
      return { sha256, bytes: size, isNew };
    } catch (cause) {
      throw fullDisk(cause) ?? cause;
    } finally {
      if (!isMoved) await rm(path, { force: true });
    }
  }

  async get(sha256: string): Promise<Uint8Array> {
    const file = await open(this.#pathOf(sha256), 'r').catch((cause) => {
      throw new FoveaError('BLOB_MISSING', { sha256: sha256.slice(0, 12), cause });
    });
    try {
      const bytes = await file.readFile();
      if (createHash('sha256').update(bytes).digest('hex') !== sha256)
        throw new FoveaError('BLOB_ALTERED', { sha256: sha256.slice(0, 12) });
      return bytes;
    } finally {
      await file.close();
    }
  }

  async has(sha256: string): Promise<boolean> {
    try {
      // Opened, because a network file system asks its server at every open, and for a mere look may answer from memory
      // (nfs(5), "Close-to-open cache consistency").
      await (await open(this.#pathOf(sha256), 'r')).close();
      return true;
    } catch {
      return false;
    }
  }

  async remove(sha256: string): Promise<void> {
    await rm(this.#pathOf(sha256), { force: true });
  }

  async *list(): AsyncGenerator<{ sha256: string; modified: number }> {
    for (const folder of await readdir(this.#folder).catch(() => [])) {
      if (!/^[0-9a-f]{2}$/.test(folder)) continue;
      for (const sha256 of await readdir(join(this.#folder, folder))) {
        const { mtimeMs } = await stat(join(this.#folder, folder, sha256)).catch(() => ({
          mtimeMs: Number.NaN,
        }));
        if (/^[0-9a-f]{64}$/.test(sha256) && !Number.isNaN(mtimeMs)) yield { sha256, modified: mtimeMs };
      }
    }
  }

  async check(sha256: string): Promise<'whole' | 'missing' | 'altered'> {
    const hash = createHash('sha256');
    try {
      for await (const chunk of createReadStream(this.#pathOf(sha256))) hash.update(chunk as Uint8Array);
    } catch {
      return 'missing';
    }
    return hash.digest('hex') === sha256 ? 'whole' : 'altered';
  }

  async free(): Promise<number> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const { bavail, bsize } = await statfs(this.#folder);
    return bavail * bsize;
  }

  async tidy(now = Date.now()): Promise<void> {
    for (const name of await readdir(this.#unfinished).catch(() => [])) {
      const path = join(this.#unfinished, name);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: now }));
      if (now - mtimeMs > STALE_MS) await rm(path, { force: true });
    }
  }

  async owner(identity: string): Promise<string> {
    const path = join(this.#folder, 'owner');
    const known = await readFile(path, 'utf8').catch(() => '');
    if (known) return known;
    await mkdir(this.#unfinished, { recursive: true, mode: 0o700 });
    const unfinished = join(this.#unfinished, randomUUID());
    try {
      await writeFile(unfinished, identity, { mode: 0o600, flush: true });
      // Of two at once one is second. A file system without links has a first time without that certainty.
      await link(unfinished, path).catch((cause) =>
        cause.code === 'EEXIST' ? undefined : rename(unfinished, path),
      );
    } finally {
      await rm(unfinished, { force: true });
    }
    return readFile(path, 'utf8');
  }

  /** @throws FoveaError `BLOB_MISSING` for what is no hash: it would be a path */
  #pathOf(sha256: string): string {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new FoveaError('BLOB_MISSING', { sha256: '?' });
    return join(this.#folder, sha256.slice(0, 2), sha256);
  }
}

/** Does something in a folder, which there is but the first time. */
async function orInNewFolder<T>(folder: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await syncFolder(dirname(folder));
    return act();
  }
}

/** Makes the new name in a folder last over a power cut; Windows has no such thing. */
async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle | undefined;
  try {
    folder = await open(path, 'r');
    await folder.sync();
  } catch {
    // A file system that does not know it.
  } finally {
    await folder?.close();
  }
}
