import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { root, temporaryFolder } from '../../test/cli.ts';
import { unitNumbers } from '../../test/lcg.ts';
import { decode, preprocess } from '../image/index.ts';
import { parseManifest } from './manifest.ts';
import { Registry } from './registry.ts';

const tiny = readFileSync(join(root, 'test/browser/fixtures/tiny.h5'));
const picture = readFileSync(join(root, 'test/fixtures/square.jpg'));

function emptyRegistry(t: TestContext): { registry: Registry; folder: string } {
  const folder = temporaryFolder(t);
  const registry = new Registry({
    builtIn: join(root, 'models'),
    user: join(folder, 'models'),
    cache: join(folder, 'cache'),
  });
  t.after(() => registry.close());
  return { registry, folder };
}

const answer = async (registry: Registry, name: string) => {
  const model = await registry.open(name);
  return model.predict(preprocess(await decode(picture), model.manifest.preprocessing));
};

describe('the shipped models', () => {
  const folders = readdirSync(join(root, 'models'));
  /** Networks that the gate asks itself: no model that anybody chooses. */
  const ofTheGate = folders.filter((name) => name.startsWith('gate-'));

  test('what the gate asks is not listed, is small, and says where it comes from', async (t) => {
    const { registry } = emptyRegistry(t);
    const listed = (await registry.list()).map(({ manifest }) => manifest.name);
    assert.ok(ofTheGate.length > 0);
    for (const name of ofTheGate) {
      assert.ok(!listed.includes(name), name);
      const files = readdirSync(join(root, 'models', name));
      assert.match(readFileSync(join(root, 'models', name, 'README.md'), 'utf8'), /not a\s+medical device/);
      for (const file of files)
        assert.ok(readFileSync(join(root, 'models', name, file)).length <= 2e6, `${name}/${file}`);
    }
  });

  for (const name of folders.filter((folder) => !ofTheGate.includes(folder))) {
    test(`${name} has a valid manifest, the file it names, and answers its golden input as it did in Keras`, async (t) => {
      const folder = join(root, 'models', name);
      const manifest = parseManifest(readFileSync(join(folder, 'model.json'), 'utf8'), name);
      assert.equal(manifest.name, name);
      assert.ok(readFileSync(join(folder, manifest.file)).length <= 12e6, 'at most 12 MB');
      const { registry } = emptyRegistry(t);
      const model = await registry.openPath(folder);
      const { size, channel_order } = manifest.preprocessing;
      const shape = [1, size.height, size.width, channel_order === 'GRAY' ? 1 : 3];
      const data = Float32Array.from(unitNumbers(shape.reduce((a, b) => a * b)));
      const output = await model.predict({ dtype: 'float32', shape, data });
      const { output: expected, tolerance } = manifest.golden!;
      expected.forEach((p, i) => {
        assert.ok(Math.abs(p - output[i]!) <= tolerance, `${output[i]} is not ${p}`);
      });
    });
  }
});

