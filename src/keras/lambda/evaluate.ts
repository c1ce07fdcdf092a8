import { isValue, type Layer } from '../layer.ts';
import { described, ELLIPSIS, type Operand, Slice } from '../operations/operand.ts';
import { callOperation } from '../operations/table.ts';
import { Code, ELLIPSIS_CONSTANT, type Marshalled } from './marshal.ts';
import { type Instruction, instructionAt, type Version, versionOf } from './opcodes.ts';

/**
 * Follows a function's instructions with tensors of a graph in place of numbers, so that what it would compute becomes
 * nodes. No Python is run: an instruction or a function that is not in the tables here ends it, and so does a loop.
 */

/** A name of a library on its way to a function: `tf.nn`, `K`. */
class Path {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** An attribute of a value, to be called or not. */
class Bound {
  readonly of: Operand;
  readonly name: string;

  constructor(of: Operand, name: string) {
    this.of = of;
    this.name = name;
  }
}

/** The empty place that newer versions keep beside a callable. */
const NULL: unique symbol = Symbol('null');

type Item = Operand | Path | Bound | typeof NULL;

/** Names under which the libraries are known whose functions the tables hold. */
const LIBRARIES = new Set(['tf', 'tensorflow', 'K', 'keras', 'backend', 'ops', 'np', 'numpy', 'math', 'nn']);

const OPERATORS: Readonly<Record<string, string>> = {
  ADD: 'add',
  SUBTRACT: 'subtract',
  MULTIPLY: 'multiply',
  DIVIDE: 'divide',
  TRUE_DIVIDE: 'divide',
  FLOOR_DIVIDE: 'floor_divide',
  MODULO: 'mod',
  POWER: 'power',
  MATRIX_MULTIPLY: 'matmul',
};

/** BINARY_OP's operators by number; those from 13 on are the same in place (Include/opcode.h). */
const NUMBERED: Readonly<Record<number, string>> = {
  0: 'add',
  2: 'floor_divide',
  4: 'matmul',
  5: 'multiply',
  6: 'mod',
  8: 'power',
  10: 'subtract',
  11: 'divide',
};

const COMPARISONS = ['less', 'less_equal', 'equal', 'not_equal', 'greater', 'greater_equal'];

/** A function as a file keeps it. */
export interface StoredFunction {
  readonly code: Code;
  readonly defaults: readonly Operand[];
  /** Values of the function's free variables. */
  readonly closure: readonly Operand[];
}

/** More instructions than this are no Lambda. */
const MAX_STEPS = 10_000;

/** @throws FoveaError `LAYER_UNSUPPORTED` with what was found that could not be followed */
export function evaluate(
  layer: Layer,
  { code, defaults, closure }: StoredFunction,
  args: readonly Operand[],
  kwargs: Readonly<Record<string, Operand>>,
): Operand {
  const version = versionOf(code);
  if (!version) throw layer.unsupported('its Python code is of a version that Fovea does not know');
  const locals = new Map<string, Item>();
  const parameters = code.variables.slice(0, code.argumentCount);
  parameters.forEach((name, i) => {
    const fallback = defaults[i - parameters.length + defaults.length];
    const given = args[i] ?? kwargs[name];
    locals.set(name, given === undefined ? fallback : given);
  });
  code.free.forEach((name, i) => {
    locals.set(name, closure[i]);
  });
  return new Machine(layer, code, version, locals).run();
}

class Machine {
  readonly #layer: Layer;
  readonly #code: Code;
  readonly #version: Version;
  readonly #locals: Map<string, Item>;
  readonly #stack: Item[] = [];
  /** Names of the next call's keyword arguments (3.11 and 3.12). */
  #keywords: readonly string[] = [];

  constructor(layer: Layer, code: Code, version: Version, locals: Map<string, Item>) {
    this.#layer = layer;
    this.#code = code;
    this.#version = version;
    this.#locals = locals;
  }

  run(): Operand {
    let at = 0;
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      const instruction = instructionAt(this.#version, this.#code.code, at);
      if (!instruction) throw this.#refused('an instruction that Fovea does not know');
      const { name, argument, next } = instruction;
      if (name === 'RETURN_VALUE') return this.#operand(this.#pop());
      if (name === 'RETURN_CONST') return constant(this.#layer, this.#code.constants[argument]!);
      at = this.#jump(instruction) ?? next;
      if (at < next) throw this.#refused('a loop');
      if (!JUMPS.has(name)) this.#step(name, argument);
    }
    throw this.#refused('more instructions than a Lambda has');
  }

  /** Where a jump goes whose condition is known here and now; undefined for any other instruction. */
  #jump({ name, argument, next }: Instruction): number | undefined {
    if (!JUMPS.has(name)) return undefined;
    const { jumpUnit, caches } = this.#version;
    const relative = name === 'JUMP_FORWARD' || Object.keys(caches).length > 0;
    const target = (relative ? next : 0) + argument * jumpUnit;
    if (name === 'JUMP_FORWARD') return target;
    const condition = this.#operand(this.#pop());
    if (isValue(condition)) throw this.#refused('a choice that depends on the numbers in a tensor');
    const truth = Array.isArray(condition) ? condition.length > 0 : Boolean(condition);
    return truth === name.endsWith('TRUE') ? target : next;
  }

