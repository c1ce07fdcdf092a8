import type { Layer } from '../layer.ts';
import { snakeCase } from '../weights.ts';
import { arithmetic } from './arithmetic.ts';
import { imagings } from './imaging.ts';
import type { Operand, Operation } from './operand.ts';
import { reductions } from './reduction.ts';
import { shapings } from './shaping.ts';

/** Every operation that can be converted, by the last part of its name. */
const operations: Readonly<Record<string, Operation>> = {
  ...arithmetic,
  ...reductions,
  ...shapings,
  ...imagings,
};

export const knowsOperation = (name: string): boolean => Object.hasOwn(operations, name);

/** Arguments that steer Python, not the result. */
const IGNORED = new Set([
  ...['name', 'training', 'dtype', 'trainable', 'sorted', 'sparse', 'out_type', 'subscripts'],
  // The border of a resized picture, which only padding has.
  ...['fill_mode', 'fill_value'],
]);

/** Which library a path belongs to, where the same name means different things. */
function namespaceOf(parts: readonly string[]): string {
  if (parts.at(-1) === 'preprocess_input') return parts.at(-2) ?? '';
  if (parts[0] === 'K' || parts.includes('backend')) return 'K';
  return parts.find((part) => ['ops', 'np', 'numpy'].includes(part)) ?? 'tf';
}

/** TensorFlow 1's resizing has the name that Keras's backend gives to another. */
function nameOf(parts: readonly string[], namespace: string): string {
  const name = parts.at(-1)!;
  const old = parts.includes('v1') || name === 'resize_images';
  return parts.at(-2) === 'image' &&
    old &&
    name.startsWith('resize') &&
    namespace !== 'K' &&
    !name.includes('_n')
    ? name === 'resize' || name === 'resize_images'
      ? 'resize_images_v1'
      : name
    : name;
}

/**
 * Calls an operation by its path, such as `tf.math.reduce_mean`, `K.mean` or `keras.ops.mean`.
 *
 * @throws FoveaError `LAYER_UNSUPPORTED` for an operation or an argument of it that is not known
 */
export function callOperation(
  layer: Layer,
  path: string,
  args: readonly Operand[],
  kwargs: Readonly<Record<string, Operand>>,
): Operand {
  const parts = path.split('.');
  const namespace = namespaceOf(parts);
  const name = nameOf(parts, namespace);
  const numbers = args.filter((argument) => typeof argument === 'number');
  const onNumbers = (Math as unknown as Record<string, unknown>)[name];
  if (args.length > 0 && numbers.length === args.length && typeof onNumbers === 'function') {
    return (onNumbers as (...values: number[]) => number)(...numbers);
  }
  const known = Object.hasOwn(operations, name) ? operations[name]! : undefined;
  if (!known) throw layer.unsupported(`it calls "${path}", which Fovea does not know`);
  return known.emit(layer, bind(layer, path, known, args, kwargs), namespace);
}

function bind(
  layer: Layer,
  path: string,
  { parameters }: Operation,
  args: readonly Operand[],
  kwargs: Readonly<Record<string, Operand>>,
): Readonly<Record<string, Operand>> {
  const bound: Record<string, Operand> = {};
  const first = parameters.map((names) => names.split('|')[0]!);
  args.forEach((argument, i) => {
    const name = first[i];
    if (name !== undefined) bound[name] = argument;
    // `einsum("…", a, b)`: what is left over belongs to the last parameter.
    else if (argument !== null && argument !== undefined) {
      const last = first.at(-1)!;
      const so = bound[last];
      if (path.split('.').pop() !== 'einsum')
        throw layer.unsupported(`it calls "${path}" with ${args.length} arguments`);
      bound[last] = [...(Array.isArray(so) ? so : [so]), argument];
    }
  });
  for (const [key, argument] of Object.entries(kwargs)) {
    const at = parameters.findIndex((names) => names.split('|').includes(key));
    if (at >= 0) bound[first[at]!] ??= argument;
    else if (!IGNORED.has(key) && argument !== null && argument !== undefined && argument !== false)
      throw layer.unsupported(`it calls "${path}" with "${key}", which Fovea does not know`);
  }
  return bound;
}

/** The name of an operation's class as that of a function: `ExpandDims` → `expand_dims`. */
export const operationName = (className: string): string => snakeCase(className);
