import { FoveaError } from '../core/errors.ts';
import { isZip, listZip } from '../formats/zip.ts';

/** A kind of file that is mistaken for a Keras model: how it is known by its bytes, and the way out. */
interface Foreign {
  readonly what: string;
  readonly hint: string;
  readonly is: (bytes: Uint8Array, paths: readonly string[]) => boolean;
}

const TO_KERAS = 'Load it where it was made and save it with `model.save("model.keras")`';

const FROM_SAVED_MODEL = `${TO_KERAS}: in TensorFlow, \`tf.keras.models.load_model(folder)\`.`;

/** Tried in this order. `paths` are those of a ZIP archive, none for other files. */
const FOREIGN: readonly Foreign[] = [
  {
    what: 'a TensorFlow Lite model',
    hint: 'It was made from a model: open the .h5 or .keras file that it was converted from.',
    is: (bytes) => latin1(bytes, 4, 8) === 'TFL3',
  },
  {
    what: 'a PyTorch checkpoint',
    hint: 'Export the model from PyTorch with `torch.onnx.export(…)` and open the .onnx file.',
    is: (_, paths) => paths.some((path) => /(^|\/)data\.pkl$/.test(path)),
  },
  {
    what: 'a NumPy archive (.npz)',
    hint: `It holds arrays without a model. ${TO_KERAS}.`,
    is: (_, paths) => paths.length > 0 && paths.every((path) => path.endsWith('.npy')),
  },
  {
    what: 'a zipped TensorFlow SavedModel',
    hint: FROM_SAVED_MODEL,
    is: (_, paths) => paths.some((path) => /(^|\/)saved_model\.pb$/.test(path)),
  },
  {
    what: 'a Python pickle',
    hint: `A pickle runs code when it is opened and is never read here. ${TO_KERAS}.`,
    // Protocol 2 and later begin with PROTO; joblib's and PyTorch's old files are pickles too. Protocol 0 is text.
    is: (bytes) =>
      (bytes[0] === 0x80 && bytes[1]! >= 2 && bytes[1]! <= 5 && isPickleOp(bytes[2]!)) ||
      /^\([dl]p\d+\n|^c\w+\n\w+\n/.test(latin1(bytes, 0, 64)),
  },
  {
    what: 'the graph of a TensorFlow SavedModel (saved_model.pb)',
    hint: FROM_SAVED_MODEL,
    // SavedModel { saved_model_schema_version = 1; meta_graphs = 2 }: tensorflow/core/protobuf/saved_model.proto
    is: (bytes) => bytes[0] === 0x08 && bytes[1] === 0x01 && bytes[2] === 0x12,
  },
  {
    what: 'an ONNX model',
    hint: 'It needs no conversion: open it as it is.',
    // ModelProto { ir_version = 1, up to 31; producer_name = 2, opset_import = 8 or graph = 7 }: onnx.proto
    is: (bytes) =>
      bytes[0] === 0x08 && bytes[1]! >= 1 && bytes[1]! < 32 && [0x12, 0x3a, 0x42].includes(bytes[2]!),
  },
  {
    what: 'JSON',
    hint: 'An architecture goes beside the file of its weights, as the option `config`.',
    is: (bytes) => /^\s*\{/.test(latin1(bytes, 0, 16)),
  },
];

/** Opcodes that a pickle goes on with: FRAME, an empty collection, a mark, a global, a text, a number. */
const isPickleOp = (byte: number) => [0x95, 0x7d, 0x5d, 0x29, 0x28, 0x63, 0x8c, 0x58, 0x8a].includes(byte);

/** The refusal of a folder as TensorFlow saves it, whose graph Keras cannot be had from without TensorFlow. */
export const savedModelFolder = (path: string): FoveaError =>
  new FoveaError('MODEL_UNRECOGNISED', {
    expected: 'an HDF5 file (.h5) or a Keras archive (.keras)',
    received: `a folder with a TensorFlow SavedModel (${path})`,
    hint: FROM_SAVED_MODEL,
  });

const latin1 = (bytes: Uint8Array, from: number, to: number) =>
  String.fromCharCode(...bytes.subarray(from, to));

/** The refusal of a file that is no Keras model, by what it is instead where that can be told. */
export function unrecognised(bytes: Uint8Array): FoveaError {
  const paths = isZip(bytes) ? listZip(bytes).map(({ path }) => path) : [];
  const found = FOREIGN.find(({ is }) => is(bytes, paths));
  const first = Array.from(bytes.subarray(0, 8), (b) => b.toString(16).padStart(2, '0')).join(' ');
  return new FoveaError('MODEL_UNRECOGNISED', {
    expected: 'an HDF5 file (.h5) or a Keras archive (.keras)',
    received: found?.what ?? `${bytes.length} bytes that begin with ${first}`,
    ...(found && { hint: found.hint }),
  });
}
