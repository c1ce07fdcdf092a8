import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root, temporaryFolder } from '../../test/cli.ts';
import { Registry } from '../model/index.ts';
import { chosenModel } from './registry.ts';

test('a model is chosen by name, else by a folder of that name, else not at all', async (t) => {
  const folder = temporaryFolder(t);
  const registry = new Registry({
    builtIn: join(root, 'models'),
    user: folder,
    cache: join(folder, 'graphs'),
  });
  t.after(() => registry.close());
  for (const name of ['mymodel', 'oct']) {
    mkdirSync(join(folder, name));
    copyFileSync(join(root, 'test/browser/fixtures/tiny.h5'), join(folder, name, 'tiny.h5'));
  }
  const before = process.cwd();
  t.after(() => process.chdir(before));
  process.chdir(folder);
  assert.equal((await chosenModel(registry, 'mymodel')).manifest.title, 'tiny.h5');
  assert.ok((await chosenModel(registry, 'oct')).manifest.calibration, 'the shipped one');
  await assert.rejects(chosenModel(registry, 'another'), { code: 'MODEL_NOT_FOUND' });
});
