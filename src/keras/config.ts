import { FoveaError } from '../core/errors.ts';

/** A JSON object of a Keras config. */
export type Config = Readonly<Record<string, unknown>>;

/** One output tensor of one call of a layer. */
export interface Ref {
  readonly layer: string;
  /** Which call of the layer. */
  readonly call: number;
  /** Which of the call's outputs. */
  readonly output: number;
}

/** Stands among a call's arguments where one of its tensors does. */
export class TensorSlot {
  /** Which of the call's tensors. */
  readonly index: number;

  constructor(index: number) {
    this.index = index;
  }
}

/** One call of a layer. */
export interface Call {
  /** All its tensors, in the order in which they stand among the arguments. */
  readonly inputs: readonly Ref[];
  /** Positional arguments: JSON, with slots in the tensors' places. */
  readonly args: readonly unknown[];
  readonly kwargs: Config;
}

/** A layer of a model in the one form that every Keras version's spelling is brought to. */
export interface LayerSpec {
  readonly name: string;
  readonly className: string;
  /** Where Keras 3 has the class from, e.g. "keras.layers"; older files do not say. */
  readonly module?: string;
  /** Set for a class of somebody's own, whatever it is called. */
  readonly custom?: true;
  readonly config: Config;
  readonly calls: readonly Call[];
  /** For a nested model: its own specification. */
  readonly model?: ModelSpec;
  /** For a wrapper (TimeDistributed, …): the layer it wraps. */
  readonly wrapped?: LayerSpec;
}

export interface ModelSpec {
  readonly name: string;
  readonly className: string;
  /** In the order of the file; a layer may be called before it stands here. */
  readonly layers: readonly LayerSpec[];
  readonly inputs: readonly Ref[];
  readonly outputs: readonly Ref[];
}

/** Class names of models. Keras 1 and 2 wrote `Model`, later ones `Functional`. */
const FUNCTIONAL = new Set(['Functional', 'Model']);

export const isModelClass = (className: string): boolean =>
  FUNCTIONAL.has(className) || className === 'Sequential';

/**
 * Reads the JSON of `model_config` (HDF5) or `config.json` (`.keras`).
 *
 * @throws FoveaError `MODEL_CONFIG_INVALID`; `LAYER_UNSUPPORTED` for a model class of somebody's own
 */
export function parseConfig(json: string): ModelSpec {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw invalid('it is not JSON', cause);
  }
  const { class_name: className, config } = object(value, 'the whole');
  if (typeof className !== 'string') throw invalid('it has no class_name');
  if (!isModelClass(className)) {
    const reason = 'a model class of its own keeps its graph in Python code, which is not in the file';
    throw new FoveaError('LAYER_UNSUPPORTED', {
      layer: String(object(config, className).name ?? ''),
      className,
      reason,
    });
  }
  return modelSpec(className, config, 0);
}

/** Deeper nesting is somebody's attempt on the stack. */
const MAX_DEPTH = 32;

function modelSpec(className: string, config: unknown, depth: number): ModelSpec {
  if (depth > MAX_DEPTH) throw invalid(`models are nested more than ${MAX_DEPTH} deep`);
  return className === 'Sequential' ? sequential(config, depth) : functional(className, config, depth);
}

/** A Sequential is a bare list of layers (Keras 1, early 2) or holds one. Each layer calls the one before. */
function sequential(config: unknown, depth: number): ModelSpec {
  const body = Array.isArray(config) ? { layers: config, name: 'sequential' } : object(config, 'Sequential');
  const described = list(body.layers, 'layers of Sequential').map((entry) => layerSpec(entry, depth, []));
  const first = described[0];
  if (!first) throw invalid('a Sequential model has no layers');
  const layers = first.className === 'InputLayer' ? described : [inputFor(first, body), ...described];
  const chained = layers.map((layer, i) => ({
    ...layer,
    calls: [i === 0 ? NO_ARGUMENTS : oneArgument({ layer: layers[i - 1]!.name, call: 0, output: 0 })],
  }));
  return {
    name: String(body.name ?? 'sequential'),
    className: 'Sequential',
    layers: chained,
    inputs: [{ layer: chained[0]!.name, call: 0, output: 0 }],
    outputs: [{ layer: chained.at(-1)!.name, call: 0, output: 0 }],
  };
}

