import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, mock, test } from 'node:test';
import { testRoom } from '../../../test/room.ts';
import { IDLE_MS, type Role } from '../../people/index.ts';
import { readAudit } from '../../store/index.ts';
import { ALIVE_MS } from './events.ts';

let room: Awaited<ReturnType<typeof testRoom>>;
type Cookies = Awaited<ReturnType<typeof room.enter>>;
let as: Record<Role, Cookies>;
let ben: Cookies;
/** Ids of a visit that is read, and of one of its images. */
let [visit, image] = ['', ''];

before(async () => {
  room = await testRoom();
  const made = await room.visit('P1', '2026-01-31', { result: 'positive', level: 'severe' });
  [visit, image] = [made.visit, made.images[0]!];
  as = {
    admin: await room.enter('ada', 'admin'),
    senior: await room.enter('sue', 'senior'),
    reader: await room.enter('rea', 'reader'),
    technician: await room.enter('tim', 'technician'),
  };
  ben = await room.enter('ben', 'reader');
});
after(() => room.close());

const RANKS: readonly Role[] = ['technician', 'reader', 'senior', 'admin'];
const grades = { OD: { result: 'negative', level: 'none' }, OS: { result: 'negative', level: 'none' } };
const verdict = { decision: 'changed', grades };
const sign = (cookies: Cookies, payload: object = verdict) =>
  room.ask('POST', `/visits/${visit}/reviews`, { cookies, payload });
const lastEntry = async (action: string) =>
  (await readAudit(room.store.db, { search: action, limit: 1 })).entries[0]!;

describe('nobody does what their role does not: tried with each role below', () => {
  for (const [least, method, url, payload] of [
    ['reader', 'POST', '/visits/:visit/reviews', verdict],
    ['reader', 'POST', '/visits/:visit/reports', { format: 'json' }],
    ['reader', 'GET', '/performance'],
    [
      'senior',
      'PUT',
      '/settings',
      {
        ...{ clinic: 'x', rule: 'icdr-referable', models: [], blindedFirst: false },
        ...{ operatingPoint: 'balanced', template: {} },
      },
    ],
    ['senior', 'POST', '/models', {}],
    ['senior', 'PATCH', '/models/x', { title: 'x' }],
    ['senior', 'DELETE', '/models/x'],
    ['admin', 'GET', '/audit'],
    ['admin', 'GET', '/audit/verify'],
    ['admin', 'GET', '/storage'],
    ['admin', 'POST', '/storage/verify', {}],
    ['admin', 'GET', '/backups'],
    ['admin', 'POST', '/backups', {}],
    ['admin', 'GET', '/backups/fovea-20260131-120000.tar'],
    ['admin', 'GET', '/users'],
    [
      'admin',
      'POST',
      '/users',
      { login: 'eve', name: 'Eve', role: 'admin', password: 'four blue lamps glow' },
    ],
    ['admin', 'PATCH', '/users/:visit', { role: 'admin' }],
    ['admin', 'GET', '/webhooks'],
    ['admin', 'POST', '/webhooks', { url: 'https://clinic.example', events: ['visit.signed'] }],
  ] as const satisfies readonly (readonly [Role, string, string, object?])[])
    test(`${method} ${url}: ${least}`, async () => {
      const address = url.replace(':visit', visit);
      const { total } = await readAudit(room.store.db);
      for (const role of RANKS.slice(0, RANKS.indexOf(least))) {
        const { status, code } = await room.ask(method, address, {
          cookies: as[role],
          ...(payload && { payload }),
        });
        assert.deepEqual([role, status, code], [role, 403, 'FORBIDDEN']);
      }
      assert.equal((await room.ask(method, address, payload && { payload })).code, 'LOGIN_REQUIRED');
      assert.equal((await readAudit(room.store.db)).total, total);
    });
});

describe('a signed review', () => {
  test('is amended by its reader; another reader is refused, a senior overrules; all of it stands', async () => {
    assert.equal((await sign(as.reader)).status, 201);
    assert.equal((await sign(as.reader, { ...verdict, comment: 'both eyes' })).status, 201);
    const refused = await sign(ben);
    assert.deepEqual([refused.status, refused.code], [403, 'FORBIDDEN']);
    assert.equal((await sign(ben, { decision: 'retake', grades: {} })).code, 'FORBIDDEN');
    assert.equal((await sign(as.senior)).body.login, 'sue');
    assert.equal((await sign(as.reader)).code, 'FORBIDDEN');
    const { body } = await room.ask('GET', `/visits/${visit}`, { cookies: ben });
    assert.deepEqual(
      body.reviews.map(({ login }: { login: string }) => login),
      ['sue', 'rea', 'rea'],
    );
  });

  test('is not passed off as graded blind by whoever sends it', async () => {
    assert.equal((await sign(as.senior, { ...verdict, blinded: true })).code, 'REQUEST_INVALID');
    assert.equal((await sign(as.senior)).body.blinded, false);
  });
});

