import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sizeOf } from '../core/tensor.ts';
import { decodeOnnx } from '../formats/onnx/decode.ts';
import { type ConvertedModel, convertKeras, type LayerSummary, type Port } from '../keras/index.ts';

/** What a model file tells of itself beyond its graph; the contract is guessed from it, and a reader sees it. */
export interface Traits {
  /** The last activation: `softmax`, `sigmoid`, another's name, or null where it is not known. */
  readonly activation: string | null;
  /** All layers, nested ones included; of an ONNX file its operators. */
  readonly layers: readonly LayerSummary[];
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** What was passed over when the graph was made, in sentences. */
  readonly warnings: readonly string[];
  readonly source: {
    readonly format: ConvertedModel['source']['format'] | 'onnx';
    readonly kerasVersion?: string;
  };
  readonly opset: number;
}

/** A graph that ONNX Runtime can load. */
export interface Graph {
  readonly onnx: Uint8Array;
  readonly traits: Traits;
}

/** Raised whenever the converter's output changes, so that graphs cached before are left behind. */
const CACHE_VERSION = 2;

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
  if (isOnnx(bytes)) return { onnx: bytes, traits: traitsOfOnnx(bytes) };
  const path = join(cache, `${hash}.v${CACHE_VERSION}`);
  const cached = await readCached(path);
  if (cached) return cached;
  const { onnx, inputs, outputs, layers, warnings, source, opset } = await convertKeras(bytes);
  const activation = outputs[0]?.activation ?? null;
  const { format, kerasVersion } = source;
  const graph: Graph = {
    onnx,
    traits: {
      activation,
      layers,
      inputs,
      outputs: outputs.map(({ name, shape }) => ({ name, shape })),
      warnings,
      source: { format, ...(kerasVersion !== undefined && { kerasVersion }) },
      opset,
    },
  };
  await writeCached(path, graph);
  return graph;
}

/** What our reader does not know (another domain's operators, say), ONNX Runtime may run nevertheless. */
function traitsOfOnnx(bytes: Uint8Array): Traits {
  try {
    return onnxTraits(bytes);
  } catch {
    const nothing = { activation: null, layers: [], inputs: [], outputs: [], opset: 0 };
    return {
      ...nothing,
      warnings: ['The operators of this ONNX file cannot be listed.'],
      source: { format: 'onnx' },
    };
  }
}

/** An ONNX file's operators take the place of layers; each counts the constants that it is the first to use. */
function onnxTraits(bytes: Uint8Array): Traits {
  const { graph, opset } = decodeOnnx(bytes);
  const counted = new Set<string>();
  const layers = graph.nodes.map(({ op, name, inputs, outputs }) => {
    const own = inputs.filter((input) => graph.initializers.has(input) && !counted.has(input));
    for (const input of own) counted.add(input);
    const parameters = own.reduce((sum, input) => sum + sizeOf(graph.initializers.get(input)!.shape), 0);
    return { name: name || (outputs[0] ?? op), within: [], className: op, outputShape: null, parameters };
  });
  const ports = (values: typeof graph.inputs) =>
    values.map(({ name, shape }) => ({ name, shape: shape ?? [] }));
  return {
    activation: null,
    layers,
    inputs: ports(graph.inputs.filter(({ name }) => !graph.initializers.has(name))),
    outputs: ports(graph.outputs),
    warnings: [],
    source: { format: 'onnx' },
    opset,
  };
}

/**
 * ONNX has no magic number: a ModelProto begins with its field 1, `ir_version`, a varint
 * (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto), and the versions so far are below 32. TensorFlow's
 * saved_model.pb begins alike: version 1, then its graphs (field 2), where ONNX, at version 3 or later, has a name.
 */
const isOnnx = (bytes: Uint8Array): boolean => bytes[0] === 0x08 && bytes[1]! > 1 && bytes[1]! < 32;

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
  } catch {
    // What came of it would keep the disk full.
    for (const ending of ['onnx', 'json'])
      await rm(`${temporary}.${ending}`, { force: true }).catch(() => {});
  }
}
