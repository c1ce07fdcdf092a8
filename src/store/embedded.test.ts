import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Cluster, holdCluster } from './embedded.ts';

test('who comes while a killed database is not back yet finds it where those who hold it look for it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fovea-cluster-'));
  const held: Cluster[] = [];
  try {
    held.push(await holdCluster(folder));
    for (let i = 0; i < 3; i++) {
      const pid = Number.parseInt(await readFile(join(folder, 'data/postmaster.pid'), 'utf8'), 10);
      process.kill(pid, 'SIGKILL');
      held.push(await holdCluster(folder));
    }
    assert.equal(new Set(held.map(({ url }) => url)).size, 1);
  } finally {
    for (const cluster of held) await cluster.release();
    await rm(folder, { recursive: true, force: true });
  }
});

test('one whose number another process has by now is started', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fovea-cluster-'));
  try {
    await (await holdCluster(folder)).release();
    const port = await readFile(join(folder, 'port'), 'utf8');
    const lines = [process.pid, join(folder, 'data'), 1, port, '', '127.0.0.1', '', 'ready'];
    await writeFile(join(folder, 'data/postmaster.pid'), `${lines.join('\n')}\n`);
    const cluster = await holdCluster(folder);
    assert.equal(new URL(cluster.url).port, port);
    await cluster.release();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
