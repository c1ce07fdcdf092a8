import type { Sources } from '../../intake/index.ts';
import { type FileHints, type HintOptions, hintsOf, sourcesOf } from '../../jobs/index.ts';

/** Imports whose tables are kept read; a table of tens of thousands of rows takes a moment. */
const KEPT = 8;

/** What is known of the files of imports. */
export class Hints {
  readonly #kept = new Map<string, Sources>();

  /** @throws FoveaError `REQUEST_INVALID` */
  check(options: HintOptions): void {
    sourcesOf(options);
  }

  of(batchId: string, options: HintOptions): (name: string, bytes: Uint8Array) => Promise<FileHints> {
    let sources = this.#kept.get(batchId);
    if (!sources) {
      sources = sourcesOf(options);
      this.#kept.set(batchId, sources);
      if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    }
    return (name, bytes) => hintsOf(name, bytes, sources);
  }
}
