import { FoveaError } from '../core/errors.ts';
import { sizeOf } from '../core/tensor.ts';
import { encodeOnnx } from '../formats/onnx/encode.ts';
import { type Call, type LayerSpec, type ModelSpec, type Ref, TensorSlot } from './config.ts';
import { foldBatchNorms } from './fold.ts';
import { GraphBuilder, type Shape, type Value } from './graph.ts';
import { lambdaLayers } from './lambda/layer.ts';
import { type Emitter, isValue, Layer } from './layer.ts';
import { activationName } from './layers/activation.ts';
import { layerTable } from './layers/index.ts';
import { FLOAT, passMask } from './layers/masking.ts';
import { type KerasFile, type OpenOptions, openKeras, type Source } from './open.ts';
import { floats, isKerasOperation, kerasOperation, operationLayers } from './operations/nodes.ts';
import { type Replacement, replacing } from './replacement.ts';

/** Operator set of the graphs; ONNX Runtime 1.14 (2023) and later reads it. */
const OPSET = 17;

/** An input or output of the graph, in Keras's own order of axes. */
export interface Port {
  readonly name: string;
  /** Batch axis first; null where any size goes. */
  readonly shape: Shape;
}

export interface ConvertOptions extends OpenOptions {
  /**
   * What to put in the place of layers that Fovea does not know, by class name or by layer name: a function that adds
   * nodes to the graph, or an ONNX model whose inputs and outputs are the layer's.
   */
  readonly replacements?: Readonly<Record<string, Replacement>>;
}

/** A layer as it was converted, nested ones included. */
export interface LayerSummary {
  readonly name: string;
  /** Names of the models and wrappers it lies in, outermost first. */
  readonly within: readonly string[];
  readonly className: string;
  /** null for a layer that is defined but not on the way from inputs to outputs. */
  readonly outputShape: Shape | null;
  /** Numbers in the layer's own weights. */
  readonly parameters: number;
}

export interface ConvertedModel {
  /** The graph: an ONNX ModelProto, operator set 17. */
  readonly onnx: Uint8Array;
  readonly inputs: readonly Port[];
  /** With the activation that the output's last layer applies: "softmax", "sigmoid", "linear", … */
  readonly outputs: readonly (Port & { readonly activation: string })[];
  readonly layers: readonly LayerSummary[];
  /** What the user should know of the conversion, in sentences. */
  readonly warnings: readonly string[];
  readonly source: Source;
  /** Operator set of the graph. */
  readonly opset: number;
}

/**
 * Converts a Keras model to ONNX. Nothing in the file is executed.
 *
 * @param bytes a whole-model `.h5`/`.hdf5` or a `.keras` archive, told apart by content
 * @throws FoveaError `MODEL_UNRECOGNISED`, `MODEL_DAMAGED`, `MODEL_WITHOUT_GRAPH`, `MODEL_CONFIG_INVALID`,
 *   `MODEL_STORAGE_UNSUPPORTED`, `MODEL_TOO_LARGE`, `LAYER_UNSUPPORTED`, `WEIGHTS_MISSING`, `FILE_EMPTY`,
 *   `FILE_IS_LFS_POINTER`
 */
export async function convertKeras(bytes: Uint8Array, options: ConvertOptions = {}): Promise<ConvertedModel> {
  try {
    return new Conversion(openKeras(bytes, options), options.replacements ?? {}).run();
  } catch (thrown) {
    if (thrown instanceof FoveaError) throw thrown;
    // What the code here was not prepared for: one flipped bit can do it.
    throw new FoveaError('MODEL_DAMAGED', { reason: 'its contents contradict each other', cause: thrown });
  }
}

/** Values of one model's tensors, by layer, call and output. */
type Values = Map<string, Value>;

const key = ({ layer, call, output }: Ref) => `${layer}\n${call}\n${output}`;

class Conversion {
  readonly #file: KerasFile;
  readonly #graph = new GraphBuilder();
  readonly #layers = new Map<LayerSpec, LayerSummary>();
  /** Where the layers with weights of their own lie. */
  readonly #ways = new Map<LayerSpec, readonly LayerSpec[]>();
  readonly #warnings = new Set<string>();
  /** The activation with which a value was made. */
  readonly #activations = new Map<string, string>();

  readonly #replacements: Readonly<Record<string, Replacement>>;

  constructor(file: KerasFile, replacements: Readonly<Record<string, Replacement>>) {
    this.#file = file;
    this.#replacements = replacements;
  }

