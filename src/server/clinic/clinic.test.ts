import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { testStore } from '../../../test/store.ts';
import type { MethodCheck } from '../../flows/explain-check.ts';
import { keepCheck } from '../../flows/explain-store.ts';
import { parseCsv } from '../../formats/csv.ts';
import { readZip } from '../../formats/zip.ts';
import { writeZip } from '../../formats/zip-writer.ts';
import { encodeJpeg } from '../../image/index.ts';
import { localDay } from '../../intake/index.ts';
import { openQueue, type Queue, startWorker } from '../../jobs/index.ts';
import { Registry } from '../../model/index.ts';
import { keepExplanation, restore, verifyAudit } from '../../store/index.ts';
import { renderFundus } from '../../synth/index.ts';
import { buildApp } from '../app.ts';

const models = new URL('../../../models', import.meta.url).pathname;
let store: Awaited<ReturnType<typeof testStore>>;
let [queue, registry, stop, app]: [Queue?, Registry?, (() => Promise<void>)?, FastifyInstance?] = [];
/** Where what methods are worth is kept when it is measured here. */
let checks: string;
let pictures: Buffer[];

before(async () => {
  store = await testStore();
  registry = new Registry({
    builtIn: models,
    user: join(store.folder, 'models'),
    cache: join(store.folder, 'graphs'),
    threads: 1,
  });
  checks = join(store.folder, 'evidence');
  const evidence = [checks, new URL('../../../evidence', import.meta.url).pathname];
  queue = await openQueue(store, { name: 'test', isWorker: false });
  stop = await startWorker({ store, registry, version: '1.2.3', evidence }, 'test worker');
  app = await buildApp({
    registry,
    version: '1.2.3',
    webFolder: join(store.folder, 'none'),
    store,
    queue,
    dataFolder: store.folder,
    evidence,
  });
  pictures = await Promise.all(
    [11, 12, 13, 14].map(async (seed) => {
      const { image, width, height } = renderFundus({ seed, size: 512 });
      return Buffer.from(await encodeJpeg({ width, height, channels: 3, data: new Uint8Array(image) }));
    }),
  );
});
after(async () => {
  await app?.close();
  await stop?.();
  await queue?.close();
  await registry?.close();
  await store.close();
});

const ask = async (method: 'GET' | 'POST' | 'PATCH', url: string, payload?: object) => {
  const answer = await app!.inject({ method, url: `/api${url}`, ...(payload && { payload }) });
  assert.ok(answer.statusCode < 300, `${method} ${url}: ${answer.statusCode} ${answer.body.slice(0, 300)}`);
  return answer.json();
};
const formOf = (files: readonly (readonly [name: string, bytes: Uint8Array])[]) => {
  const boundary = 'fovea-test';
  const parts = files.flatMap(([name, bytes]) => [
    Buffer.from(
      `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\ncontent-type: image/jpeg\r\n\r\n`,
    ),
    bytes,
    Buffer.from('\r\n'),
  ]);
  return {
    payload: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]),
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  };
};
const hand = async (batch: string, files: readonly (readonly [name: string, bytes: Uint8Array])[]) =>
  (await app!.inject({ method: 'POST', url: `/api/batches/${batch}/files`, ...formOf(files) })).json();
const untilRead = async (batch: string) => {
  for (let i = 0; i < 300; i++) {
    const { waiting } = await ask('GET', `/batches/${batch}`);
    if (waiting === 0) return;
    await new Promise((go) => setTimeout(go, 100));
  }
  assert.fail('nobody reads');
};

