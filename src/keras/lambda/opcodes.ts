import type { Code } from './marshal.ts';

/** One instruction of Python's virtual machine. */
export interface Instruction {
  readonly name: string;
  readonly argument: number;
  /** Byte at which the next instruction stands. */
  readonly next: number;
}

/** What of a version matters here: the numbers of its instructions and how they are packed. */
export interface Version {
  readonly names: Readonly<Record<number, string>>;
  /** Before 3.6 an instruction is one byte or three, from then on two. */
  readonly packing: 'bytes' | 'words';
  /** Words left empty behind an instruction for the interpreter's own use. */
  readonly caches: Readonly<Record<string, number>>;
  /** How many bytes a jump's argument counts. */
  readonly jumpUnit: 1 | 2;
  /** Where the empty place stands beside a callable: below it (3.11, 3.12) or above (3.13). */
  readonly nullAbove: boolean;
  /** Whether attributes carry a bit that says "as a method", and comparisons theirs. */
  readonly attributeBit: boolean;
  readonly comparisonShift: number;
}

/** `NAME:number …` as printed by `opcode.opmap` of the version. */
const numbered = (table: string): Record<number, string> =>
  Object.fromEntries(
    table
      .split(/\s+/)
      .filter(Boolean)
      .map((entry) => {
        const [name, number] = entry.split(':');
        return [Number(number), name!];
      }),
  );

/** Numbers that stayed the same from 2.7 to 3.10. */
const OLD = `
POP_TOP:1 ROT_TWO:2 ROT_THREE:3 DUP_TOP:4 NOP:9 UNARY_POSITIVE:10 UNARY_NEGATIVE:11 UNARY_NOT:12 BINARY_POWER:19
BINARY_MULTIPLY:20 BINARY_MODULO:22 BINARY_ADD:23 BINARY_SUBTRACT:24 BINARY_SUBSCR:25 BINARY_FLOOR_DIVIDE:26
BINARY_TRUE_DIVIDE:27 INPLACE_ADD:55 INPLACE_SUBTRACT:56 INPLACE_MULTIPLY:57 INPLACE_TRUE_DIVIDE:29
INPLACE_FLOOR_DIVIDE:28 INPLACE_POWER:67 INPLACE_MODULO:59 RETURN_VALUE:83 STORE_FAST:125 LOAD_FAST:124 LOAD_CONST:100
BUILD_TUPLE:102 BUILD_LIST:103 LOAD_ATTR:106 COMPARE_OP:107 IMPORT_NAME:108 IMPORT_FROM:109 JUMP_FORWARD:110
POP_JUMP_IF_FALSE:114 POP_JUMP_IF_TRUE:115 LOAD_GLOBAL:116 CALL_FUNCTION:131 BUILD_SLICE:133 LOAD_DEREF:136
CALL_FUNCTION_KW:141 UNPACK_SEQUENCE:92`;

const OLD_VERSION = { caches: {}, nullAbove: true, attributeBit: false, comparisonShift: 0 } as const;

const PYTHON_2_7: Version = {
  ...OLD_VERSION,
  names: numbered(
    `${OLD} BINARY_DIVIDE:21 INPLACE_DIVIDE:58 SLICE+0:30 SLICE+1:31 SLICE+2:32 SLICE+3:33 EXTENDED_ARG:145`,
  ),
  packing: 'bytes',
  jumpUnit: 1,
};

const PYTHON_3 = numbered(
  `${OLD} BINARY_MATRIX_MULTIPLY:16 LOAD_METHOD:160 CALL_METHOD:161 LIST_TO_TUPLE:82 LIST_EXTEND:162 IS_OP:117 EXTENDED_ARG:144`,
);

const PYTHON_3_5: Version = { ...OLD_VERSION, names: PYTHON_3, packing: 'bytes', jumpUnit: 1 };
const PYTHON_3_9: Version = { ...OLD_VERSION, names: PYTHON_3, packing: 'words', jumpUnit: 1 };
const PYTHON_3_10: Version = { ...PYTHON_3_9, jumpUnit: 2 };

const SHARED_3_11 = `
POP_TOP:1 NOP:9 UNARY_NEGATIVE:11 UNARY_NOT:12 BINARY_SUBSCR:25 RETURN_VALUE:83 STORE_FAST:125 LOAD_FAST:124
LOAD_CONST:100 BUILD_TUPLE:102 BUILD_LIST:103 LOAD_ATTR:106 COMPARE_OP:107 IMPORT_NAME:108 IMPORT_FROM:109
JUMP_FORWARD:110 LOAD_GLOBAL:116 BUILD_SLICE:133 LOAD_DEREF:137 EXTENDED_ARG:144 LIST_EXTEND:162 UNPACK_SEQUENCE:92
PUSH_NULL:2 RESUME:151 COPY_FREE_VARS:149 KW_NAMES:172 CALL:171 BINARY_OP:122 SWAP:99 COPY:120 IS_OP:117
POP_JUMP_IF_FALSE:114 POP_JUMP_IF_TRUE:115`;

