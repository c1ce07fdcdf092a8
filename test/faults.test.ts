/**
 * The server, its workers and its database are killed at random moments of a batch: nothing that was acknowledged is lost,
 * nothing is read twice, nothing is left lying about.
 *
 *     FAULT_IMAGES=2000 FAULT_KILLS=20 FAULT_AWAY=60 node --test test/faults.test.ts      what docs/reliability.md tells of
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { random } from '../src/core/random.ts';
import { openStore, verifyAudit, verifyStorage } from '../src/store/index.ts';

import { breakable } from './breakable.ts';
import { root } from './cli.ts';
import { manyPhotographs, type Photograph } from './many.ts';
import { type Clinic, childrenOf, processesOf, serve } from './serve.ts';

const IMAGES = Number(process.env.FAULT_IMAGES ?? 120);
const KILLS = Number(process.env.FAULT_KILLS ?? 6);
/** Seconds that the database is away. */
const AWAY_S = Number(process.env.FAULT_AWAY ?? 4);
const GROUP = 10;
const isLinux = process.platform === 'linux';
const dice = random(process.env.FAULT_SEED ?? 'faults');

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  return port;
}

/** Asks until there is an answer: a client that does not give up. */
async function ask(url: string, init?: RequestInit): Promise<Response> {
  for (let i = 0; ; i++) {
    const answer = await fetch(url, init).catch(() => undefined);
    if (answer?.ok) return answer;
    // What is no fault of the moment would never pass.
    if (answer && answer.status < 500) assert.fail(`${url}: ${answer.status} ${await answer.text()}`);
    assert.ok(i < 600, `${url} never answers`);
    await sleep(100);
  }
}

