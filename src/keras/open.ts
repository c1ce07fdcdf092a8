import { FoveaError } from '../core/errors.ts';
import { refuseHollowFile } from '../core/files.ts';
import { type Hdf5, isHdf5, openHdf5 } from '../formats/hdf5.ts';
import { isZip, readZip } from '../formats/zip.ts';
import { type ModelSpec, parseConfig } from './config.ts';
import { archiveWeights, legacyWeights, type WeightStore } from './weights.ts';

/** Where a model comes from, as its file says. */
export interface Source {
  readonly format: 'hdf5' | 'keras';
  /** e.g. "2.4.0"; undefined where the file does not say. */
  readonly kerasVersion?: string;
  /** e.g. "tensorflow", "theano". */
  readonly backend?: string;
}

/** A Keras file opened: its architecture, its weights still in the file. */
export interface KerasFile {
  readonly source: Source;
  readonly model: ModelSpec;
  readonly weights: WeightStore;
}

export interface OpenOptions {
  /** Architecture JSON (`model.to_json()`), for a file that holds weights alone. */
  readonly config?: string;
}

/** A configuration longer than this is no architecture. */
const MAX_CONFIG_LENGTH = 64 * 2 ** 20;

/**
 * Opens a Keras model file of any kind, by its first bytes; nothing in it is executed.
 *
 * @throws FoveaError `FILE_EMPTY`, `FILE_IS_LFS_POINTER`, `MODEL_UNRECOGNISED`, `MODEL_DAMAGED`,
 *   `MODEL_WITHOUT_GRAPH`, `MODEL_CONFIG_INVALID`, `MODEL_TOO_LARGE`
 */
export function openKeras(bytes: Uint8Array, options: OpenOptions = {}): KerasFile {
  refuseHollowFile(bytes);
  if (isHdf5(bytes)) return openWholeModel(openHdf5(bytes), options);
  if (isZip(bytes)) return openArchive(bytes);
  const first = Array.from(bytes.subarray(0, 8), (b) => b.toString(16).padStart(2, '0')).join(' ');
  throw new FoveaError('MODEL_UNRECOGNISED', {
    expected: 'an HDF5 file (.h5) or a Keras archive (.keras)',
    received: `${bytes.length} bytes that begin with ${first}`,
  });
}

/** `model.save('….h5')`: the configuration is an attribute of the root. */
function openWholeModel(file: Hdf5, { config }: OpenOptions): KerasFile {
  const json = config ?? file.text('', 'model_config');
  if (json === undefined) throw withoutGraph(file);
  refuseLongConfig(json);
  const root = file.kind('model_weights') === 'group' ? 'model_weights' : '';
  const about = (name: string) => file.text('', name) ?? file.text(root, name);
  return {
    source: sourceOf('hdf5', about('keras_version'), about('backend')),
    model: parseConfig(json),
    weights: legacyWeights(file, root),
  };
}

function withoutGraph(file: Hdf5): FoveaError {
  const holdsWeights = file.texts('', 'layer_names') !== undefined || file.kind('layers') === 'group';
  const reason = holdsWeights
    ? 'it holds weights alone, without the architecture'
    : 'it is an HDF5 file of another kind, with no model_config in it';
  return new FoveaError('MODEL_WITHOUT_GRAPH', {
    reason,
    received: `an HDF5 file with ${list(file.keys(''))}`,
  });
}

const list = (names: readonly string[]) => (names.length ? names.slice(0, 8).join(', ') : 'nothing in it');

/** `model.save('….keras')`: config.json and model.weights.h5 in a ZIP archive. */
function openArchive(bytes: Uint8Array): KerasFile {
  const entries = readZip(bytes, ['config.json', 'metadata.json', 'model.weights.h5']);
  const { 'config.json': config, 'metadata.json': metadata, 'model.weights.h5': weights } = entries;
  if (!config)
    throw new FoveaError('MODEL_WITHOUT_GRAPH', { reason: 'the archive has no config.json in it' });
  if (!weights)
    throw new FoveaError('MODEL_WITHOUT_GRAPH', { reason: 'the archive has no model.weights.h5 in it' });
  const json = text(config);
  refuseLongConfig(json);
  const model = parseConfig(json);
  const file = openHdf5(weights);
  const version = /"keras_version"\s*:\s*"([^"]+)"/.exec(metadata ? text(metadata) : '')?.[1];
  return {
    source: sourceOf('keras', version),
    model,
    weights: archiveWeights(file, model),
  };
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function refuseLongConfig(json: string): void {
  if (json.length <= MAX_CONFIG_LENGTH) return;
  throw new FoveaError('MODEL_TOO_LARGE', { reason: `its configuration is ${json.length} characters long` });
}

const sourceOf = (format: Source['format'], kerasVersion?: string, backend?: string): Source => ({
  format,
  ...(kerasVersion !== undefined && { kerasVersion }),
  ...(backend !== undefined && { backend }),
});
