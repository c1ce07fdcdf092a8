import { type Cursor, damaged, type Source } from './source.ts';

/** Signature, version, type and checksum of a node. */
const NODE_OVERHEAD = 10;

/** Levels above the leaves; the library's own trees of a million records have three. */
const MAX_DEPTH = 16;

/** All records of a version 2 B-tree, in order (format specification, III.A.2). */
export function* btree2Records(
  source: Source,
  address: number,
): Generator<{ readonly type: number; readonly record: Cursor }> {
  const what = 'a B-tree';
  const head = source.cursor(address, what).signature('BTHD');
  head.version([0]);
  const type = head.u8();
  const nodeSize = head.u32();
  const recordSize = head.u16();
  const depth = head.u16();
  head.skip(2);
  const root = head.address();
  const rootRecords = head.u16();
  if (root === undefined) return;
  if (recordSize === 0 || depth > MAX_DEPTH) throw damaged('a B-tree contradicts itself');

  const leafMax = Math.floor((nodeSize - NODE_OVERHEAD) / recordSize);
  const countSize = encodedSize(leafMax);
  /** By level: bytes of the field that counts all records below. */
  const totalSizes = [0];
  let below = leafMax;
  for (let level = 1; level <= depth; level++) {
    const pointer = source.addressSize + countSize + totalSizes[level - 1]!;
    const max = Math.floor((nodeSize - NODE_OVERHEAD - pointer) / (recordSize + pointer));
    below = (max + 1) * below + max;
    totalSizes.push(encodedSize(below));
  }

  const seen = new Set<number>();
  function* node(at: number, count: number, level: number): Generator<Cursor> {
    if (seen.has(at)) throw damaged('a B-tree comes back to itself');
    seen.add(at);
    const cursor = source
      .cursor(at, what)
      .signature(level === 0 ? 'BTLF' : 'BTIN')
      .skip(2);
    const records = Array.from({ length: Math.min(count, cursor.left) }, () => cursor.inner(recordSize));
    if (level === 0) {
      yield* records;
      return;
    }
    for (let i = 0; i <= count; i++) {
      const child = cursor.someAddress();
      const childCount = cursor.uint(countSize);
      cursor.skip(totalSizes[level - 1]!);
      yield* node(child, childCount, level - 1);
      if (i < count) yield records[i]!;
    }
  }
  for (const record of node(root, rootRecords, depth)) yield { type, record };
}

/** Bytes that hold any number up to a limit (H5VM_limit_enc_size). */
export const encodedSize = (limit: number): number => Math.floor(Math.log2(Math.max(1, limit)) / 8) + 1;