  run(): ConvertedModel {
    const { model, source } = this.#file;
    const inputs = model.inputs.map((ref) => this.#input(layerOf(model, ref), model));
    const results = this.#model(model, inputs, []);
    const ports = results.map((value, i) => this.#output(value, model.outputs[i]!));
    this.#countParameters();
    const graph = this.#graph.finish(
      model.name,
      inputs.map(({ name, shape }) => ({ name, dtype: 'float32', shape })),
      ports.map(({ name, shape }) => ({ name, dtype: 'float32', shape })),
    );
    return {
      onnx: encodeOnnx({ opset: OPSET, producer: 'fovea', graph: foldBatchNorms(graph) }),
      inputs: inputs.map(({ name, shape }) => ({ name, shape })),
      outputs: ports,
      layers: this.#listed(model),
      warnings: [...this.#warnings],
      source,
      opset: OPSET,
    };
  }

  #input({ name, config }: LayerSpec, model: ModelSpec): Value {
    const shape = config.batch_shape ?? config.batch_input_shape;
    if (!Array.isArray(shape)) {
      throw new FoveaError('MODEL_CONFIG_INVALID', {
        reason: `the input "${name}" of "${model.name}" has no shape`,
      });
    }
    // The batch is left open, also where the file fixes it: a graph serves any number of pictures.
    return { name: this.#graph.unique(name), shape: [null, ...shape.slice(1)], channelsFirst: false };
  }

  #output(value: Value, ref: Ref): Port & { activation: string } {
    const { name, shape, dtype } = this.#graph.plain(value);
    // A node of its own, so that an output may carry its layer's name, and be an input or stand there twice.
    const output = dtype
      ? this.#graph.node('Cast', `${ref.layer}_output`, [name], { to: FLOAT })
      : this.#graph.node('Identity', `${ref.layer}_output`, [name]);
    return { name: output, shape, activation: this.#activations.get(value.name) ?? 'linear' };
  }

  /** Emits a model's layers as their inputs become known, and returns its outputs. */
  #model(model: ModelSpec, inputs: readonly Value[], way: readonly LayerSpec[]): Value[] {
    const values: Values = new Map(model.inputs.map((ref, i) => [key(ref), inputs[i]!]));
    for (const layer of model.layers) {
      this.#summarise(layer, way);
      const given = values.get(key({ layer: layer.name, call: 0, output: 0 }));
      if (given) this.#reached(layer, given.shape);
    }
    const waiting = model.layers.flatMap((layer) =>
      layer.calls.map((call, index) => ({ layer, call, index })),
    );
    for (let done = 0; waiting.length > 0; done = 0) {
      for (let i = 0; i < waiting.length; ) {
        const { layer, call, index } = waiting[i]!;
        const given = call.inputs.map((ref) => values.get(key(ref)));
        const isInput = layer.className === 'InputLayer';
        if (!isInput && !given.every((value) => value !== undefined)) {
          i++;
          continue;
        }
        waiting.splice(i, 1);
        done++;
        if (isInput) continue;
        const results = this.#call(layer, call, given as Value[], way);
        results.forEach((value, output) => {
          values.set(key({ layer: layer.name, call: index, output }), value);
        });
      }
      if (done === 0) break;
    }
    return model.outputs.map((ref) => {
      const value = values.get(key(ref));
      if (value) return value;
      const reason = `the output of layer "${ref.layer}" is never computed: its inputs do not lead back to the model's`;
      throw new FoveaError('MODEL_CONFIG_INVALID', { reason });
    });
  }

  #call(spec: LayerSpec, call: Call, tensors: readonly Value[], way: readonly LayerSpec[]): readonly Value[] {
    const args = call.args.map((argument) => filled(argument, tensors));
    const kwargs = filled(call.kwargs, tensors) as Call['kwargs'];
    const positional = args.flatMap(valuesIn);
    // Tensors given by name alone are the inputs where there are no others.
    return this.#emit(spec, { args, kwargs }, positional.length > 0 ? positional : tensors, way);
  }

