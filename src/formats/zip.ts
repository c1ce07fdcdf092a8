import { FoveaError } from '../core/errors.ts';
import { crc32 } from './crc32.ts';
import { inflate } from './inflate.ts';

/** A ZIP archive begins with a local file header (APPNOTE.TXT 4.3.7). */
export const isZip = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 0x03 && bytes[3] === 0x04;

/** An entry as the archive's directory describes it (APPNOTE.TXT 4.3.12). */
export interface ZipEntry {
  /** Path within the archive, as it is written there. */
  readonly path: string;
  readonly method: number;
  readonly encrypted: boolean;
  readonly crc: number;
  /** Bytes in the archive, and unpacked. */
  readonly packedSize: number;
  readonly size: number;
  /** Where the local header lies. */
  readonly offset: number;
  /** A symbolic link, whose content is where it leads. */
  readonly isLink: boolean;
}

/** What is unpacked may take so many times the archive plus so many bytes: weights hardly compress, bombs do. */
const MAX_EXPANSION = 2;
const MAX_EXTRA_BYTES = 64 * 2 ** 20;

/** Methods of compression (APPNOTE.TXT 4.4.5) that Keras and Python use. */
const STORED = 0;
const DEFLATED = 8;

/**
 * Reads the named entries of a ZIP archive, whatever folder they lie in and whichever slash the archive uses; of
 * several with one name the least deep. Entries that are not packed are views of the archive, not copies.
 *
 * @param bytes the whole archive
 * @param names of the entries wanted; the others are not looked at
 * @returns the entries found, by name
 * @throws FoveaError `MODEL_TOO_LARGE` for a bomb, `MODEL_DAMAGED`, `MODEL_STORAGE_UNSUPPORTED`
 */
export function readZip<Name extends string>(
  bytes: Uint8Array,
  names: readonly Name[],
): Partial<Record<Name, Uint8Array>> {
  const directory = listZip(bytes);
  const found: Partial<Record<Name, Uint8Array>> = {};
  let budget = bytes.length * MAX_EXPANSION + MAX_EXTRA_BYTES;
  for (const name of names) {
    const [entry, twin] = directory
      .filter(({ path }) => partsOf(path).at(-1) === name)
      .toSorted((a, b) => partsOf(a.path).length - partsOf(b.path).length);
    if (!entry) continue;
    if (twin?.path === entry.path) throw damaged(`it holds "${entry.path}" twice`);
    budget -= entry.size;
    if (!(budget >= 0)) {
      throw new FoveaError('MODEL_TOO_LARGE', {
        reason: `"${entry.path}" unpacks to ${entry.size} bytes from an archive of ${bytes.length}`,
        expected: `at most ${budget + entry.size} bytes`,
        received: `${entry.size} bytes`,
      });
    }
    found[name] = readZipEntry(bytes, entry);
  }
  return found;
}

const partsOf = (path: string) => path.split(/[/\\]/);

/** Sizes and signatures of the archive's records (APPNOTE.TXT 4.3). */
const END = { signature: 0x06054b50, size: 22 };
const END_64 = { signature: 0x06064b50, size: 56 };
const LOCATOR_64 = { signature: 0x07064b50, size: 20 };
const ENTRY = { signature: 0x02014b50, size: 46 };
const LOCAL = { signature: 0x04034b50, size: 30 };

/** A comment after the end record is at most so long. */
const MAX_COMMENT = 0xffff;

/** The type of a file in the upper half of its attributes (POSIX sys/stat.h), where the archive was made on Unix. */
const FILE_TYPE = 0o170000;
const LINK = 0o120000;

/** Where an archive's directory lies. */
export interface ZipDirectory {
  readonly start: number;
  /** Bytes. */
  readonly size: number;
  /** Entries. */
  readonly count: number;
}

/**
 * The directory of an archive.
 *
 * @throws FoveaError `MODEL_DAMAGED`
 */
export function listZip(bytes: Uint8Array): ZipEntry[] {
  const directory = findDirectory(bytes);
  return readDirectory(bytes.subarray(directory.start, directory.start + directory.size), directory);
}

/**
 * The entries that a directory holds.
 *
 * @param bytes of the directory alone
 * @throws FoveaError `MODEL_DAMAGED`
 */
export function readDirectory(bytes: Uint8Array, { count }: ZipDirectory): ZipEntry[] {
  const view = viewOf(bytes);
  const entries: ZipEntry[] = [];
  for (let at = 0, i = 0; i < count; i++) {
    if (!holds(view, at, ENTRY)) throw damaged('the directory of its ZIP archive is broken');
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const end = at + ENTRY.size + nameLength + extraLength;
    if (end > bytes.length) throw damaged('the directory of its ZIP archive is cut short');
    const path = utf8.decode(bytes.subarray(at + ENTRY.size, at + ENTRY.size + nameLength));
    const [fullSize, packedSize, offset] = wideFields(view, end - extraLength, end, [
      view.getUint32(at + 24, true),
      view.getUint32(at + 20, true),
      view.getUint32(at + 42, true),
    ]) as [number, number, number];
    entries.push({
      path,
      method: view.getUint16(at + 10, true),
      encrypted: (view.getUint16(at + 8, true) & 1) !== 0,
      crc: view.getUint32(at + 16, true),
      packedSize,
      size: fullSize,
      offset,
      isLink: (view.getUint16(at + 40, true) & FILE_TYPE) === LINK,
    });
    at = end + view.getUint16(at + 32, true);
  }
  return entries;
}

