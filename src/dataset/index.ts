/** Labelled pictures, read from folders and tables. */
export { type Dataset, type Item, type ReadOptions, readDataset } from './read.ts';
