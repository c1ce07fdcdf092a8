import { join } from 'node:path';
import { FoveaError } from '../../core/errors.ts';
import { takeTurns } from '../../core/turns.ts';
import { copyAsJpeg } from '../../image/index.ts';
import type { Blobs } from '../../store/index.ts';
import { BoundedFolder } from './bounded-folder.ts';

/** Widths that copies are kept of: a row of a list, a card, half a screen, a screen. */
const WIDTHS = [96, 320, 1024, 2048];
/** Copies that are made at a time; a list asks for dozens at once. */
const AT_ONCE = 2;
/** Bytes of all copies: of half a screen's width, which has some 100 kB, twenty thousand. */
const LIMIT = 2 * 1024 ** 3;

/** Pictures as any browser shows them, made when first asked for and kept: they can be made again at any time. */
export class PictureCopies {
  readonly #blobs: Blobs;
  readonly #folder: BoundedFolder;
  readonly #inTurn = takeTurns(AT_ONCE);

  constructor(blobs: Blobs, dataFolder: string) {
    this.#blobs = blobs;
    this.#folder = new BoundedFolder(join(dataFolder, 'cache', 'pictures'), LIMIT);
  }

  /**
   * @param width pixels at most; undefined = as wide as it is
   * @throws FoveaError `BLOB_MISSING`, `BLOB_ALTERED`, `IMAGE_*`
   */
  async get(sha256: string, width?: number): Promise<Uint8Array> {
    const kept = width === undefined ? undefined : WIDTHS.find((one) => one >= width);
    const name = join(sha256.slice(0, 2), `${sha256}-${kept ?? 'whole'}.jpg`);
    const known = await this.#folder.read(name);
    if (known) {
      // A copy must not hide that what it was made of is gone.
      if (await this.#blobs.has(sha256)) return known;
      throw new FoveaError('BLOB_MISSING', { sha256: sha256.slice(0, 12) });
    }
    return this.#inTurn(async () => {
      const jpeg = await copyAsJpeg(await this.#blobs.get(sha256), kept);
      await this.#folder.write(name, jpeg);
      return jpeg;
    });
  }
}
