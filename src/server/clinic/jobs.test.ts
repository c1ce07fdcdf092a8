import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { testStore } from '../../../test/store.ts';
import { type Job, openQueue, type Queue, readStoredImage } from '../../jobs/index.ts';
import { Registry } from '../../model/index.ts';
import { buildApp } from '../app.ts';

/** As much of a JPEG as tells it from other files; when it is read it turns out to be damaged. */
const jpeg = (text: string) => Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), Buffer.from(text)]);

let store: Awaited<ReturnType<typeof testStore>>;
let [app, queue, worker]: [FastifyInstance?, Queue?, Queue?] = [];
let reader: Parameters<typeof readStoredImage>[0];

before(async () => {
  store = await testStore();
  const registry = new Registry({
    ...{ builtIn: join(store.folder, 'models'), user: join(store.folder, 'models') },
    ...{ cache: join(store.folder, 'graphs'), threads: 1 },
  });
  reader = { store, registry, version: '1.2.3', evidence: [] };
  queue = await openQueue(store, { name: 'test', isWorker: false });
  app = await buildApp({
    ...{ registry, version: '1.2.3', webFolder: join(store.folder, 'none') },
    ...{ store, queue, dataFolder: store.folder },
  });
});
after(async () => {
  await app?.close();
  await worker?.close();
  await queue?.close();
  await store.close();
});

const call = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object) => {
  const answer = await app!.inject({ method, url: `/api${url}`, ...(payload && { payload }) });
  return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json() };
};
const begin = async (name: string): Promise<string> => (await call('POST', '/batches', { name })).body.id;
const hand = async (batch: string, names: readonly string[]) => {
  const form = new FormData();
  for (const name of names) form.append('file', new Blob([jpeg(name)]), name);
  const encoded = new Response(form);
  const answer = await app!.inject({
    ...{ method: 'POST', url: `/api/batches/${batch}/files` },
    headers: { 'content-type': encoded.headers.get('content-type')! },
    payload: Buffer.from(await encoded.arrayBuffer()),
  });
  return answer.json();
};
const until = async (is: () => Promise<boolean>) => {
  for (let i = 0; !(await is()); i++) {
    assert.ok(i < 600, 'it never comes to that');
    await sleep(100);
  }
};
/** The one worker of this file, which does what `read` is at the time. */
let read: (job: Job) => Promise<void> = async () => {};
const work = async () => {
  if (worker) return;
  worker = await openQueue(store, { name: 'test worker', isWorker: true });
  await worker.work((job) => read(job));
};

test('a queue that cannot be opened leaves nothing behind that keeps a process alive', async () => {
  const alive = () => process.getActiveResourcesInfo().filter((what) => what === 'Timeout').length;
  const before = alive();
  const readOnly = {
    url: `${store.url}?options=${encodeURIComponent('-c default_transaction_read_only=on')}`,
  };
  await assert.rejects(openQueue(readOnly, { name: 'test', isWorker: true }), /read-only/);
  await until(async () => alive() <= before);
});

test('one picture is read before the rest of a large batch that came earlier', async () => {
  const large = await begin('large');
  const many = Array.from({ length: 120 }, (_, i) => `L${i}_OD.jpg`);
  await hand(large, many);
  const { items } = await hand(await begin('one'), ['S1_OD.jpg']);
  const order: string[] = [];
  read = async ({ imageId }) => {
    order.push(imageId);
  };
  await work();
  await until(async () => order.length === 121);
  const place = order.indexOf(items[0].imageId);
  assert.ok(place < 30, `it came as number ${place + 1} of 121`);
});

describe('what failed too often', () => {
  type Failure = Record<'id' | 'fileName' | 'reason' | 'patient' | 'visitId', string>;
  const failures = async (): Promise<Failure[]> => (await call('GET', '/jobs')).body.failures;

  test('is listed with why, tried again one by one, given up one by one, or tried again all together', async () => {
    const batch = await begin('unlucky');
    const done: string[] = [];
    let isBroken = true;
    read = async ({ imageId }) => {
      if (isBroken) throw new Error('the disk is on fire');
      done.push(imageId);
    };
    const { items } = await hand(batch, ['F1_OD.jpg', 'F2_OD.jpg', 'F3_OD.jpg', 'F4_OD.jpg']);
    const imageOf = (name: string) => items.find((item: { name: string }) => item.name === name).imageId;
    await until(async () => (await failures()).length === 4);
    const failed = new Map((await failures()).map((failure) => [failure.fileName, failure]));
    const { reason, patient, visitId } = failed.get('F1_OD.jpg')!;
    assert.deepEqual([reason, patient], ['the disk is on fire', 'F1']);
    assert.equal((await call('GET', `/visits/${visitId}`)).body.patient.identifier, 'F1');

    isBroken = false;
    const idOf = (name: string) => failed.get(name)!.id;
    assert.deepEqual((await call('POST', `/jobs/${idOf('F1_OD.jpg')}/retry`)).body, { retried: 1 });
    await until(async () => done.includes(imageOf('F1_OD.jpg')));
    assert.equal((await failures()).length, 3);
    assert.equal((await call('POST', `/jobs/${idOf('F1_OD.jpg')}/retry`)).status, 404);

    assert.equal((await call('DELETE', `/jobs/${idOf('F2_OD.jpg')}`)).status, 204);
    assert.equal((await call('DELETE', `/jobs/${idOf('F2_OD.jpg')}`)).status, 404);
    assert.equal((await failures()).length, 2);

    assert.deepEqual((await call('POST', '/jobs/retry')).body, { retried: 2 });
    await until(async () => done.length === 3);
    assert.deepEqual(await failures(), []);
    assert.ok(!done.includes(imageOf('F2_OD.jpg')));
    const audit = (await call('GET', '/audit?search=jobs')).body.entries;
    const kind = 'read';
    assert.deepEqual(
      audit.map(({ action, detail }: { action: string; detail: object }) => [action, detail]),
      [
        ['jobs.retry', { retried: 2 }],
        ['jobs.discard', { kind, imageId: imageOf('F2_OD.jpg') }],
        ['jobs.retry', { kind, imageId: imageOf('F1_OD.jpg') }],
      ],
    );
  });

  test('tells nobody that a positive answer which is held back could not be explained', async () => {
    read = async ({ kind }) => {
      if (kind === 'explain') throw new Error('no more paint');
    };
    const [image] = (await hand(await begin('positive'), ['F5_OD.jpg'])).items;
    await queue!.explain(store.db, [image.imageId]);
    await until(async () => (await failures()).some(({ reason }) => reason === 'no more paint'));
    const { body: settings } = await call('GET', '/settings');
    const blind = (blindedFirst: boolean) => call('PUT', '/settings', { ...settings, blindedFirst });
    await blind(true);
    assert.deepEqual(await failures(), []);
    await blind(false);
    const [failure] = await failures();
    assert.equal((await call('DELETE', `/jobs/${failure!.id}`)).status, 204);
  });

  test('of an id that is none is refused', async () => {
    assert.equal((await call('POST', '/jobs/..%2f/retry')).body.error.code, 'NOT_FOUND');
    assert.equal((await call('DELETE', '/jobs/1')).body.error.code, 'NOT_FOUND');
  });
});

