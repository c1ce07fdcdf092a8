import type { Tensor } from '../../core/tensor.ts';
import { reshaped, type Value } from '../graph.ts';
import { type Emitter, isValue, known, type Layer, type LayerTable } from '../layer.ts';
import { asTruth } from './recurrence.ts';

/** Attention layers (keras.layers.Attention, AdditiveAttention, MultiHeadAttention, GroupQueryAttention). */

/** Added to the scores of steps that do not count (keras.layers.Softmax and Attention: −1e9 in single precision). */
const NEVER = -1e9;

/** Truth values, and the rank they have without the batch's heads. */
type Mask = string | undefined;

const and = (layer: Layer, a: Mask, b: Mask): Mask =>
  a !== undefined && b !== undefined ? layer.node('And', [a, b], {}, '/and') : (a ?? b);

/** `[batch, time]` → `[batch, time, 1]` or `[batch, 1, time]`. */
const spread = (layer: Layer, mask: Mask, axis: number): Mask =>
  mask === undefined
    ? undefined
    : layer.node('Unsqueeze', [mask, layer.integers('mask_axis', [axis])], {}, '/spread');

/** Numbers of the steps along an axis, as `[steps, 1]` or `[steps]`. */
function stepNumbers(layer: Layer, x: Value, column: boolean): string {
  const steps = layer.node('Shape', [x.name], { start: 1, end: 2 }, '/length');
  const scalar = layer.node('Squeeze', [steps], {}, '/steps');
  const range = layer.node(
    'Range',
    [layer.integer('first', 0), scalar, layer.integer('by', 1)],
    {},
    '/range',
  );
  return column ? layer.node('Unsqueeze', [range, layer.integers('column', [1])], {}, '/column') : range;
}

/** `[queries, keys]`: a step attends to none that comes after it. */
const causal = (layer: Layer, q: Value, v: Value): Mask =>
  layer.node('GreaterOrEqual', [stepNumbers(layer, q, true), stepNumbers(layer, v, false)], {}, '/causal');

/** `[queries, keys]`: a step attends to those at most so many away. */
function window(layer: Layer, q: Value, v: Value, width: number): Mask {
  const away = layer.node('Sub', [stepNumbers(layer, q, true), stepNumbers(layer, v, false)], {}, '/away');
  const distance = layer.node('Abs', [away], {}, '/distance');
  return layer.node('Less', [distance, layer.integer('width', width)], {}, '/window');
}

const option = (layer: Layer, name: string): boolean =>
  (layer.call.kwargs[name] ?? layer.spec.config[name]) === true;

/** Dot-product and additive attention over `[query, value]` or `[query, value, key]`. */
const attention =
  (additive: boolean): Emitter =>
  (layer, inputs) => {
    const [q, v, k = v] = inputs.map((input) => layer.graph.plain(input));
    if (!q || !v || !k || inputs.length > 3) throw layer.unsupported('it takes two or three inputs');
    const { graph } = layer;
    const scores = additive ? additiveScores(layer, q, k) : productScores(layer, q, k);
    const values = spread(layer, graph.maskOf(inputs[1]!), -2);
    // Keras 2 first had it as a setting, `causal`.
    const ordered = option(layer, 'use_causal_mask') || option(layer, 'causal');
    const mask = and(layer, values, ordered ? causal(layer, q, k) : undefined);
    const masked =
      mask === undefined
        ? scores
        : layer.node(
            'Where',
            [mask, scores, layer.node('Add', [scores, layer.scalar('never', NEVER)], {}, '/lowered')],
            {},
            '/masked',
          );
    const weights = layer.node('Softmax', [masked], { axis: -1 }, '/weights');
    const own = graph.maskOf(inputs[0]!);
    const product = layer.node('MatMul', [weights, v.name]);
    const counts = spread(layer, own, -1);
    const name =
      counts === undefined
        ? product
        : layer.node('Where', [counts, product, layer.scalar('zero', 0)], {}, '/counted');
    const output = { name, shape: [...q.shape.slice(0, -1), v.shape.at(-1)!], channelsFirst: false };
    if (own !== undefined) graph.setMask(output, own);
    if (!option(layer, 'return_attention_scores')) return output;
    const shape = [...q.shape.slice(0, -1), k.shape.at(-2)!];
    return [output, { name: weights, shape, channelsFirst: false }];
  };