  #step(name: string, argument: number): void {
    const { names, constants, variables, cells, free } = this.#code;
    const { nullAbove, attributeBit, comparisonShift, packing } = this.#version;
    switch (name) {
      case 'NOP':
      case 'RESUME':
      case 'COPY_FREE_VARS':
      case 'PRECALL':
      case 'TO_BOOL':
      case 'LIST_TO_TUPLE':
        return;
      case 'POP_TOP':
        this.#pop();
        return;
      case 'PUSH_NULL':
        this.#push(NULL);
        return;
      case 'LOAD_CONST':
        this.#push(constant(this.#layer, constants[argument] as Marshalled));
        return;
      case 'LOAD_FAST':
      case 'LOAD_FAST_CHECK':
        this.#push(this.#locals.get(variables[argument]!));
        return;
      case 'LOAD_FAST_LOAD_FAST':
        this.#push(this.#locals.get(variables[argument >> 4]!));
        this.#push(this.#locals.get(variables[argument & 15]!));
        return;
      case 'STORE_FAST':
        this.#locals.set(variables[argument]!, this.#pop());
        return;
      case 'STORE_FAST_STORE_FAST':
        this.#locals.set(variables[argument >> 4]!, this.#pop());
        this.#locals.set(variables[argument & 15]!, this.#pop());
        return;
      case 'STORE_FAST_LOAD_FAST':
        this.#locals.set(variables[argument >> 4]!, this.#pop());
        this.#push(this.#locals.get(variables[argument & 15]!));
        return;
      case 'LOAD_DEREF':
        // From 3.11 on cells stand among the variables.
        this.#push(
          this.#locals.get((this.#code.layout === '3.11' ? variables : [...cells, ...free])[argument]!),
        );
        return;
      case 'LOAD_GLOBAL': {
        const modern = this.#code.layout === '3.11';
        const global = new Path(names[modern ? argument >> 1 : argument]!);
        this.#callable(global, modern && (argument & 1) === 1);
        return;
      }
      case 'LOAD_ATTR':
        this.#callable(
          this.#attribute(this.#pop(), names[attributeBit ? argument >> 1 : argument]!),
          attributeBit && (argument & 1) === 1,
        );
        return;
      case 'LOAD_METHOD':
        this.#callable(this.#attribute(this.#pop(), names[argument]!), true);
        return;
      case 'IMPORT_NAME':
        this.#stack.splice(-2);
        this.#push(new Path(names[argument]!));
        return;
      case 'IMPORT_FROM':
        this.#push(this.#attribute(this.#stack.at(-1), names[argument]!));
        return;
      case 'ROT_TWO':
        this.#stack.splice(-2, 2, this.#stack.at(-1), this.#stack.at(-2));
        return;
      case 'ROT_THREE':
        this.#stack.splice(-2, 0, this.#pop());
        return;
      case 'DUP_TOP':
        this.#push(this.#stack.at(-1));
        return;
      case 'COPY':
        this.#push(this.#stack.at(-argument));
        return;
      case 'SWAP': {
        const top = this.#stack.at(-1);
        this.#stack[this.#stack.length - 1] = this.#stack.at(-argument);
        this.#stack[this.#stack.length - argument] = top;
        return;
      }
      case 'UNPACK_SEQUENCE': {
        const items = this.#operand(this.#pop());
        if (!Array.isArray(items) || items.length !== argument)
          throw this.#refused('a list of unknown length');
        for (const item of items.toReversed()) this.#push(item);
        return;
      }
      case 'UNARY_POSITIVE':
        return;
      case 'UNARY_NEGATIVE':
        this.#push(this.#call('negative', [this.#operand(this.#pop())]));
        return;
      case 'UNARY_NOT':
        this.#push(!this.#operand(this.#pop()));
        return;
      case 'BUILD_TUPLE':
      case 'BUILD_LIST':
        this.#push(this.#operands(argument));
        return;
      case 'LIST_EXTEND': {
        const more = this.#operand(this.#pop());
        const list = this.#operand(this.#pop());
        this.#push([...(list as readonly Operand[]), ...(more as readonly Operand[])]);
        return;
      }
      case 'BUILD_SLICE': {
        const [start, stop, step = null] = this.#operands(argument);
        this.#push(new Slice(start, stop, step));
        return;
      }
      case 'BINARY_SUBSCR': {
        const [of, key] = this.#operands(2);
        this.#push(this.#call('getitem', [of, key]));
        return;
      }
      case 'BINARY_SLICE': {
        const [of, start, stop] = this.#operands(3);
        this.#push(this.#call('getitem', [of, new Slice(start, stop, null)]));
        return;
      }
      case 'SLICE+0':
      case 'SLICE+1':
      case 'SLICE+2':
      case 'SLICE+3': {
        // Python 2: x[:], x[a:], x[:b], x[a:b].
        const form = Number(name.at(-1));
        const stop = form & 2 ? this.#operand(this.#pop()) : null;
        const start = form & 1 ? this.#operand(this.#pop()) : null;
        this.#push(this.#call('getitem', [this.#operand(this.#pop()), new Slice(start, stop, null)]));
        return;
      }
      case 'COMPARE_OP': {
        const comparison = COMPARISONS[argument >> comparisonShift];
        if (comparison === undefined) throw this.#refused('a comparison that Fovea does not know');
        const [a, b] = this.#operands(2);
        if (!isValue(a) && !isValue(b) && comparison.endsWith('equal')) {
          const same = JSON.stringify(a) === JSON.stringify(b);
          if (comparison === 'equal' || comparison === 'not_equal') {
            this.#push(same === (comparison === 'equal'));
            return;
          }
        }
        this.#push(this.#call(comparison, [a, b]));
        return;
      }
      case 'IS_OP': {
        const [a, b] = this.#operands(2);
        this.#push((a === b) !== (argument === 1));
        return;
      }
      case 'BINARY_OP': {
        const operator = NUMBERED[argument % 13];
        if (!operator) throw this.#refused('an operator that Fovea does not know');
        this.#push(this.#call(operator, this.#operands(2)));
        return;
      }
      case 'KW_NAMES':
        this.#keywords = constants[argument] as readonly string[];
        return;
      case 'CALL_FUNCTION':
        // Before 3.6 one byte counts the arguments by place, the next those by name.
        this.#callFunction(
          packing === 'bytes' ? argument & 0xff : argument,
          packing === 'bytes' ? argument >> 8 : 0,
        );
        return;
      case 'CALL_FUNCTION_KW': {
        if (packing === 'bytes') throw this.#refused('a call with arguments of unknown number');
        const keywords = this.#operand(this.#pop()) as readonly string[];
        this.#push(this.#invoke(argument, keywords, 'none'));
        return;
      }
      case 'CALL_METHOD':
        this.#push(this.#invoke(argument, [], 'above'));
        return;
      case 'CALL': {
        const keywords = this.#keywords;
        this.#keywords = [];
        this.#push(this.#invoke(argument, keywords, nullAbove ? 'above' : 'below'));
        return;
      }
      case 'CALL_KW': {
        const keywords = this.#operand(this.#pop()) as readonly string[];
        this.#push(this.#invoke(argument, keywords, 'above'));
        return;
      }
      default: {
        const operator = OPERATORS[name.replace(/^(BINARY|INPLACE)_/, '')];
        if (!operator) throw this.#refused(`the instruction ${name}`);
        this.#push(this.#call(operator, this.#operands(2)));
      }
    }
  }

  #callFunction(byPlace: number, byName: number): void {
    const pairs = this.#operands(2 * byName);
    const named = Array.from({ length: byName }, (_, i) => [pairs[2 * i], pairs[2 * i + 1]] as const);
    const args = this.#operands(byPlace);
    this.#push(this.#apply(this.#pop(), args, Object.fromEntries(named)));
  }

  /** A call whose last arguments are named; `empty` says where the empty place beside the callable is. */
  #invoke(count: number, keywords: readonly string[], empty: 'none' | 'above' | 'below'): Operand {
    const all = this.#operands(count);
    const named = keywords.map((name, i) => [name, all[count - keywords.length + i]] as const);
    const args = all.slice(0, count - keywords.length);
    if (empty === 'above') this.#pop();
    const callable = this.#pop();
    if (empty === 'below') this.#pop();
    return this.#apply(callable, args, Object.fromEntries(named));
  }

  #apply(callable: Item, args: readonly Operand[], kwargs: Readonly<Record<string, Operand>>): Operand {
    if (callable instanceof Bound) return this.#method(callable, args);
    if (!(callable instanceof Path)) throw this.#refused(`a call of ${described(callable as Operand)}`);
    const [root] = callable.text.split('.');
    const builtin = BUILTINS[callable.text];
    if (builtin) {
      const result = builtin(args);
      if (result === undefined) throw this.#refused(`a call of ${callable.text} on a tensor`);
      return result;
    }
    if (!LIBRARIES.has(root!) || root === callable.text)
      throw this.#refused(`a call of "${callable.text}", whose body is not in the file`);
    return callOperation(this.#layer, callable.text, args, kwargs);
  }

  #method({ of, name }: Bound, args: readonly Operand[]): Operand {
    if (name === 'as_list' || name === 'item') return of;
    if (name === 'get_shape') return this.#call('int_shape', [of]);
    return this.#call(name, [of, ...args]);
  }

  #attribute(of: Item, name: string): Item {
    if (of instanceof Path) return new Path(`${of.text}.${name}`);
    const operand = this.#operand(of);
    if (isValue(operand) && name === 'shape') return this.#call('int_shape', [operand]);
    if (isValue(operand) && name === 'dtype') return 'float32';
    // A dimension of TensorFlow 1.
    if (name === 'value') return operand;
    return new Bound(operand, name);
  }

  /** A callable, with the empty place beside it where there is one. */
  #callable(item: Item, beside: boolean): void {
    const { nullAbove } = this.#version;
    if (beside && !nullAbove) this.#push(NULL);
    this.#push(item);
    if (beside && nullAbove) this.#push(NULL);
  }

  #call(name: string, args: readonly Operand[]): Operand {
    return callOperation(this.#layer, `tf.${name}`, args, {});
  }

  #push(item: Item): void {
    this.#stack.push(item);
  }

  #pop(): Item {
    if (this.#stack.length === 0) throw this.#refused('an instruction that takes what is not there');
    return this.#stack.pop();
  }

  /** The last so many operands, the earliest first. */
  #operands(count: number): Operand[] {
    if (count > this.#stack.length) throw this.#refused('an instruction that takes what is not there');
    return this.#stack.splice(this.#stack.length - count, count).map((item) => this.#operand(item));
  }

  #operand(item: Item): Operand {
    if (item instanceof Path) {
      const constant = CONSTANTS[item.text];
      // What else is named so is a type or an option: `tf.float32`, `tf.image.ResizeMethod.BILINEAR`.
      if (constant !== undefined) return constant;
      if (item.text.includes('.')) return item.text;
      throw this.#refused(`the name "${item.text}", which is not in the file`);
    }
    if (item instanceof Bound) throw this.#refused(`the attribute "${item.name}" of a value`);
    if (item === NULL) throw this.#refused('an instruction that takes what is not there');
    return item;
  }

  #refused(what: string): ReturnType<Layer['unsupported']> {
    return this.#layer.unsupported(`its code, which is read and not run, has ${what} in it`);
  }
}

