import type { Shape, Value } from '../graph.ts';
import { isValue, type Layer } from '../layer.ts';
import { broadcast } from '../layers/merging.ts';
import {
  axesOf,
  axisOf,
  cast,
  described,
  ELLIPSIS,
  elements,
  integer,
  integers,
  type Operand,
  type Operation,
  operation,
  plain,
  plainFloat,
  Slice,
  sizes,
} from './operand.ts';

/** Operations that move, cut and join without computing. */

const X = 'x|tensor|input|inputs|a|value|image|images|array';

/** A value like another, under another name and shape. */
const as = (x: Value, name: string, shape: Shape): Value => ({ ...x, name, shape });

/**
 * To a shape. What is not known of it is taken over where it stands first, for that is the batch, and is "the rest"
 * elsewhere.
 */
function reshape(layer: Layer, x: Value, target: readonly (number | null)[]): Value {
  const whole = elements(x.shape);
  const rest = target.filter((size) => size !== null && size !== -1).reduce<number>((a, b) => a * b!, 1);
  const wanted = target.map((size, i) => {
    if (size === null) return i === 0 ? 0 : -1;
    return size;
  });
  if (wanted.filter((size) => size === -1).length > 1)
    throw layer.unsupported('more than one size of its output is not known');
  const shape = target.map((size, i) => {
    if (size === null) return i === 0 ? (x.shape[0] ?? null) : null;
    if (size !== -1) return size;
    // In front the rest is the batch, if all that was behind it is behind it still.
    return whole === null ? null : whole / rest;
  });
  return as(x, layer.node('Reshape', [x.name, layer.integers('shape', wanted)]), shape);
}

const transpose = operation(`${X} perm|axes|pattern`, (layer, { x, perm }) => {
  const value = plain(layer, x);
  const rank = value.shape.length;
  const order =
    perm === null || perm === undefined ? value.shape.map((_, i) => rank - 1 - i) : axesOf(layer, perm, rank);
  return as(
    value,
    layer.node('Transpose', [value.name], { perm: order }),
    order.map((axis) => value.shape[axis]!),
  );
});

const expandDims = operation(`${X} axis|dim`, (layer, { x, axis }) => {
  const value = plain(layer, x);
  const rank = value.shape.length + integers(layer, axis ?? -1, 'its axis').length;
  const axes = axesOf(layer, axis ?? -1, rank).toSorted((a, b) => a - b);
  const shape = [...value.shape];
  for (const at of axes) shape.splice(at, 0, 1);
  return as(value, layer.node('Unsqueeze', [value.name, layer.integers('axes', axes)]), shape);
});

const squeeze = operation(`${X} axis|squeeze_dims`, (layer, { x, axis }) => {
  const value = plain(layer, x);
  const rank = value.shape.length;
  const axes =
    axis === null || axis === undefined || (Array.isArray(axis) && axis.length === 0)
      ? value.shape.flatMap((size, i) => (size === 1 ? [i] : []))
      : axesOf(layer, axis, rank);
  const shape = value.shape.filter((_, i) => !axes.includes(i));
  return as(value, layer.node('Squeeze', [value.name, layer.integers('axes', axes)]), shape);
});

/** Many values as tensors of one type, in Keras's order. */
function many(layer: Layer, operand: Operand): Value[] {
  const list = Array.isArray(operand) ? operand : [operand];
  const values = list.map((item) => plain(layer, item));
  const { dtype } = values[0] ?? {};
  return values.every((value) => value.dtype === dtype)
    ? values
    : values.map((value) => plainFloat(layer, value));
}

function joinedAlong(layer: Layer, values: readonly Value[], axis: number): Value {
  const [first] = values as [Value, ...Value[]];
  const along = values.map(({ shape }) => shape[axis]!);
  const total = along.every((size) => size !== null) ? along.reduce<number>((a, b) => a + b!, 0) : null;
  const name = layer.node(
    'Concat',
    values.map((value) => value.name),
    { axis },
  );
  return as(
    first,
    name,
    first.shape.map((size, i) => (i === axis ? total : size)),
  );
}

const concatenate = operation('values|tensors|xs|x|arrays|inputs axis', (layer, { values, axis }) => {
  const all = many(layer, values);
  const [first] = all;
  if (!first) throw layer.unsupported('it joins nothing');
  return joinedAlong(layer, all, axisOf(layer, axis ?? -1, first.shape.length));
});

