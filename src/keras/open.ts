import { FoveaError } from '../core/errors.ts';
import { refuseHollowFile } from '../core/files.ts';
import { type Hdf5, isHdf5, openHdf5 } from '../formats/hdf5.ts';
import { isZip, readZip } from '../formats/zip.ts';
import { refuseClaims } from './claims.ts';
import { type ModelSpec, parseConfig } from './config.ts';
import { unrecognised } from './foreign.ts';
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

/**
 * A configuration longer than this is no architecture: the longest of 350 real files has 143,344 characters. JSON can
 * take twenty times its length in memory.
 */
const MAX_CONFIG_LENGTH = 8 * 2 ** 20;

/**
 * Opens a Keras model file of any kind, by its first bytes; nothing in it is executed.
 *
 * @throws FoveaError `FILE_EMPTY`, `FILE_IS_LFS_POINTER`, `MODEL_UNRECOGNISED`, `MODEL_DAMAGED`,
 *   `MODEL_WITHOUT_GRAPH`, `MODEL_CONFIG_INVALID`, `MODEL_TOO_LARGE`, `MODEL_STORAGE_UNSUPPORTED`
 */
export function openKeras(bytes: Uint8Array, options: OpenOptions = {}): KerasFile {
  refuseHollowFile(bytes);
  if (isHdf5(bytes)) return openWholeModel(openHdf5(bytes), options);
  if (isZip(bytes)) return openArchive(bytes, options);
  throw unrecognised(bytes);
}

/**
 * `model.save('….h5')`, where the configuration is an attribute of the root; or weights alone, of any Keras, whose
 * configuration is given.
 */
function openWholeModel(file: Hdf5, { config }: OpenOptions): KerasFile {
  const json = config ?? file.text('', 'model_config');
  if (json === undefined) throw withoutGraph(file);
  const model = parse(json);
  const root = file.kind('model_weights') === 'group' ? 'model_weights' : '';
  const about = (name: string) => file.text('', name) ?? file.text(root, name);
  return {
    source: sourceOf('hdf5', about('keras_version'), about('backend')),
    model,
    weights: isKeras3(file) ? archiveWeights(file, model) : legacyWeights(file, root),
  };
}

/** `model.save_weights('….weights.h5')` of Keras 3 lays the weights out as its archives do. */
const isKeras3 = (file: Hdf5) =>
  file.texts('', 'layer_names') === undefined &&
  file.keys('').some((name) => /^(layers|_layer_checkpoint_dependencies)(\\.*)?$/.test(name));

function withoutGraph(file: Hdf5): FoveaError {
  const holdsWeights = file.texts('', 'layer_names') !== undefined || isKeras3(file);
  const reason = holdsWeights
    ? 'it holds weights alone, without the architecture'
    : 'it is an HDF5 file of another kind, with no model_config in it';
  return new FoveaError('MODEL_WITHOUT_GRAPH', {
    reason,
    expected: 'an HDF5 file with the attribute model_config',
    received: `an HDF5 file with ${list(file.keys(''))}`,
  });
}

const list = (names: readonly string[]) => (names.length ? names.slice(0, 8).join(', ') : 'nothing in it');

/** `model.save('….keras')`: config.json and model.weights.h5 in a ZIP archive. */
function openArchive(bytes: Uint8Array, options: OpenOptions): KerasFile {
  const entries = readZip(bytes, ['config.json', 'metadata.json', 'model.weights.h5']);
  const { 'config.json': config, 'metadata.json': metadata, 'model.weights.h5': weights } = entries;
  // Other programs' files are ZIP archives too.
  if (!config && !weights) throw unrecognised(bytes);
  const json = options.config ?? (config && text(config));
  if (json === undefined) throw archiveWithout('config.json', entries);
  if (!weights) throw archiveWithout('model.weights.h5', entries);
  const model = parse(json);
  const version = /"keras_version"\s*:\s*"([^"]+)"/.exec(metadata ? text(metadata) : '')?.[1];
  return {
    source: sourceOf('keras', version),
    model,
    weights: archiveWeights(openHdf5(weights), model),
  };
}

const archiveWithout = (name: string, entries: object) =>
  new FoveaError('MODEL_WITHOUT_GRAPH', {
    reason: `the archive has no ${name} in it`,
    expected: 'config.json and model.weights.h5',
    received: list(Object.keys(entries)),
  });

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function parse(json: string): ModelSpec {
  if (json.length > MAX_CONFIG_LENGTH) {
    throw new FoveaError('MODEL_TOO_LARGE', {
      reason: `its configuration is ${json.length} characters long`,
      expected: `at most ${MAX_CONFIG_LENGTH}`,
      received: `${json.length} characters`,
    });
  }
  const model = parseConfig(json);
  refuseClaims(model);
  return model;
}

const sourceOf = (format: Source['format'], kerasVersion?: string, backend?: string): Source => ({
  format,
  ...(kerasVersion !== undefined && { kerasVersion }),
  ...(backend !== undefined && { backend }),
});