/** q·k, times a learned scale; or Σ tanh(s (q + k)) times a learned weight, in `concat` mode. */
function productScores(layer: Layer, q: Value, k: Value): string {
  const concat = layer.text('dot', 'score_mode') === 'concat';
  const names = [
    ...(layer.flag(false, 'use_scale') ? ['scale'] : []),
    ...(concat ? ['concat_score_weight'] : []),
  ];
  const stored = layer.weights(...names).map((tensor, i) => layer.constant(names[i]!, tensor));
  const [scale, weight] = names[0] === 'scale' ? stored : [undefined, stored[0]];
  if (concat) {
    const sum = pairSums(layer, q, k);
    const scaled = scale ? layer.node('Mul', [sum, scale], {}, '/scaled') : sum;
    const added = layer.node(
      'ReduceSum',
      [layer.node('Tanh', [scaled], {}, '/tanh'), layer.integers('features', [-1])],
      { keepdims: 0 },
      '/added',
    );
    return layer.node('Mul', [added, weight!], {}, '/scores');
  }
  const scores = layer.node('MatMul', [q.name, lastTwoSwapped(layer, k)], {}, '/scores');
  return scale ? layer.node('Mul', [scores, scale], {}, '/scaled') : scores;
}

/** Σ s tanh(q + k), with a learned scale a feature. */
function additiveScores(layer: Layer, q: Value, k: Value): string {
  const tanh = layer.node('Tanh', [pairSums(layer, q, k)], {}, '/tanh');
  const scaled = layer.flag(true, 'use_scale')
    ? layer.node('Mul', [tanh, layer.constant('scale', layer.weights('scale')[0]!)], {}, '/scaled')
    : tanh;
  return layer.node('ReduceSum', [scaled, layer.integers('features', [-1])], { keepdims: 0 }, '/scores');
}

/** Each query plus each key: `[…, queries, keys, features]`. */
function pairSums(layer: Layer, q: Value, k: Value): string {
  const queries = layer.node('Unsqueeze', [q.name, layer.integers('query_axis', [-2])], {}, '/queries');
  const keys = layer.node('Unsqueeze', [k.name, layer.integers('key_axis', [-3])], {}, '/keys');
  return layer.node('Add', [queries, keys], {}, '/pairs');
}

function lastTwoSwapped(layer: Layer, { name, shape }: Value): string {
  const rank = shape.length;
  const perm = [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2];
  return layer.node('Transpose', [name], { perm }, '/swapped');
}

/** The heads of a multi-head layer, as its config says. */
interface Heads {
  readonly heads: number;
  readonly keyHeads: number;
  readonly keySize: number;
  readonly valueSize: number;
}

function headsOf(layer: Layer, grouped: boolean): Heads {
  if (grouped) {
    const size = layer.number(0, 'head_dim');
    return {
      heads: layer.number(0, 'num_query_heads'),
      keyHeads: layer.number(0, 'num_key_value_heads'),
      keySize: size,
      valueSize: size,
    };
  }
  const heads = layer.number(0, 'num_heads');
  const keySize = layer.number(0, 'key_dim');
  return { heads, keyHeads: heads, keySize, valueSize: layer.number(keySize, 'value_dim') };
}

/**
 * Attention of several heads over sequences `[batch, time, features]`. Each projection is one matrix product; heads
 * are told apart by a reshape.
 */