const stack = operation('values|x|arrays|tensors axis', (layer, { values, axis }) => {
  const all = many(layer, values);
  const [first] = all;
  if (!first) throw layer.unsupported('it joins nothing');
  const at = axisOf(layer, axis ?? 0, first.shape.length + 1);
  const opened = all.map((value) => {
    const shape = [...value.shape];
    shape.splice(at, 0, 1);
    return as(
      value,
      layer.node('Unsqueeze', [value.name, layer.integers('axis', [at])], {}, '/opened'),
      shape,
    );
  });
  return joinedAlong(layer, opened, at);
});

/** In equal parts, in parts of given sizes (TensorFlow), or at given places (NumPy, keras.ops). */
const split = operation(
  `${X} parts|num_or_size_splits|indices_or_sections|num_split axis|split_dim`,
  (layer, { x, parts, axis }, namespace) => {
    const value = plain(layer, x);
    const along = axisOf(layer, axis ?? (namespace === 'K' ? -1 : 0), value.shape.length);
    const whole = value.shape[along] ?? null;
    const given = Array.isArray(parts) ? integers(layer, parts, 'a part') : undefined;
    let lengths: number[];
    if (given && ['ops', 'np', 'numpy'].includes(namespace)) {
      if (whole === null) throw layer.unsupported('it splits an axis whose size is not known');
      lengths = [...given, whole].map((to, i) => to - (i === 0 ? 0 : given[i - 1]!));
    } else if (given) {
      const stated = given.filter((length) => length >= 0).reduce((a, b) => a + b, 0);
      lengths = given.map((length) => (length >= 0 ? length : (whole ?? 0) - stated));
    } else {
      const count = integer(layer, parts, 'the number of parts');
      if (whole === null || whole % count !== 0)
        throw layer.unsupported(`it splits ${whole ?? 'an unknown size'} in ${count} equal parts`);
      lengths = new Array(count).fill(whole / count);
    }
    const names = layer.graph.nodes(
      'Split',
      layer.name,
      [value.name, layer.integers('lengths', lengths)],
      lengths.length,
      { axis: along },
    );
    return names.map((name, i) =>
      as(
        value,
        name,
        value.shape.map((size, axis) => (axis === along ? lengths[i]! : size)),
      ),
    );
  },
);

const unstack = operation(`${X} num axis`, (layer, { x, axis }) => {
  const value = plain(layer, x);
  const along = axisOf(layer, axis ?? 0, value.shape.length);
  const count = value.shape[along];
  if (typeof count !== 'number') throw layer.unsupported('the size of the axis it takes apart is not known');
  return Array.from({ length: count }, (_, i) => picked(layer, value, i, along));
});

/** One place of an axis, the axis gone. */
function picked(layer: Layer, x: Value, index: number, axis: number): Value {
  const name = layer.node('Gather', [x.name, layer.integer('index', index)], { axis }, '/picked');
  return as(
    x,
    name,
    x.shape.filter((_, i) => i !== axis),
  );
}

const END = Number.MAX_SAFE_INTEGER;

/** How many places a slice of a known size holds. */
function sliceLength(size: number, start: number, stop: number, step: number): number {
  const place = (at: number) =>
    Math.min(Math.max(at < 0 ? at + size : at, step > 0 ? 0 : -1), step > 0 ? size : size - 1);
  const [from, to] = [place(start), stop === -END ? -1 : place(stop)];
  return Math.max(Math.ceil((to - from) / step), 0);
}

/** `x[1:-1, ..., None, 0]` */
export function getItem(layer: Layer, given: Value, key: Operand): Value {
  let x = layer.graph.plain(given);
  const items = Array.isArray(key) ? key : [key];
  const taken = items.filter((item) => item !== ELLIPSIS && item !== null).length;
  const rest = x.shape.length - taken;
  if (rest < 0) throw layer.invalid(`it takes ${taken} indices of a tensor of ${x.shape.length} axes`);
  const whole = new Slice(null, null, null);
  const withRest = items.includes(ELLIPSIS)
    ? items.flatMap((item) => (item === ELLIPSIS ? new Array<Operand>(rest).fill(whole) : [item]))
    : [...items, ...new Array<Operand>(rest).fill(whole)];
  // Cut first, then drop the axes of single indices, then open new ones.
  const cuts = withRest.filter((item) => item !== null);
  x = cut(layer, x, cuts);
  const dropped = cuts.flatMap((item, axis) => (item instanceof Slice ? [] : [axis]));
  if (dropped.length > 0) {
    const shape = x.shape.filter((_, i) => !dropped.includes(i));
    x = as(x, layer.node('Squeeze', [x.name, layer.integers('dropped', dropped)], {}, '/dropped'), shape);
  }
  const left = withRest.filter((item) => item === null || item instanceof Slice);
  const opened = left.flatMap((item, axis) => (item === null ? [axis] : []));
  if (opened.length === 0) return x;
  const shape = [...x.shape];
  for (const at of opened) shape.splice(at, 0, 1);
  return as(x, layer.node('Unsqueeze', [x.name, layer.integers('opened', opened)], {}, '/opened'), shape);
}