describe('a model of the user', () => {
  test('is added with a guessed contract and its reason, and answers', async (t) => {
    const { registry } = emptyRegistry(t);
    const entry = await registry.add(tiny, { fileName: 'My Model.h5', labels: '0 A\n1 B\n2 C\n3 D\n' });
    assert.equal(entry.manifest.name, 'my-model');
    assert.deepEqual(
      entry.manifest.labels.map(({ name }) => name),
      ['A', 'B', 'C', 'D'],
    );
    assert.ok(entry.manifest.guess);
    assert.equal(entry.builtIn, false);
    assert.equal((await answer(registry, 'my-model')).length, 4);
  });

  test('is added once, whatever it is called the second time', async (t) => {
    const { registry } = emptyRegistry(t);
    await registry.add(tiny, { fileName: 'first.h5' });
    assert.equal((await registry.add(tiny, { fileName: 'second.h5' })).manifest.name, 'first');
    const { length } = await emptyRegistry(t).registry.list();
    assert.equal((await registry.list()).length, length + 1);
  });

  test('answers otherwise once its contract is corrected, and is then no guess', async (t) => {
    const { registry } = emptyRegistry(t);
    const { manifest } = await registry.add(tiny, { fileName: 'tiny.h5' });
    const first = await answer(registry, 'tiny');
    const preprocessing = { ...manifest.preprocessing, rescale_factor: 1 / 127.5, image_mean: [1, 1, 1] };
    const corrected = await registry.update('tiny', { preprocessing });
    assert.equal(corrected.manifest.guess, undefined);
    assert.notDeepEqual(await answer(registry, 'tiny'), first);
  });

  test('is not corrected into something that its graph cannot do', async (t) => {
    const { registry } = emptyRegistry(t);
    const { manifest } = await registry.add(tiny, { fileName: 'tiny.h5' });
    const { preprocessing, labels } = manifest;
    const wrong = [
      { labels: labels.slice(1) },
      { preprocessing: { ...preprocessing, size: { height: 7, width: 7 } } },
      { preprocessing: { ...preprocessing, channel_order: 'GRAY' as const } },
      { preprocessing: { ...preprocessing, image_std: [1, 0, 1] } },
    ];
    for (const correction of wrong) {
      await assert.rejects(registry.update('tiny', correction), { code: 'MODEL_MANIFEST_INVALID' });
    }
    assert.deepEqual((await registry.entry('tiny')).manifest, manifest, 'and stays as it was');
  });

  test('is calibrated, and by nothing that could not be read again', async (t) => {
    const { registry, folder } = emptyRegistry(t);
    await registry.add(tiny, { fileName: 'tiny.h5' });
    const path = join(folder, 'models/tiny/model.json');
    const calibration = {
      ...{ data: 'nobody', pictures: 1, patients: 1, prevalences: [], operatingPoints: [] },
      map: { kind: 'temperature' as const, temperature: 2 },
      conformal: { coverage: 0.9, presentFrom: [], largestSet: 2 },
    };
    const write = await registry.calibrating('tiny');
    assert.equal(await write(calibration), path);
    const before = readFileSync(path, 'utf8');
    for (const largestSet of [Number.NaN, 2.5, -1])
      await assert.rejects(write({ ...calibration, conformal: { ...calibration.conformal, largestSet } }), {
        code: 'MODEL_MANIFEST_INVALID',
      });
    assert.equal(readFileSync(path, 'utf8'), before);
    assert.deepEqual((await registry.entry('tiny')).manifest.calibration, calibration);
  });

  test('is removed with its files', async (t) => {
    const { registry, folder } = emptyRegistry(t);
    await registry.add(tiny, { fileName: 'tiny.h5' });
    await registry.remove('tiny');
    assert.deepEqual(readdirSync(join(folder, 'models')), []);
    await assert.rejects(registry.open('tiny'), { code: 'MODEL_NOT_FOUND' });
  });

  test('is not opened when its file is not the one that was added', async (t) => {
    const { registry, folder } = emptyRegistry(t);
    await registry.add(tiny, { fileName: 'tiny.h5' });
    writeFileSync(join(folder, 'models/tiny/keras_model.h5'), 'another file');
    await assert.rejects(registry.open('tiny'), { code: 'MODEL_DAMAGED' });
  });

  test('converts once: the second start takes the graph from the cache', async (t) => {
    const { registry, folder } = emptyRegistry(t);
    await registry.add(tiny, { fileName: 'tiny.h5' });
    assert.equal(readdirSync(join(folder, 'cache')).filter((name) => name.endsWith('.onnx')).length, 1);
    const first = await answer(registry, 'tiny');
    assert.deepEqual(await answer(emptyAgain(t, folder), 'tiny'), first);
  });
});

const emptyAgain = (t: TestContext, folder: string) => {
  const registry = new Registry({
    builtIn: join(root, 'models'),
    user: join(folder, 'models'),
    cache: join(folder, 'cache'),
  });
  t.after(() => registry.close());
  return registry;
};

test('a shipped model is neither corrected nor removed', async (t) => {
  const { registry } = emptyRegistry(t);
  await assert.rejects(registry.update('fundus-disease', { title: 'Mine' }), { code: 'MODEL_READ_ONLY' });
  await assert.rejects(registry.remove('fundus-disease'), { code: 'MODEL_READ_ONLY' });
});

test('a name is never taken for a path', async (t) => {
  const { registry } = emptyRegistry(t);
  await assert.rejects(registry.open('../../models/fundus-disease'), { code: 'MODEL_NOT_FOUND' });
});
