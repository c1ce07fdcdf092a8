/** The work that is done in the background, and who does it. */

export { explainStoredImage } from './explain.ts';
export { type HintOptions, hintsOf, sourcesOf } from './hints.ts';
export type { FileHints, Import } from './import.ts';
export {
  type FailedJob,
  type Job,
  openQueue,
  type Queue,
  type QueueCounts,
  type ReportJob,
  SOON,
} from './queue.ts';
export { outcomeOf, type Reader, readStoredImage, roomSettings, SETTINGS } from './read.ts';
export { keepStaff, type Staff } from './staff.ts';
export { finishImport, type GivenFile, type TakenFile, takeFiles } from './take.ts';
export { startWorker } from './worker.ts';
