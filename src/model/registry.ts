import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FoveaError } from '../core/errors.ts';
import { refuseHollowFile } from '../core/files.ts';
import type { Calibration } from './calibration-schema.ts';
import { type Graph, openGraph, sha256 } from './graph.ts';
import type { Manifest } from './manifest.ts';
import type { Model } from './model.ts';
import {
  type ModelFile,
  nameFrom,
  type OpenOptions,
  openModel,
  readManifest,
  readModelFile,
} from './package.ts';

/** A model at hand. */
export interface ModelEntry {
  readonly manifest: Manifest;
  /** Shipped with Fovea: read only. */
  readonly builtIn: boolean;
  readonly isDefault: boolean;
  /** Bytes of the model file. */
  readonly fileSize: number;
  readonly folder: string;
}

/** What a user may correct of a model of theirs. */
export type ModelCorrection = Partial<
  Pick<Manifest, 'title' | 'labels' | 'preprocessing' | 'task' | 'output' | 'modality'>
>;

export interface RegistryOptions extends OpenOptions {
  /** Folder of the models shipped with Fovea. */
  readonly builtIn: string;
  /** Folder of the user's models; made when the first is added. */
  readonly user: string;
}

/** Answers where nobody chose a model. */
const DEFAULT_MODEL = 'fundus-disease';

/** Graphs kept loaded; each takes about twice its file in memory. */
const MAX_LOADED = 4;

/** The models at hand, in the shipped folder and in the user's, and those of them that are loaded. */
export class Registry {
  readonly #options: RegistryOptions;
  /** Name, of a model of the user's with its manifest → loading or loaded model, least recently used first. */
  readonly #loaded = new Map<string, Promise<Model>>();
  #shipped: ReturnType<typeof readEntries> | undefined;

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** All models, the default one first, the rest by name. A folder whose manifest is broken is left out. */
  async list(): Promise<readonly ModelEntry[]> {
    const { builtIn, user } = this.#options;
    // What is shipped stays as it is while the process runs; a batch asks before every picture.
    this.#shipped ??= readEntries(builtIn, true);
    const shipped = await this.#shipped;
    const own = (await readEntries(user, false)).filter((e) =>
      shipped.every((s) => s.manifest.name !== e.manifest.name),
    );
    const entries = [...shipped, ...own].toSorted(
      (a, b) =>
        Number(b.manifest.name === DEFAULT_MODEL) - Number(a.manifest.name === DEFAULT_MODEL) ||
        a.manifest.name.localeCompare(b.manifest.name),
    );
    return entries.map((entry, i) => ({ ...entry, isDefault: i === 0 }));
  }

  /** @throws FoveaError `MODEL_NOT_FOUND` */
  async entry(name: string): Promise<ModelEntry> {
    const entries = await this.list();
    const entry = entries.find((e) => e.manifest.name === name);
    if (entry) return entry;
    throw new FoveaError('MODEL_NOT_FOUND', {
      name,
      expected: entries.map((e) => e.manifest.name).join(', ') || 'a model to be added first',
    });
  }

  /** Name of the model that answers where nobody chose one. */
  async defaultName(): Promise<string> {
    return (await this.list())[0]?.manifest.name ?? DEFAULT_MODEL;
  }

