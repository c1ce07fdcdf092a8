import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { strFromU8, unzipSync } from 'fflate';
import type { FoveaError } from '../core/errors.ts';
import { type Hdf5, isHdf5, openHdf5 } from './hdf5.ts';

interface Contents {
  readonly groups: Record<string, readonly string[]>;
  readonly datasets: Record<string, { type: string; shape: readonly number[]; values: readonly number[] }>;
  /** By `path@name`. */
  readonly attributes: Record<string, readonly string[]>;
}

/** Files that use each way of storing, with what h5py reads from them: training/hdf5_fixtures.py. */
const packed = unzipSync(readFileSync(new URL('fixtures/hdf5.zip', import.meta.url)));
const { h5py, files }: { h5py: string; files: Record<string, Contents> } = JSON.parse(
  strFromU8(packed['expected.json']!),
);

/** What a type is read as, where it is not read as itself. */
const WIDENED: Readonly<Record<string, string>> = {
  int8: 'int32',
  int16: 'int32',
  uint16: 'int32',
  uint32: 'int64',
};

const half = (bits: number) => {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits & 0x8000 ? -size : size;
};

function values(file: Hdf5, path: string): number[] {
  const { dtype, data } = file.tensor(path);
  return Array.from(data as ArrayLike<number | bigint>, (value) =>
    dtype === 'float16' ? half(Number(value)) : Number(value),
  );
}

describe(`HDF5 files are read as h5py ${h5py} reads them`, () => {
  for (const [name, { groups, datasets, attributes }] of Object.entries(files)) {
    describe(name, () => {
      const file = openHdf5(packed[name]!);
      for (const [path, { type, shape, values: expected }] of Object.entries(datasets)) {
        test(`dataset "${path}"`, () => {
          assert.equal(file.kind(path), 'dataset');
          assert.deepEqual(file.shape(path), shape);
          assert.equal(file.tensor(path).dtype, WIDENED[type] ?? type);
          assert.deepEqual(values(file, path), expected);
        });
      }
      test('members of every group', () => {
        for (const [path, names] of Object.entries(groups)) {
          assert.equal(file.kind(path), 'group', path);
          assert.deepEqual(file.keys(path).toSorted(), names, path);
        }
      });
      test('texts of every attribute', () => {
        for (const [place, texts] of Object.entries(attributes)) {
          const [path, key] = place.split('@') as [string, string];
          assert.deepEqual(file.texts(path, key), texts, place);
        }
      });
    });
  }
});

describe('names and links', () => {
  const file = openHdf5(packed['groups earliest.h5']!);

  test('a soft link within the file is followed, one that leads nowhere is absent', () => {
    assert.equal(file.kind('soft'), 'group');
    assert.equal(file.kind('many/relative'), 'group');
    assert.equal(file.kind('nowhere'), undefined);
  });

  test('two names of one group lead to the same members', () => {
    assert.deepEqual(file.keys('by another name'), file.keys('many'));
  });

  test('a backslash is a letter of a name', () => {
    assert.deepEqual(values(file, 'many/layers\\dense/vars'), [1, 2]);
  });
});

describe('attributes', () => {
  const file = openHdf5(packed['attributes earliest.h5']!);

  test('a list that Keras split is joined', () => {
    assert.deepEqual(
      file.texts('', 'split'),
      [0, 1, 2].flatMap((i) => [`part ${i}.0`, `part ${i}.1`]),
    );
  });

  test('one that is not there, or is a number, has no text', () => {
    assert.equal(file.text('', 'absent'), undefined);
    assert.equal(file.text('', 'number'), undefined);
  });
});

describe('memory', () => {
  test('a dataset that lies in the file as the machine has it is not copied', () => {
    const bytes = packed['layouts earliest.h5']!;
    assert.equal(openHdf5(bytes).tensor('contiguous').data.buffer, bytes.buffer);
  });

  test('bytes at an odd place in their buffer, as of a Node Buffer, are read all the same', () => {
    const bytes = packed['types earliest.h5']!;
    const shifted = Buffer.alloc(bytes.length + 1);
    shifted.set(bytes, 1);
    const file = openHdf5(shifted.subarray(1));
    assert.deepEqual(values(file, 'f4'), files['types earliest.h5']!.datasets.f4!.values);
  });
});

test('the newest index of a dataset that can grow is refused by name', () => {
  assert.throws(
    () => openHdf5(packed['growing.h5']!).tensor('one axis may grow'),
    (error: FoveaError) =>
      error.code === 'MODEL_STORAGE_UNSUPPORTED' && /extensible array/.test(error.message),
  );
});

test('a file of another kind is not taken for one', () => {
  assert.equal(isHdf5(Uint8Array.of(0x89, 0x50, 0x4e, 0x47)), false);
});

test('a file that is cut short is refused with both lengths', () => {
  const bytes = packed['types latest.h5']!;
  assert.throws(
    () => openHdf5(bytes.subarray(0, bytes.length - 1)),
    (error: FoveaError) =>
      error.code === 'MODEL_DAMAGED' &&
      error.details.expected === `${bytes.length} bytes` &&
      error.details.received === `${bytes.length - 1} bytes`,
  );
});
