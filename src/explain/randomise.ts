import { type Random, random } from '../core/random.ts';
import { sizeOf, type Tensor } from '../core/tensor.ts';
import type { OnnxModel, OnnxNode } from '../formats/onnx/model.ts';

/** Operators whose constants are what a model has learnt. */
const LEARNT = new Set([
  ...['Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'LSTM', 'GRU', 'RNN', 'Gather', 'PRelu'],
  ...['BatchNormalization', 'LayerNormalization', 'GroupNormalization', 'InstanceNormalization'],
  ...['Add', 'Sub', 'Mul', 'Div'],
]);

/** The nodes with something learnt, the one next to the output first. */
export function learntNodes({ graph }: OnnxModel): OnnxNode[] {
  return graph.nodes.filter((node) => learntIn(node, graph).length > 0).toReversed();
}

const learntIn = ({ op, inputs }: OnnxNode, { initializers }: OnnxModel['graph']): string[] =>
  LEARNT.has(op)
    ? inputs.filter((input) => {
        const constant = initializers.get(input);
        return constant?.dtype.startsWith('float') && sizeOf(constant.shape) > 1;
      })
    : [];

/**
 * The model with what it has learnt lost in its last layers: each tensor keeps its own numbers, in an order drawn anew.
 * So the answers keep their scale, and a variance stays positive.
 *
 * @param layers how many, from the output backwards
 */
export function randomised(model: OnnxModel, layers: number, seed: string | number): OnnxModel {
  const initializers = new Map(model.graph.initializers);
  for (const node of learntNodes(model).slice(0, layers)) {
    for (const name of learntIn(node, model.graph)) {
      // From the original, by name: a tensor that two layers share is drawn once.
      const tensor = model.graph.initializers.get(name)!;
      initializers.set(name, { ...tensor, data: shuffled(tensor.data, random(`${seed}/${name}`)) } as Tensor);
    }
  }
  return { ...model, graph: { ...model.graph, initializers } };
}

/** Fisher and Yates. */
function shuffled<T extends Tensor['data']>(data: T, draws: Random): T {
  const out = data.slice() as T;
  for (let i = out.length - 1; i > 0; i--) {
    const j = draws.whole(0, i);
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}
