import { type FileTable, knownOf, readFileTable, readPattern, type Sources } from '../intake/index.ts';
import type { FileHints } from './import.ts';

/** By what the files of an import are understood, as it is stored. */
export interface HintOptions {
  readonly pattern?: string;
  /** Text of a CSV. */
  readonly table?: string;
}

/** @throws FoveaError `REQUEST_INVALID` */
export const sourcesOf = ({ pattern, table }: HintOptions): Sources => ({
  pattern: pattern === undefined ? undefined : readPattern(pattern),
  table: table === undefined ? undefined : (readFileTable(table) satisfies FileTable),
});

/** What is known of a file, as it is stored. */
export async function hintsOf(name: string, bytes: Uint8Array, sources: Sources): Promise<FileHints> {
  const { patient, name: patientName, birthDate, sex, ...rest } = await knownOf(name, bytes, sources);
  return {
    ...rest,
    patient: patient === undefined ? undefined : { identifier: patient, name: patientName, birthDate, sex },
  } as FileHints;
}
