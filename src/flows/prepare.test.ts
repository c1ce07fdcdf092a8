import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root, temporaryFolder } from '../../test/cli.ts';
import { readDataset } from '../dataset/index.ts';
import { parseCsv } from '../formats/csv.ts';
import { decode, fit } from '../image/index.ts';
import { prepare } from './prepare.ts';

const contract = {
  size: { width: 24, height: 16 },
  crop: 'contain',
  resample: 'pil_bilinear',
  channel_order: 'RGB',
} as const;
const HEAD = 192;

test('the array holds what a model is given, row by row, and rows.csv says which is where and what is missing', async (context) => {
  const folder = temporaryFolder(context);
  const fixture = (name: string) => join(root, 'test/fixtures', name);
  for (const name of ['square.jpg', 'grey.png']) copyFileSync(fixture(name), join(folder, name));
  writeFileSync(join(folder, 'damaged.jpg'), readFileSync(fixture('square.jpg')).subarray(0, 900));
  writeFileSync(
    join(folder, 'labels.csv'),
    'file,note\nsquare.jpg,"one, two"\nnowhere.jpg,\ndamaged.jpg,\ngrey.png,last\n',
  );
  const out = join(folder, 'out');
  const prepared = await prepare(await readDataset(folder, { isLabelled: false }), contract, out);
  assert.deepEqual(prepared, {
    shape: [2, 16, 24, 3],
    dtype: 'uint8',
    excluded: { FILE_NOT_FOUND: 1, IMAGE_DAMAGED: 1 },
  });
  assert.deepEqual(parseCsv(readFileSync(join(out, 'rows.csv'), 'utf8')), [
    ['file', 'note', 'row', 'excluded'],
    ['square.jpg', 'one, two', '0', ''],
    ['nowhere.jpg', '', '', 'FILE_NOT_FOUND'],
    ['damaged.jpg', '', '', 'IMAGE_DAMAGED'],
    ['grey.png', 'last', '1', ''],
  ]);
  const bytes = readFileSync(join(out, 'pixels.npy'));
  assert.match(bytes.toString('latin1', 0, HEAD), /'\|u1'.*\(2, 16, 24, 3\)/);
  const size = 16 * 24 * 3;
  assert.equal(bytes.length, HEAD + 2 * size);
  for (const [row, name] of ['square.jpg', 'grey.png'].entries()) {
    const { data } = fit(await decode(readFileSync(fixture(name))), contract);
    assert.deepEqual([...bytes.subarray(HEAD + row * size, HEAD + (row + 1) * size)], [...data]);
  }
});

test("fractions that a kernel leaves are kept, as TensorFlow's", async (context) => {
  const folder = temporaryFolder(context);
  const path = join(root, 'test/fixtures/square.jpg');
  const item = { file: 'a', path, patient: 'a', labels: [], columns: { file: 'a' } };
  const { dtype } = await prepare(
    { items: [item], columns: ['file'] },
    { ...contract, crop: 'none', resample: 'tensorflow_bilinear' },
    folder,
  );
  assert.equal(dtype, 'float32');
  const bytes = readFileSync(join(folder, 'pixels.npy'));
  assert.match(bytes.toString('latin1', 0, HEAD), /'<f4'/);
  assert.equal(bytes.length, HEAD + 16 * 24 * 3 * 4);
});

test('where no picture can be read it says so', async (context) => {
  const folder = temporaryFolder(context);
  const item = { file: 'a', path: join(folder, 'a'), patient: 'a', labels: [], columns: { file: 'a' } };
  await assert.rejects(prepare({ items: [item], columns: ['file'] }, contract, join(folder, 'out')), {
    code: 'DATASET_INVALID',
  });
});
