import { Cursor, damaged, notRead, type Source } from './source.ts';

/** Message types of object headers (format specification, IV.A.2). */
export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  oldFillValue: 0x04,
  fillValue: 0x05,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

interface Message {
  readonly type: number;
  readonly start: number;
  readonly end: number;
  /** The message lies elsewhere, this is where. */
  readonly shared: boolean;
}

/** An object's header: what there is to know of a group, a dataset or a named type. */
export interface ObjectHeader {
  has(type: number): boolean;
  /** A cursor on the only (or first) message of a type. */
  message(type: number): Cursor | undefined;
  /** Cursors on all messages of a type. */
  messages(type: number): readonly Cursor[];
}

/** Continuation blocks of one header; the library writes a few at most. */
const MAX_BLOCKS = 4096;

/** Reads the object header at an address, of version 1 or 2 (format specification, IV.A.1). */
export function readHeader(source: Source, address: number): ObjectHeader {
  const start = source.cursor(address, 'an object header');
  const messages =
    start.left >= 4 && source.view.getUint32(address) === OHDR ? version2(start) : version1(start);
  const open = ({ type, start, end, shared }: Message) => {
    const cursor = new Cursor(source, start, end, `message ${type} of the object at ${address}`);
    return shared ? openShared(cursor, type) : cursor;
  };
  return {
    has: (type) => messages.some((message) => message.type === type),
    message: (type) => {
      const found = messages.find((message) => message.type === type);
      return found && open(found);
    },
    messages: (type) => messages.filter((message) => message.type === type).map(open),
  };
}

/** "OHDR" as a number, most significant byte first. */
const OHDR = 0x4f484452;

function version1(head: Cursor): Message[] {
  head.version([1]);
  head.skip(1 + 2 + 4);
  const size = head.u32();
  head.skip(4);
  return collect(
    head.inner(size),
    (block) => block,
    (block) => {
      const type = block.u16();
      const length = block.u16();
      const flags = block.u8();
      block.skip(3);
      return { type, length, flags };
    },
    8,
  );
}

function version2(head: Cursor): Message[] {
  head.signature('OHDR').version([2]);
  const flags = head.u8();
  if (flags & 0x20) head.skip(16); // times
  if (flags & 0x10) head.skip(4); // when attributes move out
  const size = head.uint(1 << (flags & 3));
  const ordered = (flags & 4) !== 0;
  const openBlock = (block: Cursor) => {
    block.signature('OCHK');
    return block.inner(Math.max(0, block.left - CHECKSUM));
  };
  return collect(
    head.inner(size),
    openBlock,
    (block) => {
      const type = block.u8();
      const length = block.u16();
      const flags = block.u8();
      if (ordered) block.skip(2);
      return { type, length, flags };
    },
    ordered ? 6 : 4,
  );
}

const CHECKSUM = 4;

/** The messages of a header's first block and of those that continue it. */
function collect(
  first: Cursor,
  openBlock: (block: Cursor) => Cursor,
  readPrefix: (block: Cursor) => { type: number; length: number; flags: number },
  prefixSize: number,
): Message[] {
  const { source } = first;
  const messages: Message[] = [];
  const blocks = [first];
  const seen = new Set<number>();
  for (let block = blocks.shift(); block; block = blocks.shift()) {
    while (block.left >= prefixSize) {
      const { type, length, flags } = readPrefix(block);
      const body = block.inner(length);
      if (type !== MESSAGE.continuation) {
        messages.push({ type, start: body.at, end: body.end, shared: (flags & 2) !== 0 });
        continue;
      }
      const address = body.someAddress();
      if (seen.has(address) || seen.size >= MAX_BLOCKS) throw damaged('an object header continues in itself');
      seen.add(address);
      blocks.push(openBlock(source.cursor(address, 'an object header', body.length())));
    }
  }
  return messages;
}

/** A message kept in the header of a named type (format specification, IV.A.2, "shared message"). */
export function openShared(where: Cursor, type: number): Cursor {
  const version = where.version([1, 2, 3]);
  const kind = where.u8();
  if (version === 1) where.skip(6);
  if (version === 3 && kind === 1) throw notRead('it keeps messages of its headers in a shared heap');
  const messages = readHeader(where.source, where.someAddress());
  const found = messages.message(type);
  if (!found) throw damaged('a shared message is not where it should be');
  return found;
}
