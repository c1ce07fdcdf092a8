import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { InjectOptions } from 'fastify';
import Fastify from 'fastify';
import { sql } from 'kysely';
import { testRoom } from '../../test/room.ts';
import { localDay } from '../intake/index.ts';
import { answerErrors } from './failures.ts';

let room: Awaited<ReturnType<typeof testRoom>>;
let patient: string;
let image: string;
before(async () => {
  room = await testRoom();
  const { visit, images } = await room.visit('P7', '2026-01-31');
  image = images[0]!;
  patient = (await room.ask('GET', `/visits/${visit}`)).body.patient.id;
});
after(() => room.close());

const send = async (method: InjectOptions['method'], url: string, payload?: object) => {
  const named = url.replace('{patient}', patient).replace('{image}', image);
  const { status, body } = await room.ask(method, named, { ...(payload && { payload }) });
  return { status, body, error: body.error };
};
const tomorrow = localDay(new Date(Date.now() + 2 * 24 * 3600_000));

describe('a request that holds what cannot be', () => {
  for (const [method, url, payload, said] of [
    ['GET', '/worklist?from=2026-02-30', undefined, /querystring\.from must be a day such as 2026-01-31/],
    ['GET', '/worklist?to=2026-13-01', undefined, /querystring\.to must be a day/],
    ['GET', '/worklist?to=1026-01-01', undefined, /querystring\.to must be a day/],
    ['GET', '/performance?to=2026-00-10', undefined, /querystring\.to must be a day/],
    ['PATCH', '/patients/{patient}', { birthDate: '1960-02-30' }, /body\.birthDate must be a day/],
    ['PATCH', '/patients/{patient}', { birthDate: tomorrow }, /body\.birthDate must not be a day to come/],
    ['PATCH', '/images/{image}', { date: '2026-02-30' }, /body\.date must be a day/],
    ['PATCH', '/patients/{patient}', { identifier: ' \t' }, /body\.identifier must not be blank/],
    ['PATCH', '/images/{image}', { patient: ' ' }, /body\.patient must not be blank/],
    ['GET', '/worklist?search=%00', undefined, /querystring holds a NUL character/],
    ['GET', '/patients?search=a%00b', undefined, /querystring holds a NUL character/],
    ['PATCH', '/patients/{patient}', { name: 'a\0b' }, /body holds a NUL character/],
    ['POST', '/batches', { name: 'a\0b' }, /body holds a NUL character/],
  ] as const)
    test(`${method} ${url} ${JSON.stringify(payload) ?? ''} is refused, and told so`, async () => {
      const { status, error } = await send(method, url, payload);
      assert.deepEqual([status, error?.code], [400, 'REQUEST_INVALID']);
      assert.match(error.message, said);
    });

  test('in the address itself it is of nothing', async () => {
    const { status, error } = await send('DELETE', '/views/%00');
    assert.deepEqual([status, error?.code], [404, 'NOT_FOUND']);
  });

  test('is refused by the database where nothing before it knew better', async () => {
    const app = Fastify();
    answerErrors(app);
    const { db } = room.store;
    app.get('/day', () => sql`select ${'2026-02-30'}::date`.execute(db));
    app.get('/word', () => sql`select ${'soon'}::date`.execute(db));
    app.get('/text', () => sql`select ${'a\0b'}::text`.execute(db));
    app.get('/json', () => sql`select ${'"\\u0000"'}::jsonb`.execute(db));
    for (const url of ['/day', '/word', '/text', '/json']) {
      const answer = await app.inject(url);
      assert.deepEqual([url, answer.statusCode, answer.json().error.code], [url, 400, 'REQUEST_INVALID']);
    }
  });
});

test('spaces around a patient’s identifier are no part of it', async () => {
  const { status, body } = await send('PATCH', '/patients/{patient}', { identifier: ' P7a ' });
  assert.deepEqual([status, body.identifier], [200, 'P7a']);
  const { body: moved } = await send('PATCH', '/images/{image}', { patient: '\tP7a', date: '2026-02-01' });
  assert.equal(moved.id, image);
  assert.equal((await send('GET', '/patients?search=P7a')).body.total, 1);
});

describe('a word that nothing reads', () => {
  for (const [method, url, named] of [
    ['POST', '/classify?modell=oct', 'modell'],
    ['POST', '/explain?label=D&class=N', 'label'],
    ['GET', '/worklist?state=open&sorted=newest', 'sorted'],
    ['GET', '/worklist?page=2&size=50', 'page, size'],
    ['GET', '/settings?deep=1', 'deep'],
    ['DELETE', '/session?everywhere=1', 'everywhere'],
  ] as const)
    test(`${method} ${url} is refused by its name`, async () => {
      const { status, error } = await send(method, url);
      assert.deepEqual([status, error?.code], [400, 'REQUEST_INVALID']);
      assert.equal(error.message, `The request is not valid: querystring may not hold ${named}.`);
    });

  test('in a body is refused by its name', async () => {
    const { status, error } = await send('PATCH', '/patients/{patient}', { nmae: 'Zoë' });
    assert.equal(status, 400);
    assert.match(error.message, /body may not hold nmae/);
  });

  for (const [url, field, value] of [
    ['/classify', 'eye', 'banana'],
    ['/classify', 'image', 'a.jpg'],
    ['/preview', 'width', '9'],
    ['/models', 'name', 'mine'],
    ['/batches/{batch}/files', 'patient', 'P7'],
    ['/batches/{batch}/files', 'image', new Blob(['x'])],
  ] as const)
    test(`in the form of ${url}, ${field}, is refused by its name`, async () => {
      const form = new FormData();
      form.append(field, value as string);
      const { headers, body } = new Request('http://localhost', { method: 'POST', body: form });
      const {
        status,
        code,
        body: said,
      } = await room.ask('POST', url.replace('{batch}', room.batch), {
        headers: { 'content-type': headers.get('content-type')! },
        payload: Buffer.from(await new Response(body).arrayBuffer()),
      });
      assert.deepEqual([status, code], [400, 'REQUEST_INVALID']);
      assert.match(said.error.message, new RegExp(`may not hold ${field}\\.`));
    });

  test('is refused also behind a picture', async () => {
    const form = new FormData();
    form.append('image', new Blob([new Uint8Array(300_000)]), 'a.jpg');
    form.append('eye', 'banana');
    const request = new Request('http://localhost', { method: 'POST', body: form });
    const { status, body } = await room.ask('POST', '/preview', {
      headers: { 'content-type': request.headers.get('content-type')! },
      payload: Buffer.from(await request.arrayBuffer()),
    });
    assert.equal(status, 400);
    assert.match(body.error.message, /may not hold eye/);
  });
});