test('a report that a stopped server had not made is made by the next; one that fails too often is listed, and tried again', async () => {
  const own = await testStore();
  const report = { visitId: randomUUID(), language: 'en', format: 'pdf', createdBy: 'anna' };
  const [left, unlucky] = [randomUUID(), randomUUID()];
  const before = await openQueue(own, { name: 'before', isWorker: false });
  await before.order({ id: left, ...report });
  await before.close();
  const next = await openQueue(own, { name: 'next', isWorker: false });
  try {
    const made: string[] = [];
    let isBroken = true;
    await next.workReports(async ({ id }) => {
      if (id === unlucky && isBroken) throw new Error('no more paper');
      made.push(id);
    });
    await until(async () => made.length === 1);
    await next.order({ id: unlucky, ...report });
    await until(async () => (await next.failures()).length === 1);
    const [failure] = await next.failures();
    assert.deepEqual(
      [failure!.kind, failure!.visitId, failure!.reason],
      ['report', report.visitId, 'no more paper'],
    );
    isBroken = false;
    assert.equal(await next.retryFailed(failure!.id), 1);
    await until(async () => made.length === 2);
    assert.deepEqual(made, [left, unlucky]);
  } finally {
    await next.close();
    await own.close();
  }
});

describe('an import that is cancelled', () => {
  test('is read no more and takes no more; tried again it is read, and what could not be read is tried too', async () => {
    let isOpen = false;
    const seen: string[] = [];
    // Held back until the import is cancelled: what had begun by then reads nothing either.
    read = async (job) => {
      while (!isOpen) await sleep(20);
      seen.push(job.imageId);
      await readStoredImage(reader, job);
    };
    const batch = await begin('cancelled');
    const { items } = await hand(batch, ['C1_OD.jpg', 'C1_OS.jpg']);
    const cancelled = (await call('POST', `/batches/${batch}/cancel`)).body;
    assert.deepEqual([cancelled.cancelled, cancelled.isImporting, cancelled.waiting], [true, false, 2]);
    assert.equal((await hand(batch, ['C2_OD.jpg'])).error.code, 'NOT_WAITING');
    isOpen = true;
    await until(async () => seen.length === 2);
    assert.equal((await call('GET', `/batches/${batch}`)).body.waiting, 2);

    const again = (await call('POST', `/batches/${batch}/retry`)).body;
    assert.deepEqual([again.cancelled, again.isImporting], [false, false]);
    await until(async () => (await call('GET', `/batches/${batch}`)).body.unreadable === 2);

    seen.length = 0;
    await call('POST', `/batches/${batch}/retry`);
    await until(async () => seen.length === 2);
    assert.deepEqual(new Set(seen), new Set(items.map(({ imageId }: { imageId: string }) => imageId)));
    assert.equal((await call('GET', `/batches/${batch}`)).body.unreadable, 2);
  });

  test('leaves what was read to a human; what another import brings again is read for that', async () => {
    const unreadable = async (batch: string) => (await call('GET', `/batches/${batch}`)).body.unreadable;
    read = (job) => readStoredImage(reader, job).then(() => {});
    const first = await begin('first');
    await hand(first, ['X1_OD.jpg']);
    await until(async () => (await unreadable(first)) === 1);

    let isOpen = false;
    read = async (job) => {
      while (!isOpen) await sleep(20);
      await readStoredImage(reader, job);
    };
    const second = await begin('second');
    const [image] = (await hand(second, ['X1_OS.jpg'])).items;
    const state = async () => (await call('GET', `/visits/${image.visitId}`)).body.state;
    assert.equal(await state(), 'waiting');
    await call('POST', `/batches/${second}/cancel`);
    assert.equal(await state(), 'open');
    isOpen = true;
    await until(async () => (await call('GET', '/jobs')).body.queues[0].active === 0);

    const third = await begin('third');
    const [again] = (await hand(third, ['X1_OS.jpg'])).items;
    assert.deepEqual([again.state, again.imageId], ['taken', image.imageId]);
    await until(async () => (await unreadable(third)) === 1);
    assert.equal(await state(), 'open');
    const [known] = (await hand(await begin('fourth'), ['X1_OS.jpg'])).items;
    assert.equal(known.state, 'duplicate');
  });
});
