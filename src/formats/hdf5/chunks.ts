import { btree1Leaves, CHUNK_TREE } from './btree1.ts';
import { btree2Records } from './btree2.ts';
import { type Cursor, damaged, notRead, type Source } from './source.ts';

/** One chunk where it lies. */
export interface Chunk {
  readonly address: number;
  /** Bytes as stored. */
  readonly size: number;
  readonly mask: number;
  /** Its first element, one number an axis. */
  readonly offset: readonly number[];
}

/** How a chunked dataset finds its chunks. */
export interface ChunkIndex {
  /** Elements of a chunk along each axis. */
  readonly chunk: readonly number[];
  /** @param shape of the dataset; @param bytes of a chunk that is not packed; @param packed whether there are filters */
  chunks(shape: readonly number[], bytes: number, packed: boolean): Iterable<Chunk>;
}

/** The rest of a layout message of version 3, after its class (format specification, IV.A.2.i). */
export function chunksByTree(source: Source, message: Cursor): ChunkIndex {
  const rank = message.u8() - 1;
  const tree = message.address();
  const chunk = Array.from({ length: Math.max(0, rank) }, () => message.u32());
  return {
    chunk,
    *chunks() {
      if (tree === undefined) return;
      for (const { key, child } of btree1Leaves(source, tree, CHUNK_TREE, 8 + 8 * (rank + 1))) {
        const size = key.u32();
        const mask = key.u32();
        yield { address: child, size, mask, offset: chunk.map(() => key.uint(8)) };
      }
    },
  };
}

/** Chunk indexes of layout messages of version 4, by their number. */
const SINGLE = 1;
const IMPLICIT = 2;
const FIXED_ARRAY = 3;
const EXTENSIBLE_ARRAY = 4;
const TREE = 5;

/** The rest of a layout message of version 4. */
export function chunksByIndex(source: Source, message: Cursor): ChunkIndex {
  const flags = message.u8();
  const rank = message.u8() - 1;
  const dimensionSize = message.u8();
  const chunk = Array.from({ length: Math.max(0, rank) }, () => message.uint(dimensionSize));
  message.skip(dimensionSize);
  const type = message.u8();
  const filtered = type === SINGLE && flags & 2 ? { size: message.length(), mask: message.u32() } : undefined;
  if (type === EXTENSIBLE_ARRAY) throw notRead('a dataset of it can grow (an extensible array of chunks)');
  message.skip({ [SINGLE]: 0, [IMPLICIT]: 0, [FIXED_ARRAY]: 1, [TREE]: 6 }[type] ?? 0);
  const address = message.address();
  return {
    chunk,
    *chunks(shape, bytes, packed) {
      if (address === undefined) return;
      switch (type) {
        case SINGLE:
          yield { address, size: bytes, mask: 0, ...filtered, offset: chunk.map(() => 0) };
          return;
        case IMPLICIT:
          for (const [i, offset] of grid(shape, chunk)) {
            yield { address: address + i * bytes, size: bytes, mask: 0, offset };
          }
          return;
        case FIXED_ARRAY:
          yield* fixedArray(source, address, grid(shape, chunk), bytes);
          return;
        case TREE:
          for (const { record } of btree2Records(source, address)) {
            const start = record.someAddress();
            // A packed chunk's size takes what the address, the mask and the offsets leave.
            const size = packed ? record.uint(record.left - 4 - 8 * rank) : bytes;
            const mask = packed ? record.u32() : 0;
            yield { address: start, size, mask, offset: chunk.map((length) => record.uint(8) * length) };
          }
          return;
        default:
          throw damaged('a dataset finds its chunks in an unknown way', { received: `index ${type}` });
      }
    },
  };
}

/** The chunks of a dataset in C order: which, and its first element. */
function* grid(shape: readonly number[], chunk: readonly number[]): Generator<[number, number[]]> {
  const counts = shape.map((size, axis) => Math.ceil(size / chunk[axis]!));
  const total = counts.reduce((n, count) => n * count, 1);
  for (let i = 0; i < total; i++) {
    const offset: number[] = [];
    for (let axis = counts.length - 1, rest = i; axis >= 0; axis--) {
      offset[axis] = (rest % counts[axis]!) * chunk[axis]!;
      rest = Math.floor(rest / counts[axis]!);
    }
    yield [i, offset];
  }
}

/** Format specification, VII.C. */
function* fixedArray(
  source: Source,
  address: number,
  cells: Iterable<[number, number[]]>,
  bytes: number,
): Generator<Chunk> {
  const what = 'an array of chunks';
  const head = source.cursor(address, what).signature('FAHD');
  head.version([0]);
  const filtered = head.u8() === 1;
  const entrySize = head.u8();
  const pageLength = 2 ** head.u8();
  const entries = head.length();
  const start = head.someAddress();
  const block = source
    .cursor(start, what)
    .signature('FADB')
    .skip(2 + source.addressSize);
  const pages = entries > pageLength ? Math.ceil(entries / pageLength) : 0;
  // Pages, and the bitmap of those in use before them, each end with a checksum of four bytes.
  const bitmap = block.take(Math.ceil(pages / 8));
  if (pages > 0) block.skip(4);
  for (const [i, offset] of cells) {
    if (i >= entries) throw damaged('an array of chunks is too short');
    if (pages > 0 && i > 0 && i % pageLength === 0) block.skip(4);
    const entry = block.inner(entrySize);
    const page = Math.floor(i / pageLength);
    const unused = pages > 0 && !(bitmap[page >> 3]! & (0x80 >> (page & 7)));
    const chunk = unused ? undefined : entry.address();
    if (chunk === undefined) continue;
    const size = filtered ? entry.uint(entrySize - source.addressSize - 4) : bytes;
    yield { address: chunk, size, mask: filtered ? entry.u32() : 0, offset };
  }
}