/** A Sequential without an InputLayer says its input's shape in its first layer, nested models in theirs. */
function inputFor(first: LayerSpec, body: Config): LayerSpec {
  const nested = first.model?.layers.find((layer) => layer.className === 'InputLayer');
  const shape =
    first.config.batch_input_shape ??
    first.config.batch_shape ??
    nested?.config.batch_input_shape ??
    nested?.config.batch_shape ??
    body.build_input_shape ??
    keras1InputShape(first);
  if (!Array.isArray(shape))
    throw invalid(`the input shape is not in the file: layer "${first.name}" has none`);
  const name = `${first.name}_input`;
  const config = { name, batch_shape: shape, dtype: first.config.dtype };
  return { name, className: 'InputLayer', config, calls: [] };
}

/** Keras 1 could give only `input_dim` (and `input_length`). */
function keras1InputShape({ className, config }: LayerSpec): unknown {
  // An Embedding's input_dim is the length of its table.
  if (typeof config.input_dim !== 'number' || className === 'Embedding') return undefined;
  return config.input_length === undefined
    ? [null, config.input_dim]
    : [null, config.input_length, config.input_dim];
}

function functional(className: string, config: unknown, depth: number): ModelSpec {
  const body = object(config, className);
  const entries = list(body.layers, `layers of ${className}`).map((entry) => object(entry, 'a layer'));
  const names = new Set(entries.map(({ name, config }) => name ?? (config as Config | undefined)?.name));
  const layers = entries.map((entry) => {
    const calls = list(entry.inbound_nodes ?? [], 'inbound_nodes').map((node) => parseCall(node, names));
    return layerSpec(entry, depth, calls);
  });
  const described = {
    name: String(body.name ?? 'model'),
    className,
    layers: layers.map((layer) => (layer.calls.length === 0 ? { ...layer, calls: [NO_ARGUMENTS] } : layer)),
    inputs: refs(body.input_layers, 'input_layers'),
    outputs: refs(body.output_layers, 'output_layers'),
  };
  return callsFromZero(described);
}

/**
 * A nested model was called once already when it was made, and Keras 2 counts its calls from there
 * (`_should_skip_first_node` in keras/src/engine/functional.py). Where a file refers to one call more than there are,
 * all references to that model go down by one.
 */
function callsFromZero(model: ModelSpec): ModelSpec {
  const all = [
    ...model.outputs,
    ...model.layers.flatMap(({ calls }) => calls.flatMap(({ inputs }) => inputs)),
  ];
  const late = new Set(
    model.layers
      .filter(
        ({ name, calls, model: nested }) =>
          nested && all.some((r) => r.layer === name && r.call >= calls.length),
      )
      .map(({ name }) => name),
  );
  if (late.size === 0) return model;
  const renumber = (ref: Ref): Ref => (late.has(ref.layer) ? { ...ref, call: ref.call - 1 } : ref);
  const layers = model.layers.map((layer) => ({
    ...layer,
    calls: layer.calls.map((call) => ({ ...call, inputs: call.inputs.map(renumber) })),
  }));
  return { ...model, layers, outputs: model.outputs.map(renumber) };
}

/** Packages whose classes do what Keras's do that have the same name: `Addons>GroupNormalization`. */
const PACKAGES = new Set(['Keras', 'keras', 'TensorFlow', 'Addons']);

const KERAS_MODULE = /^(tf_)?keras(\.|$)|^tensorflow(\.|$)/;

function layerSpec(entry: unknown, depth: number, calls: readonly Call[]): LayerSpec {
  const described = object(entry, 'a layer');
  const [className, owner] = String(described.class_name ?? '?')
    .split('>')
    .reverse() as [string, string | undefined];
  const config = Array.isArray(described.config)
    ? { layers: described.config }
    : object(described.config, className);
  const name = String(described.name ?? config.name ?? className.toLowerCase());
  if (depth > MAX_DEPTH) throw invalid(`layers are nested more than ${MAX_DEPTH} deep`);
  const model = isModelClass(className) ? modelSpec(className, described.config, depth + 1) : undefined;
  const wrapped =
    isObject(config.layer) && typeof config.layer.class_name === 'string'
      ? layerSpec(config.layer, depth + 1, [])
      : undefined;
  const module = typeof described.module === 'string' ? described.module : undefined;
  const custom =
    (owner !== undefined && !PACKAGES.has(owner)) || (module !== undefined && !KERAS_MODULE.test(module));
  return {
    name,
    className,
    config,
    calls,
    ...(module !== undefined && { module }),
    ...(custom && { custom }),
    ...(model && { model }),
    ...(wrapped && { wrapped }),
  };
}