  /**
   * The model of that name, loaded at its first use.
   *
   * @throws FoveaError `MODEL_NOT_FOUND`, or why it does not load
   */
  async open(name: string): Promise<Model> {
    const entry = await this.entry(name);
    // What is the user's another process may have corrected meanwhile.
    const key = entry.builtIn ? name : JSON.stringify(entry.manifest);
    const loading = this.#loaded.get(key) ?? this.#openEntry(entry);
    this.#loaded.delete(key);
    this.#loaded.set(key, loading);
    loading.catch(() => this.#loaded.delete(key));
    // A model let go may still be answering: its memory goes when the last answer has.
    for (const oldest of this.#loaded.keys()) if (this.#loaded.size > MAX_LOADED) this.#loaded.delete(oldest);
    return loading;
  }

  async #openEntry({ folder, builtIn }: ModelEntry): Promise<Model> {
    return openModel(await readModelFile(folder, builtIn), this.#options);
  }

  /**
   * The model's graph, and what its file tells of itself.
   *
   * @throws FoveaError `MODEL_NOT_FOUND`, or why it does not open
   */
  async graph(name: string): Promise<Graph> {
    const { folder, builtIn } = await this.entry(name);
    return this.#graphOf(await readModelFile(folder, builtIn));
  }

  /** The same of a file or folder anywhere. */
  async graphAt(path: string): Promise<Graph> {
    return this.#graphOf(await readModelFile(path));
  }

  #graphOf({ bytes, manifest }: ModelFile): Promise<Graph> {
    return openGraph(bytes, manifest?.sha256 ?? sha256(bytes), this.#options.cache);
  }

  /** A model from a file or folder anywhere, not kept: for the command line, never for a request. */
  async openPath(path: string): Promise<Model> {
    return openModel(await readModelFile(path), this.#options);
  }

  /**
   * Adds a model file to the user's folder, with a guessed contract. The same file again gives the same entry.
   *
   * @param bytes `.h5`, `.keras` or `.onnx`
   * @param about the file's name, and the text of a labels file that came with it
   * @throws FoveaError why it does not load
   */
  async add(
    bytes: Uint8Array,
    about: { readonly fileName: string; readonly labels?: string },
  ): Promise<ModelEntry> {
    refuseHollowFile(bytes);
    const file: ModelFile = { bytes, name: nameFrom(about.fileName), ...about };
    const model = await openModel(file, this.#options);
    await model.close();
    const entries = await this.list();
    const same = entries.find((e) => e.manifest.sha256 === model.manifest.sha256);
    if (same) return same;
    const manifest = {
      ...model.manifest,
      name: freeName(file.name, entries),
      file: fileNameFor(about.fileName),
    };
    const folder = join(this.#options.user, manifest.name);
    const unfinished = join(this.#options.user, `.${manifest.name}.${process.pid}`);
    try {
      await mkdir(unfinished, { recursive: true });
      await writeFile(join(unfinished, manifest.file), bytes);
      await writeManifest(unfinished, manifest);
      await rename(unfinished, folder);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
    return this.entry(manifest.name);
  }

  /**
   * Corrects a model of the user's; what was a guess is then confirmed.
   *
   * @throws FoveaError `MODEL_NOT_FOUND`, `MODEL_READ_ONLY`, `MODEL_MANIFEST_INVALID`
   */
  async update(name: string, correction: ModelCorrection): Promise<ModelEntry> {
    const { manifest, folder } = await this.#own(name);
    // What was fitted to other answers does not carry over.
    const { guess: _confirmed, calibration, ...rest } = manifest;
    const isSameAnswer = !(correction.preprocessing || correction.task || correction.output);
    const { parseManifest } = await import('./manifest.ts');
    const corrected = parseManifest(
      JSON.stringify({ ...rest, ...(isSameAnswer && calibration && { calibration }), ...correction }),
      name,
    );
    const file = await readModelFile(folder);
    await (await openModel({ ...file, manifest: corrected }, this.#options)).close();
    await writeManifest(folder, corrected);
    return this.entry(name);
  }

  /**
   * The way to calibrate a model of the user's, or one in a folder anywhere.
   *
   * @returns writes a calibration into its `model.json`, and gives the file's path
   * @throws FoveaError `MODEL_NOT_FOUND`, `MODEL_READ_ONLY`, `MODEL_HAS_NO_MANIFEST`; the way, `MODEL_MANIFEST_INVALID`
   */
  async calibrating(nameOrPath: string): Promise<(calibration: Calibration) => Promise<string>> {
    const named = (await this.list()).some(({ manifest }) => manifest.name === nameOrPath);
    const isFolder = (await stat(nameOrPath).catch(() => undefined))?.isDirectory() ?? false;
    const folder = named ? (await this.#own(nameOrPath)).folder : isFolder ? nameOrPath : dirname(nameOrPath);
    const manifest = await readManifest(folder);
    if (!manifest) throw new FoveaError('MODEL_HAS_NO_MANIFEST', { path: nameOrPath });
    return async (calibration) => {
      await writeManifest(folder, { ...manifest, calibration });
      return join(folder, 'model.json');
    };
  }

  /** @throws FoveaError `MODEL_NOT_FOUND`, `MODEL_READ_ONLY` */
  async remove(name: string): Promise<void> {
    const { folder } = await this.#own(name);
    await rm(folder, { recursive: true });
  }

  /** Frees all loaded graphs. */
  async close(): Promise<void> {
    const loading = [...this.#loaded.values()];
    this.#loaded.clear();
    await Promise.allSettled(loading.map(async (model) => (await model).close()));
  }

  async #own(name: string): Promise<ModelEntry> {
    const entry = await this.entry(name);
    if (entry.builtIn) throw new FoveaError('MODEL_READ_ONLY', { name });
    return entry;
  }
}

async function readEntries(root: string, builtIn: boolean): Promise<Omit<ModelEntry, 'isDefault'>[]> {
  const names = await readdir(root).catch(() => []);
  const entries = names
    .filter((name) => !name.startsWith('.'))
    .map(async (name) => {
      const folder = join(root, name);
      const manifest = await readManifest(folder, builtIn);
      if (!manifest) return [];
      const { size: fileSize } = await stat(join(folder, manifest.file));
      return [{ manifest, builtIn, fileSize, folder }];
    });
  const settled = await Promise.allSettled(entries);
  return settled.flatMap((s) => (s.status === 'fulfilled' ? s.value : []));
}

/**
 * The manifest appears whole or not at all.
 *
 * @throws FoveaError `MODEL_MANIFEST_INVALID`
 */
async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const path = join(folder, 'model.json');
  const unfinished = `${path}.${process.pid}`;
  const json = `${JSON.stringify(manifest, null, 2)}\n`;
  // As it will be read, or the model would be gone: types do not tell a NaN, which JSON makes null.
  const { parseManifest } = await import('./manifest.ts');
  parseManifest(json, manifest.name);
  try {
    await writeFile(unfinished, json);
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** `name`, or `name-2`, `name-3`… where it is taken. */
function freeName(name: string, entries: readonly ModelEntry[]): string {
  const taken = new Set(entries.map((e) => e.manifest.name));
  for (let i = 1; ; i++) {
    const candidate = i === 1 ? name : `${name.slice(0, 60)}-${i}`;
    if (!taken.has(candidate)) return candidate;
  }
}

/** A name that is safe within our folder and keeps its ending. */
function fileNameFor(fileName: string): string {
  const ending = /\.(h5|hdf5|keras|onnx)$/i.exec(fileName)?.[1]?.toLowerCase() ?? 'h5';
  return ending === 'h5' || ending === 'hdf5' ? 'keras_model.h5' : `model.${ending}`;
}