function cut(layer: Layer, x: Value, cuts: readonly Operand[]): Value {
  const plan = cuts.map((item, axis) => {
    if (!(item instanceof Slice)) {
      const at = integer(layer, item, 'an index');
      return { axis, start: at, stop: at === -1 ? END : at + 1, step: 1 };
    }
    const step = integer(layer, item.step ?? 1, 'a step');
    const start = integer(layer, item.start ?? (step > 0 ? 0 : END), 'the start of a slice');
    const stop = integer(layer, item.stop ?? (step > 0 ? END : -END), 'the end of a slice');
    return { axis, start, stop, step };
  });
  const needed = plan.filter(({ start, stop, step }) => start !== 0 || stop !== END || step !== 1);
  if (needed.length === 0) return x;
  const list = (name: string, of: (item: (typeof plan)[number]) => number) =>
    layer.integers(name, needed.map(of));
  const name = layer.node(
    'Slice',
    [
      x.name,
      list('starts', ({ start }) => start),
      list('ends', ({ stop }) => stop),
      list('axes', ({ axis }) => axis),
      list('steps', ({ step }) => step),
    ],
    {},
    '/cut',
  );
  const shape = x.shape.map((size, axis) => {
    const item = plan[axis];
    if (!item || (item.start === 0 && item.stop === END && item.step === 1)) return size;
    if (!(cuts[axis] instanceof Slice)) return 1;
    return size === null ? null : sliceLength(size, item.start, item.stop, item.step);
  });
  return as(x, name, shape);
}

const getitem = operation('x|tensor key|slice_spec', (layer, { x, key }) => {
  if (isValue(x)) return getItem(layer, x, key);
  if (Array.isArray(x) && typeof key === 'number') return x.at(key);
  if (Array.isArray(x) && key instanceof Slice && key.step == null) {
    const bound = (at: Operand) => (typeof at === 'number' ? at : undefined);
    return x.slice(bound(key.start) ?? 0, bound(key.stop));
  }
  throw layer.unsupported(`it takes an element of ${described(x)}`);
});

/** `tf.slice(x, begin, size)` */
const slice = operation('x|input|input_ begin|start_indices size|shape', (layer, { x, begin, size }) => {
  const from = integers(layer, begin, 'a start');
  const lengths = sizes(layer, size);
  const cuts = from.map((start, i) => {
    const length = lengths[i] ?? -1;
    return new Slice(start, length === -1 ? null : start + length, null);
  });
  return getItem(layer, plain(layer, x), cuts);
});

/** TensorFlow's own form of `x[…]`, its masks naming the axes left open, dropped and made. */
const stridedSlice = operation(
  'x|input|input_ begin end strides begin_mask end_mask ellipsis_mask new_axis_mask shrink_axis_mask',
  (layer, { x, begin, end, strides, ...masks }) => {
    const from = integers(layer, begin, 'a start');
    const to = integers(layer, end, 'an end');
    const steps = strides == null ? from.map(() => 1) : integers(layer, strides, 'a step');
    const set = (mask: string, i: number) => (Number(masks[mask] ?? 0) & (1 << i)) !== 0;
    const key = from.map((start, i): Operand => {
      if (set('ellipsis_mask', i)) return ELLIPSIS;
      if (set('new_axis_mask', i)) return null;
      if (set('shrink_axis_mask', i)) return start;
      return new Slice(set('begin_mask', i) ? null : start, set('end_mask', i) ? null : to[i]!, steps[i]!);
    });
    return getItem(layer, plain(layer, x), key);
  },
);

const tile = operation(`${X} times|multiples|repeats|n|reps`, (layer, { x, times }) => {
  const value = plain(layer, x);
  const repeats = integers(layer, times, 'a number of repeats');
  const all = [...new Array<number>(Math.max(value.shape.length - repeats.length, 0)).fill(1), ...repeats];
  if (all.length !== value.shape.length) throw layer.unsupported('it repeats along axes that are not there');
  const shape = value.shape.map((size, i) => (size === null ? null : size * all[i]!));
  return as(value, layer.node('Tile', [value.name, layer.integers('repeats', all)]), shape);
});