const JUMPS = new Set(['JUMP_FORWARD', 'POP_JUMP_IF_FALSE', 'POP_JUMP_IF_TRUE']);

const CONSTANTS: Readonly<Record<string, Operand>> = {
  None: null,
  True: true,
  False: false,
  'np.pi': Math.PI,
  'math.pi': Math.PI,
  'np.newaxis': null,
  'tf.newaxis': null,
};

type Builtin = (args: readonly Operand[]) => Operand;

const onNumbers =
  (compute: (...values: number[]) => number): Builtin =>
  (args) =>
    args.every((argument) => typeof argument === 'number') ? compute(...(args as number[])) : undefined;

/** Python's own functions, as far as they work on what is known here and now. */
const BUILTINS: Readonly<Record<string, Builtin>> = {
  int: onNumbers(Math.trunc),
  float: onNumbers(Number),
  abs: onNumbers(Math.abs),
  max: onNumbers(Math.max),
  min: onNumbers(Math.min),
  len: ([list]) => (Array.isArray(list) ? list.length : undefined),
  list: ([list]) => (Array.isArray(list) ? list : undefined),
  tuple: ([list]) => (Array.isArray(list) ? list : undefined),
  // The order of axes that a file does not name is Keras's own default.
  'K.image_data_format': () => 'channels_last',
  'keras.backend.image_data_format': () => 'channels_last',
  'K.image_dim_ordering': () => 'tf',
  'K.backend': () => 'tensorflow',
  'keras.backend.backend': () => 'tensorflow',
  'K.epsilon': () => 1e-7,
  'keras.backend.epsilon': () => 1e-7,
  'K.floatx': () => 'float32',
  'tf.constant': ([value]) => value,
  'tf.convert_to_tensor': ([value]) => value,
  'K.constant': ([value]) => value,
  'np.array': ([value]) => value,
  'np.float32': ([value]) => value,
};

function constant(layer: Layer, value: Marshalled): Operand {
  if (value === ELLIPSIS_CONSTANT) return ELLIPSIS;
  if (value instanceof Code)
    throw layer.unsupported('its code, which is read and not run, has a function in it');
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (Array.isArray(value)) return value.map((item) => constant(layer, item));
  return value as Operand;
}
