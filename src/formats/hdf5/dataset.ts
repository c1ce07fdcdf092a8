import { sizeOf, type Tensor } from '../../core/tensor.ts';
import { type ChunkIndex, chunksByIndex, chunksByTree } from './chunks.ts';
import { readDataspace } from './dataspace.ts';
import { type Datatype, readDatatype } from './datatype.ts';
import { elementsOf, tensorSize } from './elements.ts';
import { type Pipeline, readPipeline, unpack } from './filters.ts';
import { MESSAGE, type ObjectHeader } from './header.ts';
import { damaged, notRead, type Source, shown } from './source.ts';

/** Layout classes (format specification, IV.A.2.i). */
const COMPACT = 0;
const CONTIGUOUS = 1;
const CHUNKED = 2;
const VIRTUAL = 3;

/** The chunks of a dataset may overhang it so many times its size plus so many bytes. */
const MAX_OVERHANG = 16;
const MAX_EXTRA_OVERHANG = 2 ** 20;

/** A dataset's shape, or undefined for an object that is no dataset. */
export function readShape(header: ObjectHeader): readonly number[] | undefined {
  if (!header.has(MESSAGE.layout)) return undefined;
  const space = header.message(MESSAGE.dataspace);
  if (!space) throw damaged('a dataset has no shape');
  return readDataspace(space) ?? [0];
}

/**
 * Reads a dataset whole. Elements that lie in the file as the machine has them are not copied.
 *
 * @throws FoveaError `MODEL_DAMAGED`, `MODEL_TOO_LARGE`, `MODEL_STORAGE_UNSUPPORTED`
 */
export function readDataset(source: Source, header: ObjectHeader, path: string): Tensor {
  const shape = readShape(header);
  const typeMessage = header.message(MESSAGE.datatype);
  if (!shape || !typeMessage) throw damaged(`there is no dataset at ${shown(path)}`);
  if (header.has(MESSAGE.externalFiles))
    throw notRead(`the dataset ${shown(path)} keeps its data in another file`);
  const type = readDatatype(typeMessage);
  const perElement = tensorSize(type);
  if (perElement === undefined) {
    throw notRead(`the dataset ${shown(path)} holds neither whole numbers nor floats`, {
      expected: 'whole numbers, floats or booleans',
      received: `${type.className} of ${type.size} bytes`,
    });
  }
  const count = sizeOf(shape);
  source.spend(
    count * Math.max(perElement, type.size),
    `the dataset ${shown(path)} claims ${shape.join(' × ')} elements,`,
  );
  const bytes = readBytes(source, header, path, type, shape);
  return { shape, ...elementsOf(bytes, type) } as Tensor;
}

function readBytes(
  source: Source,
  header: ObjectHeader,
  path: string,
  type: Datatype,
  shape: readonly number[],
): Uint8Array {
  const length = sizeOf(shape) * type.size;
  const layout = header.message(MESSAGE.layout)!;
  const version = layout.version([3, 4]);
  const layoutClass = layout.u8();
  switch (layoutClass) {
    case COMPACT:
      return exactly(layout.take(layout.u16()), length, path);
    case CONTIGUOUS: {
      const start = layout.address();
      return start === undefined
        ? filled(header, length, type.size)
        : source.slice(start, length, `the dataset ${shown(path)}`);
    }
    case CHUNKED: {
      const index = version === 3 ? chunksByTree(source, layout) : chunksByIndex(source, layout);
      return readChunks(source, header, index, path, type, shape);
    }
    case VIRTUAL:
      throw notRead(`the dataset ${shown(path)} is virtual: its data are those of other files`);
    default:
      throw damaged(`the dataset ${shown(path)} is laid out in an unknown way`);
  }
}

function exactly(bytes: Uint8Array, length: number, path: string): Uint8Array {
  if (bytes.length >= length) return bytes.subarray(0, length);
  throw damaged(`the dataset ${shown(path)} is incomplete`, {
    expected: `${length} bytes`,
    received: `${bytes.length} bytes`,
  });
}

