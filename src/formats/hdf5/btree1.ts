import { type Cursor, damaged, type Source } from './source.ts';

/** Levels above the leaves; trees of the library have two or three. */
const MAX_LEVEL = 16;

/** Node types (format specification, III.A.1). */
export const GROUP_TREE = 0;
export const CHUNK_TREE = 1;

/**
 * All leaves of a version 1 B-tree, in order, each with the key that stands before it.
 *
 * @param keySize bytes of a key
 */
export function* btree1Leaves(
  source: Source,
  address: number,
  type: number,
  keySize: number,
): Generator<{ readonly key: Cursor; readonly child: number }> {
  const seen = new Set<number>();
  function* node(at: number, below: number): Generator<{ key: Cursor; child: number }> {
    if (seen.has(at)) throw damaged('a B-tree comes back to itself');
    seen.add(at);
    const cursor = source.cursor(at, 'a B-tree').signature('TREE');
    cursor.version([type]);
    const level = cursor.u8();
    if (level >= below) throw damaged('a B-tree has a level too many');
    const entries = cursor.u16();
    cursor.skip(2 * source.addressSize);
    for (let i = 0; i < entries; i++) {
      const key = cursor.inner(keySize);
      const child = cursor.someAddress();
      if (level === 0) yield { key, child };
      else yield* node(child, level);
    }
  }
  yield* node(address, MAX_LEVEL + 1);
}
