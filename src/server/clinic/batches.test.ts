import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { testStore } from '../../../test/store.ts';
import { parseCsv } from '../../formats/csv.ts';
import type { Queue } from '../../jobs/index.ts';
import { Registry } from '../../model/index.ts';
import { saveReadings, type WorkOut } from '../../store/index.ts';
import { buildApp } from '../app.ts';

const jpeg = (text: string) => Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), Buffer.from(text)]);

let store: Awaited<ReturnType<typeof testStore>>;
let app: FastifyInstance;

before(async () => {
  store = await testStore();
  app = await buildApp({
    registry: new Registry({ builtIn: store.folder, user: store.folder, cache: store.folder, threads: 1 }),
    ...{ version: '1.2.3', webFolder: join(store.folder, 'none') },
    ...{
      store,
      queue: { enqueue: async () => {}, workReports: async () => {} } as unknown as Queue,
      dataFolder: store.folder,
    },
  });
});
after(async () => {
  await app.close();
  await store.close();
});

const ask = async (
  method: 'GET' | 'POST' | 'PUT',
  url: string,
  payload?: object,
  headers: Record<string, string> = {},
) => {
  const answer = await app.inject({ method, url: `/api${url}`, headers, ...(payload && { payload }) });
  assert.ok(answer.statusCode < 300, `${method} ${url}: ${answer.body.slice(0, 300)}`);
  return /json/.test(String(answer.headers['content-type'])) ? answer.json() : answer.body;
};
const hand = async (batch: string, names: readonly string[]) => {
  const form = new FormData();
  for (const name of names) form.append('file', new Blob([jpeg(name)]), name);
  const encoded = new Response(form);
  const answer = await app.inject({
    ...{ method: 'POST', url: `/api/batches/${batch}/files` },
    headers: { 'content-type': encoded.headers.get('content-type')! },
    payload: Buffer.from(await encoded.arrayBuffer()),
  });
  return answer.json().items as { name: string; imageId: string; visitId: string }[];
};

/** What a model that sees disease in everything says. */
const positive: WorkOut = async () => ({
  outcome: { result: 'positive', level: 'severe', say: '', next: '', eyes: [], rule: {} },
  ...{ result: 'positive', level: 'severe', triage: 0.9, quality: 'good' },
  basis: { rule: { id: 'r', version: '1', sha256: 'ab' }, readings: [] },
});
const model = { name: 'm', version: '1', sha256: 'ab'.repeat(32) };
const said = (imageId: string) =>
  saveReadings(
    store.db,
    imageId,
    '1.2.3',
    {
      readings: [
        {
          model,
          reading: { outputs: [{ label: 'DR', name: 'retinopathy', probability: 0.75, calibrated: 0.5 }] },
          refusal: null,
        },
      ],
      facts: { width: 1, height: 1, modality: 'fundus', quality: 'good', qualityScore: 1, eye: null },
    },
    positive,
  );

test('an import says whether a page or another program began it', async () => {
  const page = await ask('POST', '/batches', {}, { host: 'localhost', origin: 'http://localhost' });
  const script = await ask('POST', '/batches', {});
  assert.deepEqual([page.source, script.source], ['files', 'api']);
});

test('what the models say of a visit is in no list, filter or table before a human has graded it', async () => {
  const { id } = await ask('POST', '/batches', { name: 'blinded' });
  const items = await hand(id, ['1_OD.jpg', '2_OD.jpg']);
  for (const { imageId } of items) await said(imageId);
  const settings = await ask('GET', '/settings');
  await ask('PUT', '/settings', { ...settings, blindedFirst: true });
  await ask('POST', `/visits/${items[0]!.visitId}/reviews`, {
    decision: 'changed',
    grades: { OD: { result: 'negative', level: null } },
  });

  const listed = (await ask('GET', `/batches/${id}/items`)).items;
  assert.deepEqual(
    listed.map(({ result, triage }: { result: string; triage: number }) => [result, triage]),
    [
      ['positive', 0.9],
      [null, null],
    ],
  );
  const { total } = await ask('GET', `/batches/${id}/items?result=positive`);
  assert.equal(total, 1);

  const [head, ...rows] = parseCsv(await ask('GET', `/batches/${id}/export?format=csv`));
  const cellsOf = (row: string[]) =>
    ['result', 'readerResult', 'm version', 'm sha256', 'm DR', 'm DR calibrated'].map(
      (column) => row[head!.indexOf(column)],
    );
  assert.deepEqual(rows.map(cellsOf), [
    ['positive', 'negative', '1', model.sha256, '0.75', '0.5'],
    ['', '', '', '', '', ''],
  ]);
  const { items: exported } = await ask('GET', `/batches/${id}/export?format=json`);
  assert.deepEqual([exported[1].readings, exported[1].result], [[], null]);
});
