import { FoveaError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import type { Hdf5 } from '../formats/hdf5.ts';
import type { LayerSpec, ModelSpec } from './config.ts';

/** A layer's stored weights. */
export interface LayerWeights {
  /** How many are stored. */
  readonly count: number;
  /** Their shapes, without reading them. */
  shapes(): readonly (readonly number[])[];
  /**
   * The weights of a layer, or of a part of it, by the names that Keras gives them, in Keras's order of creation.
   *
   * @param names e.g. `['kernel', 'bias']`
   * @throws FoveaError `WEIGHTS_MISSING`
   */
  read(names: readonly string[]): readonly Tensor[];
}

/** Finds each layer's weights by its way through the nested models. */
export interface WeightStore {
  /** @param way the models a layer lies in, outermost first, then the layer itself */
  of(way: readonly LayerSpec[]): LayerWeights;
}

/**
 * Weights of a whole-model HDF5 file, found through the attributes `layer_names` and `weight_names`
 * (keras/src/legacy/saving/legacy_h5_format.py). A nested model keeps all its layers' weights in one group.
 *
 * @param root `model_weights`, or '' in a file of weights alone
 */
export function legacyWeights(file: Hdf5, root: string): WeightStore {
  const join = (...parts: string[]) => parts.filter(Boolean).join('/');
  const names = new Map<string, readonly string[]>();
  const namesIn = (group: string) => {
    const known = names.get(group) ?? file.texts(group, 'weight_names') ?? [];
    names.set(group, known);
    return known;
  };
  const found = new Map<string, LayerWeights>();
  return {
    of: (way) => {
      const layer = way.at(-1)!;
      const place = way.map((step) => step.name).join('\n');
      const known = found.get(place);
      if (known) return known;
      const group = join(root, way[0]!.name);
      const stored = namesIn(group);
      // One layer's group holds its weights in order, what it wraps included; a nested model's holds those of many
      // layers, told apart by name.
      const owner = way.findLast((step, i) => i === 0 || way[i - 1]!.wrapped !== step)!;
      const own = owner === way[0] ? stored : stored.filter((name) => belongsTo(name, owner.name));
      const weights = reader(layer, own, file, (name) => join(group, name));
      found.set(place, weights);
      return weights;
    },
  };
}

/** `…/conv1/kernel:0` is a weight of "conv1", also where the layer's own name holds a slash. */
function belongsTo(weight: string, layer: string): boolean {
  const owner = `/${weight.slice(0, weight.lastIndexOf('/'))}`;
  return owner.endsWith(`/${layer}`) || owner.includes(`/${layer}/`);
}

/**
 * Weights of a `.keras` archive, keyed by snake-case class name and a counter within each model
 * (keras/src/saving/saving_lib.py, `_save_container_state`).
 *
 */
export function archiveWeights(file: Hdf5, model: ModelSpec): WeightStore {
  const keys = new Map<LayerSpec, string>();
  countLayers(model, keys);
  const found = new Map<LayerSpec, LayerWeights>();
  return {
    of: (way) => {
      const layer = way.at(-1)!;
      const known = found.get(layer);
      if (known) return known;
      const path = way.map((step) => keys.get(step)).join('/');
      const group =
        GROUP_SPELLINGS.map((spell) => spell(path)).find((spelt) => file.kind(spelt) === 'group') ?? path;
      const vars = [...PARTS, ...cellParts(layer)].flatMap((part) => {
        const folder = [group, part, 'vars'].filter(Boolean).join('/');
        const names = file.keys(folder).toSorted((a, b) => Number(a) - Number(b));
        return names.map((name) => `${folder}/${name}`);
      });
      const weights = reader(layer, vars, file, (path) => path);
      found.set(layer, weights);
      return weights;
    },
  };
}

/** Where a layer keeps weights: in itself, in its cell, in what it wraps, or in its projections. */
const PARTS = [
  '',
  'cell',
  'layer',
  'forward_layer/cell',
  'backward_layer/cell',
  ...['query', 'key', 'gate', 'value', 'output'].flatMap((name) => [`${name}_dense`, `_${name}_dense`]),
];

/** The cells of an `RNN` over several: counted within it as layers are within a model. */
function cellParts({ config }: LayerSpec): string[] {
  const { cells } = ((config.cell as LayerSpec | undefined)?.config ?? {}) as { cells?: unknown };
  if (!Array.isArray(cells)) return [];
  const used = new Map<string, number>();
  return cells.map(({ class_name: className }) => {
    const name = snakeCase(String(className));
    const count = used.get(name) ?? 0;
    used.set(name, count + 1);
    return `cell/cells/${count === 0 ? name : `${name}_${count}`}`;
  });
}

/** Keras 3, then 2.12, then 2.13–2.15 on Windows. */
const GROUP_SPELLINGS: readonly ((path: string) => string)[] = [
  (path) => path,
  (path) => `_layer_checkpoint_dependencies/${path.slice('layers/'.length)}`,
  (path) => path.replaceAll('layers/', 'layers\\'),
  (path) => `_layer_checkpoint_dependencies\\${path.slice('layers/'.length)}`,
];

/** Layers that Keras exports under another name than their class has, by which their groups are called. */
const PYTHON_NAMES: Readonly<Record<string, string>> = { GroupQueryAttention: 'GroupedQueryAttention' };

function countLayers({ layers }: ModelSpec, keys: Map<LayerSpec, string>): void {
  const used = new Map<string, number>();
  for (const layer of layers) {
    const name = snakeCase(PYTHON_NAMES[layer.className] ?? layer.className);
    const count = used.get(name) ?? 0;
    used.set(name, count + 1);
    keys.set(layer, `layers/${count === 0 ? name : `${name}_${count}`}`);
    countInner(layer, keys);
  }
}

function countInner({ model, wrapped }: LayerSpec, keys: Map<LayerSpec, string>): void {
  if (model) countLayers(model, keys);
  if (!wrapped) return;
  keys.set(wrapped, 'layer');
  countInner(wrapped, keys);
}

/** keras/src/utils/naming.py, `to_snake_case`: Conv2D → conv2d, GlobalAveragePooling2D → global_average_pooling2d. */
export const snakeCase = (name: string): string =>
  name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();

/** By name where the file has names, else by order. */
function reader(
  layer: LayerSpec,
  stored: readonly string[],
  file: Hdf5,
  pathOf: (name: string) => string,
): LayerWeights {
  // A layer that is called many times has its weights once: in memory, and on the file's account of what it claims.
  const tensors = new Map<string, Tensor>();
  const tensor = (name: string) => {
    const read = tensors.get(name) ?? file.tensor(pathOf(name));
    tensors.set(name, read);
    return read;
  };
  return {
    count: stored.length,
    shapes: () => stored.map((name) => tensors.get(name)?.shape ?? file.shape(pathOf(name)) ?? [0]),
    read: (names) => {
      // Names that stand twice (the two directions of a layer) are told apart by order alone.
      if (new Set(names).size < names.length && stored.length === names.length) return stored.map(tensor);
      const byName = names.map((name) =>
        stored.find((path) => path.split('/').pop()!.replace(/:\d+$/, '') === name),
      );
      if (byName.every((path) => path !== undefined)) return byName.map((path) => tensor(path!));
      if (stored.length === names.length) return stored.map(tensor);
      throw new FoveaError('WEIGHTS_MISSING', {
        layer: layer.name,
        className: layer.className,
        reason: 'the file does not hold them all',
        expected: `${names.length}: ${names.join(', ')}`,
        received: stored.length === 0 ? 'none' : `${stored.length}: ${stored.join(', ')}`,
      });
    },
  };
}