/** Each element so many times (NumPy); in Keras's backend a vector as so many steps. */
const repeat = operation(`${X} times|repeats|rep|n axis`, (layer, { x, times, axis }, namespace) => {
  const value = plain(layer, x);
  const count = integer(layer, times, 'the number of repeats');
  const vector = namespace === 'K' && axis === undefined;
  if (!vector && axis == null) throw layer.unsupported('it repeats along no axis');
  const at = vector ? 1 : axisOf(layer, axis, value.shape.length) + 1;
  const rank = value.shape.length + 1;
  const opened = layer.node('Unsqueeze', [value.name, layer.integers('opened', [at])], {}, '/opened');
  const repeats = Array.from({ length: rank }, (_, i) => (i === at ? count : 1));
  const tiled = layer.node('Tile', [opened, layer.integers('repeats', repeats)], {}, '/tiled');
  const shape = [...value.shape];
  if (vector) {
    shape.splice(1, 0, count);
    return as(value, tiled, shape);
  }
  // The new axis joins the one before it.
  const size = shape[at - 1] ?? null;
  shape[at - 1] = size === null ? null : size * count;
  const sizesAfter = shape.map((n, i) => (i === at - 1 ? -1 : (n ?? 0)));
  if (shape.some((n, i) => n === null && i !== 0))
    throw layer.unsupported('it repeats what has no known size');
  return as(value, layer.node('Reshape', [tiled, layer.integers('joined', sizesAfter)]), shape);
});

const flip = operation(`${X} axis|axes`, (layer, { x, axis }) => {
  const value = plain(layer, x);
  const axes = axesOf(layer, axis, value.shape.length);
  const constant = (name: string, each: number) =>
    layer.integers(
      name,
      axes.map(() => each),
    );
  const name = layer.node('Slice', [
    value.name,
    constant('from', -1),
    constant('to', -END),
    layer.integers('axes', axes),
    constant('step', -1),
  ]);
  return { ...value, name };
});

const MODES: Readonly<Record<string, string>> = {
  constant: 'constant',
  reflect: 'reflect',
  edge: 'edge',
  replicate: 'edge',
};

const pad = operation(
  `${X} paddings|pad_width|padding mode constant_values`,
  (layer, { x, paddings, mode, constant_values: fill }) =>
    padded(layer, plain(layer, x), paddings, mode, fill),
);

function padded(layer: Layer, x: Value, paddings: Operand, mode: Operand, fill: Operand): Value {
  const rank = x.shape.length;
  const list = Array.isArray(paddings) ? paddings : [paddings];
  // NumPy takes one number, or one pair, for all axes.
  const pairs = Array.from({ length: rank }, (_, i) => {
    const item = list.length === rank ? list[i] : list[0];
    const pair = integers(layer, item, 'a padding');
    return pair.length === 1 ? [pair[0]!, pair[0]!] : pair;
  });
  const kind = MODES[String(mode ?? 'constant').toLowerCase()];
  if (!kind) throw layer.unsupported(`its mode is "${mode}"`);
  const pads = [...pairs.map(([before]) => before!), ...pairs.map(([, after]) => after!)];
  const inputs = [x.name, layer.integers('pads', pads)];
  if (kind === 'constant') inputs.push(layer.scalar('fill', typeof fill === 'number' ? fill : 0));
  const shape = x.shape.map((size, i) => (size === null ? null : size + pairs[i]![0]! + pairs[i]![1]!));
  return as(x, layer.node('Pad', inputs, { mode: kind }), shape);
}

/** `K.spatial_2d_padding(x, ((top, bottom), (left, right)))` */
const spatialPadding = operation('x padding data_format', (layer, { x, padding, data_format: format }) => {
  const inner = Array.isArray(padding)
    ? padding
    : [
        [1, 1],
        [1, 1],
      ];
  const none = [0, 0];
  const all = format === 'channels_first' ? [none, none, ...inner] : [none, ...inner, none];
  return padded(layer, plain(layer, x), all, 'constant', 0);
});

const gather = operation(
  'x|params|a|reference indices axis|validate_indices',
  (layer, { x, indices, axis }, namespace) => {
    const value = plain(layer, x);
    const at = axisOf(
      layer,
      typeof axis === 'number' ? axis : namespace === 'ops' ? 0 : 0,
      value.shape.length,
    );
    if (typeof indices === 'number') return picked(layer, value, indices, at);
    if (Array.isArray(indices)) {
      const list = integers(layer, indices, 'an index');
      const name = layer.node('Gather', [value.name, layer.integers('indices', list)], { axis: at });
      return as(
        value,
        name,
        value.shape.map((size, i) => (i === at ? list.length : size)),
      );
    }
    const numbers = cast(layer, plain(layer, indices), 'int64');
    const name = layer.node('Gather', [value.name, numbers.name], { axis: at });
    return as(value, name, [...value.shape.slice(0, at), ...numbers.shape, ...value.shape.slice(at + 1)]);
  },
);