describe('a day in the reading room', () => {
  let [batch, visit, report] = ['', '', ''];

  test('pictures come in, once each, and what is none is named', async () => {
    batch = (await ask('POST', '/batches', { name: 'camp', pattern: '{patient}_{eye}' })).id;
    const { items } = await hand(batch, [
      ['7_left.jpg', pictures[0]!],
      ['7_right.jpg', pictures[1]!],
      ['8_right.jpg', pictures[1]!],
      ['notes.txt', Buffer.from('no picture')],
      ['6_left.jpg', pictures[2]!.subarray(0, 2000)],
    ]);
    assert.deepEqual(
      items.map(({ state }: { state: string }) => state),
      ['taken', 'taken', 'duplicate', 'refused', 'taken'],
    );
    await ask('POST', `/batches/${batch}/done`);
    await untilRead(batch);
    const { items: found } = await ask('GET', `/batches/${batch}/items`);
    assert.deepEqual(
      found.map(({ state, patient }: { state: string; patient: string }) => [state, patient]),
      [
        ['read', '7'],
        ['read', '7'],
        ['duplicate', '7'],
        ['refused', null],
        ['unreadable', '6'],
      ],
    );
    assert.deepEqual(
      found.slice(3).map(({ error }: { error: { code: string } }) => error.code),
      ['IMAGE_UNRECOGNISED', 'IMAGE_DAMAGED'],
    );
    assert.equal((await ask('GET', '/patients?search=notes')).total, 0);
  });

  test('files that a table names and that never came are said to be missing', async () => {
    const table = 'file,patient,eye\ncamp/40_a.jpg,40,OD\n40_b.jpg,40,OS\n41_a.jpg,41,OD\n';
    const { id } = await ask('POST', '/batches', { name: 'with a table', table });
    await hand(id, [['camp/40_a.jpg', pictures[0]!]]);
    await ask('POST', `/batches/${id}/done`);
    const { items } = await ask('GET', `/batches/${id}/items?state=refused`);
    assert.deepEqual(
      items.map(({ name, error }: { name: string; error: { code: string } }) => [name, error.code]),
      [
        ['40_b.jpg', 'FILE_NOT_SENT'],
        ['41_a.jpg', 'FILE_NOT_SENT'],
      ],
    );
  });

  test('both eyes of a patient are one visit of the worklist', async () => {
    const { visits } = await ask('GET', '/worklist?search=7');
    assert.deepEqual([visits.length, visits[0].eyes, visits[0].state], [1, ['OD', 'OS'], 'open']);
    visit = visits[0].id;
    const { imageList, outcome } = await ask('GET', `/visits/${visit}`);
    assert.ok(
      imageList.every(({ readings }: { readings: unknown[] }) => readings.length > 0) && outcome.rule.id,
    );
    const picture = await app!.inject(`/api/images/${imageList[0].id}/picture?width=320`);
    assert.equal(picture.headers['content-type'], 'image/jpeg');
  });

  test('answers of a positive visit are explained in the background, and given as they were kept', async (t) => {
    const { id } = await ask('POST', '/batches', { name: 'seen', pattern: '{patient}_{eye}' });
    const { image, width, height } = renderFundus({ seed: 11, size: 512, diseases: { dr: 4 } });
    const bytes = await encodeJpeg({ width, height, channels: 3, data: new Uint8Array(image) });
    const { items } = await hand(id, [['50_OD.jpg', bytes]]);
    const [{ imageId }] = items;
    await untilRead(id);
    assert.equal((await ask('GET', '/worklist?search=50')).visits[0].result, 'positive');
    const { imageList } = await ask('GET', `/visits/${items[0].visitId}`);
    const { model } = imageList[0].readings.at(-1);
    const kept = () =>
      store.db
        .selectFrom('explanations')
        .select(['label', 'answer'])
        .where('image_id', '=', imageId)
        .where('model_sha256', '=', model.sha256)
        .execute();
    for (let i = 0; i < 300 && (await kept()).length === 0; i++) await sleep(100);
    const [{ label, answer } = assert.fail('nobody explains')] = (await kept()) as {
      label: string;
      answer: { method: string; sentence: string; check: MethodCheck };
    }[];
    assert.equal(imageList[0].explained, label);
    const evidence = `/images/${imageId}/evidence?model=${model.name}`;
    const { method, sentence } = await ask('GET', `${evidence}&label=${label}`);
    assert.deepEqual({ method, sentence }, { method: answer.method, sentence: answer.sentence });
    assert.notEqual((await ask('GET', `${evidence}&label=${label}&method=input-gradient`)).method, method);
    assert.equal((await kept()).length, 1);

    const of = { imageId, sha256: model.sha256, label: '4', eye: 'OD', foveaVersion: '1.2.3' } as const;
    await keepExplanation(store.db, of, { ...answer, sentence: 'As it was kept.' });
    assert.equal((await ask('GET', `${evidence}&label=4`)).sentence, 'As it was kept.');

    const { manifest } = await registry!.entry(model.name);
    const failed = { ...answer.check, passed: false, reason: 'It fails since.' };
    await keepCheck(checks, manifest, failed);
    t.after(() => rm(checks, { recursive: true }));
    const anew = await ask('GET', `${evidence}&label=${label}`);
    assert.notEqual(anew.method, method);
    assert.deepEqual([anew.evidence, anew.label], [true, label]);
  });

  test('a reader overrules and signs; another who had not seen it is told', async () => {
    const grades = { OD: { result: 'negative', level: null }, OS: { result: 'positive', level: null } };
    const signed = await ask('POST', `/visits/${visit}/reviews`, {
      decision: 'changed',
      grades,
      after: null,
    });
    assert.deepEqual([signed.reader, signed.decision], ['Local user', 'changed']);
    const late = await app!.inject({
      ...{ method: 'POST', url: `/api/visits/${visit}/reviews` },
      payload: { decision: 'confirmed', grades: {}, after: null },
    });
    assert.equal(late.json().error.code, 'REVIEW_OUTDATED');
    assert.equal((await ask('GET', '/worklist?state=signed')).total, 1);
  });

  test('a report leaves, and stays as it left', async () => {
    const made = await ask('POST', `/visits/${visit}/reports`, { format: 'pdf', language: 'de' });
    report = made.id;
    const file = await app!.inject(`/api/reports/${report}/file`);
    assert.deepEqual(
      [file.headers['content-type'], file.rawPayload.subarray(0, 5).toString()],
      ['application/pdf', '%PDF-'],
    );
    assert.equal(file.rawPayload.length, made.bytes);
  });

  test('a report says what the answer rests on, with a map where its method is worth it', async () => {
    const { id } = await ask('POST', `/visits/${visit}/reports`, { format: 'html', language: 'fr' });
    const { body } = await app!.inject({ method: 'GET', url: `/api/reports/${id}/file` });
    assert.equal(body.match(/<h3>Où le modèle a regardé<\/h3><img class="map"/g)?.length, 2);
  });

  test('names with tricks in them lead nowhere, and say what they say', async () => {
    const patient = '<img src=x onerror=alert(1)>';
    const table = `file,patient,eye\na.jpg,${patient},OD\n`;
    const { id } = await ask('POST', '/batches', { name: 'tricks', table });
    const { items } = await hand(id, [
      [
        'tricks.zip',
        writeZip({ '../../etc/cron.d/a.jpg': pictures[3]!, '/b\u0000\u202e.jpg': Buffer.from('x') }),
      ],
    ]);
    assert.deepEqual(
      items.map(({ name }: { name: string }) => name),
      ['tricks.zip/etc/cron.d/a.jpg', 'tricks.zip/b.jpg'],
    );
    await ask('POST', `/batches/${id}/done`);
    await untilRead(id);
    const { visits } = await ask('GET', `/worklist?search=${encodeURIComponent(patient)}`);
    assert.equal(visits[0].patient.identifier, patient);
    const report = await ask('POST', `/visits/${visits[0].id}/reports`, { format: 'html' });
    const { body } = await app!.inject(`/api/reports/${report.id}/file`);
    assert.doesNotMatch(body, /<img src=x/);
    const csv = (await app!.inject(`/api/batches/${id}/export?format=csv`)).body;
    assert.match(csv, /onerror/);
  });

  test('the import leaves as a table, with who said what of each file', async () => {
    const csv = parseCsv((await app!.inject(`/api/batches/${batch}/export?format=csv`)).body);
    const [head, ...rows] = csv as [string[], ...string[][]];
    const rowOf = (name: string) => {
      const row = rows.find(([file]) => file === name)!;
      return Object.fromEntries(head.map((column, i) => [column, row[i]]));
    };
    const { sha256, readings } = (await ask('GET', `/visits/${visit}`)).imageList.find(
      ({ eye }: { eye: string }) => eye === 'OS',
    );
    const left = rowOf('7_left.jpg');
    const { model, reading } = readings[0];
    const [{ label, probability }] = reading.outputs;
    assert.deepEqual(
      [left.sha256, left.state, left.patient, left.eye, left.date, left.readerResult],
      [sha256, 'read', '7', 'OS', localDay(), 'positive'],
    );
    assert.deepEqual(
      [left[`${model.name} version`], left[`${model.name} sha256`]],
      [model.version, model.sha256],
    );
    assert.equal(left[`${model.name} ${label}`], String(probability));
    assert.equal(rowOf('7_right.jpg').readerResult, 'negative');
    assert.deepEqual([rowOf('notes.txt').error, rowOf('notes.txt').sha256], ['IMAGE_UNRECOGNISED', '']);

    const xlsx = await app!.inject(`/api/batches/${batch}/export?format=xlsx`);
    const parts = readZip(xlsx.rawPayload, ['sheet1.xml', 'sharedStrings.xml']);
    const texts = [
      ...Buffer.from(parts['sharedStrings.xml']!)
        .toString()
        .matchAll(/<t[^>]*>([^<]*)</g),
    ].map(([, text]) => text);
    const cells = Buffer.from(parts['sheet1.xml']!).toString();
    for (const text of [...head, '7_left.jpg', sha256, model.sha256, localDay()])
      assert.ok(texts.includes(text), text);
    assert.ok(cells.includes(`<v>${probability}</v>`));
    assert.equal(cells.match(/<row /g)?.length, csv.length);

    const json = (await app!.inject(`/api/batches/${batch}/export?format=json`)).json();
    assert.deepEqual(json.items[0].readings[0].model, model);
    for (const said of [left.disclaimer, json.disclaimer]) assert.match(said, /^Research use only/);
  });

  test('files of an import are found by name, patient, eye, quality and what the visit came to', async () => {
    const found = async (query: string) =>
      (await ask('GET', `/batches/${batch}/items?${query}`)).items.map(({ name }: { name: string }) => name);
    assert.deepEqual(await found('search=NOTES'), ['notes.txt']);
    const { items } = await ask('GET', `/batches/${batch}/items`);
    const { result, quality } = items[0];
    const named = (is: (item: Record<string, unknown>) => boolean) =>
      items.filter(is).map(({ name }: { name: string }) => name);
    await ask('PATCH', `/patients/${(await ask('GET', '/patients?search=7')).patients[0].id}`, {
      name: 'Zoë',
    });
    assert.deepEqual(
      await found(`search=${encodeURIComponent('zoË')}`),
      named(({ patient }) => patient === '7'),
    );
    assert.deepEqual(
      await found(`eye=OS&result=${result}`),
      named((item) => item.eye === 'OS' && item.result === result),
    );
    assert.deepEqual(
      await found(`quality=${encodeURIComponent(quality)}`),
      named((item) => item.quality === quality),
    );
  });

  test('a file in pieces goes on where the line broke', async () => {
    const whole = pictures[2]!;
    const more = (await ask('POST', '/batches', { name: 'slow line' })).id;
    const { id } = await ask('POST', '/uploads', { batch: more, name: '9_OD.jpg', size: whole.length });
    const send = (from: number, to: number) =>
      app!.inject({
        ...{ method: 'PATCH', url: `/api/uploads/${id}`, payload: whole.subarray(from, to) },
        headers: { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(from) },
      });
    assert.equal((await send(0, 1000)).statusCode, 204);
    assert.equal((await send(5000, 6000)).json().error.code, 'UPLOAD_OFFSET_WRONG');
    const where = await app!.inject({ method: 'HEAD', url: `/api/uploads/${id}` });
    assert.equal(where.headers['upload-offset'], '1000');
    const { items } = (await send(1000, whole.length)).json();
    assert.equal(items[0].state, 'taken');
    await untilRead(more);
    assert.equal((await ask('GET', '/worklist?search=9')).visits[0].patient.identifier, '9');
  });

  test('the audit is unbroken, and all of it comes back from a backup into an empty folder', async () => {
    assert.equal((await ask('GET', '/audit/verify')).intact, true);
    const { name } = await ask('POST', '/backups');
    const tar = (await app!.inject(`/api/backups/${name}`)).rawPayload;
    const folder = await mkdtemp(join(tmpdir(), 'fovea-day-'));
    const other = await testStore();
    try {
      await writeFile(join(folder, name), tar);
      const options = { version: '1', actor: 'fovea', modelsFolder: join(folder, 'models') };
      assert.deepEqual(await restore(other, join(folder, name), options), { patients: 5, images: 6 });
      assert.equal((await verifyAudit(other.db)).intact, true);
      const { reports } = await ask('GET', `/visits/${visit}`);
      const { sha256 } = reports.find(({ id }: { id: string }) => id === report);
      const left = (await app!.inject(`/api/reports/${report}/file`)).rawPayload;
      // Not `deepEqual`: it would write out the difference of two files.
      assert.ok(left.equals(await other.blobs.get(sha256)));
    } finally {
      await other.close();
      await rm(folder, { recursive: true });
    }
  });
});

describe('what is wrong is refused with its code', () => {
  for (const [what, method, url, payload, code] of [
    ['a pattern that is none', 'POST', '/batches', { pattern: '{nobody}' }, 'REQUEST_INVALID'],
    [
      'SQL in a search',
      'GET',
      `/worklist?search=${encodeURIComponent("'; drop table visits; --")}`,
      undefined,
      undefined,
    ],
    ['an id that is a path', 'GET', '/visits/..%2f..%2fetc', undefined, 'NOT_FOUND'],
    ['a backup that is a path', 'GET', '/backups/..%2f..%2fetc%2fpasswd', undefined, 'NOT_FOUND'],
    [
      'a rule that there is not',
      'PUT',
      '/settings',
      { clinic: '', rule: 'x', models: [], blindedFirst: false, operatingPoint: 'balanced', template: null },
      'REQUEST_INVALID',
    ],
  ] as const)
    test(what, async () => {
      const answer = await app!.inject({ method, url: `/api${url}`, ...(payload && { payload }) });
      assert.equal(answer.json().error?.code, code);
      assert.doesNotMatch(answer.body, /node_modules|at .*\.ts:/);
    });
});
