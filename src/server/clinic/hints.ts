import {
  type FileTable,
  knownOf,
  type Pattern,
  readFileTable,
  readPattern,
  type Sources,
} from '../../intake/index.ts';
import type { FileHints } from '../../jobs/index.ts';

/** By what the files of an import are understood, as it is stored. */
export interface HintOptions {
  readonly pattern?: string;
  /** Text of a CSV. */
  readonly table?: string;
}

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

const sourcesOf = ({ pattern, table }: HintOptions): Sources => ({
  pattern: pattern === undefined ? undefined : (readPattern(pattern) satisfies Pattern),
  table: table === undefined ? undefined : (readFileTable(table) satisfies FileTable),
});

async function hintsOf(name: string, bytes: Uint8Array, sources: Sources): Promise<FileHints> {
  const { patient, name: patientName, birthDate, sex, ...rest } = await knownOf(name, bytes, sources);
  return {
    ...rest,
    patient: patient === undefined ? undefined : { identifier: patient, name: patientName, birthDate, sex },
  } as FileHints;
}