const multiHead =
  (grouped: boolean): Emitter =>
  (layer, inputs) => {
    const given = [layer.tensor('query', 0), layer.tensor('value', 1), layer.tensor('key', 2)];
    const [query = inputs[0], value = inputs[1] ?? inputs[0], key = value] = given;
    if (!query || !value || !key) throw layer.unsupported('it is called without a query and a value');
    const [q, v, k] = [query, value, key].map((input) => layer.graph.plain(input)) as [Value, Value, Value];
    if ([q, v, k].some(({ shape }) => shape.length !== 3))
      throw layer.unsupported('it attends over more than one axis');
    const { heads, keyHeads, keySize, valueSize } = headsOf(layer, grouped);
    const bias = layer.flag(true, 'use_bias');
    const gated = layer.flag(false, 'use_gate');
    const parts = ['query', 'key', ...(gated ? ['gate'] : []), 'value', 'output'];
    // The projections' weights have the same two names each, so they go by order.
    const stored = layer.weights(...parts.flatMap(() => (bias ? ['kernel', 'bias'] : ['kernel'])));
    const of = (part: string) => {
      const at = parts.indexOf(part) * (bias ? 2 : 1);
      return { name: part, kernel: stored[at]!, bias: bias ? stored[at + 1]! : undefined };
    };
    const repeats = heads / keyHeads;
    const queries = inHeads(layer, projected(layer, q, of('query')), heads, keySize, [0, 2, 1, 3]);
    const keys = inHeads(
      layer,
      projected(layer, k, repeated(of('key'), repeats)),
      heads,
      keySize,
      [0, 2, 3, 1],
    );
    const values = inHeads(
      layer,
      projected(layer, v, repeated(of('value'), repeats)),
      heads,
      valueSize,
      [0, 2, 1, 3],
    );
    const scaled = layer.node('Mul', [queries, layer.scalar('scale', 1 / Math.sqrt(keySize))], {}, '/scaled');
    const scores = layer.node('MatMul', [scaled, keys], {}, '/scores');
    const weights = layer.node(
      'Softmax',
      [masked(layer, scores, { query, value, key, given })],
      { axis: -1 },
      '/weights',
    );
    const context = layer.node('MatMul', [weights, values], {}, '/context');
    const back = layer.node('Transpose', [context], { perm: [0, 2, 1, 3] }, '/back');
    const joined = layer.node(
      'Reshape',
      [back, layer.integers('joined', [0, 0, heads * valueSize])],
      {},
      '/joined',
    );
    const open = gated
      ? layer.node(
          'Mul',
          [joined, layer.node('Sigmoid', [projected(layer, q, of('gate'))], {}, '/gate')],
          {},
          '/gated',
        )
      : joined;
    const output = of('output');
    const flat = {
      ...output,
      kernel: reshaped(output.kernel, [
        heads * valueSize,
        1,
        output.kernel.data.length / (heads * valueSize),
      ]),
    };
    const features = flat.kernel.shape[2]!;
    const result = {
      name: projected(
        layer,
        { name: open, shape: [null, null, heads * valueSize], channelsFirst: false },
        flat,
      ),
      shape: [q.shape[0]!, q.shape[1]!, features],
      channelsFirst: false,
    };
    const own = layer.graph.maskOf(query);
    if (own !== undefined) layer.graph.setMask(result, own);
    if (!option(layer, 'return_attention_scores')) return result;
    const shape = [q.shape[0]!, heads, q.shape[1]!, k.shape[1]!];
    return [result, { name: weights, shape, channelsFirst: false }];
  };

interface Projection {
  readonly name: string;
  /** `[features, heads, size]` */
  readonly kernel: Tensor<'float32'>;
  /** `[heads, size]` */
  readonly bias: Tensor<'float32'> | undefined;
}

