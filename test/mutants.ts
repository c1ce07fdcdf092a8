import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';

/** A file, damaged in one way. */
export interface Mutant {
  readonly kind: string;
  readonly bytes: Uint8Array;
  /** Which of the whole files it was. */
  readonly source: number;
}

/** Whole numbers 0 … limit − 1, the same for the same seed (mulberry32). */
type Random = (limit: number) => number;

function seeded(seed: number): Random {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

/** Numbers that programs forget. */
const EXTREMES = [0, 1, 2 ** 31 - 1, 2 ** 32 - 1, 1e9, -1, 2 ** 53, 2 ** 62];

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Places of 8-byte words that may be addresses or sizes: above 0, within the file. */
function words(bytes: Uint8Array): number[] {
  const view = viewOf(bytes);
  const places: number[] = [];
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    const value = view.getBigUint64(at, true);
    if (value > 0n && value < BigInt(bytes.length)) places.push(at);
  }
  return places;
}

/** Kind → damage done to bytes in place, or other bytes in their stead. */
const BYTES: Readonly<Record<string, (bytes: Uint8Array, random: Random) => Uint8Array | undefined>> = {
  'bit flips': (bytes, random) => {
    for (let i = 1 << random(4); i > 0; i--) bytes[random(bytes.length)]! ^= 1 << random(8);
    return undefined;
  },
  'a byte set': (bytes, random) => {
    bytes[random(bytes.length)] = [0, 1, 0x7f, 0x80, 0xff][random(5)]!;
    return undefined;
  },
  truncation: (bytes, random) => bytes.subarray(0, random(bytes.length)),
  'a tail added': (bytes, random) => new Uint8Array([...bytes, ...bytes.subarray(0, random(64))]),
  'a range of noise': (bytes, random) => {
    const at = random(bytes.length);
    for (let i = 0; i < 1 + random(64) && at + i < bytes.length; i++) bytes[at + i] = random(256);
    return undefined;
  },
  'a range copied': (bytes, random) => {
    const length = 8 << random(6);
    bytes.copyWithin(8 * random(bytes.length >> 3), 8 * random(bytes.length >> 3));
    return bytes.length > length ? undefined : bytes;
  },
  'an extreme number': (bytes, random) => {
    const value = EXTREMES[random(EXTREMES.length)]!;
    const wide = random(2) === 1;
    const at = (wide ? 8 : 4) * random(bytes.length >> (wide ? 3 : 2));
    if (wide && at + 8 <= bytes.length) viewOf(bytes).setBigInt64(at, BigInt(value), true);
    else if (at + 4 <= bytes.length) viewOf(bytes).setUint32(at, value, true);
    return undefined;
  },
  'an extreme word': (bytes, random) => {
    const places = words(bytes);
    const at = places[random(places.length)];
    if (at !== undefined) viewOf(bytes).setBigInt64(at, BigInt(EXTREMES[random(EXTREMES.length)]!), true);
    return undefined;
  },
  // Cycles, links to the wrong kind of object, attributes swapped: whatever holds an address is led elsewhere.
  'words swapped': (bytes, random) => {
    const places = words(bytes);
    if (places.length < 2) return undefined;
    const [a, b] = [places[random(places.length)]!, places[random(places.length)]!];
    const view = viewOf(bytes);
    const word = view.getBigUint64(a, true);
    if (random(2) === 1) view.setBigUint64(a, view.getBigUint64(b, true), true);
    view.setBigUint64(b, word, true);
    return undefined;
  },
};

/** Every object and list of a JSON value, outermost first. */
function* containers(value: unknown): Generator<Record<string, unknown> | unknown[]> {
  if (typeof value !== 'object' || value === null) return;
  yield value as Record<string, unknown>;
  for (const inner of Object.values(value)) yield* containers(inner);
}

/** Sizes to claim: what no program allocates, and what one might. */
const SIZES = [...EXTREMES, 2 ** 24, 1e6, 65536, 1024, 0.5];