describe('the audit tells', () => {
  for (const [action, method, url, subject, payload] of [
    ['image.download', 'GET', '/images/:image/file', 'image :image'],
    ['image.read', 'POST', '/images/:image/read', 'image :image', {}],
    ['import.export', 'GET', '/batches/:batch/export?format=json', 'batch :batch'],
    ['import.retry', 'POST', '/batches/:batch/retry', 'batch :batch', {}],
    ['import.cancel', 'POST', '/batches/:batch/cancel', 'batch :batch', {}],
    ['jobs.retry', 'POST', '/jobs/retry', 'jobs', {}],
    ['report.create', 'POST', '/visits/:visit/reports', 'visit :visit', { format: 'json' }],
  ] as const)
    test(action, async () => {
      const named = (text: string) =>
        text.replace(':image', image).replace(':batch', room.batch).replace(':visit', visit);
      const { status, body } = await room.ask(method, named(url), {
        cookies: as.reader,
        ...(payload && { payload }),
      });
      assert.ok(status < 300, JSON.stringify(body));
      const entry = await lastEntry(action);
      assert.deepEqual([entry.actor, entry.subject], ['rea', named(subject)]);
    });

  test('who was handed a visit and a patient, once in an hour', async () => {
    const { body } = await room.ask('GET', `/visits/${visit}`, { cookies: ben });
    await room.ask('GET', `/patients/${body.patient.id}`, { cookies: ben });
    await room.ask('GET', `/visits/${visit}`, { cookies: ben });
    const { entries } = await readAudit(room.store.db, { search: 'ben' });
    assert.deepEqual(
      entries.filter(({ action }) => /view$/.test(action)).map(({ action, subject }) => [action, subject]),
      [
        ['patient.view', `patient ${body.patient.id}`],
        ['visit.view', `visit ${visit}`],
      ],
    );
  });

  test('what became of a model', async () => {
    const form = new FormData();
    const bytes = await readFile(new URL('../../../test/browser/fixtures/tiny.h5', import.meta.url));
    form.append('model', new File([bytes], 'tiny.h5'));
    const request = new Request('http://localhost', { method: 'POST', body: form });
    const { status, body } = await room.ask('POST', '/models', {
      ...{ cookies: as.senior, payload: Buffer.from(await request.arrayBuffer()) },
      headers: { 'content-type': request.headers.get('content-type')! },
    });
    assert.equal(status, 201);
    const { name, title, sha256, version } = body.manifest;
    const address = `/models/${name}`;
    await room.ask('PATCH', address, { cookies: as.senior, payload: { title: 'Tiny' } });
    await room.ask('DELETE', address, { cookies: as.senior });
    const { entries } = await readAudit(room.store.db, { search: `model ${name}` });
    assert.deepEqual(
      entries.map(({ actor, action, detail }) => [actor, action, detail]),
      [
        ['sue', 'model.remove', { version, sha256 }],
        ['sue', 'model.change', { from: { title }, to: { title: 'Tiny' }, sha256 }],
        ['sue', 'model.add', { fileName: 'tiny.h5', version, sha256 }],
      ],
    );
  });

  test('who took a report and a backup away', async () => {
    const { body } = await room.ask('GET', `/visits/${visit}`, { cookies: as.reader });
    const { id, sha256 } = body.reports[0];
    assert.equal((await room.ask('GET', `/reports/${id}/file`, { cookies: as.technician })).status, 200);
    const taken = await lastEntry('report.download');
    assert.deepEqual([taken.actor, taken.detail], ['tim', { report: id, sha256 }]);
    const { body: backup } = await room.ask('POST', '/backups', { cookies: as.admin });
    const away = await room.ask('GET', `/backups/${backup.name}`, { cookies: as.admin });
    assert.equal(away.status, 200);
    assert.equal((await lastEntry('backup.download')).subject, `backup ${backup.name}`);
  });
});

