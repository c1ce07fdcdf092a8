import { inflate } from '../inflate.ts';
import { type Cursor, damaged, notRead } from './source.ts';

/** How a chunk was packed: filters in the order in which they were applied. */
export type Pipeline = readonly { readonly id: number; readonly parameters: readonly number[] }[];

type Undo = (bytes: Uint8Array, size: number, parameters: readonly number[]) => Uint8Array;

const FLETCHER32 = 3;

/** Filter number → what undoes it, given the bytes that shall come out (H5Zpublic.h; lzf is h5py's own). */
const UNDO: Readonly<Record<number, Undo>> = {
  1: unzip,
  2: unshuffle,
  [FLETCHER32]: checkFletcher32,
  32000: unpackLzf,
};

/** For the message: filters that are known by name. */
const NAMES: Readonly<Record<number, string>> = {
  4: 'szip',
  5: 'nbit',
  6: 'scaleoffset',
  307: 'bzip2',
  32001: 'blosc',
  32004: 'lz4',
  32008: 'bitshuffle',
  32013: 'zfp',
  32015: 'zstd',
};

/** Reads a filter pipeline message (format specification, IV.A.2.l). */
export function readPipeline(message: Cursor): Pipeline {
  const version = message.version([1, 2]);
  const count = message.u8();
  if (version === 1) message.skip(6);
  return Array.from({ length: count }, () => {
    const id = message.u16();
    const nameLength = version === 1 || id >= 256 ? message.u16() : 0;
    message.skip(2);
    const values = message.u16();
    message.skip(version === 1 ? Math.ceil(nameLength / 8) * 8 : nameLength);
    const parameters = Array.from({ length: values }, () => message.u32());
    if (version === 1 && values % 2 === 1) message.skip(4);
    return { id, parameters };
  });
}

/**
 * Unpacks a chunk.
 *
 * @param mask bits of the filters that were left out for this chunk
 * @param size bytes of the chunk when unpacked
 * @throws FoveaError `MODEL_DAMAGED`, `MODEL_STORAGE_UNSUPPORTED`
 */
export function unpack(bytes: Uint8Array, pipeline: Pipeline, mask: number, size: number): Uint8Array {
  let packed = bytes;
  for (const [i, { id, parameters }] of [...pipeline.entries()].reverse()) {
    if (mask & (1 << i)) continue;
    const undo = UNDO[id];
    if (!undo) throw notRead(`its weights are packed by the filter ${NAMES[id] ?? `number ${id}`}`);
    const checksums = pipeline.slice(0, i).filter((filter) => filter.id === FLETCHER32).length;
    packed = undo(packed, size + 4 * checksums, parameters);
  }
  if (packed.length < size) {
    throw damaged('a chunk is incomplete', { expected: `${size} bytes`, received: `${packed.length} bytes` });
  }
  return packed;
}

function unzip(bytes: Uint8Array, size: number): Uint8Array {
  try {
    return inflate(bytes, size, 'zlib');
  } catch (cause) {
    throw damaged('a chunk cannot be unpacked', { cause });
  }
}

/** Bytes of all elements stood together by their place within the element. */
function unshuffle(bytes: Uint8Array, _size: number, [elementSize = 1]: readonly number[]): Uint8Array {
  const count = Math.floor(bytes.length / elementSize);
  if (elementSize < 2 || count < 2) return bytes;
  const elements = new Uint8Array(bytes.length);
  for (let byte = 0; byte < elementSize; byte++) {
    const from = byte * count;
    for (let i = 0, to = byte; i < count; i++, to += elementSize) elements[to] = bytes[from + i]!;
  }
  elements.set(bytes.subarray(count * elementSize), count * elementSize);
  return elements;
}

/** H5checksum.c, `H5_checksum_fletcher32`: sums of big-endian 16-bit words; the last four bytes hold them. */
function checkFletcher32(bytes: Uint8Array): Uint8Array {
  const length = bytes.length - 4;
  if (length < 0) throw damaged('a chunk is too short for its checksum');
  let sum1 = 0;
  let sum2 = 0;
  for (let i = 0; i < length; i += 2) {
    sum1 = (sum1 + (bytes[i]! << 8) + (i + 1 < length ? bytes[i + 1]! : 0)) % 65535;
    sum2 = (sum2 + sum1) % 65535;
  }
  const stored = new DataView(bytes.buffer, bytes.byteOffset + length, 4);
  const same = stored.getUint16(0, true) % 65535 === sum1 && stored.getUint16(2, true) % 65535 === sum2;
  if (!same) throw damaged('a chunk does not match its checksum');
  return bytes.subarray(0, length);
}

/** LibLZF (h5py/lzf/lzf/lzf_d.c): runs of literals, and copies of what came before. */
function unpackLzf(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size);
  let from = 0;
  let to = 0;
  while (from < bytes.length) {
    const control = bytes[from++]!;
    if (control < 32) {
      const run = bytes.subarray(from, from + control + 1);
      if (run.length <= control || to + run.length > size) throw damaged('a chunk cannot be unpacked');
      out.set(run, to);
      from += run.length;
      to += run.length;
      continue;
    }
    let length = control >> 5;
    if (length === 7) length += bytes[from++] ?? 0;
    length += 2;
    const back = ((control & 31) << 8) + (bytes[from++] ?? 0) + 1;
    if (back > to || to + length > size) throw damaged('a chunk cannot be unpacked');
    for (let i = 0; i < length; i++, to++) out[to] = out[to - back]!;
  }
  return out.subarray(0, to);
}