const NO_ARGUMENTS: Call = { inputs: [], args: [], kwargs: {} };

const oneArgument = (ref: Ref): Call => ({ inputs: [ref], args: [new TensorSlot(0)], kwargs: {} });

/**
 * A call in either notation: Keras 1–2's `[[layer, call, output, kwargs], …]`, or Keras 3's
 * `{ args, kwargs }` with tensors as `{ class_name: "__keras_tensor__", config: { keras_history } }`.
 *
 * @param names those of the model's layers, by which Keras 2's references are known among its keyword arguments
 */
function parseCall(node: unknown, names: ReadonlySet<unknown>): Call {
  const inputs: Ref[] = [];
  const slot = (ref: Ref) => new TensorSlot(inputs.push(ref) - 1);
  if (!Array.isArray(node)) {
    const { args = [], kwargs = {} } = object(node, 'an inbound node');
    const slotted = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(slotted);
      if (!isObject(value)) return value;
      if (value.class_name === '__keras_tensor__')
        return slot(refOf(object(value.config, '__keras_tensor__').keras_history));
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, slotted(item)]));
    };
    return {
      inputs,
      args: list(args, 'args').map(slotted),
      kwargs: slotted(object(kwargs, 'kwargs')) as Config,
    };
  }
  // One input may stand without the outer list.
  const bare = typeof node[0] === 'string';
  const entries = bare ? [node] : node;
  const first = entries.map((entry) => (isConstant(entry) ? entry[2] : slot(refOf(entry))));
  const slotted = (value: unknown): unknown => {
    if (Array.isArray(value)) return isRef(value, names) ? slot(refOf(value)) : value.map(slotted);
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, slotted(item)]));
  };
  const kwargs = entries.map((entry) => (Array.isArray(entry) ? entry[3] : undefined)).find(isObject) ?? {};
  return { inputs, args: first.length === 1 ? first : [first], kwargs: slotted(kwargs) as Config };
}

/** `["_CONSTANT_VALUE", -1, value, kwargs]`: the first argument is no tensor (keras/src/engine/node.py of Keras 2). */
const isConstant = (entry: unknown): entry is readonly unknown[] =>
  Array.isArray(entry) && entry[0] === '_CONSTANT_VALUE';

const isRef = (value: readonly unknown[], names: ReadonlySet<unknown>) =>
  value.length >= 3 && names.has(value[0]) && Number.isInteger(value[1]) && Number.isInteger(value[2]);

/**
 * `input_layers` and `output_layers`: a list of references, one reference bare, or (Keras 3) any nest of them. A
 * dictionary is taken in the order of its keys, as Keras flattens it.
 */
function refs(value: unknown, what: string): Ref[] {
  if (Array.isArray(value))
    return typeof value[0] === 'string' ? [refOf(value)] : value.flatMap((v) => refs(v, what));
  const nest = object(value, what);
  return Object.keys(nest)
    .sort()
    .flatMap((key) => refs(nest[key], what));
}

function refOf(value: unknown): Ref {
  const [layer, call, output] = Array.isArray(value) ? value : [];
  if (typeof layer !== 'string')
    throw invalid(`a reference to a tensor is not one: ${JSON.stringify(value)}`);
  return { layer, call: Number(call ?? 0), output: Number(output ?? 0) };
}

const isObject = (value: unknown): value is Config =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function object(value: unknown, what: string): Config {
  if (isObject(value)) return value;
  throw invalid(`${what} is not an object`);
}

function list(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw invalid(`${what} is not a list`);
}

const invalid = (reason: string, cause?: unknown) =>
  new FoveaError('MODEL_CONFIG_INVALID', { reason, cause });
