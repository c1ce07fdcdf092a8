import { btree2Records, encodedSize } from './btree2.ts';
import { Cursor, damaged, notRead, type Source } from './source.ts';

/** Names of an old group's members (format specification, III.D). @returns the text at an offset */
export function localHeap(source: Source, address: number): (offset: number) => string {
  const head = source.cursor(address, 'a local heap').signature('HEAP');
  head.version([0]);
  head.skip(3);
  const size = head.length();
  head.length();
  const start = head.someAddress();
  source.slice(start, size, 'a local heap');
  return (offset) => {
    if (offset > size) throw damaged('a name lies outside of its heap');
    return new Cursor(source, start + offset, start + size, 'a local heap').text();
  };
}

/** Objects of a global heap collection, by their index (format specification, III.E). */
export function globalHeap(source: Source, address: number): ReadonlyMap<number, Uint8Array> {
  const head = source.cursor(address, 'a global heap').signature('GCOL');
  head.version([1]);
  head.skip(3);
  const size = head.length();
  const heap = source.cursor(address, 'a global heap', size).skip(head.at - address);
  const objects = new Map<number, Uint8Array>();
  while (heap.left >= 8 + source.lengthSize) {
    const index = heap.u16();
    heap.skip(6);
    const length = heap.length();
    if (index === 0) break; // the free space
    objects.set(index, heap.take(length));
    heap.skip(Math.min((8 - (length % 8)) % 8, heap.left));
  }
  return objects;
}

/** Rows of a doubling table: no heap that is addressed by 64 bits has more. */
const MAX_ROWS = 64;

/**
 * A fractal heap, where a group with many links or attributes keeps them (format specification, III.G).
 *
 * @returns the object that a heap ID stands for
 */
export function fractalHeap(source: Source, address: number): (id: Cursor) => Cursor {
  const what = 'a fractal heap';
  const head = source.cursor(address, what).signature('FRHP');
  head.version([0]);
  head.skip(2);
  if (head.u16() > 0) throw notRead('a fractal heap of it is compressed');
  head.skip(1);
  const maxManaged = head.u32();
  head.length();
  const hugeTree = head.address();
  head.length();
  head.address();
  for (let i = 0; i < 8; i++) head.length();
  const width = head.u16();
  const startSize = head.length();
  const maxDirect = head.length();
  const maxHeapBits = head.u16();
  head.skip(2);
  const root = head.address();
  const rootRows = head.u16();
  const offsetSize = Math.ceil(maxHeapBits / 8);
  const lengthSize = Math.min(Math.ceil(Math.log2(maxDirect) / 8), encodedSize(maxManaged));
  const sane = width > 0 && startSize > 0 && maxDirect >= startSize && offsetSize <= 8 && lengthSize <= 8;
  if (!sane) throw damaged('a fractal heap contradicts itself');
  const directRows = Math.log2(maxDirect) - Math.log2(startSize) + 2;
  const rowSize = (row: number) => startSize * 2 ** Math.max(0, row - 1);

  /** The direct block that holds an offset: where it lies, and the offset that it begins at. */
  function block(offset: number, rows: number, at: number, from: number): { at: number; from: number } {
    if (rows === 0) return { at, from };
    if (rows > MAX_ROWS) throw damaged('a fractal heap has too many rows');
    const children = source
      .cursor(at, what)
      .signature('FHIB')
      .skip(1 + source.addressSize + offsetSize);
    let start = from;
    for (let row = 0; row < rows; row++) {
      const size = rowSize(row);
      const column = Math.floor((offset - start) / size);
      if (column < width) {
        const child = children.skip(column * source.addressSize).someAddress();
        const childRows = row < directRows ? 0 : Math.log2(size) - Math.log2(startSize * width) + 1;
        return block(offset, childRows, child, start + column * size);
      }
      start += width * size;
      children.skip(width * source.addressSize);
    }
    throw damaged('an object lies outside of its fractal heap');
  }

  let huge: Map<number, Cursor> | undefined;
  function hugeObjects(): Map<number, Cursor> {
    if (hugeTree === undefined) throw damaged('a fractal heap has lost its large objects');
    const objects = new Map<number, Cursor>();
    for (const { type, record } of btree2Records(source, hugeTree)) {
      if (type !== 1) throw notRead('a fractal heap of it is compressed');
      const start = record.someAddress();
      const length = record.length();
      objects.set(record.length(), source.cursor(start, what, length));
    }
    return objects;
  }

  return (id) => {
    const kind = (id.u8() >> 4) & 3;
    if (kind === 0) {
      const offset = id.uint(offsetSize);
      const length = id.uint(lengthSize);
      if (root === undefined) throw damaged('a fractal heap is empty');
      const { at, from } = block(offset, rootRows, root, 0);
      return source.cursor(at + offset - from, what, length);
    }
    if (kind === 1) {
      if (id.left >= source.addressSize + source.lengthSize) {
        const start = id.someAddress();
        return source.cursor(start, what, id.length());
      }
      huge ??= hugeObjects();
      const found = huge.get(id.uint(Math.min(source.lengthSize, id.left)));
      if (!found) throw damaged('a fractal heap has lost a large object');
      return source.cursor(found.at, what, found.left);
    }
    throw notRead('a fractal heap of it holds tiny objects');
  };
}
