import { sizeOf } from '../../core/tensor.ts';
import { btree2Records } from './btree2.ts';
import { readDataspace } from './dataspace.ts';
import { type Datatype, readDatatype } from './datatype.ts';
import { MESSAGE, type ObjectHeader, openShared } from './header.ts';
import { fractalHeap, globalHeap } from './heaps.ts';
import { type Cursor, damaged, type Source, shown, utf8 } from './source.ts';

/** An attribute, its value still in the file. */
export interface Attribute {
  readonly type: Datatype;
  /** How many elements it says to have. */
  readonly count: number;
  readonly data: Cursor;
}

/** The attributes of an object, by name. */
export function readAttributes(source: Source, header: ObjectHeader): ReadonlyMap<string, Attribute> {
  const info = header.message(MESSAGE.attributeInfo);
  const messages = [...header.messages(MESSAGE.attribute), ...(info ? denseAttributes(source, info) : [])];
  return new Map(messages.map(readAttribute));
}

/** Record type of the B-tree that indexes an object's attributes by name. */
const NAME_INDEX = 8;

/** Bytes of an attribute's ID in its heap. */
const HEAP_ID = 8;

function* denseAttributes(source: Source, info: Cursor): Generator<Cursor> {
  info.version([0]);
  if (info.u8() & 1) info.skip(2);
  const heap = info.address();
  const tree = info.address();
  if (heap === undefined || tree === undefined) return;
  const object = fractalHeap(source, heap);
  for (const { type, record } of btree2Records(source, tree)) {
    if (type !== NAME_INDEX) throw damaged('the index of attributes is of another kind');
    yield object(record.inner(HEAP_ID));
  }
}

/** Format specification, IV.A.2.m. */
function readAttribute(message: Cursor): [name: string, Attribute] {
  const version = message.version([1, 2, 3]);
  const flags = message.u8();
  const sizes = [message.u16(), message.u16(), message.u16()] as const;
  if (version === 3) message.skip(1);
  const part = (size: number) => {
    const inner = message.inner(size);
    if (version === 1) message.skip(Math.min((8 - (size % 8)) % 8, message.left));
    return inner;
  };
  const [nameField, typeField, spaceField] = sizes.map(part) as [Cursor, Cursor, Cursor];
  const isShared = (bit: number) => version > 1 && (flags & bit) !== 0;
  const type = readDatatype(isShared(1) ? openShared(typeField, MESSAGE.datatype) : typeField);
  const shape = readDataspace(isShared(2) ? openShared(spaceField, MESSAGE.dataspace) : spaceField);
  return [nameField.text(), { type, count: shape ? sizeOf(shape) : 0, data: message }];
}

/**
 * The texts of an attribute, of fixed or variable length; undefined for one of numbers, unless it has no elements.
 *
 * @throws FoveaError `MODEL_DAMAGED`, `MODEL_TOO_LARGE`
 */
export function textsOf(
  source: Source,
  { type, count, data }: Attribute,
  name: string,
): string[] | undefined {
  if (count === 0) return [];
  const isText = type.kind === 'text' || type.kind === 'bytes' || type.kind === 'texts';
  if (!isText) return undefined;
  if (count * type.size > data.left) {
    throw damaged(`the attribute ${shown(name)} claims ${count} elements of ${type.size} bytes`, {
      expected: `${count * type.size} bytes`,
      received: `${data.left} bytes`,
    });
  }
  source.spend(count * STRING_COST, `the attribute ${shown(name)}`);
  const values = data.inner(count * type.size);
  const heaps = new Map<number, ReadonlyMap<number, Uint8Array>>();
  return Array.from({ length: count }, () => {
    const bytes = type.kind === 'texts' ? variable(source, values, heaps) : values.take(type.size);
    const zero = bytes.indexOf(0);
    const text = zero < 0 ? bytes : bytes.subarray(0, zero);
    source.spend(2 * text.length, `the attribute ${shown(name)}`);
    return utf8.decode(text);
  });
}

/** What a string costs in memory beyond its letters. */
const STRING_COST = 32;

/** One element of variable length: how long, in which heap, which object of it. */
function variable(
  source: Source,
  values: Cursor,
  heaps: Map<number, ReadonlyMap<number, Uint8Array>>,
): Uint8Array {
  const length = values.u32();
  const address = values.address();
  const index = values.u32();
  if (length === 0 || address === undefined) return new Uint8Array();
  let heap = heaps.get(address);
  if (!heap) {
    heap = globalHeap(source, address);
    heaps.set(address, heap);
  }
  const object = heap.get(index);
  if (!object || object.length < length) throw damaged('a text of variable length is not in its heap');
  return object.subarray(0, length);
}
