import { FoveaError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import type { OnnxGraph, OnnxModel, OnnxNode, OnnxValue } from '../formats/onnx/model.ts';
import { Backward, type Rule } from './backward.ts';
import { elementwise } from './elementwise.ts';
import { linear } from './linear.ts';
import { normalization } from './normalization.ts';
import { shaping } from './shaping.ts';

/** Operator → rule: the one table. */
const rules: Readonly<Record<string, Rule>> = { ...elementwise, ...shaping, ...linear, ...normalization };

/** Whether an operator's gradient is known. */
export const hasGradient = (op: string): boolean => Object.hasOwn(rules, op);

export interface GradientRequest {
  /** The value whose gradient is wanted: an output of the graph, or any value within. */
  readonly of: string;
  /** Inputs, constants or values within, with respect to which. */
  readonly withRespectTo: readonly string[];
}

export interface GradientModel {
  readonly model: OnnxModel;
  /** Name of the new input: the gradient given from above, in the shape of `of` (a one-hot row picks a class). */
  readonly given: string;
  /** Names of the new outputs, in the order of `withRespectTo`, each in the shape of its value. */
  readonly gradients: readonly string[];
}

/**
 * Appends to a graph the nodes that compute gradients: Σ given · ∂of/∂x for each x asked for. The graph's own outputs
 * stay. ONNX Runtime has no gradients of its own; these are ordinary operators of set 17.
 *
 * @throws FoveaError `GRADIENT_UNSUPPORTED` where an operator on the way has no rule or does not know an option;
 *   `VALUE_NOT_FOUND` where a name is not in the graph, or does not lead to `of`
 */
export function appendGradient(
  { graph, ...model }: OnnxModel,
  { of, withRespectTo }: GradientRequest,
): GradientModel {
  const names = namesIn(graph);
  for (const name of [of, ...withRespectTo])
    if (!names.has(name)) throw missing(name, 'it is not in the graph');
  const wanted = leadingOn(graph, withRespectTo);
  if (!wanted.has(of)) throw missing(of, `it does not depend on ${withRespectTo.join(', ')}`);
  const back = new Backward(graph.initializers, names, wanted);
  const given = back.unique(`${of}/gradient`);
  const gradients = backwards(graph, back, of, given, wanted);
  const outputs = withRespectTo.map((name): OnnxValue => {
    const made = gradients.get(name);
    const output = back.unique(`${name}/gradient`);
    // A value that leads to `of` only through what has no slope.
    const source = made === undefined ? back.zerosLike(name) : made;
    back.nodes.push({ op: 'Identity', name: output, inputs: [source], outputs: [output], attributes: {} });
    return { name: output, dtype: 'float32', shape: shapeOf(graph, name) };
  });
  const initializers = new Map<string, Tensor>([...graph.initializers, ...back.constants]);
  return {
    model: {
      ...model,
      graph: {
        ...graph,
        inputs: [...graph.inputs, { name: given, dtype: 'float32', shape: shapeOf(graph, of) }],
        outputs: [...graph.outputs, ...outputs],
        nodes: [...graph.nodes, ...back.nodes],
        initializers,
      },
    },
    given,
    gradients: outputs.map(({ name }) => name),
  };
}

/** Walks the nodes from the last to the first; where a value was used several times its gradients are added. */
function backwards(graph: OnnxGraph, back: Backward, of: string, given: string, wanted: ReadonlySet<string>) {
  const gradients = new Map<string, string>([[of, given]]);
  for (const node of graph.nodes.toReversed()) {
    const from = node.outputs.map((output) => gradients.get(output));
    if (from.every((gradient) => gradient === undefined)) continue;
    if (!node.inputs.some((input) => wanted.has(input))) continue;
    const rule = ruleOf(node);
    rule(back, node, from).forEach((gradient, i) => {
      const input = node.inputs[i]!;
      if (gradient === undefined || !wanted.has(input)) return;
      const sofar = gradients.get(input);
      gradients.set(input, sofar === undefined ? gradient : back.plus(sofar, gradient));
    });
  }
  return gradients;
}

function ruleOf({ op, name }: OnnxNode): Rule {
  const rule = Object.hasOwn(rules, op) ? rules[op] : undefined;
  if (rule) return rule;
  throw new FoveaError('GRADIENT_UNSUPPORTED', { op, name, reason: 'Fovea has no rule for it' });
}

/** All values that depend on some, these among them. */
function leadingOn(graph: OnnxGraph, from: readonly string[]): Set<string> {
  const reached = new Set(from);
  for (const node of graph.nodes) {
    if (node.inputs.some((input) => reached.has(input)))
      for (const output of node.outputs) reached.add(output);
  }
  return reached;
}

const namesIn = ({ nodes, inputs, initializers }: OnnxGraph): Set<string> =>
  new Set([
    ...inputs.map(({ name }) => name),
    ...initializers.keys(),
    ...nodes.flatMap(({ outputs, name }) => [...outputs, name]),
  ]);

/** What the graph says of a value's shape; of a value within it says nothing. */
function shapeOf({ inputs, outputs, initializers }: OnnxGraph, name: string): OnnxValue['shape'] {
  const stated = [...inputs, ...outputs].find((value) => value.name === name)?.shape;
  return stated ?? initializers.get(name)?.shape ?? null;
}

const missing = (name: string, reason: string) => new FoveaError('VALUE_NOT_FOUND', { name, reason });
