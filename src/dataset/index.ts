/** Labelled pictures, read from folders and tables, and what is wrong with them. */
export {
  type AlikePair,
  alikePairs,
  differenceHash,
  type Fingerprint,
  fingerprint,
  hamming,
  hashWords,
} from './alike.ts';
export { picturesBelow } from './folder.ts';
export {
  countLeftOut,
  type Dataset,
  type Item,
  type LeftOut,
  type ReadOptions,
  readDataset,
} from './read.ts';
export { type Cue, neighbourScores, type Surface, surfaceOf } from './shortcut.ts';
export { joined, splitByGroup } from './split.ts';
