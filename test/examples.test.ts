import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { root } from './cli.ts';
import { manyPhotographs } from './many.ts';
import { type Clinic, serve } from './serve.ts';

const run = promisify(execFile);
const hasCurl = spawnSync('curl', ['--version']).status === 0;

describe('the examples of the API', () => {
  let [folder, pictures] = ['', ''];
  let clinic: Clinic;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fovea-examples-'));
    pictures = join(folder, 'pictures');
    await mkdir(pictures);
    for await (const { name, bytes } of manyPhotographs(4, 384)) await writeFile(join(pictures, name), bytes);
    clinic = await serve(join(folder, 'data'), { FOVEA_WORKERS: '1' });
  });
  after(async () => {
    await clinic?.close();
    await rm(folder, { recursive: true, force: true });
  });
  const env = () => ({ ...process.env, FOVEA: clinic.address });

  test('in TypeScript tells of each visit as it is read', async () => {
    const { stdout } = await run(process.execPath, [join(root, 'docs/examples/clinic.ts'), pictures], {
      env: env(),
    });
    const lines = stdout.trim().split('\n').sort();
    assert.equal(lines.length, 2, stdout);
    for (const [i, line] of lines.entries())
      assert.match(line, new RegExp(`^P0000${i}: (positive|negative), risk [\\d.]+ %$`));
  });

  test('in curl gives a table and a report', { skip: !hasCurl && 'there is no curl' }, async () => {
    // Files that are there already are told as such, and are in the table all the same.
    const { stdout } = await run('sh', [join(root, 'docs/examples/clinic.sh'), pictures], {
      env: env(),
      cwd: folder,
    });
    assert.match(stdout, /P00000_OD\.jpg/);
    assert.match(stdout, /P00001_OS\.jpg/);
    assert.equal((await readFile(join(folder, 'report.pdf'))).subarray(0, 5).toString(), '%PDF-');
  });
});
