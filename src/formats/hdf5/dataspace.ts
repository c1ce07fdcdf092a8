import { type Cursor, damaged } from './source.ts';

/** HDF5's own limit (H5S_MAX_RANK). */
const MAX_RANK = 32;

/** Reads a dataspace message: the shape, or undefined where there is no data at all. */
export function readDataspace(message: Cursor): readonly number[] | undefined {
  const version = message.version([1, 2]);
  const rank = message.u8();
  if (rank > MAX_RANK) throw damaged(`a dataset has ${rank} axes`);
  message.skip(1);
  if (version === 1) message.skip(5);
  else if (message.u8() === NULL_SPACE) return undefined;
  return Array.from({ length: rank }, () => message.length());
}

const NULL_SPACE = 2;