const oneHot = operation(
  'x|indices depth|num_classes on_value off_value axis',
  (layer, { x, depth, axis }) => {
    const numbers = cast(layer, plain(layer, x), 'int64');
    if ((axis ?? -1) !== -1) throw layer.unsupported(`it codes along axis ${axis}`);
    const values = layer.constant('off_and_on', {
      dtype: 'float32',
      shape: [2],
      data: Float32Array.of(0, 1),
    });
    const count = integer(layer, depth, 'the number of classes');
    const name = layer.node('OneHot', [numbers.name, layer.integer('depth', count), values], { axis: -1 });
    return { name, shape: [...numbers.shape, count], channelsFirst: false };
  },
);

const broadcastTo = operation('x|input shape', (layer, { x, shape }) => {
  const value = plain(layer, x);
  const target = sizes(layer, shape).map((size, i) => size ?? (i === 0 ? 1 : 1));
  const name = layer.node('Expand', [value.name, layer.integers('shape', target)]);
  return as(value, name, broadcast([value.shape, target]));
});

/** Sizes as a list, the batch's unknown. */
const shapeOf = operation(X, (layer, { x }) => [...plain(layer, x).shape]);

const swapaxes = operation(`${X} axis1 axis2`, (layer, { x, axis1, axis2 }) => {
  const value = plain(layer, x);
  const rank = value.shape.length;
  const [a, b] = [axisOf(layer, axis1, rank), axisOf(layer, axis2, rank)];
  const perm = value.shape.map((_, i) => (i === a ? b : i === b ? a : i));
  return as(
    value,
    layer.node('Transpose', [value.name], { perm }),
    perm.map((axis) => value.shape[axis]!),
  );
});

const moveaxis = operation(`${X} source destination`, (layer, { x, source, destination }) => {
  const value = plain(layer, x);
  const rank = value.shape.length;
  const [from, to] = [axesOf(layer, source, rank), axesOf(layer, destination, rank)];
  const perm = value.shape.map((_, i) => i).filter((axis) => !from.includes(axis));
  to.map((at, i) => [at, from[i]!] as const)
    .toSorted(([a], [b]) => a - b)
    .forEach(([at, axis]) => {
      perm.splice(at, 0, axis);
    });
  return as(
    value,
    layer.node('Transpose', [value.name], { perm }),
    perm.map((axis) => value.shape[axis]!),
  );
});

const batchFlatten = operation(X, (layer, { x }) => {
  const value = plain(layer, x);
  return reshape(layer, value, [null, elements(value.shape.slice(1)) ?? -1]);
});

const ravel = operation(X, (layer, { x }) => {
  const value = plain(layer, x);
  return as(value, layer.node('Reshape', [value.name, layer.integers('all', [-1])]), [elements(value.shape)]);
});

export const shapings: Readonly<Record<string, Operation>> = {
  reshape: operation(`${X} shape|newshape`, (layer, { x, shape }) =>
    reshape(layer, plain(layer, x), sizes(layer, shape)),
  ),
  transpose,
  permute_dimensions: transpose,
  expand_dims: expandDims,
  squeeze,
  concat: concatenate,
  concatenate,
  stack,
  pack: stack,
  split,
  split_v: split,
  unstack,
  unpack: unstack,
  getitem,
  get_item: getitem,
  slice,
  strided_slice: stridedSlice,
  tile,
  repeat,
  repeat_elements: repeat,
  flip,
  reverse: flip,
  reverse_v2: flip,
  pad,
  pad_v2: pad,
  mirror_pad: pad,
  spatial_2d_padding: spatialPadding,
  gather,
  take: gather,
  gather_v2: gather,
  one_hot: oneHot,
  broadcast_to: broadcastTo,
  shape: shapeOf,
  int_shape: shapeOf,
  get_shape: shapeOf,
  ndim: operation(X, (layer, { x }) => plain(layer, x).shape.length),
  rank: operation(X, (layer, { x }) => plain(layer, x).shape.length),
  swapaxes,
  moveaxis,
  batch_flatten: batchFlatten,
  flatten: ravel,
  ravel,
};
