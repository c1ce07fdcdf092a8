import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Manifest, type Model, Registry } from '../model/index.ts';
import { readEnvironment, shippedEvidence, shippedModels } from './environment.ts';

/** Where converted graphs are kept. */
export const graphCache = ({ dataFolder } = readEnvironment()): string => join(dataFolder, 'cache', 'graphs');

/** The registry of this machine: the shipped models and the user's, graphs cached in the data folder. */
export function openRegistry({ dataFolder, threads } = readEnvironment()): Registry {
  return new Registry({
    builtIn: shippedModels,
    user: join(dataFolder, 'models'),
    cache: graphCache(),
    threads,
  });
}

/** What is known of models' explanations (flows/explain-store.ts): where this machine keeps it, then what is shipped. */
export const evidenceFolders = (
  { dataFolder } = readEnvironment(),
): readonly [own: string, shipped: string] => [join(dataFolder, 'cache', 'evidence'), shippedEvidence];

/** The model that `--model` asks for: a name first, else a file or folder, else the default. */
export async function chosenModel(registry: Registry, nameOrPath: string | undefined): Promise<Model> {
  if (nameOrPath === undefined) return registry.open(await registry.defaultName());
  const names = (await registry.list()).map(({ manifest }) => manifest.name);
  if (names.includes(nameOrPath)) return registry.open(nameOrPath);
  const isPath =
    /[/\\]|\.(h5|hdf5|keras|onnx)$/i.test(nameOrPath) ||
    ((await stat(nameOrPath).catch(() => undefined))?.isDirectory() ?? false);
  return isPath ? registry.openPath(nameOrPath) : registry.open(nameOrPath);
}

/** The same model's graph and manifest, for what looks into it. */
export async function chosenGraph(
  registry: Registry,
  nameOrPath: string | undefined,
): Promise<{ readonly manifest: Manifest; readonly onnx: Uint8Array }> {
  const { manifest } = await chosenModel(registry, nameOrPath);
  const names = (await registry.list()).map((entry) => entry.manifest.name);
  const { onnx } =
    nameOrPath !== undefined && !names.includes(nameOrPath)
      ? await registry.graphAt(nameOrPath)
      : await registry.graph(manifest.name);
  return { manifest, onnx };
}
