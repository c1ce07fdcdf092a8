/**
 * Reads Python's marshal format, in which Keras keeps a Lambda's code, as data
 * (https://github.com/python/cpython/blob/main/Python/marshal.c). Nothing of it is run.
 */
export type Marshalled =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | typeof ELLIPSIS_CONSTANT
  | Code
  | readonly Marshalled[];

/** Python's `...` as a constant. */
export const ELLIPSIS_CONSTANT = Symbol('...');

/** A code object, as far as it matters here. */
export class Code {
  readonly layout: Layout;
  readonly argumentCount: number;
  readonly code: Uint8Array;
  readonly constants: readonly Marshalled[];
  readonly names: readonly string[];
  /** Local variables; from Python 3.11 on cells and free variables too. */
  readonly variables: readonly string[];
  /** Cells, then free variables. */
  readonly cells: readonly string[];
  readonly free: readonly string[];
  /** Line numbers by byte of code, in the version's own packing. */
  readonly lines: Uint8Array;

  constructor(fields: Omit<Code, never>) {
    this.layout = fields.layout;
    this.argumentCount = fields.argumentCount;
    this.code = fields.code;
    this.constants = fields.constants;
    this.names = fields.names;
    this.variables = fields.variables;
    this.cells = fields.cells;
    this.free = fields.free;
    this.lines = fields.lines;
  }
}

/** How code objects are written: the first Python version that wrote them so. */
export type Layout = '2.7' | '3.0' | '3.8' | '3.11';

const LAYOUTS: readonly Layout[] = ['3.11', '3.8', '3.0', '2.7'];

/** A function's code out of a file, or undefined where it is not one in any layout known. */
export function readCode(bytes: Uint8Array): Code | undefined {
  for (const layout of LAYOUTS) {
    try {
      const reader = new Reader(bytes, layout);
      const code = reader.object();
      if (code instanceof Code && reader.atEnd) return code;
    } catch (thrown) {
      if (!(thrown instanceof Malformed)) throw thrown;
    }
  }
  return undefined;
}

class Malformed extends Error {}

const MAX_DEPTH = 32;

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #layout: Layout;
  readonly #refs: Marshalled[] = [];
  /** Python 2's own list of strings to refer to. */
  readonly #interned: string[] = [];
  #at = 0;

  constructor(bytes: Uint8Array, layout: Layout) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#layout = layout;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  object(depth = 0): Marshalled {
    if (depth > MAX_DEPTH) throw new Malformed();
    const tagged = this.#byte();
    const type = String.fromCharCode(tagged & 0x7f);
    // The place is taken before what stands there is read, for that may refer to others.
    const place = tagged & 0x80 ? this.#refs.push(null) - 1 : -1;
    const value = this.#value(type, depth);
    if (place >= 0) this.#refs[place] = value;
    return value;
  }

  #value(type: string, depth: number): Marshalled {
    switch (type) {
      case 'N':
        return null;
      case 'F':
        return false;
      case 'T':
        return true;
      case '.':
        return ELLIPSIS_CONSTANT;
      case 'i':
        return this.#int();
      case 'l':
        return this.#long();
      case 'f':
        return Number(this.#text(this.#byte()));
      case 'g':
        return this.#double();
      case 's':
        return this.#take(this.#size());
      case 't': {
        const text = this.#text(this.#size());
        if (this.#layout === '2.7') this.#interned.push(text);
        return text;
      }
      case 'R':
        return this.#known(this.#interned[this.#size()]);
      case 'u':
      case 'a':
      case 'A':
        return this.#text(this.#size());
      case 'z':
      case 'Z':
        return this.#text(this.#byte());
      case '(':
      case '[':
      case '<':
      case '>':
        return this.#many(this.#size(), depth);
      case ')':
        return this.#many(this.#byte(), depth);
      case 'r':
        return this.#known(this.#refs[this.#size()]);
      case 'c':
        return this.#code(depth);
      default:
        throw new Malformed();
    }
  }

  #many(count: number, depth: number): Marshalled[] {
    if (count > this.#bytes.length) throw new Malformed();
    return Array.from({ length: count }, () => this.object(depth + 1));
  }

  #code(depth: number): Code {
    const layout = this.#layout;
    const argumentCount = this.#int();
    if (layout === '3.8' || layout === '3.11') this.#int(); // positional-only arguments
    if (layout !== '2.7') this.#int(); // keyword-only arguments
    if (layout !== '3.11') this.#int(); // number of locals
    this.#int(); // size of the stack
    this.#int(); // flags
    const next = () => this.object(depth + 1);
    const code = bytesOf(next());
    const constants = listOf(next());
    const names = textsOf(next());
    const variables = textsOf(next());
    let cells: readonly string[] = [];
    let free: readonly string[] = [];
    if (layout === '3.11') {
      const kinds = bytesOf(next());
      cells = variables.filter((_, i) => kinds[i]! & CELL);
      free = variables.filter((_, i) => kinds[i]! & FREE);
    } else {
      free = textsOf(next());
      cells = textsOf(next());
    }
    next(); // file name
    next(); // name
    if (layout === '3.11') next(); // qualified name
    this.#int(); // first line
    const lines = bytesOf(next());
    if (layout === '3.11') next(); // exception table
    return new Code({ layout, argumentCount, code, constants, names, variables, cells, free, lines });
  }

  #known(value: Marshalled | undefined): Marshalled {
    if (value === undefined) throw new Malformed();
    return value;
  }

  #byte(): number {
    if (this.#at >= this.#bytes.length) throw new Malformed();
    return this.#bytes[this.#at++]!;
  }

  #need(count: number): number {
    const at = this.#at;
    if (count < 0 || at + count > this.#bytes.length) throw new Malformed();
    this.#at += count;
    return at;
  }

  #int(): number {
    return this.#view.getInt32(this.#need(4), true);
  }

  #size(): number {
    const size = this.#int();
    if (size < 0) throw new Malformed();
    return size;
  }

  #double(): number {
    return this.#view.getFloat64(this.#need(8), true);
  }

  /** Digits of 15 bits, their number's sign that of the whole. */
  #long(): number {
    const count = this.#int();
    let value = 0;
    for (let i = 0; i < Math.abs(count); i++)
      value += this.#view.getUint16(this.#need(2), true) * 2 ** (15 * i);
    return Math.sign(count) * value;
  }

  #take(count: number): Uint8Array {
    const at = this.#need(count);
    return this.#bytes.subarray(at, at + count);
  }

  #text(length: number): string {
    return new TextDecoder().decode(this.#take(length));
  }
}

/** CO_FAST_CELL and CO_FAST_FREE (Include/internal/pycore_code.h). */
const CELL = 0x40;
const FREE = 0x80;

function bytesOf(value: Marshalled): Uint8Array {
  if (value instanceof Uint8Array) return value;
  // Python 2 keeps its short strings of bytes with the names.
  if (typeof value === 'string') return new TextEncoder().encode(value);
  throw new Malformed();
}

function listOf(value: Marshalled): readonly Marshalled[] {
  if (Array.isArray(value)) return value;
  throw new Malformed();
}

/** Python 2 keeps names as strings of bytes. */
const textsOf = (value: Marshalled): readonly string[] =>
  listOf(value).map((item) => {
    if (typeof item === 'string') return item;
    return new TextDecoder().decode(bytesOf(item));
  });
