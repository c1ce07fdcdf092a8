/** Database and files of the reading room: patients, visits, images, readings, reviews, reports, audit. */
export { atOnce } from './at-once.ts';
export { type AuditVerdict, appendAudit, readAudit, verifyAudit } from './audit.ts';
export { type BackupOptions, type BackupResult, backUp, restore } from './backup.ts';
export {
  type Batch,
  type BatchItem,
  cancelBatch,
  countWaiting,
  createBatch,
  finishBatch,
  ITEM_STATES,
  type ItemFilter,
  type ItemState,
  itemNames,
  listBatches,
  listItems,
  openBatchOptions,
  readBatch,
  refuseItem,
  resumeBatch,
  unreadImages,
} from './batches.ts';
export { type Blinding, isHeldBack } from './blinding.ts';
export { type Blobs, FolderBlobs } from './blobs.ts';
export { type Database, isAway } from './database.ts';
export { type Explained, keepExplanation, keptExplanation } from './explanations.ts';
export { type ExportedItem, type ExportedReading, exportItems } from './exported.ts';
export {
  type Enqueue,
  imagePlaces,
  imagesOf,
  imageToRead,
  moveImage,
  type NewImage,
  readImage,
  type StoredImage,
  type Taken,
  takeImages,
} from './images.ts';
export { keepBlobs } from './keep-blobs.ts';
export type { Change } from './notify.ts';
export { outcomesOf, type StoredOutcome } from './outcomes.ts';
export {
  changePatient,
  listPatients,
  type Patient,
  type PatientHints,
  readPatient,
} from './patients.ts';
export { StoredPeople } from './people.ts';
export { performanceRecords } from './performance.ts';
export {
  type ImageFacts,
  type NewReading,
  readingsOf,
  type StoredReading,
  saveOutcome,
  saveReadings,
  type VisitOutcome,
  type WorkOut,
} from './readings.ts';
export { keepReport, readReport, reportsOf, type StoredReport } from './reports.ts';
export {
  type Grades,
  type NewReview,
  type Review,
  resultOf,
  reviewsOf,
  type Signer,
  signReview,
} from './reviews.ts';
export { readSetting, writeSetting } from './settings.ts';
export { measureStorage, sweepBlobs, verifyStorage } from './storage.ts';
export { claimFolder, openStore, type Store, type StoreOptions } from './store.ts';
export type { Eye, OutcomeResult, Role, VisitState } from './tables.ts';
export { addUpload, type PartialUpload, readUpload, removeUpload } from './uploads.ts';
export { removeView, saveView, type View, viewsOf } from './views.ts';
export { countVisits, listVisits, readVisit, rowsOf, type VisitRow, type WorklistFilter } from './visits.ts';
export { announce, StoredWebhooks } from './webhooks.ts';
