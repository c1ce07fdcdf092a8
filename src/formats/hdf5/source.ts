import { FoveaError } from '../../core/errors.ts';

/**
 * A file may make the reader allocate so many times its size plus so many bytes: weights hardly compress, bombs do.
 * What is read is copied at most once more, into the graph, so that twice this bounds a conversion.
 */
const MAX_EXPANSION = 2;
const MAX_EXTRA_BYTES = 96 * 2 ** 20;

/** What a refusal may add to its reason. */
interface Contrast {
  readonly expected?: string;
  readonly received?: string;
  readonly cause?: unknown;
}

export const damaged = (reason: string, contrast: Contrast = {}): FoveaError =>
  new FoveaError('MODEL_DAMAGED', {
    reason,
    expected: 'a whole HDF5 file, as Keras writes it',
    ...contrast,
  });

/** For what is no damage but a way of storing that is not read, or must not be: other files are never opened. */
export const notRead = (reason: string, contrast: Contrast = {}): FoveaError =>
  new FoveaError('MODEL_STORAGE_UNSUPPORTED', {
    reason,
    expected: 'weights in the file itself, plain or packed by gzip, shuffle or lzf',
    ...contrast,
  });

/** A path as a message shows it: a hostile one can be as long as the file. */
export const shown = (path: string): string => `"${path.length > 120 ? `${path.slice(0, 120)}…` : path}"`;

/** The bytes of one HDF5 file and what its superblock says of them; every read is held within them. */
export class Source {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Bytes of an address and of a length in this file. */
  addressSize = 8;
  lengthSize = 8;
  /** Added to every address. */
  base = 0;
  #budget: number;

  constructor(bytes: Uint8Array) {
    // A Node Buffer's `slice` does not copy; a plain array's does.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#budget = bytes.length * MAX_EXPANSION + MAX_EXTRA_BYTES;
  }

  /**
   * To be called before memory is taken on the word of the file.
   *
   * @throws FoveaError `MODEL_TOO_LARGE` when all that was taken would pass the file's budget
   */
  spend(bytes: number, what: string): void {
    if (!(bytes <= this.#budget)) {
      throw new FoveaError('MODEL_TOO_LARGE', {
        reason: `${what} of ${bytes} bytes in a file of ${this.bytes.length}`,
        expected: `at most ${this.#budget} bytes more`,
        received: `${bytes} bytes`,
      });
    }
    this.#budget -= bytes;
  }

  /** What was spent for a while and is free again. */
  giveBack(bytes: number): void {
    this.#budget += bytes;
  }

  /** @throws FoveaError `MODEL_DAMAGED` where the file ends before */
  slice(start: number, length: number, what: string): Uint8Array {
    if (!(start >= 0 && length >= 0 && start + length <= this.bytes.length)) {
      throw damaged(`${what} lies outside of the file`, {
        expected: `${length} bytes from ${start} on`,
        received: `a file of ${this.bytes.length} bytes`,
      });
    }
    return this.bytes.subarray(start, start + length);
  }

  /** Reads from an address on, to the end of the file or of `length` bytes. */
  cursor(start: number, what: string, length = this.bytes.length - start): Cursor {
    this.slice(start, length, what);
    return new Cursor(this, start, start + length, what);
  }
}

/** Reads one structure, field after field, little-endian. */
export class Cursor {
  readonly source: Source;
  readonly end: number;
  /** For the message when the structure ends too early. */
  readonly what: string;
  at: number;

  constructor(source: Source, start: number, end: number, what: string) {
    this.source = source;
    this.at = start;
    this.end = end;
    this.what = what;
  }

  get left(): number {
    return this.end - this.at;
  }

  #step(length: number): number {
    if (length > this.left) throw damaged(`${this.what} is cut short`);
    const { at } = this;
    this.at += length;
    return at;
  }

  skip(length: number): this {
    this.#step(length);
    return this;
  }

  take(length: number): Uint8Array {
    const at = this.#step(length);
    return this.source.bytes.subarray(at, at + length);
  }

  /** A structure within this one. */
  inner(length: number, what = this.what): Cursor {
    const at = this.#step(length);
    return new Cursor(this.source, at, at + length, what);
  }

  u8(): number {
    return this.source.view.getUint8(this.#step(1));
  }

  u16(): number {
    return this.source.view.getUint16(this.#step(2), true);
  }

  u32(): number {
    return this.source.view.getUint32(this.#step(4), true);
  }

  /** A whole number of 1 to 8 bytes. Above 2⁵³ it is not exact, and outside of every file. */
  uint(size: number): number {
    let value = 0;
    for (let i = 0, unit = 1; i < size; i++, unit *= 256) value += this.u8() * unit;
    return value;
  }

  length(): number {
    return this.uint(this.source.lengthSize);
  }

  /** A place in the file; undefined where the field says that there is none (all bits set). */
  address(): number | undefined {
    const { addressSize, base } = this.source;
    const field = this.take(addressSize);
    if (field.every((byte) => byte === 0xff)) return undefined;
    this.at -= addressSize;
    return this.uint(addressSize) + base;
  }

  /** An address that must be there. */
  someAddress(): number {
    const address = this.address();
    if (address === undefined) throw damaged(`${this.what} leads nowhere`);
    return address;
  }

  /** @throws FoveaError `MODEL_DAMAGED` unless the four letters stand here */
  signature(letters: string): this {
    const found = String.fromCharCode(...this.take(4));
    if (found === letters) return this;
    throw damaged(`${this.what} is not where it should be`, {
      expected: letters,
      received: JSON.stringify(found),
    });
  }

  version(known: readonly number[]): number {
    const version = this.u8();
    if (known.includes(version)) return version;
    throw damaged(`${this.what} is of an unknown version`, {
      expected: known.join(' or '),
      received: String(version),
    });
  }

  /** Text up to a zero byte or the end. */
  text(): string {
    const { bytes } = this.source;
    const zero = bytes.subarray(this.at, this.end).indexOf(0);
    const stop = zero < 0 ? this.end : this.at + zero;
    this.source.spend(2 * (stop - this.at), `${this.what}: a name`);
    const text = utf8.decode(bytes.subarray(this.at, stop));
    this.at = Math.min(stop + 1, this.end);
    return text;
  }
}

export const utf8 = new TextDecoder();
