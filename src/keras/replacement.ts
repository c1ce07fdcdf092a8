import { FoveaError } from '../core/errors.ts';
import { decodeOnnx } from '../formats/onnx/decode.ts';
import type { OnnxModel } from '../formats/onnx/model.ts';
import type { Value } from './graph.ts';
import type { Emitter, Layer } from './layer.ts';

/**
 * What stands in for a layer: a function that adds nodes to the graph, or the bytes of an ONNX model whose inputs and
 * outputs are the layer's, in order and with Keras's own axes.
 */
export type Replacement = Emitter | Uint8Array;

export const replacing = (replacement: Replacement): Emitter =>
  typeof replacement === 'function'
    ? replacement
    : (layer, inputs) => inlined(layer, decodeOnnx(replacement), inputs);

/** Operators keep their meaning from set 13 to that of our graphs. */
const OLDEST_OPSET = 13;
const NEWEST_OPSET = 17;

/** Copies a model's nodes into the graph, under names of their own. */
function inlined(layer: Layer, { opset, graph }: OnnxModel, inputs: readonly Value[]): readonly Value[] {
  const refused = (reason: string) =>
    new FoveaError('LAYER_UNSUPPORTED', {
      layer: layer.spec.name,
      className: layer.spec.className,
      reason: `its replacement ${reason}`,
    });
  if (opset < OLDEST_OPSET || opset > NEWEST_OPSET)
    throw refused(`is of operator set ${opset}, not one from ${OLDEST_OPSET} to ${NEWEST_OPSET}`);
  const open = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
  if (open.length !== inputs.length) throw refused(`takes ${open.length} inputs, the layer ${inputs.length}`);
  const names = new Map(open.map(({ name }, i) => [name, layer.graph.plain(inputs[i]!).name]));
  for (const [name, tensor] of graph.initializers) names.set(name, layer.constant(name, tensor));
  const renamed = (name: string) => {
    if (name === '') return '';
    const known = names.get(name);
    if (known === undefined) throw refused(`uses "${name}" before it is made`);
    return known;
  };
  for (const { op, name, inputs: given, outputs, attributes } of graph.nodes) {
    const made = layer.graph.nodes(
      op,
      `${layer.name}/${name || op}`,
      given.map(renamed),
      outputs.length,
      attributes,
    );
    outputs.forEach((output, i) => {
      names.set(output, made[i]!);
    });
  }
  return graph.outputs.map(({ name, shape }) => {
    if (!shape) throw refused(`does not say the shape of its output "${name}"`);
    return { name: renamed(name), shape, channelsFirst: false };
  });
}
