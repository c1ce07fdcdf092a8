/** Labelled pictures: reading, and what is alike in them. */
export { differenceHash, hamming, hashWords } from './alike.ts';
export { type Dataset, groupBy, type Item, type ReadOptions, readDataset } from './read.ts';
