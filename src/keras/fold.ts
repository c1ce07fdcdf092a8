import type { Tensor } from '../core/tensor.ts';
import type { OnnxGraph, OnnxNode } from '../formats/onnx/model.ts';

/** Operators that multiply by a constant kernel, and the kernel's axis of output channels. */
const OUTPUT_AXIS: Readonly<Record<string, number>> = { Conv: 0, ConvTranspose: 1, Gemm: 1 };

/**
 * Folds batch normalisation into the convolution or product before it, where nothing else uses what lies between:
 * (x W + b − mean) γ / √(variance + ε) + β is a product with other constants. Computed in double precision.
 */
export function foldBatchNorms(graph: OnnxGraph): OnnxGraph {
  const makers = new Map<string, OnnxNode>();
  const uses = new Map<string, number>();
  const use = (name: string) => uses.set(name, (uses.get(name) ?? 0) + 1);
  for (const node of graph.nodes) {
    for (const output of node.outputs) makers.set(output, node);
    for (const input of [...node.inputs, ...namesWithin(node)]) use(input);
  }
  for (const { name } of graph.outputs) use(name);
  const folded = new Map<OnnxNode, OnnxNode | undefined>();
  const initializers = new Map(graph.initializers);
  for (const norm of graph.nodes) {
    if (norm.op !== 'BatchNormalization') continue;
    const maker = makers.get(norm.inputs[0]!);
    if (!maker || folded.has(maker) || uses.get(norm.inputs[0]!) !== 1) continue;
    const together = joined(maker, norm, initializers);
    if (!together) continue;
    for (const [name, tensor] of together.constants) initializers.set(name, tensor);
    folded.set(maker, undefined);
    folded.set(norm, together.node);
  }
  const nodes = graph.nodes.flatMap((node) => (folded.has(node) ? (folded.get(node) ?? []) : [node]));
  const used = new Set(nodes.flatMap((node) => [...node.inputs, ...namesWithin(node)]));
  for (const name of initializers.keys()) if (!used.has(name)) initializers.delete(name);
  return { ...graph, nodes, initializers };
}

/** Names that the body of an operator takes from the graph around it. */
function namesWithin({ attributes }: OnnxNode): string[] {
  return Object.values(attributes).flatMap((attribute) =>
    typeof attribute === 'object' && 'nodes' in attribute
      ? attribute.nodes.flatMap((node) => [...node.inputs, ...namesWithin(node)])
      : [],
  );
}

/** One node for the two, in the norm's place, and its constants. */
function joined(
  maker: OnnxNode,
  norm: OnnxNode,
  initializers: ReadonlyMap<string, Tensor>,
): { readonly node: OnnxNode; readonly constants: readonly (readonly [string, Tensor])[] } | undefined {
  const axis = OUTPUT_AXIS[maker.op];
  const [input, kernelName, biasName] = maker.inputs;
  const kernel = initializers.get(kernelName!);
  const [gamma, beta, mean, variance] = norm.inputs.slice(1).map((name) => initializers.get(name));
  const bias = biasName === undefined ? undefined : initializers.get(biasName);
  if (axis === undefined || !kernel || !gamma || !beta || !mean || !variance) return undefined;
  if (biasName !== undefined && !bias) return undefined;
  const channels = gamma.data.length;
  // A grouped transposed convolution keeps its output channels in two axes.
  if (kernel.shape[axis] !== channels) return undefined;
  const { epsilon } = norm.attributes as { epsilon: { readonly float: number } };
  const scale = Float64Array.from({ length: channels }, (_, c) => {
    return Number(gamma.data[c]) / Math.sqrt(Number(variance.data[c]) + epsilon.float);
  });
  const shifted = Float32Array.from({ length: channels }, (_, c) => {
    return (Number(bias?.data[c] ?? 0) - Number(mean.data[c])) * scale[c]! + Number(beta.data[c]);
  });
  const name = norm.outputs[0]!;
  return {
    node: { ...maker, name, outputs: [name], inputs: [input!, `${name}/kernel`, `${name}/bias`] },
    constants: [
      [`${name}/kernel`, scaledAlong(kernel as Tensor<'float32'>, axis, scale)],
      [`${name}/bias`, { dtype: 'float32', shape: [channels], data: shifted }],
    ],
  };
}

/** Each slice along an axis times its own factor. */
function scaledAlong(
  { shape, data }: Tensor<'float32'>,
  axis: number,
  factors: Float64Array,
): Tensor<'float32'> {
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const out = new Float32Array(data.length);
  for (let block = 0, at = 0; at < out.length; block++) {
    const factor = factors[block % factors.length]!;
    for (let i = 0; i < inner; i++, at++) out[at] = data[at]! * factor;
  }
  return { dtype: 'float32', shape, data: out };
}
