/** What is handed over, before it is anybody's image: names, tables, archives and folders, and what they tell. */
export { type ArchivedFile, isArchive, openArchive } from './archive.ts';
export { type Known, knownOf, type Sources } from './known.ts';
export { safeName } from './name.ts';
export { type Guess, guessPattern, type NameHints, type Pattern, readName, readPattern } from './pattern.ts';
export { type FileTable, readFileTable, type TableRow } from './table.ts';
export { watchFolder } from './watch.ts';