const post = (url: string, body: object = {}) =>
  ask(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const VICTIMS = ['server', 'worker', 'database'] as const;

/** kill -9, and what whoever looks after a server does then: starts it again. */
async function strike(
  victim: (typeof VICTIMS)[number],
  clinic: Clinic,
  dataFolder: string,
  port: number,
): Promise<Clinic> {
  switch (victim) {
    case 'server': {
      const gone = once(clinic.process, 'exit');
      process.kill(clinic.process.pid!, 'SIGKILL');
      await gone;
      return serve(dataFolder, { PORT: String(port), FOVEA_WORKERS: '2' });
    }
    case 'worker': {
      const [worker] = childrenOf(clinic.process.pid!, 'worker');
      if (worker) process.kill(worker, 'SIGKILL');
      return clinic;
    }
    case 'database': {
      const pid = await readFile(join(dataFolder, 'postgres/data/postmaster.pid'), 'utf8').catch(() => '');
      if (Number.parseInt(pid, 10) > 0) process.kill(Number.parseInt(pid, 10), 'SIGKILL');
      return clinic;
    }
  }
}

interface Item {
  readonly state: string;
}

/** Begins a batch. */
async function begin(api: string): Promise<string> {
  const answer = await post(`${api}/batches`, { name: 'camp', pattern: '{patient}_{eye}' });
  return ((await answer.json()) as { id: string }).id;
}

function formOf(group: readonly Photograph[]): FormData {
  const form = new FormData();
  for (const { name, bytes } of group) form.append('file', new Blob([new Uint8Array(bytes)]), name);
  return form;
}

async function hand(api: string, batch: string, group: readonly Photograph[]): Promise<readonly Item[]> {
  const answer = await ask(`${api}/batches/${batch}/files`, { method: 'POST', body: formOf(group) });
  return ((await answer.json()) as { items: Item[] }).items;
}

/** Waits until every image of a batch is read, as long as it goes on. */
async function untilRead(api: string, batch: string): Promise<void> {
  const waiting = async () =>
    ((await (await ask(`${api}/batches/${batch}`)).json()) as { waiting: number }).waiting;
  for (let left = await waiting(), before = left, since = Date.now(); left > 0; left = await waiting()) {
    if (left < before) [before, since] = [left, Date.now()];
    assert.ok(Date.now() - since < 90_000, `${left} images are never read`);
    await sleep(250);
  }
}

async function some(count: number): Promise<Photograph[]> {
  const photographs: Photograph[] = [];
  for await (const photograph of manyPhotographs(count, 384)) photographs.push(photograph);
  return photographs;
}
/** What a test set up, taken down in the reverse order. */
const undo: (() => unknown)[] = [];
const takeDown = async () => {
  for (const step of undo.splice(0).reverse()) await step();
};
const temporary = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fovea-faults-'));
  undo.push(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
};
const running = async (folder: string, env: NodeJS.ProcessEnv = {}) => {
  const clinic = await serve(folder, { FOVEA_WORKERS: '1', ...env });
  undo.push(() => clinic.close());
  return { clinic, api: `${clinic.address}/api` };
};

describe('killed at random moments', {
  skip: process.platform !== 'linux' && 'finds processes by /proc',
}, () => {
  afterEach(takeDown);

  test(`a batch of ${IMAGES} images survives kill -9 of server, workers and database ${KILLS} times`, async () => {
    const folder = await temporary();
    const port = await freePort();
    let clinic = await serve(folder, { PORT: String(port), FOVEA_WORKERS: '2' });
    undo.push(() => clinic.process.kill('SIGKILL'));
    const api = `http://127.0.0.1:${port}/api`;
    const batch = await begin(api);

    let kills = 0;
    let isOver = false;
    const acknowledged = new Set<string>();
    const acknowledge = async (group: readonly Photograph[]) => {
      const items = await hand(api, batch, group);
      items.forEach(({ state }, i) => {
        assert.ok(state === 'taken' || state === 'duplicate', JSON.stringify(items[i]));
        acknowledged.add(createHash('sha256').update(group[i]!.bytes).digest('hex'));
      });
    };
    const importing = (async () => {
      let group: Photograph[] = [];
      for await (const photograph of manyPhotographs(IMAGES, 384)) {
        group.push(photograph);
        if (group.length < GROUP) continue;
        // Kills fall all over the batch, not behind its end.
        while (kills < Math.floor((acknowledged.size * KILLS) / IMAGES) - 1) await sleep(20);
        await acknowledge(group);
        group = [];
      }
      if (group.length > 0) await acknowledge(group);
      await post(`${api}/batches/${batch}/done`);
    })().catch((failure) => {
      isOver = true;
      throw failure;
    });
    const killing = (async () => {
      for (; kills < KILLS && !isOver; kills++) {
        await sleep(dice.range(200, 2200));
        clinic = await strike(VICTIMS[kills % VICTIMS.length]!, clinic, folder, port);
      }
    })();
    await Promise.allSettled([importing, killing]);
    await importing;
    await killing;
    assert.equal(kills, KILLS);
    assert.equal(acknowledged.size, IMAGES);

    await untilRead(api, batch);
    for (const page of ['worklist', 'patients', 'batches', `batches/${batch}/items`, 'jobs', 'performance'])
      await ask(`${api}/${page}`);
    // Workers of servers that are gone are gone too.
    const workers = async () => ((await (await ask(`${api}/jobs`)).json()) as { workers: number }).workers;
    for (let i = 0; (await workers()) !== 2; i++) {
      assert.ok(i < 200, `${await workers()} workers`);
      await sleep(250);
    }
    assert.equal(await clinic.close(), 0);
    for (let i = 0; processesOf(folder).length > 0; i++) {
      // A worker whose server was killed ends what it has begun, also while the database is away.
      assert.ok(i < 300, `still there: ${processesOf(folder).join(', ')}`);
      await sleep(100);
    }

    const store = await openStore({ dataFolder: folder, name: 'test' });
    try {
      const kept = await sql<{ sha256: string; readings: number; models: number; state: string }>`
        select i.sha256, count(r.id) as readings, count(distinct r.model_sha256) as models, v.state
        from images i join visits v on v.id = i.visit_id left join readings r on r.image_id = i.id
        group by i.id, v.state`.execute(store.db);
      assert.deepEqual(new Set(kept.rows.map(({ sha256 }) => sha256)), acknowledged);
      assert.equal(kept.rows.length, IMAGES);
      for (const { readings, models, state } of kept.rows) {
        // Both fundus models, once each; and what becomes of the visit is worked out.
        assert.deepEqual([readings, models, state], [2, 2, 'open']);
      }
      const files = await verifyStorage(store);
      assert.deepEqual(files, { checked: IMAGES, missing: [], altered: [], orphans: 0 });
      // What a kill left half-written is no blob, and goes a day later.
      await store.blobs.tidy(Date.now() + 25 * 3600 * 1000);
      assert.deepEqual(await readdir(join(folder, 'blobs/unfinished')), []);
      assert.ok((await verifyAudit(store.db)).intact);
    } finally {
      await store.close();
    }
  });
});

describe('a server', () => {
  afterEach(takeDown);

  test('is the only one of its data folder, also after its database was killed', {
    skip: !isLinux,
  }, async () => {
    const folder = await temporary();
    const { clinic } = await running(folder);
    for (const isKilled of [false, true]) {
      if (isKilled) {
        await strike('database', clinic, folder, 0);
        await sleep(2000); // The database is back, and claimed again.
      }
      await assert.rejects(serve(folder), (error: Error) => {
        assert.match(
          error.message,
          new RegExp(`fovea at 127\\.0\\.0\\.1:0 \\(process ${clinic.process.pid}\\)`),
        );
        return true;
      });
    }
  });

  test('reads what a command takes in beside it, and after a start what it had acknowledged before it was killed', {
    skip: !isLinux,
  }, async () => {
    const folder = await temporary();
    const { clinic, api } = await running(folder);
    const [imported, acknowledged] = await some(2);
    const path = join(folder, imported!.name);
    await writeFile(path, imported!.bytes);
    const command = spawn(process.execPath, [join(root, 'bin/fovea.mjs'), 'import', path], {
      env: { ...process.env, FOVEA_DATA: folder },
    });
    assert.deepEqual(await once(command, 'exit'), [0, null]);
    const { batches } = (await (await ask(`${api}/batches`)).json()) as { batches: { id: string }[] };
    await untilRead(api, batches[0]!.id);

    const batch = await begin(api);
    // It knows by now that nothing waits; and is killed before anybody counts anew.
    await hand(api, batch, [acknowledged!]);
    const gone = once(clinic.process, 'exit');
    process.kill(clinic.process.pid!, 'SIGKILL');
    await gone;
    const next = await running(folder);
    await untilRead(next.api, batch);
  });

  test(`goes on after its database was away for ${AWAY_S} s`, async () => {
    const folder = await temporary();
    const database = await openStore({ dataFolder: folder, name: 'test' });
    undo.push(() => database.close());
    const line = await breakable(Number(new URL(database.url).port));
    undo.push(() => line.cut());
    const url = new URL(database.url);
    url.port = String(line.port);
    const { api } = await running(folder, { DATABASE_URL: url.href });
    const batch = await begin(api);
    const photographs = await some(12);
    await hand(api, batch, photographs.slice(0, 6));
    line.cut();
    await sleep(500);
    const away = await fetch(`${api}/worklist`);
    const { error } = (await away.json()) as { error: { code: string; hint: string } };
    assert.deepEqual([away.status, error.code], [503, 'DATABASE_UNAVAILABLE']);
    // What needs no database is there as ever.
    assert.equal((await fetch(`${api}/health`)).status, 200);
    await sleep(AWAY_S * 1000);
    await line.mend();
    const items = await hand(api, batch, photographs);
    assert.equal(items.filter(({ state }) => state === 'duplicate').length, 6);
    await untilRead(api, batch);
  });

  test('keeps nothing of an upload that was cut off, and all of it when it comes again', async () => {
    const folder = await temporary();
    const { clinic, api } = await running(folder);
    const batch = await begin(api);
    const photographs = await some(2);
    const whole = await new Response(formOf(photographs)).bytes();
    const type = /^--([^\r]+)/.exec(Buffer.from(whole).toString('latin1'))![1];
    const { hostname, port } = new URL(clinic.address);
    const line = connect(Number(port), hostname);
    line.on('error', () => {});
    await once(line, 'connect');
    const head = [
      `POST /api/batches/${batch}/files HTTP/1.1`,
      `host: ${hostname}:${port}`,
      `content-type: multipart/form-data; boundary=${type}`,
      `content-length: ${whole.length}`,
    ];
    line.write(`${head.join('\r\n')}\r\n\r\n`);
    // The first file, and half of the second.
    line.write(whole.subarray(0, Math.floor(whole.length * 0.75)));
    await sleep(500);
    line.destroy();
    await sleep(500);
    const items = await hand(api, batch, photographs);
    assert.ok(items.every(({ state }) => state === 'taken' || state === 'duplicate'));
    await untilRead(api, batch);
    await clinic.close();
    assert.deepEqual(await readdir(join(folder, 'blobs/unfinished')), []);
    const store = await openStore({ dataFolder: folder });
    try {
      const { checked, orphans } = await verifyStorage(store);
      assert.deepEqual([checked, orphans], [2, 0]);
    } finally {
      await store.close();
    }
  });

  test('says which blobs are gone or altered, and reads the others', async () => {
    const folder = await temporary();
    const { api } = await running(folder, { FOVEA_WORKERS: '0' });
    const batch = await begin(api);
    const photographs = await some(4);
    await hand(api, batch, photographs);
    const blobOf = ({ bytes }: Photograph) => {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      return join(folder, 'blobs', sha256.slice(0, 2), sha256);
    };
    await rm(blobOf(photographs[0]!));
    await chmod(blobOf(photographs[1]!), 0o600);
    await writeFile(blobOf(photographs[1]!), 'altered');
    const worker = spawn(process.execPath, [join(root, 'bin/fovea.mjs'), 'worker'], {
      env: { ...process.env, FOVEA_DATA: folder },
      stdio: 'ignore',
    });
    undo.push(() => worker.kill());
    const failures = async () =>
      ((await (await ask(`${api}/jobs`)).json()) as { failures: { reason: string }[] }).failures;
    for (let i = 0; (await failures()).length < 2; i++) {
      assert.ok(i < 240, 'they are never given up');
      await sleep(250);
    }
    const reasons = (await failures()).map(({ reason }) => reason).sort();
    assert.match(reasons.join('\n'), /was changed or damaged on the disk/);
    assert.match(reasons.join('\n'), /is not in the store any more/);
    const verdict = (await (await post(`${api}/storage/verify`)).json()) as Record<string, unknown[]>;
    assert.deepEqual([verdict.missing!.length, verdict.altered!.length], [1, 1]);
    const { waiting } = (await (await ask(`${api}/batches/${batch}`)).json()) as { waiting: number };
    assert.equal(waiting, 2);
    // Handed over again they are whole again.
    await hand(api, batch, photographs);
    const after = (await (await post(`${api}/storage/verify`)).json()) as Record<string, unknown[]>;
    assert.deepEqual([after.missing, after.altered], [[], []]);
  });

  test('says that the disk is full, and takes the same again once it is not', async (t) => {
    const folder = await temporary();
    const small = join(folder, 'blobs');
    await mkdir(small);
    const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', small]).status === 0;
    if (!isMounted) return t.skip('only root mounts a small disk');
    undo.push(() => spawnSync('umount', [small]));
    const { api } = await running(folder);
    const batch = await begin(api);
    const photographs = await some(40);
    const answer = await fetch(`${api}/batches/${batch}/files`, {
      method: 'POST',
      body: formOf(photographs),
    });
    const { error } = (await answer.json()) as { error: { code: string } };
    assert.deepEqual([answer.status, error.code], [507, 'STORAGE_FULL']);
    spawnSync('mount', ['-o', 'remount,size=64m', small]);
    const again = await hand(api, batch, photographs);
    assert.ok(again.every(({ state }) => state === 'taken' || state === 'duplicate'));
    const fitted = again.filter(({ state }) => state === 'duplicate').length;
    assert.ok(fitted > 0 && fitted < 40, `${fitted} of 40 fitted`);
    await untilRead(api, batch);
  });
});