const PYTHON_3_11: Version = {
  names: numbered(`${SHARED_3_11} UNARY_POSITIVE:10 LOAD_METHOD:160 LIST_TO_TUPLE:82 PRECALL:166`),
  packing: 'words',
  caches: {
    BINARY_SUBSCR: 4,
    UNPACK_SEQUENCE: 1,
    LOAD_ATTR: 4,
    COMPARE_OP: 2,
    LOAD_GLOBAL: 5,
    BINARY_OP: 1,
    LOAD_METHOD: 10,
    PRECALL: 1,
    CALL: 4,
  },
  jumpUnit: 2,
  nullAbove: false,
  attributeBit: false,
  comparisonShift: 0,
};

const CACHES_3_12 = {
  BINARY_SUBSCR: 1,
  UNPACK_SEQUENCE: 1,
  LOAD_ATTR: 9,
  COMPARE_OP: 1,
  LOAD_GLOBAL: 4,
  BINARY_OP: 1,
  CALL: 3,
};

const PYTHON_3_12: Version = {
  names: numbered(`${SHARED_3_11} RETURN_CONST:121 BINARY_SLICE:26 LOAD_FAST_CHECK:127`),
  packing: 'words',
  caches: CACHES_3_12,
  jumpUnit: 2,
  nullAbove: false,
  attributeBit: true,
  comparisonShift: 4,
};

const PYTHON_3_13: Version = {
  names: numbered(`
POP_TOP:32 NOP:30 UNARY_NEGATIVE:42 UNARY_NOT:43 BINARY_SUBSCR:5 RETURN_VALUE:36 STORE_FAST:110 LOAD_FAST:85
LOAD_CONST:83 BUILD_TUPLE:52 BUILD_LIST:47 LOAD_ATTR:82 COMPARE_OP:58 IMPORT_NAME:75 IMPORT_FROM:74 JUMP_FORWARD:79
POP_JUMP_IF_FALSE:97 POP_JUMP_IF_TRUE:100 LOAD_GLOBAL:91 BUILD_SLICE:50 LOAD_DEREF:84 EXTENDED_ARG:71 LIST_EXTEND:81
UNPACK_SEQUENCE:117 PUSH_NULL:34 RESUME:149 COPY_FREE_VARS:62 CALL:53 BINARY_OP:45 RETURN_CONST:103 BINARY_SLICE:4
CALL_KW:57 SWAP:115 COPY:61 LOAD_FAST_LOAD_FAST:88 STORE_FAST_STORE_FAST:112 STORE_FAST_LOAD_FAST:111
LOAD_FAST_CHECK:87 TO_BOOL:40 IS_OP:76`),
  packing: 'words',
  caches: { ...CACHES_3_12, TO_BOOL: 3, POP_JUMP_IF_TRUE: 1, POP_JUMP_IF_FALSE: 1 },
  jumpUnit: 2,
  nullAbove: true,
  attributeBit: true,
  comparisonShift: 5,
};

/**
 * Which version wrote a function, which its bytes do not say: by the layout of the code object, the packing of its
 * instructions, and the room they leave for caches.
 */
export function versionOf(code: Code): Version | undefined {
  const { layout, code: bytes, lines } = code;
  switch (layout) {
    case '2.7':
      return PYTHON_2_7;
    case '3.0':
      // The last instruction returns; only in words is there a byte behind it.
      return bytes.at(-1) === RETURN_VALUE ? PYTHON_3_5 : PYTHON_3_9;
    case '3.8':
      // 3.10's table of lines counts every byte of code.
      return lines.filter((_, i) => i % 2 === 0).reduce((sum, n) => sum + n, 0) === bytes.length
        ? PYTHON_3_10
        : PYTHON_3_9;
    case '3.11':
      return [PYTHON_3_11, PYTHON_3_12, PYTHON_3_13].find((version) => leavesRoom(version, bytes));
  }
}

const RETURN_VALUE = 83;

/** Whether every instruction is known and followed by as many empty words as the version leaves. */
function leavesRoom(version: Version, bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; ) {
    const name = version.names[bytes[at]!];
    if (name === undefined) return false;
    const next = at + 2 + 2 * (version.caches[name] ?? 0);
    for (at += 2; at < next; at += 2) if (bytes[at] !== 0) return false;
  }
  return true;
}

/** The instruction at a byte, caches behind it included, or undefined where none is known. */
export function instructionAt(
  { names, packing, caches }: Version,
  bytes: Uint8Array,
  from: number,
): Instruction | undefined {
  let argument = 0;
  for (let at = from; at < bytes.length; ) {
    const number = bytes[at]!;
    const name = names[number];
    if (name === undefined) return undefined;
    if (packing === 'words') {
      argument = (argument << 8) | (bytes[at + 1] ?? 0);
      at += 2 + 2 * (caches[name] ?? 0);
    } else if (number >= HAVE_ARGUMENT) {
      argument = (argument << 16) | (bytes[at + 1] ?? 0) | ((bytes[at + 2] ?? 0) << 8);
      at += 3;
    } else {
      at += 1;
    }
    if (name !== 'EXTENDED_ARG') return { name, argument, next: at };
  }
  return undefined;
}

/** Instructions from this number on have an argument (opcode.h). */
const HAVE_ARGUMENT = 90;