const utf8 = new TextDecoder();
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const holds = (view: DataView, at: number, { signature, size }: { signature: number; size: number }) =>
  at >= 0 && at + size <= view.byteLength && view.getUint32(at, true) === signature;

/** 64-bit number; above 2⁵³ it is not exact, and outside of every archive. */
const wide = (view: DataView, at: number) =>
  view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;

/** The end of an archive, in which the place of its directory stands; a ZIP64 record lies before a comment of any length. */
export const TAIL_BYTES = END.size + MAX_COMMENT + LOCATOR_64.size + END_64.size;

/**
 * Looks for the end record from the end on; where it has no room for a number, the ZIP64 record has it.
 *
 * @param tail the archive, or its last `TAIL_BYTES`
 * @param size bytes of the whole archive
 * @throws FoveaError `MODEL_DAMAGED`
 */
export function findDirectory(tail: Uint8Array, size = tail.length): ZipDirectory {
  const view = viewOf(tail);
  const last = view.byteLength - END.size;
  for (let at = last; at >= Math.max(0, last - MAX_COMMENT); at--) {
    if (!holds(view, at, END)) continue;
    const locator = at - LOCATOR_64.size;
    const record = holds(view, locator, LOCATOR_64) ? wide(view, locator + 8) - (size - tail.length) : -1;
    return within(
      size,
      holds(view, record, END_64)
        ? {
            start: wide(view, record + 48),
            size: wide(view, record + 40),
            count: wide(view, record + 32),
          }
        : {
            start: view.getUint32(at + 16, true),
            size: view.getUint32(at + 12, true),
            count: view.getUint16(at + 10, true),
          },
    );
  }
  throw damaged('its ZIP archive has no directory, as when a copy was interrupted', {
    received: `${size} bytes without an end record`,
  });
}

function within(bytes: number, directory: ZipDirectory): ZipDirectory {
  const { start, size, count } = directory;
  if (count * ENTRY.size <= size && start + size <= bytes) return directory;
  throw damaged('the directory of its ZIP archive lies outside of it', {
    expected: `${count} entries in ${size} bytes from ${start} on`,
    received: `a file of ${bytes} bytes`,
  });
}

/** Fields that are all ones stand, in this order, in the ZIP64 extra field (APPNOTE.TXT 4.5.3). */
function wideFields(view: DataView, start: number, end: number, fields: readonly number[]): number[] {
  for (let at = start; at + 4 <= end; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    let next = at + 4;
    return fields.map((field) => {
      if (field !== 0xffffffff || next + 8 > end) return field;
      next += 8;
      return wide(view, next - 8);
    });
  }
  return [...fields];
}

/**
 * Unpacks one entry, to the size that the directory says at most.
 *
 * @throws FoveaError `MODEL_DAMAGED`, `MODEL_STORAGE_UNSUPPORTED`
 */
export function readZipEntry(bytes: Uint8Array, entry: ZipEntry): Uint8Array {
  const start = contentStart(bytes.subarray(entry.offset, entry.offset + LOCAL.size), entry, bytes.length);
  return unpackEntry(bytes.subarray(start, start + entry.packedSize), entry);
}

/** Bytes of a local header, behind which name and extra field follow. */
export const LOCAL_BYTES = LOCAL.size;

/**
 * Where an entry's content begins.
 *
 * @param header its local header
 * @param size bytes of the whole archive
 * @throws FoveaError `MODEL_DAMAGED`, `MODEL_STORAGE_UNSUPPORTED`
 */
export function contentStart(
  header: Uint8Array,
  { path, encrypted, packedSize, offset }: ZipEntry,
  size: number,
): number {
  if (encrypted) throw notRead(`"${path}" is encrypted`);
  const view = viewOf(header);
  if (!holds(view, 0, LOCAL)) throw damaged(`"${path}" is not where its ZIP archive says`);
  const start = offset + LOCAL.size + view.getUint16(26, true) + view.getUint16(28, true);
  if (start + packedSize <= size) return start;
  throw damaged(`"${path}" lies outside of its ZIP archive`, {
    expected: `${packedSize} bytes from ${start} on`,
    received: `a file of ${size} bytes`,
  });
}

/**
 * The content of an entry from its bytes in the archive.
 *
 * @throws FoveaError `MODEL_DAMAGED`, `MODEL_STORAGE_UNSUPPORTED`
 */
export function unpackEntry(packed: Uint8Array, { path, method, size, crc }: ZipEntry): Uint8Array {
  const content = unpack(packed, method, path, size);
  if (content.length !== size || crc32(content) !== crc) {
    throw damaged(`"${path}" does not match its checksum`, {
      expected: `${size} bytes, CRC-32 ${hex(crc)}`,
      received: `${content.length} bytes, CRC-32 ${hex(crc32(content))}`,
    });
  }
  return content;
}

function unpack(packed: Uint8Array, method: number, path: string, size: number): Uint8Array {
  if (method === STORED) return packed;
  if (method !== DEFLATED) throw notRead(`"${path}" is packed by method ${method}`);
  try {
    return inflate(packed, size, 'none');
  } catch (cause) {
    throw damaged(`"${path}" cannot be unpacked`, { cause });
  }
}

const hex = (crc: number) => crc.toString(16).padStart(8, '0');

const damaged = (reason: string, details: { expected?: string; received?: string; cause?: unknown } = {}) =>
  new FoveaError('MODEL_DAMAGED', { reason, expected: 'a whole ZIP archive', ...details });

const notRead = (reason: string) =>
  new FoveaError('MODEL_STORAGE_UNSUPPORTED', {
    reason,
    expected: 'entries stored or deflated, not encrypted',
  });