const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1e9,
  1e300,
  0.5,
  '',
  'x',
  [],
  {},
  [[]],
  [null],
  [1e9, 1e9],
];

/** Kind → change of a configuration, in place. */
const CONFIGS: Readonly<Record<string, (config: unknown, random: Random) => void>> = {
  'configuration: a value': (config, random) => {
    const places = [...containers(config)].flatMap((holder) =>
      Object.keys(holder).map((key) => ({ holder, key })),
    );
    const { holder, key } = places[random(places.length)]!;
    (holder as Record<string, unknown>)[key] = ODD_VALUES[random(ODD_VALUES.length)];
  },
  'configuration: a number': (config, random) => {
    const places = [...containers(config)].flatMap((holder) =>
      Object.entries(holder).flatMap(([key, value]) => (typeof value === 'number' ? [{ holder, key }] : [])),
    );
    const place = places[random(places.length)];
    if (place) (place.holder as Record<string, unknown>)[place.key] = SIZES[random(SIZES.length)];
  },
  'configuration: a key less': (config, random) => {
    const places = [...containers(config)].flatMap((holder) =>
      Object.keys(holder).map((key) => ({ holder, key })),
    );
    const { holder, key } = places[random(places.length)]!;
    delete (holder as Record<string, unknown>)[key];
  },
  'configuration: a class': (config, random) => {
    const classes = [...containers(config)].filter((holder) => 'class_name' in holder);
    const [a, b] = [classes[random(classes.length)], classes[random(classes.length)]];
    if (a && b) Object.assign(a, { class_name: (b as { class_name: unknown }).class_name });
  },
  'configuration: one put in another': (config, random) => {
    const all = [...containers(config)];
    const [outer, inner] = [all[random(all.length)]!, structuredClone(all[random(all.length)]!)];
    const keys = Object.keys(outer);
    (outer as Record<string, unknown>)[keys[random(keys.length)] ?? 'config'] = inner;
  },
};

const isZip = (bytes: Uint8Array) => bytes[0] === 0x50;

const BYTE_KINDS = Object.keys(BYTES);
const CONFIG_KINDS = Object.keys(CONFIGS);

function damaged(bytes: Uint8Array, kind: string, random: Random): Uint8Array {
  const copy = bytes.slice();
  return BYTES[kind]!(copy, random) ?? copy;
}

/**
 * Damaged files, the same for the same seed. Archives are damaged as bytes, within the weights they hold (packed
 * again, so that checksums hold), or in their configuration.
 *
 * @param whole HDF5 files and `.keras` archives to start from
 */
export function* mutants(whole: readonly Uint8Array[], count: number, seed: number): Generator<Mutant> {
  const random = seeded(seed);
  for (let i = 0; i < count; i++) {
    const source = random(whole.length);
    const bytes = whole[source]!;
    const kind = BYTE_KINDS[random(BYTE_KINDS.length)]!;
    const way = isZip(bytes) ? random(4) : 0;
    if (way < 1) {
      yield { kind: isZip(bytes) ? `archive: ${kind}` : kind, source, bytes: damaged(bytes, kind, random) };
      continue;
    }
    const entries = unzipSync(bytes);
    if (way < 3) {
      const weights = damaged(entries['model.weights.h5']!, kind, random);
      yield {
        kind: `weights: ${kind}`,
        source,
        bytes: zipSync({ ...entries, 'model.weights.h5': weights }, STORED),
      };
      continue;
    }
    const config: unknown = JSON.parse(strFromU8(entries['config.json']!));
    const change = CONFIG_KINDS[random(CONFIG_KINDS.length)]!;
    CONFIGS[change]!(config, random);
    const json = strToU8(JSON.stringify(config));
    yield { kind: change, source, bytes: zipSync({ ...entries, 'config.json': json }, STORED) };
  }
}

/** With a fixed date, so that a seed gives the same bytes. */
const STORED = { level: 0, mtime: '2026-01-01' } as const;
