import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { lockFolder } from './folder-lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fovea-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

const path = () => join(folder, 'server.lock');
const taken = (by: RegExp) => ({ code: 'DATA_FOLDER_TAKEN', message: by });

/** Another process that holds the folder until it is killed. */
async function elsewhere() {
  const module = fileURLToPath(new URL('folder-lock.ts', import.meta.url));
  const code = `await (await import(${JSON.stringify(module)})).lockFolder(${JSON.stringify(folder)}, 'the first');
    console.log('held'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

/** Changes what the file says of who holds it. */
async function pretend(change: object) {
  await writeFile(path(), JSON.stringify({ ...JSON.parse(await readFile(path(), 'utf8')), ...change }));
}

describe('the lock of a data folder', () => {
  test('is held by one; the second is told by whom, and has it after the first', async () => {
    const unlock = await lockFolder(folder, 'fovea at 127.0.0.1:1 (process 7)');
    await assert.rejects(lockFolder(folder, 'other'), taken(/127\.0\.0\.1:1 \(process 7\) on .+, since 20/));
    await unlock();
    assert.deepEqual(await readdir(folder), []);
    await (await lockFolder(folder, 'other'))();
  });

  test('of a process that lives is respected, and of one that was killed is free at once', async () => {
    const first = await elsewhere();
    await assert.rejects(lockFolder(folder, 'second'), taken(/the first/));
    first.kill('SIGKILL');
    await once(first, 'exit');
    const began = performance.now();
    const unlock = await lockFolder(folder, 'second');
    assert.ok(performance.now() - began < 3000);
    await unlock();
  });

  test('of another machine is respected while it is touched, and free when nobody touches it any more', async () => {
    const first = await elsewhere();
    await pretend({ host: 'other', place: 'other', pid: 1 });
    await assert.rejects(lockFolder(folder, 'second'), taken(/the first on other/));
    first.kill('SIGKILL');
    await once(first, 'exit');
    await (await lockFolder(folder, 'second'))();
  });

  test('whose process number was given anew is free after a silence; so is one cut off while it was written', async () => {
    const sleeper = spawn('sleep', ['60']);
    try {
      await (await lockFolder(folder, 'first'))();
      await writeFile(path(), '');
      const unlock = await lockFolder(folder, 'second');
      await pretend({ id: 'of before', pid: sleeper.pid });
      // What is not its own any more it leaves alone.
      await unlock();
      await (await lockFolder(folder, 'third'))();
    } finally {
      sleeper.kill();
    }
  });

  test('that many take over at once goes to one', async () => {
    await writeFile(
      path(),
      JSON.stringify({ name: 'gone', host: 'h', pid: deadPid(), place: await placeOf() }),
    );
    const settled = await Promise.allSettled([1, 2, 3].map((i) => lockFolder(folder, `${i}`)));
    const won = settled.filter((one) => one.status === 'fulfilled');
    assert.equal(won.length, 1);
    await won[0]!.value();
    assert.deepEqual(await readdir(folder), []);
  });
});

/** What this machine writes into a lock. */
async function placeOf(): Promise<string> {
  const unlock = await lockFolder(join(folder, 'probe'), 'probe');
  const { place } = JSON.parse(await readFile(join(folder, 'probe', 'server.lock'), 'utf8'));
  await unlock();
  await rm(join(folder, 'probe'), { recursive: true });
  return place;
}

const deadPid = () => spawnSync('true').pid;