/** x·kernel + bias: `[batch, time, heads × size]`. */
function projected(layer: Layer, x: Value, { name, kernel, bias }: Projection): string {
  const rows = kernel.shape[0]!;
  if (known(x.shape[2], layer, 'the number of features') !== rows)
    throw layer.invalid(
      `its ${name} projection of ${kernel.shape.join('×')} does not fit ${x.shape[2]} features`,
    );
  const width = kernel.data.length / rows;
  const matrix = layer.constant(`${name}_kernel`, reshaped(kernel, [rows, width]));
  const product = layer.node('MatMul', [x.name, matrix], {}, `/${name}_product`);
  if (!bias) return product;
  return layer.node(
    'Add',
    [product, layer.constant(`${name}_bias`, reshaped(bias, [width]))],
    {},
    `/${name}`,
  );
}

/** `[batch, time, heads × size]` → the four axes in the order given. */
function inHeads(layer: Layer, x: string, heads: number, size: number, perm: readonly number[]): string {
  const split = layer.node('Reshape', [x, layer.integers('heads', [0, 0, heads, size])], {}, '/heads');
  return layer.node('Transpose', [split], { perm }, '/by_head');
}

/** Keys and values that several queries share, once for each of those. */
function repeated(projection: Projection, times: number): Projection {
  if (times === 1) return projection;
  const again = ({ shape, data }: Tensor<'float32'>): Tensor<'float32'> => {
    const [heads, size] = shape.slice(-2) as [number, number];
    const out = new Float32Array(data.length * times);
    for (let block = 0; block < data.length / size; block++) {
      const head = data.subarray(block * size, (block + 1) * size);
      for (let r = 0; r < times; r++) out.set(head, (block * times + r) * size);
    }
    return { dtype: 'float32', shape: [...shape.slice(0, -2), heads * times, size], data: out };
  };
  return { ...projection, kernel: again(projection.kernel), bias: projection.bias && again(projection.bias) };
}

/** Scores `[batch, heads, queries, keys]` with those lowered that do not count. */
function masked(
  layer: Layer,
  scores: string,
  {
    query,
    value,
    key,
    given,
  }: { query: Value; value: Value; key: Value; given: readonly (Value | undefined)[] },
): string {
  const { graph } = layer;
  const stated = layer.tensor('attention_mask', 6);
  const width = layer.setting('sliding_window');
  const plain = (x: Value) => graph.plain(x);
  const automatic = [
    spread(layer, graph.maskOf(query), -1),
    spread(layer, graph.maskOf(value), -2),
    given[2] ? spread(layer, graph.maskOf(key), -2) : undefined,
    option(layer, 'use_causal_mask') ? causal(layer, plain(query), plain(value)) : undefined,
    typeof width === 'number' ? window(layer, plain(query), plain(value), width) : undefined,
    isValue(stated) ? asTruth(layer, stated.name) : undefined,
  ];
  const mask = automatic.reduce((all, one) => and(layer, all, one), undefined);
  if (mask === undefined) return scores;
  // [batch, queries, keys] stands for every head; one of two axes broadcasts by itself, one of four has its heads.
  const rank = stated?.shape.length ?? 3;
  const ofHeads = rank === 3 && automatic.some((m, i) => m !== undefined && i !== 3 && i !== 4);
  const spreadMask = ofHeads ? spread(layer, mask, 1)! : mask;
  const never = layer.scalar('never', NEVER);
  // Without dropout Keras 3 replaces the scores, else it lowers them; that shows where no step counts at all.
  const replaces = layer.kerasMajor >= 3 && layer.number(0, 'dropout') === 0;
  const other = replaces ? never : layer.node('Add', [scores, never], {}, '/lowered');
  return layer.node('Where', [spreadMask, scores, other], {}, '/masked');
}

export const attentionLayers: LayerTable = {
  Attention: attention(false),
  AdditiveAttention: attention(true),
  MultiHeadAttention: multiHead(false),
  GroupedQueryAttention: multiHead(true),
  GroupQueryAttention: multiHead(true),
};