  #emit(
    spec: LayerSpec,
    call: { readonly args: readonly unknown[]; readonly kwargs: Call['kwargs'] },
    inputs: readonly Value[],
    way: readonly LayerSpec[],
  ): readonly Value[] {
    const here = [...way, spec];
    if (spec.model) {
      const results = this.#model(spec.model, inputs, here);
      this.#reached(spec, results[0]!.shape);
      return results;
    }
    const name = here.map((step) => step.name).join('/');
    const emitWrapped = (given: readonly Value[]) => {
      if (!spec.wrapped) throw layer.invalid('it wraps no layer');
      return this.#emit(spec.wrapped, { args: given, kwargs: {} }, given, here)[0]!;
    };
    const warn = (sentence: string) => this.#warnings.add(sentence);
    const about = { name, spec, call, source: this.#file.source, warn, emitWrapped };
    const layer = new Layer(this.#graph, about, this.#file.weights.of(here));
    const result = this.#emitter(layer)(layer, inputs);
    const results = Array.isArray(result) ? (result as readonly Value[]) : [result as Value];
    passMask(this.#graph, spec.className, inputs, results[0]!);
    this.#reached(spec, results[0]!.shape);
    this.#note(layer, inputs, results[0]!);
    return results;
  }

  /** How a class becomes nodes. */
  #emitter(layer: Layer): Emitter {
    const { name, className, custom } = layer.spec;
    const replacement = [name, className]
      .filter((key) => Object.hasOwn(this.#replacements, key))
      .map((key) => this.#replacements[key]!)[0];
    if (replacement) return replacing(replacement);
    if (!custom && isKerasOperation(layer)) return kerasOperation;
    const emit = !custom && Object.hasOwn(layerTable, className) ? layerTable[className]! : undefined;
    if (!emit) throw layer.unsupported('it is not a layer that Fovea knows');
    if (Object.hasOwn(operationLayers, className) || Object.hasOwn(lambdaLayers, className)) return emit;
    return (layer, inputs) => emit(layer, floats(layer, inputs));
  }

  /** Remembers which activation made a value; layers that pass on, pass it on. */
  #note(layer: Layer, inputs: readonly Value[], { name }: Value): void {
    const own =
      ACTIVATION_CLASSES[layer.spec.className] ?? activationName(layer, layer.setting('activation'));
    const passed = KEEPS_ACTIVATION.has(layer.spec.className)
      ? this.#activations.get(inputs[0]!.name)
      : undefined;
    this.#activations.set(name, own === 'linear' ? (passed ?? 'linear') : own);
  }

  #summarise(spec: LayerSpec, way: readonly LayerSpec[]): void {
    if (this.#layers.has(spec)) return;
    const { name, className } = spec;
    const here = [...way, spec];
    const within = way.map((step) => step.name);
    this.#layers.set(spec, { name, within, className, outputShape: null, parameters: 0 });
    if (spec.wrapped) this.#summarise(spec.wrapped, here);
    if (!spec.model && className !== 'InputLayer') this.#ways.set(spec, here);
  }

  /** Summaries in the order of the file, those of a nested model behind its own. */
  #listed({ layers }: ModelSpec): LayerSummary[] {
    const listed = (spec: LayerSpec): LayerSummary[] => [
      ...(this.#layers.has(spec) ? [this.#layers.get(spec)!] : []),
      ...(spec.model ? this.#listed(spec.model) : []),
      ...(spec.wrapped ? listed(spec.wrapped) : []),
    ];
    return layers.flatMap(listed);
  }

  /** Counted last, when the shapes of most weights have been seen. */
  #countParameters(): void {
    for (const [spec, way] of this.#ways) {
      const shapes = this.#file.weights.of(way).shapes();
      const parameters = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
      this.#layers.set(spec, { ...this.#layers.get(spec)!, parameters });
    }
  }

  #reached(spec: LayerSpec, outputShape: Shape): void {
    this.#layers.set(spec, { ...this.#layers.get(spec)!, outputShape });
  }
}

/** An argument with its tensors in their places. */
function filled(argument: unknown, tensors: readonly Value[]): unknown {
  if (argument instanceof TensorSlot) return tensors[argument.index];
  if (Array.isArray(argument)) return argument.map((item) => filled(item, tensors));
  if (typeof argument !== 'object' || argument === null) return argument;
  return Object.fromEntries(Object.entries(argument).map(([key, item]) => [key, filled(item, tensors)]));
}

const valuesIn = (argument: unknown): Value[] =>
  Array.isArray(argument) ? argument.flatMap(valuesIn) : isValue(argument) ? [argument] : [];

/** Layers that are an activation. */
const ACTIVATION_CLASSES: Readonly<Record<string, string>> = { Softmax: 'softmax', ReLU: 'relu' };

/** Layers after which a probability still is one. */
const KEEPS_ACTIVATION = new Set(['Flatten', 'Reshape', 'Dropout', 'Identity', 'Permute']);

function layerOf(model: ModelSpec, { layer: name }: Ref): LayerSpec {
  const found = model.layers.find((layer) => layer.name === name);
  if (found) return found;
  throw new FoveaError('MODEL_CONFIG_INVALID', { reason: `there is no layer "${name}" in "${model.name}"` });
}