describe('saved views', () => {
  test('follow the person, and are nobody else’s', async () => {
    const view = { name: 'To do / today?', query: 'state=open&sort=newest' };
    const saved = await room.ask('PUT', '/views', { cookies: ben, payload: view });
    assert.deepEqual(saved.body.views, [view]);
    assert.deepEqual((await room.ask('GET', '/views', { cookies: as.reader })).body.views, []);
    const address = `/views/${encodeURIComponent(view.name)}`;
    assert.deepEqual((await room.ask('DELETE', address, { cookies: as.reader })).body.views, []);
    assert.deepEqual((await room.ask('GET', '/views', { cookies: ben })).body.views, [view]);
    assert.deepEqual((await room.ask('DELETE', address, { cookies: ben })).body.views, []);
  });
});

describe('a picture that a browser keeps', () => {
  const url = () => `/images/${image}/picture?width=96`;

  test('is not sent again, and shown to nobody who has left', async () => {
    const cookies = await room.enter('pat', 'reader');
    const { answer } = await room.ask('GET', url(), { cookies });
    assert.equal(answer.headers['cache-control'], 'private, no-cache');
    const headers = { 'if-none-match': String(answer.headers.etag) };
    const again = await room.ask('GET', url(), { cookies, headers });
    assert.deepEqual([again.status, again.body], [304, '']);
    assert.equal(again.answer.headers.etag, answer.headers.etag);
    assert.equal(
      (await room.ask('GET', url(), { cookies, headers: { 'if-none-match': '"x"' } })).status,
      200,
    );
    await room.ask('DELETE', '/session', { cookies });
    assert.equal((await room.ask('GET', url(), { cookies, headers })).code, 'LOGIN_REQUIRED');
  });

  test('does not hide that what it was made of is gone', async () => {
    const { answer } = await room.ask('GET', url(), { cookies: ben });
    const sha256 = JSON.parse(String(answer.headers.etag));
    const bytes = await room.store.blobs.get(sha256);
    await room.store.blobs.remove(sha256);
    const headers = { 'if-none-match': `"${sha256}"` };
    assert.equal((await room.ask('GET', url(), { cookies: ben, headers })).code, 'BLOB_MISSING');
    await room.store.blobs.put(bytes);
  });
});

describe('a page that is left open', () => {
  const idle = async (ms: number) => {
    const seen = new Date(Date.now() - ms);
    await room.store.db.updateTable('sessions').set({ seen_at: seen }).execute();
  };
  const seenAgo = async () => {
    const [row] = await room.store.db.selectFrom('sessions').select('seen_at').limit(1).execute();
    return Date.now() - Date.parse(row!.seen_at);
  };

  test('does not keep its session alive by what it fetches by itself', async () => {
    await room.store.db.deleteFrom('sessions').execute();
    const cookies = await room.enter('una', 'reader');
    await idle(IDLE_MS / 2);
    const background = { 'fovea-background': '1' };
    assert.equal((await room.ask('GET', '/worklist', { cookies, headers: background })).status, 200);
    await room.ask('GET', `/images/${image}/picture`, { cookies });
    assert.ok((await seenAgo()) >= IDLE_MS / 2);
    await room.ask('GET', '/worklist', { cookies });
    assert.ok((await seenAgo()) < IDLE_MS / 2);
    await idle(IDLE_MS);
    assert.equal((await room.ask('GET', '/worklist', { cookies })).code, 'LOGIN_REQUIRED');
  });

  test('hears nothing any more once the session has ended', async () => {
    const cookies = await room.enter('ulf', 'reader');
    await room.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = room.app.server.address() as { port: number };
    mock.timers.enable({ apis: ['setInterval'] });
    try {
      const stream = await fetch(`http://127.0.0.1:${port}/api/events`, {
        headers: { cookie: `fovea_session=${cookies.fovea_session}` },
      });
      const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
      assert.match((await reader.read()).value!, /^retry/);
      mock.timers.tick(ALIVE_MS);
      assert.match((await reader.read()).value!, /alive/);
      await room.ask('DELETE', '/session', { cookies });
      mock.timers.tick(ALIVE_MS);
      assert.equal((await reader.read()).done, true);
      const again = await fetch(`http://127.0.0.1:${port}/api/events`, {
        headers: { cookie: `fovea_session=${cookies.fovea_session}` },
      });
      assert.equal(again.status, 401);
    } finally {
      mock.timers.reset();
    }
  });
});
