import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { fovea, root, temporaryFolder } from '../../test/cli.ts';
import { asRefusal } from './refusal.ts';

const model = join(root, 'test/browser/fixtures/tiny.h5');

/** Where `FOLDER/file` is a file and `FOLDER/folder` a folder. */
const OUTPUTS = [
  ['convert MODEL -o FOLDER/nowhere/x.onnx', 'nowhere/x.onnx', 'there is no such file or folder'],
  ['convert MODEL -o FOLDER/folder', 'folder', 'it is a folder'],
  ['evaluate -d FOLDER/labels.csv -o FOLDER/file', 'file', 'a file stands where a folder should'],
  ['prepare -d FOLDER/labels.csv --size 9 -o FOLDER/file', 'file', 'a file stands where a folder should'],
  ['phantom -o FOLDER/file/in-it', 'file/in-it', 'a file stands where a folder should'],
] as const;

describe('what cannot be written', () => {
  for (const [line, path, reason] of OUTPUTS)
    test(`\`fovea ${line}\`: ${reason}`, async (t) => {
      const folder = temporaryFolder(t);
      mkdirSync(join(folder, 'folder'));
      writeFileSync(join(folder, 'file'), '');
      writeFileSync(join(folder, 'labels.csv'), 'file,label\na.jpg,N\nb.jpg,D\n');
      const args = line.replace('MODEL', model).replaceAll('FOLDER', folder).split(' ');
      const { status, stderr } = await fovea(args, folder);
      assert.equal(status, 1);
      assert.ok(stderr.includes(`"${join(folder, path)}": ${reason}. [PATH_UNUSABLE]`), stderr);
      assert.doesNotMatch(stderr, /^\s+at /m, 'no stack');
    });

  test('is a refusal; what else goes wrong in the system is not', () => {
    const failure = (code: string, syscall: string) =>
      Object.assign(new Error(code), { code, syscall, path: '/a' });
    for (const code of ['EACCES', 'EPERM', 'EROFS'])
      assert.equal(asRefusal(failure(code, 'open')).code, 'PATH_UNUSABLE');
    assert.equal(asRefusal(failure('ENOSPC', 'open')).code, 'STORAGE_FULL');
    assert.equal(asRefusal(failure('EMFILE', 'open')).code, 'INTERNAL');
    assert.equal(asRefusal(failure('ENOENT', 'spawn postgres')).code, 'INTERNAL');
    assert.equal(asRefusal(undefined).code, 'INTERNAL');
  });
});

test('a reader that has read enough ends a command without a word', async (t) => {
  const env = { ...process.env, FOVEA_DATA: temporaryFolder(t) };
  const command = spawn(process.execPath, [join(root, 'bin/fovea.mjs'), 'models', '--json'], { env });
  command.stdout.destroy();
  const said = text(command.stderr);
  const [status] = await once(command, 'close');
  assert.deepEqual([status, await said], [1, '']);
});
