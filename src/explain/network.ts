import { FoveaError } from '../core/errors.ts';
import type { OnnxGraph, OnnxModel, OnnxNode } from '../formats/onnx/model.ts';

/** The places in a classifier's graph that explanations look at. */
export interface Places {
  readonly input: string;
  readonly output: string;
  /** What the last softmax or sigmoid is given, or the output itself. */
  readonly logits: string;
  /** The last map of features `[batch, channels, height, width]`; undefined where there is none. */
  readonly features: string | undefined;
  /** Set where the head is an average over that map and one matrix: then a class activation map is exact. */
  readonly pooled: boolean;
  /** Weights of attention, first layer to last: the softmax of a product that weighs another. */
  readonly attention: readonly string[];
  /** The first operator that reckons in whole numbers of 8 bits, where there is one. */
  readonly quantised: string | undefined;
}

/** Operators of quantised graphs (https://onnx.ai/onnx/operators/): their results are steps, with no slope. */
const QUANTISED = new Set([
  ...['QLinearConv', 'QLinearMatMul', 'ConvInteger', 'MatMulInteger'],
  ...['QuantizeLinear', 'DynamicQuantizeLinear'],
]);

/** Operators after which a map of features is a map still, each pixel for itself. */
const PIXELWISE = new Set([
  ...[
    'Relu',
    'LeakyRelu',
    'PRelu',
    'Clip',
    'Elu',
    'Selu',
    'HardSwish',
    'Sigmoid',
    'Tanh',
    'BatchNormalization',
  ],
  ...[
    'Mul',
    'Add',
    'Div',
    'Erf',
    'Softplus',
    'Identity',
    'Max',
    'Min',
    'HardSigmoid',
    'Concat',
    'MaxPool',
    'AveragePool',
  ],
]);

export function placesIn({ graph }: OnnxModel): Places {
  const inputs = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
  const [input, output] = [inputs[0], graph.outputs[0]];
  if (!input || !output)
    throw new FoveaError('MODEL_DAMAGED', { reason: 'the graph has no input or no output' });
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const logits = beforeActivation(output.name, makers);
  const { features, pooled } = featuresOf(graph, logits, makers);
  const quantised = graph.nodes.find(({ op }) => QUANTISED.has(op))?.op;
  const attention = attentionIn(graph, logits, makers);
  return { input: input.name, output: output.name, logits, features, pooled, attention, quantised };
}

type Makers = ReadonlyMap<string, OnnxNode>;

function beforeActivation(output: string, makers: Makers): string {
  let name = output;
  for (let maker = makers.get(name); maker; maker = makers.get(name)) {
    if (maker.op === 'Identity') name = maker.inputs[0]!;
    else if (maker.op === 'Softmax' || maker.op === 'Sigmoid') return maker.inputs[0]!;
    else return output;
  }
  return output;
}

/** The map that the last convolution leads to, before pixels are brought together. */
function featuresOf(graph: OnnxGraph, logits: string, makers: Makers): Pick<Places, 'features' | 'pooled'> {
  const before = ancestors(logits, makers);
  const last = graph.nodes.findLast(({ op, outputs }) => op === 'Conv' && before.has(outputs[0]!));
  if (!last) return { features: undefined, pooled: false };
  let name = last.outputs[0]!;
  const after = new Set([name]);
  for (const node of graph.nodes.slice(graph.nodes.indexOf(last) + 1)) {
    if (!before.has(node.outputs[0]!) || !PIXELWISE.has(node.op)) continue;
    if (!node.inputs.some((input) => after.has(input))) continue;
    after.add(node.outputs[0]!);
    name = node.outputs[0]!;
  }
  return { features: name, pooled: isPooled(name, logits, graph) };
}

/** Operators between the product of queries and keys and its softmax: scale, mask. */
const SCALING = new Set(['Mul', 'Div', 'Add', 'Sub', 'Where', 'Cast', 'Identity', 'Reshape', 'Transpose']);

function attentionIn(graph: OnnxGraph, logits: string, makers: Makers): string[] {
  const before = ancestors(logits, makers);
  const isProduct = (name: string): boolean => {
    const maker = makers.get(name);
    if (!maker) return false;
    return maker.op === 'MatMul' || (SCALING.has(maker.op) && maker.inputs.some(isProduct));
  };
  return graph.nodes
    .filter(({ op, inputs, outputs }) => {
      if (op !== 'Softmax' || !before.has(outputs[0]!) || !isProduct(inputs[0]!)) return false;
      return graph.nodes.some((node) => node.op === 'MatMul' && node.inputs[0] === outputs[0]);
    })
    .map(({ outputs }) => outputs[0]!);
}

function ancestors(of: string, makers: Makers): Set<string> {
  const found = new Set<string>();
  const waiting = [of];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    waiting.push(...(makers.get(name)?.inputs ?? []));
  }
  return found;
}

/** Average over the map, a reshape perhaps, and a matrix. */
function isPooled(features: string, logits: string, { nodes }: OnnxGraph): boolean {
  const next = (name: string) => nodes.filter(({ inputs }) => inputs.includes(name));
  const [pool, ...others] = next(features);
  if (!pool || others.length > 0 || !['ReduceMean', 'GlobalAveragePool'].includes(pool.op)) return false;
  let name = pool.outputs[0]!;
  for (let [node] = next(name); node; [node] = next(name)) {
    name = node.outputs[0]!;
    if (['Reshape', 'Flatten', 'Squeeze', 'Identity', 'Dropout'].includes(node.op)) continue;
    return (node.op === 'Gemm' || node.op === 'MatMul') && leadsStraight(name, logits, next);
  }
  return false;
}

/** A bias may follow the product. */
function leadsStraight(name: string, logits: string, next: (name: string) => OnnxNode[]): boolean {
  if (name === logits) return true;
  const [node] = next(name);
  return node !== undefined && node.op === 'Add' && node.outputs[0] === logits;
}
