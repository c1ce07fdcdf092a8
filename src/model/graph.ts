import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { convertKeras } from '../keras/index.ts';

/** What a model file tells of itself beyond its graph; the contract is guessed from it. */
export interface Traits {
  /** The last activation: `softmax`, `sigmoid`, another's name, or null where it is not known. */
  readonly activation: string | null;
  /** All layers, nested ones included; empty for an ONNX file. */
  readonly layers: readonly { readonly name: string; readonly className: string }[];
}

/** A graph that ONNX Runtime can load. */
export interface Graph {
  readonly onnx: Uint8Array;
  readonly traits: Traits;
}

/** Raised whenever the converter's output changes, so that graphs cached before are left behind. */
const CACHE_VERSION = 1;

/** SHA-256, hex. */
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * Opens a model file of any kind as an ONNX graph. A converted Keras file is kept in the folder `cache` under its
 * hash, since converting takes longer than loading.
 *
 * @param bytes `.h5`, `.keras` or `.onnx`, told apart by content
 * @param hash SHA-256 of `bytes`, hex
 * @throws FoveaError all that `convertKeras` refuses
 */
export async function openGraph(bytes: Uint8Array, hash: string, cache: string): Promise<Graph> {
  if (isOnnx(bytes)) return { onnx: bytes, traits: { activation: null, layers: [] } };
  const path = join(cache, `${hash}.v${CACHE_VERSION}`);
  const cached = await readCached(path);
  if (cached) return cached;
  const { onnx, outputs, layers } = await convertKeras(bytes);
  const graph: Graph = {
    onnx,
    traits: {
      activation: outputs[0]?.activation ?? null,
      layers: layers.map(({ name, className }) => ({ name, className })),
    },
  };
  await writeCached(path, graph);
  return graph;
}

/**
 * ONNX has no magic number: a ModelProto begins with its field 1, `ir_version`, a varint
 * (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto), and the versions so far are below 32.
 */
const isOnnx = (bytes: Uint8Array): boolean => bytes[0] === 0x08 && bytes[1]! > 0 && bytes[1]! < 32;

async function readCached(path: string): Promise<Graph | undefined> {
  try {
    const [onnx, traits] = await Promise.all([readFile(`${path}.onnx`), readFile(`${path}.json`, 'utf8')]);
    return { onnx, traits: JSON.parse(traits) as Traits };
  } catch {
    return undefined; // Absent or unreadable: converting again is always right.
  }
}

/** Best effort: a full or read-only disk costs time at the next start, not the reading. */
async function writeCached(path: string, { onnx, traits }: Graph): Promise<void> {
  const temporary = `${path}.${process.pid}.${performance.now()}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${temporary}.onnx`, onnx);
    await writeFile(`${temporary}.json`, JSON.stringify(traits));
    // Renaming is atomic and the graph goes first: whoever finds the traits finds the graph whole.
    await rename(`${temporary}.onnx`, `${path}.onnx`);
    await rename(`${temporary}.json`, `${path}.json`);
  } catch {}
}
