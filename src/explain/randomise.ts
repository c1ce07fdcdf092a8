import { type Random, random } from '../core/random.ts';
import { sizeOf, type Tensor } from '../core/tensor.ts';
import type { OnnxModel, OnnxNode } from '../formats/onnx/model.ts';

/** What is left of a constant when its layer has learnt nothing: the value it starts from, or a drawn one. */
type Start = (tensor: Tensor<'float32'>, node: OnnxNode, rectified: boolean) => Spread;

/** A normal distribution; with no deviation, a constant. */
interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

const ZERO: Start = () => ({ mean: 0, deviation: 0 });
const ONE: Start = () => ({ mean: 1, deviation: 0 });

/**
 * He et al. 2015: a kernel's variance is 2 / fan-in before a rectifier, 1 / fan-in else, so that values neither die nor
 * grow on their way; a network that answered nothing at all would pass the test for nothing.
 */
const kernel =
  (fanIn: (shape: readonly number[], node: OnnxNode) => number): Start =>
  ({ shape }, node, rectified) => ({
    mean: 0,
    deviation: Math.sqrt((rectified ? 2 : 1) / Math.max(1, fanIn(shape, node))),
  });

const rows = kernel((shape) => shape.at(-2)!);
const convolution = kernel((shape) => sizeOf(shape.slice(1)));
const recurrent = kernel((shape) => shape.at(-1)!);

/** Operator → for each of its inputs what it starts from. */
const STARTS: Readonly<Record<string, readonly (Start | undefined)[]>> = {
  Conv: [undefined, convolution, ZERO],
  ConvTranspose: [undefined, kernel(([channels, , ...window]) => channels! * sizeOf(window)), ZERO],
  Gemm: [undefined, kernel((shape, { attributes }) => shape[attributes.transB ? 1 : 0]!), ZERO],
  MatMul: [rows, rows],
  BatchNormalization: [undefined, ONE, ZERO, ZERO, ONE],
  LayerNormalization: [undefined, ONE, ZERO],
  GroupNormalization: [undefined, ONE, ZERO],
  InstanceNormalization: [undefined, ONE, ZERO],
  LSTM: [undefined, recurrent, recurrent, ZERO],
  GRU: [undefined, recurrent, recurrent, ZERO],
  RNN: [undefined, recurrent, recurrent, ZERO],
};

/** Layers with a kernel; their bias may be a node of its own. */
const WITH_KERNEL = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);
const RECTIFIERS = new Set(['Relu', 'LeakyRelu', 'PRelu', 'Clip']);
const BETWEEN = new Set(['Add', 'BatchNormalization', 'Reshape', 'Identity', 'Transpose']);

/** The nodes with something learnt, the one next to the output first. */
export function learntNodes({ graph }: OnnxModel): OnnxNode[] {
  return graph.nodes.filter((node) => learntIn(node, graph).length > 0).toReversed();
}

interface Learnt {
  readonly name: string;
  readonly start: Start;
}

function learntIn(node: OnnxNode, graph: OnnxModel['graph']): Learnt[] {
  return node.inputs.flatMap((name, i) => {
    const start = STARTS[node.op]?.[i] ?? biasStart(node, graph);
    return start && graph.initializers.get(name)?.dtype === 'float32' ? [{ name, start }] : [];
  });
}

/** A bias added to what a kernel made. */
function biasStart({ op, inputs }: OnnxNode, { nodes }: OnnxModel['graph']): Start | undefined {
  if (op !== 'Add') return undefined;
  return nodes.some((node) => WITH_KERNEL.has(node.op) && inputs.includes(node.outputs[0]!))
    ? ZERO
    : undefined;
}

/**
 * The model with what it has learnt lost in its last layers: they start anew, kernels drawn, biases zero, statistics
 * of normalisations none.
 *
 * @param layers how many, from the output backwards
 */
export function randomised(model: OnnxModel, layers: number, seed: string | number): OnnxModel {
  const initializers = new Map(model.graph.initializers);
  for (const node of learntNodes(model).slice(0, layers)) {
    const rectified = leadsToRectifier(node, model.graph);
    for (const { name, start } of learntIn(node, model.graph)) {
      const tensor = model.graph.initializers.get(name) as Tensor<'float32'>;
      // By name: a tensor that two layers share is drawn once.
      const data = drawn(tensor.data.length, start(tensor, node, rectified), random(`${seed}/${name}`));
      initializers.set(name, { ...tensor, data });
    }
  }
  return { ...model, graph: { ...model.graph, initializers } };
}

function drawn(length: number, { mean, deviation }: Spread, draws: Random): Float32Array {
  if (deviation === 0) return new Float32Array(length).fill(mean);
  return Float32Array.from({ length }, () => draws.normal(mean, deviation));
}

function leadsToRectifier({ outputs }: OnnxNode, graph: OnnxModel['graph']): boolean {
  const next = graph.nodes.find(({ inputs }) => inputs.includes(outputs[0]!));
  if (!next) return false;
  return RECTIFIERS.has(next.op) || (BETWEEN.has(next.op) && leadsToRectifier(next, graph));
}
