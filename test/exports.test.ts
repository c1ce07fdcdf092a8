import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { convertKeras as convertKerasOfTypes } from 'fovea/keras';
import { root } from './cli.ts';

test('the package is used by its name, as the README shows', async () => {
  const { classify, decode, DISCLAIMER, FoveaError, openModel } = await import('fovea');
  for (const verb of [classify, decode, openModel, FoveaError]) assert.equal(typeof verb, 'function');
  assert.match(DISCLAIMER, /Research use only/);
});

test('fovea/keras converts a model on its own, and its types say so', async () => {
  const bytes = readFileSync(`${root}models/fundus-disease/keras_model.h5`);
  const converted: { onnx: Uint8Array; warnings: readonly string[] } = await convertKerasOfTypes(bytes);
  assert.ok(converted.onnx.length > 0);
});

test('the published package holds the compiled code, the page, the models, and no source or test', () => {
  const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
  });
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  const paths = files.map(({ path }) => path);
  for (const needed of [
    'bin/fovea.mjs',
    'dist/index.js',
    'dist/index.d.ts',
    'dist/keras/index.d.ts',
    'dist/web/index.html',
    'models/fundus-disease/keras_model.h5',
    'LICENSE',
  ]) {
    assert.ok(paths.includes(needed), needed);
  }
  assert.deepEqual(
    paths.filter((path) => /^(src|test|training)\/|\.test\./.test(path)),
    [],
  );
});
