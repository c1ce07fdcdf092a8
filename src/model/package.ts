import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { FoveaError } from '../core/errors.ts';
import { refuseHollowFile } from '../core/files.ts';
import { savedModelFolder } from '../keras/foreign.ts';
import { type Familiar, Familiarities } from './familiar.ts';
import { openGraph, sha256, type Traits } from './graph.ts';
import { guessContract } from './guess.ts';
import { numberedLabels, parseLabels } from './labels.ts';
import type { Manifest } from './manifest.ts';
import { classCount, Model } from './model.ts';
import { type Network, splitNetwork, wholeNetwork } from './network.ts';
import { splitAtFeatures } from './split.ts';

/** Where converted graphs are kept, and how many threads a graph may use (0: ONNX Runtime's choice). */
export interface OpenOptions {
  readonly cache: string;
  readonly threads?: number;
  /** Whether the model is to tell what pictures look like to it, whatever is beside it. */
  readonly looks?: boolean;
}

/** A model's bytes with the manifest that stood beside them, or what is known for guessing one. */
export interface ModelFile {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly fileName: string;
  readonly manifest?: Manifest;
  /** Text of a labels file beside the model. */
  readonly labels?: string;
  /** What its training pictures look like to it, where that stands beside it. */
  readonly familiar?: Familiar;
}

/** Beside the model. */
export const FAMILIAR_FILE = 'familiar.json';

/** Larger than any network read here by an order of magnitude, and what fits in a buffer. */
const MAX_MODEL_BYTES = 2 ** 31;

/** Files beside a bare model that hold its labels, tried in this order. */
const LABEL_FILES = ['labels.txt', 'class_indices.json', 'labels.json', 'classes.txt'];

/**
 * Reads a model from a path: a folder with `model.json`, a model file inside such a folder, or a bare model file
 * (with `labels.txt` or `class_indices.json` beside it, if there is one).
 *
 * @param shipped as in `readManifest`
 * @throws FoveaError `FILE_NOT_FOUND`, `FILE_EMPTY`, `FILE_IS_LFS_POINTER`, `MODEL_MANIFEST_INVALID`, `MODEL_DAMAGED`
 */
export async function readModelFile(path: string, shipped = false): Promise<ModelFile> {
  const isFolder = (await stat(path).catch(() => notFound(path))).isDirectory();
  const folder = isFolder ? path : dirname(path);
  const manifest = await readManifest(folder, shipped);
  if (manifest && (isFolder || manifest.file === basename(path))) {
    const bytes = await readBytes(join(folder, manifest.file));
    const hash = sha256(bytes);
    if (hash !== manifest.sha256) {
      const reason = `${manifest.file} is not the file that model.json describes`;
      throw new FoveaError('MODEL_DAMAGED', {
        reason,
        expected: `SHA-256 ${manifest.sha256}`,
        received: hash,
      });
    }
    const familiar = await readFamiliar(folder, () => hash);
    return { bytes, name: manifest.name, fileName: manifest.file, manifest, ...(familiar && { familiar }) };
  }
  const file = isFolder ? await onlyModelIn(folder) : path;
  const labels = await firstText(LABEL_FILES.map((name) => join(folder, name)));
  const bytes = await readBytes(file);
  const familiar = await readFamiliar(folder, () => sha256(bytes));
  return {
    bytes,
    name: nameFrom(isFolder ? folder : file),
    fileName: basename(file),
    ...(labels !== undefined && { labels }),
    ...(familiar && { familiar }),
  };
}

/**
 * Loads a model: opens its graph, guesses a manifest where there is none, and checks the two against each other.
 *
 * @throws FoveaError all that `convertKeras`, `Session.open` and `Model` refuse
 */
