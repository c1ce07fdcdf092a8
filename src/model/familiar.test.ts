import assert from 'node:assert/strict';
import { copyFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { random } from '../core/random.ts';
import { type Image, preprocess } from '../image/index.ts';
import { renderEye } from '../synth/index.ts';
import { describeFamiliar, Familiarities } from './familiar.ts';
import type { Look } from './network.ts';
import { openModel, readModelFile } from './package.ts';

const shipped = fileURLToPath(new URL('../../models/fundus-disease', import.meta.url));
const grades = fileURLToPath(new URL('../../models/fundus-dr-grade', import.meta.url));

const look = (channels: Float32Array): Look => ({ features: new Float32Array(3), channels });

/** Looks of 20 channels that vary along three directions, and a little beside them. */
const rows = (count: number, seed: string): Look[] => numbers(count, seed).map(look);

function numbers(count: number, seed: string): Float32Array[] {
  const drawn = random(seed);
  const directions = random('directions');
  const axes = [6, 3, 2].map((spread) =>
    Float32Array.from({ length: 20 }, () => spread * directions.normal(0, 1)),
  );
  return Array.from({ length: count }, () => {
    const along = axes.map(() => drawn.normal(0, 1));
    return Float32Array.from({ length: 20 }, (_, i) =>
      axes.reduce((sum, axis, k) => sum + along[k]! * axis[i]!, 5 + drawn.normal(0, 0.1)),
    );
  });
}

describe('what is usual', () => {
  const about = { model: 'a'.repeat(64), source: 'numbers' };
  const familiar = describeFamiliar(rows(400, 'learnt'), rows(200, 'held'), about);
  const judge = new Familiarities(familiar);

  test('about one in a hundred of the same kind lies beyond the limit', () => {
    const unlike = rows(2000, 'fresh').filter((row) => judge.of(row)!.unlike).length;
    assert.ok(unlike <= 60, `${unlike} of 2000`);
  });

  test('the usual distance is 1', () => {
    const distances = rows(500, 'more').map((row) => judge.of(row)!.distance ** 2);
    const mean = distances.reduce((a, b) => a + b) / distances.length;
    assert.ok(Math.abs(mean - 1) < 0.15, String(mean));
  });

  test('what varies in a way that none of them did is unlike, however little it is', () => {
    const drawn = random('other');
    for (const row of rows(50, 'moved')) {
      const other = row.channels!.map((value) => value + drawn.normal(0, 1.5));
      assert.ok(judge.of(look(other))!.unlike);
    }
  });

  test('other numbers than those that are described know no distance', () => {
    assert.equal(judge.of(look(new Float32Array(7))), null);
    assert.equal(judge.of({ features: new Float32Array(20), channels: null }), null);
  });

  test('of a model without channels, and where it does not say, it is its features', () => {
    const plain = (row: Float32Array): Look => ({ features: row, channels: null });
    const learnt = numbers(400, 'learnt').map(plain);
    const { of, ...unsaid } = describeFamiliar(learnt, numbers(200, 'held').map(plain), about);
    assert.equal(of, 'features');
    const [row] = numbers(1, 'fresh');
    assert.deepEqual(new Familiarities(unsaid).of(plain(row!)), judge.of(look(row!)));
  });

  test('parts that do not fit each other are refused', () => {
    assert.throws(() => new Familiarities({ ...familiar, deviations: [1, 2] }), { code: 'MODEL_DAMAGED' });
    assert.throws(() => new Familiarities({ ...familiar, mean: 'AAA=' }), { code: 'MODEL_DAMAGED' });
    const wrong: readonly object[] = [
      { of: 'constructor' },
      { mean: 7 },
      { axes: null },
      { deviations: null },
      { deviations: [...familiar.deviations.slice(1), 0] },
      { residual: '1' },
      { limit: undefined },
    ];
    for (const part of wrong)
      assert.throws(() => new Familiarities({ ...familiar, ...part }), { code: 'MODEL_DAMAGED' });
  });
});

describe('the shipped model', () => {
  let cache: string;
  before(async () => {
    cache = await mkdtemp(join(tmpdir(), 'fovea-familiar-'));
  });
  after(() => rm(cache, { recursive: true }));
  const input = async () => {
    const { image, width, height } = renderEye({ modality: 'fundus', seed: 'familiar', size: 256 });
    const { manifest } = await readModelFile(shipped);
    return preprocess({ width, height, channels: 3, data: image }, manifest!.preprocessing);
  };

  test('answers the same whether it also tells what the picture looks like or not', async () => {
    const file = await readModelFile(shipped);
    assert.ok(file.familiar);
    const { familiar: _, ...without } = file;
    const [plain, telling] = await Promise.all([openModel(without, { cache }), openModel(file, { cache })]);
    const [a, b] = [await plain.read(await input()), await telling.read(await input())];
    assert.deepEqual(a.probabilities, b.probabilities);
    assert.equal(a.familiarity, null);
    assert.ok(b.familiarity && b.familiarity.distance > 0);
    await Promise.all([plain.close(), telling.close()]);
  });

  test('finds a scan and a negative unlike all that it learned from, and a photograph not', async () => {
    const model = await openModel(await readModelFile(shipped), { cache });
    const unlike = async (picture: Image) =>
      (await model.read(preprocess(picture, model.manifest.preprocessing))).familiarity!.unlike;
    const drawn = (modality: 'fundus' | 'oct'): Image => {
      const { image, width, height, channels } = renderEye({ modality, seed: 'familiar' });
      return { width, height, channels, data: image };
    };
    const photograph = drawn('fundus');
    assert.equal(await unlike(photograph), false);
    assert.equal(await unlike({ ...photograph, data: photograph.data.map((value) => 255 - value) }), true);
    assert.equal(await unlike(drawn('oct')), true);
    await model.close();
  });

  test('models of one trunk run it once for what they are both given, and answer as they do alone', async () => {
    const files = await Promise.all([shipped, grades].map((folder) => readModelFile(folder)));
    const given = await input();
    const alone = [];
    for (const file of files) {
      const model = await openModel(file, { cache });
      alone.push(await model.read(given));
      await model.close();
    }
    const [first, second] = [await openModel(files[0]!, { cache }), await openModel(files[1]!, { cache })];
    const together = [await first.read(given), await second.read(given)];
    assert.deepEqual(together, alone);
    // The very same numbers, not equal ones.
    const [one, other] = [await first.look(given), await second.look(given)];
    assert.equal(one!.features, other!.features);
    assert.equal(one!.channels, other!.channels);
    // What one lets go of stays while the other holds it.
    await first.close();
    assert.deepEqual(await second.read({ ...given }), alone[1]);
    await second.close();
  });

  test('a description of another file counts as none, a damaged one is an error', async () => {
    const folder = join(cache, 'copy');
    await cp(shipped, folder, { recursive: true });
    const path = join(folder, 'familiar.json');
    const familiar = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...familiar, model: 'b'.repeat(64) }));
    assert.equal((await readModelFile(folder)).familiar, undefined);
    await writeFile(path, '{"model":');
    await assert.rejects(readModelFile(folder), { code: 'MODEL_DAMAGED' });
    await copyFile(join(shipped, 'familiar.json'), path);
    assert.ok((await readModelFile(folder)).familiar);
    await rm(join(folder, 'model.json'));
    assert.ok((await readModelFile(folder)).familiar, 'of a bare model');
    assert.ok((await readModelFile(join(folder, 'keras_model.h5'))).familiar, 'of its file');
  });
});
