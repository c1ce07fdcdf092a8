import type { Dataset, Entity, File, Group } from 'h5wasm';
import { FoveaError } from '../core/errors.ts';
import { type DType, sizeOf, type Tensor, type TensorData } from '../core/tensor.ts';

/**
 * Reads HDF5 files from memory (https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html), through the
 * HDF Group's own library compiled to WebAssembly, which sees nothing of the machine but these bytes.
 */
export interface Hdf5 {
  /** What stands at a path, or undefined. A link to another file is refused, never followed. */
  kind(path: string): 'group' | 'dataset' | undefined;
  /** Names in a group, in the file's order; empty where there is none. */
  keys(path: string): readonly string[];
  /** A text attribute, or undefined. */
  text(path: string, name: string): string | undefined;
  /** A list-of-texts attribute, joined from its chunks (`name0`, `name1`, …) where Keras had to split it. */
  texts(path: string, name: string): readonly string[] | undefined;
  /** A dataset's shape, or undefined where there is none. */
  shape(path: string): readonly number[] | undefined;
  /** @throws FoveaError `MODEL_DAMAGED` where there is none or it cannot be read, `MODEL_TOO_LARGE` */
  tensor(path: string): Tensor;
  /** Frees the library's copy of the file. */
  close(): void;
}

/** \x89HDF\r\n\x1a\n, at offset 0 in every file that Keras writes. */
const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

export const isHdf5 = (bytes: Uint8Array): boolean => SIGNATURE.every((byte, i) => bytes[i] === byte);

/** Datasets may claim, all together, so many times the file (compression) plus so many bytes. */
const MAX_EXPANSION = 4;
const MAX_EXTRA_BYTES = 256 * 2 ** 20;

/** HDF5's type classes (H5Tpublic.h). */
const INTEGER = 0;
const FLOAT = 1;

let files = 0;

/**
 * @param bytes the whole file
 * @throws FoveaError `MODEL_DAMAGED` when the library cannot open it
 */
export async function openHdf5(bytes: Uint8Array): Promise<Hdf5> {
  // Loaded only when a file has to be read: unpacking the library takes longer than most files.
  const { File: Hdf5File, ready } = await import('h5wasm');
  const { FS, activate_throwing_error_handler: throwErrors } = await ready;
  // Otherwise the library prints each complaint before it gives up, and one damaged file makes pages of them.
  throwErrors();
  const name = `fovea-${files++}.h5`;
  FS.writeFile(name, bytes);
  let file: File;
  try {
    file = new Hdf5File(name, 'r');
    if (file.file_id < 0) throw new Error('the HDF5 library refuses it');
  } catch (cause) {
    FS.unlink(name);
    throw damaged('it is not a whole HDF5 file', cause);
  }
  const budget = { bytes: bytes.length * MAX_EXPANSION + MAX_EXTRA_BYTES };
  return {
    kind: (path) => kindOf(find(file, path)),
    keys: (path) => {
      const entity = find(file, path);
      return kindOf(entity) === 'group' ? (entity as Group).keys() : [];
    },
    text: (path, attribute) => textsOf(file, path, attribute)?.[0],
    texts: (path, attribute) => {
      const whole = textsOf(file, path, attribute);
      if (whole) return whole;
      const chunks: string[] = [];
      for (let i = 0; ; i++) {
        const chunk = textsOf(file, path, `${attribute}${i}`);
        if (!chunk) return i === 0 ? undefined : chunks;
        chunks.push(...chunk);
      }
    },
    shape: (path) => {
      const entity = find(file, path);
      return kindOf(entity) === 'dataset' ? ((entity as Dataset).shape ?? []) : undefined;
    },
    tensor: (path) => tensorAt(file, path, budget),
    close: () => {
      file.close();
      FS.unlink(name);
    },
  };
}

/** Steps down one name at a time, so that a link out of the file is seen and not followed. */
function find(file: Group, path: string): Entity | null {
  try {
    const entity = path === '' ? file : file.get(path);
    if (typeOf(entity) === 'ExternalLink') throw damaged(`"${path}" is a link to another file`);
    return entity;
  } catch (cause) {
    if (cause instanceof FoveaError) throw cause;
    return null;
  }
}

const typeOf = (entity: Entity | null): string | undefined =>
  (entity as { readonly type?: string } | null)?.type;

const KINDS: Readonly<Record<string, 'group' | 'dataset'>> = { Group: 'group', Dataset: 'dataset' };

const kindOf = (entity: Entity | null) => KINDS[typeOf(entity) ?? ''];

function textsOf(file: Group, path: string, name: string): string[] | undefined {
  const entity = find(file, path);
  if (!entity || !('attrs' in entity)) return undefined;
  const value = entity.attrs[name]?.value;
  if (value === undefined || value === null) return undefined;
  const items = Array.isArray(value) ? value : [value];
  return items.map((item) => (item instanceof Uint8Array ? new TextDecoder().decode(item) : String(item)));
}

function tensorAt(file: Group, path: string, budget: { bytes: number }): Tensor {
  const entity = find(file, path);
  if (kindOf(entity) !== 'dataset') throw damaged(`there is no dataset at "${path}"`);
  const dataset = entity as Dataset;
  const { shape, size, type, signed } = dataset.metadata;
  const dims = shape ?? [];
  const claimed = sizeOf(dims) * size;
  budget.bytes -= claimed;
  if (!(budget.bytes >= 0)) {
    const reason = `the dataset "${path}" claims ${dims.join(' × ')} elements of ${size} bytes`;
    throw new FoveaError('MODEL_TOO_LARGE', { reason });
  }
  const dtype = dtypeOf(type, size, signed);
  if (!dtype) throw damaged(`the dataset "${path}" holds neither whole numbers nor floats`);
  let value: unknown;
  try {
    value = dtype === 'float16' ? halves(dataset) : dataset.value;
  } catch (cause) {
    throw damaged(`the dataset "${path}" cannot be read`, cause);
  }
  const data = (
    typeof value === 'number' || typeof value === 'bigint' ? scalar(dtype, value) : value
  ) as TensorData[DType];
  if (data?.length !== sizeOf(dims)) throw damaged(`the dataset "${path}" is incomplete`);
  return { dtype, shape: dims, data };
}

/** The library has no half floats: their bytes are read as 16-bit integers. */
function halves(dataset: Dataset): Uint16Array {
  const bytes = dataset.slice([]) as unknown as ArrayLike<number> & ArrayBufferView;
  if (bytes instanceof Uint16Array) return bytes;
  return new Uint16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function dtypeOf(type: number, size: number, signed: boolean): DType | undefined {
  if (type === FLOAT) return ({ 2: 'float16', 4: 'float32', 8: 'float64' } as const)[size];
  if (type !== INTEGER) return undefined;
  if (signed) return ({ 4: 'int32', 8: 'int64' } as const)[size];
  return ({ 1: 'uint8' } as const)[size];
}

function scalar(dtype: DType, value: number | bigint): unknown {
  if (dtype === 'int64') return BigInt64Array.of(BigInt(value));
  const constructors = {
    float32: Float32Array,
    float64: Float64Array,
    float16: Uint16Array,
    int32: Int32Array,
    uint8: Uint8Array,
    bool: Uint8Array,
  };
  return constructors[dtype].of(Number(value));
}

const damaged = (reason: string, cause?: unknown) => new FoveaError('MODEL_DAMAGED', { reason, cause });
