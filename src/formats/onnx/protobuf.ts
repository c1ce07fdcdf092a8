/**
 * Protocol Buffers' wire format (https://protobuf.dev/programming-guides/encoding/), as much of it as ONNX needs.
 * A message is kept as its parts and measured before anything is written, so that each byte is copied once.
 */

/** A field's number and value: an integer, a float, a text, bytes, or a message. */
export type Field = readonly [
  number: number,
  value: number | string | Uint8Array | { readonly float: number } | Message,
];

/** Encoded parts in order, and their length together. */
export interface Message {
  readonly parts: readonly Uint8Array[];
  readonly length: number;
}

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** A message of the given fields, in the given order. */
export function message(fields: readonly Field[]): Message {
  const parts: Uint8Array[] = [];
  for (const [number, value] of fields) {
    if (typeof value === 'number') {
      parts.push(varint(number * 8 + VARINT), varint(value));
    } else if (typeof value === 'object' && 'float' in value) {
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setFloat32(0, value.float, true);
      parts.push(varint(number * 8 + FIXED_32), bytes);
    } else {
      const body = typeof value === 'string' ? new TextEncoder().encode(value) : value;
      parts.push(varint(number * 8 + LENGTH_DELIMITED), varint(body.length));
      // Not spread into one call: a graph of thousands of nodes has more parts than a call takes arguments.
      for (const part of body instanceof Uint8Array ? [body] : body.parts) parts.push(part);
    }
  }
  return { parts, length: parts.reduce((sum, part) => sum + part.length, 0) };
}

/** All parts one behind the other. */
export function written({ parts, length }: Message): Uint8Array {
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/** Seven bits a byte, lowest first; a negative number as its 64-bit complement. */
function varint(value: number): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}