export async function openModel(
  file: ModelFile,
  { cache, threads = 0, looks = false }: OpenOptions,
): Promise<Model> {
  const hash = file.manifest?.sha256 ?? sha256(file.bytes);
  const { onnx, traits } = await openGraph(file.bytes, hash, cache);
  const { familiar } = file;
  const parts = familiar || looks ? splitAtFeatures(onnx) : null;
  const network = await (parts ? splitNetwork(parts, { threads }) : wholeNetwork(onnx, { threads }));
  try {
    const manifest = file.manifest ?? guessManifest(file, hash, traits, network);
    return new Model(manifest, network, familiar && new Familiarities(familiar));
  } catch (refusal) {
    await network.close();
    throw refusal;
  }
}

function guessManifest(file: ModelFile, hash: string, traits: Traits, network: Network): Manifest {
  const outputs = classCount(network.outputShape);
  const count = outputs === 1 ? 2 : outputs;
  const given = parseLabels(file.labels ?? '');
  const labels = given.length === count ? given : numberedLabels(count);
  const { reason, ...guess } = guessContract({
    traits,
    inputShape: network.inputShape,
    outputs,
    numberedLabels: /^0 \S/.test(file.labels ?? ''),
  });
  return {
    name: file.name,
    title: file.fileName,
    version: '1',
    file: file.fileName,
    sha256: hash,
    modality: 'unknown',
    ...guess,
    labels,
    guess: labels === given ? reason : `${reason} ${labelDoubt(given.length, count)}`,
  };
}

const labelDoubt = (given: number, count: number) =>
  given === 0
    ? 'The names of the classes are not in the file.'
    : `The labels file names ${given} classes, the model answers with ${count}.`;

/** A model's name from a file's or folder's: lower case, digits, dots and dashes. */
export function nameFrom(path: string): string {
  const stem = basename(path).replace(/\.(h5|hdf5|keras|onnx)$/i, '');
  const name = stem
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 64);
  return name || 'model';
}

/**
 * The manifest in a folder, or undefined where there is none.
 *
 * @param shipped the folder is Fovea's own, whose manifests are checked by its tests: loading the schemas at every
 *   start would take longer than all the rest of it
 * @throws FoveaError `MODEL_MANIFEST_INVALID`
 */
export async function readManifest(folder: string, shipped = false): Promise<Manifest | undefined> {
  const json = await firstText([join(folder, 'model.json')]);
  if (json === undefined) return undefined;
  if (shipped) return JSON.parse(json) as Manifest;
  const { parseManifest } = await import('./manifest.ts');
  return parseManifest(json, basename(folder));
}

/** `familiar.json`, if it is of this model. */
async function readFamiliar(folder: string, hash: () => string): Promise<Familiar | undefined> {
  const json = await firstText([join(folder, FAMILIAR_FILE)]);
  if (json === undefined) return undefined;
  try {
    const familiar = JSON.parse(json) as Familiar;
    return familiar.model === hash() ? familiar : undefined;
  } catch (cause) {
    throw new FoveaError('MODEL_DAMAGED', { reason: `${FAMILIAR_FILE} is not JSON`, cause });
  }
}

async function onlyModelIn(folder: string): Promise<string> {
  const names = await readdir(folder);
  const models = names.filter((name) =>
    ['.h5', '.hdf5', '.keras', '.onnx'].includes(extname(name).toLowerCase()),
  );
  const [model, ...others] = models;
  if (model && others.length === 0) return join(folder, model);
  if (!model && names.includes('saved_model.pb')) throw savedModelFolder(folder);
  throw new FoveaError('MODEL_NOT_FOUND', {
    name: folder,
    expected: 'a folder with model.json or one model file',
    received: models.length ? models.join(', ') : 'no model file',
    hint: 'Name the model file itself.',
  });
}

async function readBytes(path: string): Promise<Uint8Array> {
  const { size } = await stat(path).catch(() => notFound(path));
  if (size > MAX_MODEL_BYTES) {
    throw new FoveaError('FILE_TOO_LARGE', {
      expected: `at most ${MAX_MODEL_BYTES} bytes`,
      received: `${size} bytes`,
    });
  }
  const bytes = await readFile(path);
  refuseHollowFile(bytes);
  return bytes;
}

async function firstText(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text !== undefined) return text;
  }
  return undefined;
}

function notFound(path: string): never {
  throw new FoveaError('FILE_NOT_FOUND', { path });
}