/** What stands where nothing was written: the fill value, or zeros. */
function filled(header: ObjectHeader, length: number, elementSize: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const value = fillValue(header);
  if (value?.length === elementSize && value.some((byte) => byte !== 0)) {
    for (let i = 0; i < length; i += elementSize) bytes.set(value, i);
  }
  return bytes;
}

/** Format specification, IV.A.2.e and f. */
function fillValue(header: ObjectHeader): Uint8Array | undefined {
  const message = header.message(MESSAGE.fillValue);
  if (!message) {
    const old = header.message(MESSAGE.oldFillValue);
    return old?.take(old.u32());
  }
  const version = message.version([1, 2, 3]);
  if (version === 3) return message.u8() & 0x20 ? message.take(message.u32()) : undefined;
  const defined = message.skip(2).u8() !== 0;
  return defined || version === 1 ? message.take(message.u32()) : undefined;
}

function readChunks(
  source: Source,
  header: ObjectHeader,
  index: ChunkIndex,
  path: string,
  type: Datatype,
  shape: readonly number[],
): Uint8Array {
  const { chunk } = index;
  if (chunk.length !== shape.length || chunk.some((size) => size === 0)) {
    throw damaged(`the chunks of the dataset ${shown(path)} do not have its axes`, {
      expected: `${shape.length} sizes above 0`,
      received: chunk.join(' × '),
    });
  }
  const message = header.message(MESSAGE.filters);
  const pipeline: Pipeline = message ? readPipeline(message) : [];
  const length = sizeOf(shape) * type.size;
  const chunkBytes = sizeOf(chunk) * type.size;
  const cells = shape.reduce((n, size, axis) => n * Math.ceil(size / chunk[axis]!), 1);
  if (cells * chunkBytes > length * MAX_OVERHANG + MAX_EXTRA_OVERHANG) {
    throw damaged(`the chunks of the dataset ${shown(path)} are far larger than it is`, {
      expected: shape.join(' × '),
      received: `chunks of ${chunk.join(' × ')}`,
    });
  }
  // Two steps of a pipeline are in memory at once.
  source.spend(2 * chunkBytes, `a chunk of the dataset ${shown(path)}`);
  const bytes = filled(header, length, type.size);
  let left = cells;
  for (const { address, size, mask, offset } of index.chunks(shape, chunkBytes, pipeline.length > 0)) {
    if (left-- === 0) throw damaged(`the dataset ${shown(path)} has more chunks than it has room for`);
    const packed = source.slice(address, size, `a chunk of the dataset ${shown(path)}`);
    place(bytes, shape, unpack(packed, pipeline, mask, chunkBytes), chunk, offset, type.size);
  }
  source.giveBack(2 * chunkBytes);
  return bytes;
}

/** Copies a chunk to its place, row by row, and leaves out what overhangs. */
function place(
  whole: Uint8Array,
  shape: readonly number[],
  part: Uint8Array,
  chunk: readonly number[],
  offset: readonly number[],
  elementSize: number,
): void {
  const extent = chunk.map((size, axis) => Math.min(size, shape[axis]! - offset[axis]!));
  if (extent.some((size) => size <= 0)) return;
  const rowAxis = shape.length - 1;
  const rowBytes = (extent[rowAxis] ?? 1) * elementSize;
  const rows = sizeOf(extent.slice(0, -1));
  for (let row = 0; row < rows; row++) {
    let from = 0;
    let to = 0;
    let rest = row;
    for (let axis = rowAxis, partStep = elementSize, wholeStep = elementSize; axis >= 0; axis--) {
      const at = axis === rowAxis ? 0 : rest % extent[axis]!;
      if (axis !== rowAxis) rest = Math.floor(rest / extent[axis]!);
      from += at * partStep;
      to += (at + offset[axis]!) * wholeStep;
      partStep *= chunk[axis]!;
      wholeStep *= shape[axis]!;
    }
    whole.set(part.subarray(from, from + rowBytes), to);
  }
}
