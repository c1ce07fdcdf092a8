import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Down to this share of the limit at a time, so that not every file that comes has all the others looked at. */
const DOWN_TO = 0.9;

/** Files that can be made again, in a folder that holds no more bytes than it may: the oldest go. */
export class BoundedFolder {
  readonly #folder: string;
  readonly #limit: number;
  /** Unknown until something is written. */
  #bytes: number | undefined;
  /** Bytes written since the files were last looked at. */
  #meanwhile = 0;
  #clearing: Promise<void> | undefined;

  constructor(folder: string, limit: number) {
    this.#folder = folder;
    this.#limit = limit;
  }

  read(name: string): Promise<Uint8Array | undefined> {
    return readFile(join(this.#folder, name)).catch(() => undefined);
  }

  /** Keeps a file, whole or not at all; where there is no room on the disk it is done without. */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.#folder, name);
    const unfinished = `${path}.${randomUUID()}`;
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeFile(unfinished, bytes, { mode: 0o600 });
      await rename(unfinished, path);
    } catch {
      await rm(unfinished, { force: true }).catch(() => {});
      return;
    }
    if (this.#bytes !== undefined) this.#bytes += bytes.length;
    this.#meanwhile += bytes.length;
    while (this.#bytes === undefined || this.#bytes > this.#limit) {
      this.#clearing ??= this.#clear().finally(() => {
        this.#clearing = undefined;
      });
      await this.#clearing;
    }
  }

  async #clear(): Promise<void> {
    this.#meanwhile = 0;
    const names = await readdir(this.#folder, { recursive: true }).catch(() => []);
    const files: { path: string; bytes: number; modified: number }[] = [];
    for (const name of names) {
      const path = join(this.#folder, name);
      const found = await stat(path).catch(() => undefined);
      if (found?.isFile()) files.push({ path, bytes: found.size, modified: found.mtimeMs });
    }
    let total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    const isOver = total > this.#limit;
    for (const { path, bytes } of files.sort((a, b) => a.modified - b.modified)) {
      if (!isOver || total <= this.#limit * DOWN_TO) break;
      await rm(path, { force: true });
      total -= bytes;
    }
    // What came meanwhile may not have been seen; counted twice, all are looked at once more.
    this.#bytes = total + this.#meanwhile;
  }
}
