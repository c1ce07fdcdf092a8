/** What is handed over, before it is anybody's image: names, tables, archives and folders, and what they tell. */
export { type ArchivedFile, inMemory, openArchive } from './archive.ts';
export { localDay } from './day.ts';
export { type FileSource, openFile } from './file-source.ts';
export { type FolderFile, type FolderKind, kindOfFile, listFolder } from './folder.ts';
export {
  HEAD_BYTES,
  isArchive,
  MAX_ARCHIVE_BYTES,
  MAX_IMAGE_BYTES,
  refuseNoPicture,
  refuseTooLarge,
} from './kind.ts';
export { type Known, knownOf, type Sources } from './known.ts';
export { isLitter } from './litter.ts';
export { safeName } from './name.ts';
export { type Guess, guessPattern, type NameHints, type Pattern, readName, readPattern } from './pattern.ts';
export { type FileTable, readFileTable, type TableRow } from './table.ts';
export { watchFolder } from './watch.ts';
