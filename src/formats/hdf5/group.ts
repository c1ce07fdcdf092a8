import { btree1Leaves, GROUP_TREE } from './btree1.ts';
import { btree2Records } from './btree2.ts';
import { MESSAGE, type ObjectHeader } from './header.ts';
import { fractalHeap, localHeap } from './heaps.ts';
import { type Cursor, damaged, notRead, type Source, shown, utf8 } from './source.ts';

/** Where a name in a group leads. */
export type Link =
  | { readonly kind: 'hard'; readonly address: number }
  | { readonly kind: 'soft'; readonly path: string }
  | { readonly kind: 'external' };

/** Record type of the B-tree that indexes a group's links by name. */
const NAME_INDEX = 5;

/** The members of a group, by name, in the file's order; undefined for an object that is no group. */
export function readLinks(source: Source, header: ObjectHeader): ReadonlyMap<string, Link> | undefined {
  const table = header.message(MESSAGE.symbolTable);
  if (table) return symbolTable(source, table);
  const info = header.message(MESSAGE.linkInfo);
  if (!info && !header.has(MESSAGE.link)) return undefined;
  const compact = header.messages(MESSAGE.link);
  return new Map([...compact, ...(info ? denseLinks(source, info) : [])].map(readLink));
}

/** A group as HDF5 1.6 and h5py's default write it (format specification, III.B). */
function symbolTable(source: Source, table: Cursor): Map<string, Link> {
  const tree = table.someAddress();
  const nameAt = localHeap(source, table.someAddress());
  const links = new Map<string, Link>();
  for (const { child } of btree1Leaves(source, tree, GROUP_TREE, source.lengthSize)) {
    const node = source.cursor(child, 'a symbol table').signature('SNOD');
    node.version([1]);
    node.skip(1);
    const count = node.u16();
    for (let i = 0; i < count; i++) {
      const name = nameAt(node.uint(source.addressSize));
      const address = node.address();
      const type = node.u32();
      const scratch = node.skip(4).inner(16);
      if (type === SOFT_LINK) links.set(name, { kind: 'soft', path: nameAt(scratch.u32()) });
      else if (address !== undefined) links.set(name, { kind: 'hard', address });
    }
  }
  return links;
}

/** Cache type of a symbol table entry that is a soft link. */
const SOFT_LINK = 2;

/** Links of a group with many of them: kept in a heap, found through a B-tree. */
function* denseLinks(source: Source, info: Cursor): Generator<Cursor> {
  info.version([0]);
  if (info.u8() & 1) info.skip(8);
  const heap = info.address();
  const tree = info.address();
  if (heap === undefined || tree === undefined) return;
  const object = fractalHeap(source, heap);
  for (const { type, record } of btree2Records(source, tree)) {
    if (type !== NAME_INDEX) throw damaged('the index of a group is of another kind');
    yield object(record.skip(4));
  }
}

function readLink(message: Cursor): [name: string, Link] {
  message.version([1]);
  const flags = message.u8();
  const type = flags & 8 ? message.u8() : 0;
  if (flags & 4) message.skip(8);
  if (flags & 16) message.skip(1);
  const length = message.uint(1 << (flags & 3));
  message.source.spend(2 * length, 'a name');
  const name = utf8.decode(message.take(length));
  if (type === 0) return [name, { kind: 'hard', address: message.someAddress() }];
  if (type === 1) return [name, { kind: 'soft', path: utf8.decode(message.take(message.u16())) }];
  if (type === 64) return [name, { kind: 'external' }];
  throw notRead(`${shown(name)} is a link of type ${type}`);
}
