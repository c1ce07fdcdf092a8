import { decodeOnnx } from '../formats/onnx/decode.ts';
import { encodeOnnx } from '../formats/onnx/encode.ts';
import type { OnnxGraph, OnnxModel, OnnxNode, OnnxValue } from '../formats/onnx/model.ts';

/** A graph in two: what makes the features, and what makes the answer of them. */
export interface SplitGraph {
  /** Its second output, where it has convolutions enough: the means of the channels of the middle one. */
  readonly trunk: Uint8Array;
  readonly head: Uint8Array;
}

/** Operators that may follow the last matrix. */
const AFTER = new Set(['Softmax', 'Sigmoid', 'Identity', 'Add', 'Reshape', 'Squeeze', 'Cast']);

/**
 * Cuts a graph at what its last matrix is given: its features. Models that were taught together often differ in that matrix
 * alone, and their trunks are then the same bytes.
 *
 * @param onnx with one input and one output
 * @returns null where it does not end in a matrix, or something passes the matrix by
 */
export function splitAtFeatures(onnx: Uint8Array): SplitGraph | null {
  const model = decodeOnnx(onnx);
  const { nodes, inputs, outputs, initializers } = model.graph;
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const features = lastMatrix(outputs[0]?.name ?? '', makers)?.inputs[0];
  // What an inner graph takes from outside is not among its node's inputs.
  if (features === undefined || nodes.some(hasInnerGraph)) return null;
  const trunk = ancestorsOf(features, makers);
  const rest = nodes.filter((node) => !trunk.has(node));
  const given = new Set([...inputs.map(({ name }) => name), ...[...trunk].flatMap((node) => node.outputs)]);
  if (rest.some((node) => node.inputs.some((name) => name !== features && given.has(name)))) return null;
  const between: OnnxValue = { name: features, dtype: 'float32', shape: null };
  const part = (
    name: string,
    those: readonly OnnxNode[],
    from: readonly OnnxValue[],
    to: readonly OnnxValue[],
  ) => {
    const used = new Set(those.flatMap((node) => node.inputs));
    const constants = new Map([...initializers].filter(([constant]) => used.has(constant)));
    return encode(model, { name, inputs: from, outputs: to, nodes: those, initializers: constants });
  };
  const kept = nodes.filter((node) => trunk.has(node));
  const means = channelMeans(kept);
  const told = means.slice(-1).map(({ outputs }): OnnxValue => ({ ...between, name: outputs[0]! }));
  return {
    trunk: part('trunk', [...kept, ...means], inputs, [between, ...told]),
    head: part('head', rest, [between], outputs),
  };
}

const encode = (model: OnnxModel, graph: OnnxGraph) => encodeOnnx({ ...model, graph });

/** With fewer there is no middle: one alone, as a transformer's, sees colours and edges. */
const FEWEST_CONVOLUTIONS = 3;
/** TensorProto.DataType (onnx.proto). */
const FLOAT = 1;

/**
 * Means over all places of the middle convolution's channels: there a scan and a photograph of another kind are farther from
 * what was learned than in what the last matrix is given (docs/gates.md).
 */
function channelMeans(nodes: readonly OnnxNode[]): OnnxNode[] {
  const convolutions = nodes.filter(({ op }) => op === 'Conv');
  if (convolutions.length < FEWEST_CONVOLUTIONS) return [];
  const of = convolutions[Math.floor(convolutions.length / 2)]!.outputs[0]!;
  const [pooled, means] = [`${of}/pooled`, `${of}/channel means`];
  return [
    { op: 'GlobalAveragePool', name: pooled, inputs: [of], outputs: [pooled], attributes: {} },
    // Half precision inside a network is single precision outside.
    { op: 'Cast', name: means, inputs: [pooled], outputs: [means], attributes: { to: FLOAT } },
  ];
}

function lastMatrix(output: string, makers: ReadonlyMap<string, OnnxNode>): OnnxNode | undefined {
  let maker = makers.get(output);
  while (maker && AFTER.has(maker.op)) maker = makers.get(maker.inputs[0]!);
  return maker?.op === 'Gemm' || maker?.op === 'MatMul' ? maker : undefined;
}

/** Every node that has a part in a value. */
function ancestorsOf(value: string, makers: ReadonlyMap<string, OnnxNode>): Set<OnnxNode> {
  const found = new Set<OnnxNode>();
  const names = [value];
  for (let name = names.pop(); name !== undefined; name = names.pop()) {
    const maker = makers.get(name);
    if (!maker || found.has(maker)) continue;
    found.add(maker);
    names.push(...maker.inputs);
  }
  return found;
}

const hasInnerGraph = ({ attributes }: OnnxNode): boolean =>
  Object.values(attributes).some((value) => typeof value === 'object' && 'nodes' in value);
