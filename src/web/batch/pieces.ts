import type { Taken } from '../../server/clinic-contract.ts';
import { ApiError } from '../api.ts';
import { beginUpload, sendPiece } from '../shell/room-api.ts';
import type { HandedFile } from './handed-files.ts';

/** Files beyond this go in pieces: sent again as a whole, one of them would cost too much. */
export const LARGE_BYTES = 32 * 2 ** 20;
const PIECE_BYTES = 8 * 2 ** 20;

/** Refusals of a file itself, which no second try would change. */
const FINAL = new Set(['FILE_TOO_LARGE']);

/** One large file on its way, piece by piece: where the line breaks it goes on from what has arrived. */
export class Pieces {
  readonly #batch: string;
  readonly #handed: HandedFile;
  #id: string | undefined;
  #offset = 0;

  constructor(batch: string, handed: HandedFile) {
    this.#batch = batch;
    this.#handed = handed;
  }

  /**
   * Sends what has not arrived yet.
   *
   * @param onShare how much of it has, 0–1
   * @throws ApiError that a piece did not arrive; called again it goes on
   */
  async send(signal: AbortSignal, onShare: (share: number) => void): Promise<Taken> {
    const { name, file } = this.#handed;
    try {
      for (;;) {
        this.#id ??= (await beginUpload(this.#batch, name, file.size)).id;
        const piece = file.slice(this.#offset, this.#offset + PIECE_BYTES);
        const taken = await this.#sendPiece(this.#id, piece, signal);
        onShare(this.#offset / file.size);
        if (taken) return taken;
      }
    } catch (thrown) {
      if (!(thrown instanceof ApiError) || !FINAL.has(thrown.failure.code)) throw thrown;
      return {
        items: [{ name, state: 'refused', imageId: null, visitId: null, error: thrown.failure }],
      };
    }
  }

  /** @returns what became of the file, once it is whole */
  async #sendPiece(id: string, piece: Blob, signal: AbortSignal): Promise<Taken | undefined> {
    try {
      const taken = await sendPiece(id, this.#offset, piece, signal);
      this.#offset += piece.size;
      return taken;
    } catch (thrown) {
      const failure = thrown instanceof ApiError ? thrown.failure : undefined;
      // More or less has arrived than was heard of: the answer to a piece was lost, or its end.
      const arrived = failure?.code === 'UPLOAD_OFFSET_WRONG' ? Number(failure.expected) : this.#offset;
      const isForgotten = failure?.code === 'NOT_FOUND' && this.#offset > 0;
      if (arrived === this.#offset && !isForgotten) throw thrown;
      this.#offset = isForgotten ? 0 : arrived;
      if (isForgotten) this.#id = undefined;
      return undefined;
    }
  }
}
