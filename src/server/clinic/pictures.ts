import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { takeTurns } from '../../core/turns.ts';
import { copyAsJpeg } from '../../image/index.ts';
import type { Blobs } from '../../store/index.ts';

/** Widths that copies are kept of: a row of a list, a card, half a screen, a screen. */
const WIDTHS = [96, 320, 1024, 2048];
/** Copies that are made at a time; a list asks for dozens at once. */
const AT_ONCE = 2;

/** Pictures as any browser shows them, made when first asked for and kept: they can be made again at any time. */
export class PictureCopies {
  readonly #blobs: Blobs;
  readonly #folder: string;
  readonly #inTurn = takeTurns(AT_ONCE);

  constructor(blobs: Blobs, dataFolder: string) {
    this.#blobs = blobs;
    this.#folder = join(dataFolder, 'cache', 'pictures');
  }

  /**
   * @param width pixels at most; undefined = as wide as it is
   * @throws FoveaError `BLOB_MISSING`, `BLOB_ALTERED`, `IMAGE_*`
   */
  async get(sha256: string, width?: number): Promise<Uint8Array> {
    const kept = width === undefined ? undefined : WIDTHS.find((one) => one >= width);
    const path = join(this.#folder, sha256.slice(0, 2), `${sha256}-${kept ?? 'whole'}.jpg`);
    const known = await readFile(path).catch(() => undefined);
    if (known) return known;
    return this.#inTurn(async () => {
      const jpeg = await copyAsJpeg(await this.#blobs.get(sha256), kept);
      await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
      const unfinished = `${path}.${randomUUID()}`;
      await writeFile(unfinished, jpeg, { mode: 0o600 });
      await rename(unfinished, path);
      return jpeg;
    });
  }
}
