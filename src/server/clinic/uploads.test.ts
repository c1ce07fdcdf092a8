import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { zipSync } from 'fflate';
import { testStore } from '../../../test/store.ts';
import type { Queue } from '../../jobs/index.ts';
import { Registry } from '../../model/index.ts';
import { buildApp } from '../app.ts';

const MB = 1024 ** 2;
const GB = 1024 ** 3;
const PIECE = { 'content-type': 'application/offset+octet-stream' };
/** As much of a JPEG as tells it from other files: what is cut off is kept, and told when it is read. */
const jpeg = (text: string) => Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), Buffer.from(text)]);

let store: Awaited<ReturnType<typeof testStore>>;
let app: FastifyInstance;
let batch: string;

before(async () => {
  store = await testStore();
  app = await buildApp({
    registry: new Registry({ builtIn: store.folder, user: store.folder, cache: store.folder, threads: 1 }),
    version: '1.2.3',
    webFolder: join(store.folder, 'none'),
    store,
    queue: { enqueue: async () => {}, workReports: async () => {} } as unknown as Queue,
    dataFolder: store.folder,
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  batch = (await post('/batches', { name: 'large' })).json().id;
});
after(async () => {
  await app.close();
  await store.close();
});

const post = (url: string, payload: object) => app.inject({ method: 'POST', url: `/api${url}`, payload });
const begin = (name: string, size: number) => post('/uploads', { batch, name, size });
const codeOf = (answer: { json(): { error?: { code: string } } }) => answer.json().error?.code;
const itemsNamed = async (name: string) =>
  (await app.inject(`/api/batches/${batch}/items?search=${name}`)).json().items;

/** A file of zeros as if all but its last byte had come; it takes no room on the disk. */
async function almostThere(id: string, size: number): Promise<void> {
  await mkdir(join(store.folder, 'uploads'), { recursive: true });
  const file = await open(join(store.folder, 'uploads', id), 'w');
  await file.truncate(size - 1);
  await file.close();
}

/** A request that is written by hand. */
function sendByHand(method: string, path: string, headers: Record<string, string | number>): ClientRequest {
  const { port } = app.server.address() as AddressInfo;
  const sent = request({ host: '127.0.0.1', port, method, path: `/api${path}`, headers });
  // The server hangs up on who does not stop.
  sent.on('error', () => {});
  return sent;
}

async function answerOf(sent: ClientRequest): Promise<{ status: number; code: string | undefined }> {
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const body = JSON.parse(Buffer.concat(chunks).toString());
  return { status: answer.statusCode!, code: body.error?.code };
}

const BOUNDARY = 'fovea';
const FORM = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` };
const partHead = (name: string) =>
  `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\n\r\n`;

describe('a file that is too large', () => {
  for (const [name, size, code] of [
    ['eye.jpg', 2 * GB, 'FILE_TOO_LARGE'],
    ['eye.jpg', 100 * MB + 1, 'FILE_TOO_LARGE'],
    ['day.zip', 2 * GB, 'FILE_TOO_LARGE'],
    ['day.zip', 200 * MB, undefined],
  ] as const)
    test(`${name} of ${Math.round(size / MB)} MB, by what is said of it: ${code ?? 'may come'}`, async () =>
      assert.equal(codeOf(await begin(name, size)), code));

  test('is in the list of the batch with its code', async () => {
    await begin('listed.jpg', 2 * GB);
    const [item] = await itemsNamed('listed.jpg');
    assert.deepEqual([item.state, item.error.code], ['refused', 'FILE_TOO_LARGE']);
  });

  test('is refused too when it only calls itself an archive, and is never in memory', async () => {
    const size = GB - 1;
    const { id } = (await begin('liar.zip', size)).json();
    await almostThere(id, size);
    const before = process.memoryUsage().rss;
    const answer = await app.inject({
      ...{ method: 'PATCH', url: `/api/uploads/${id}`, payload: Buffer.from('x') },
      headers: { ...PIECE, 'upload-offset': String(size - 1) },
    });
    assert.equal(answer.json().items[0].error.code, 'FILE_TOO_LARGE');
    const grown = process.memoryUsage().rss - before;
    assert.ok(grown < 200 * MB, `${Math.round(grown / MB)} MB more`);
  });

  test('a request that says it is of 2 GB is refused before it has come, and cut off when it goes on', async () => {
    const sent = sendByHand('POST', `/batches/${batch}/files`, { ...FORM, 'content-length': 2 * GB });
    sent.write(partHead('two.jpg'));
    sent.write(jpeg(''));
    assert.deepEqual(await answerOf(sent), { status: 413, code: 'FILE_TOO_LARGE' });
    const ended = once(sent, 'close');
    const chunk = Buffer.alloc(MB);
    while (!sent.destroyed && sent.socket?.writable) {
      if (!sent.write(chunk)) await Promise.race([once(sent, 'drain'), ended]);
    }
    await ended;
  });

  test('a stream that never ends is stopped, with its code', { timeout: 60_000 }, async () => {
    const sent = sendByHand('POST', `/batches/${batch}/files`, { ...FORM, 'transfer-encoding': 'chunked' });
    const answered = answerOf(sent);
    let isAnswered = false;
    void answered.finally(() => {
      isAnswered = true;
    });
    sent.write(partHead('endless.jpg'));
    sent.write(jpeg(''));
    const chunk = Buffer.alloc(MB);
    let megabytes = 0;
    for (; !isAnswered && megabytes < 2048; megabytes++) {
      if (!sent.write(chunk)) await Promise.race([once(sent, 'drain'), answered]);
    }
    assert.deepEqual(await answered, { status: 413, code: 'FILE_TOO_LARGE' });
    assert.ok(megabytes < 400, `${megabytes} MB were sent`);
    const [item] = await itemsNamed('endless.jpg');
    assert.deepEqual([item.state, item.error.code], ['refused', 'FILE_TOO_LARGE']);
    await once(sent, 'close');
  });

  test('a piece that is more than was said is refused', async () => {
    const { id } = (await begin('short.jpg', 1000)).json();
    const sent = sendByHand('PATCH', `/uploads/${id}`, {
      ...PIECE,
      'upload-offset': 0,
      'transfer-encoding': 'chunked',
    });
    sent.end(Buffer.alloc(2000));
    assert.deepEqual(await answerOf(sent), { status: 413, code: 'FILE_TOO_LARGE' });
  });
});

describe('a file in pieces', () => {
  test('whose last answer was lost says again what became of it, and is taken once', async () => {
    const bytes = jpeg('lost answer');
    const { id } = (await begin('Q1_OD.jpg', bytes.length)).json();
    const send = (offset: number) =>
      app.inject({
        ...{ method: 'PATCH', url: `/api/uploads/${id}`, payload: bytes.subarray(offset) },
        headers: { ...PIECE, 'upload-offset': String(offset) },
      });
    const first = (await send(0)).json();
    assert.equal(first.items[0].state, 'taken');
    assert.deepEqual((await send(bytes.length)).json(), first);
    assert.equal((await itemsNamed('Q1_OD')).length, 1);
  });

  test('that had come whole before its server died is taken when it is asked for', async () => {
    const bytes = jpeg('server died');
    const { id } = (await begin('Q2_OD.jpg', bytes.length)).json();
    await writeFile(join(store.folder, 'uploads', id), bytes);
    const answer = await app.inject({
      ...{ method: 'PATCH', url: `/api/uploads/${id}` },
      headers: { ...PIECE, 'upload-offset': String(bytes.length) },
    });
    assert.equal(answer.json().items[0].state, 'taken');
  });
});

describe('an archive in pieces', () => {
  test('gives its files one by one, each with what became of it', async () => {
    const link = [Buffer.from('/etc/passwd'), { os: 3, attrs: 0o120777 << 16 }] as const;
    const zip = zipSync({
      'P1_OD.jpg': jpeg('one'),
      'P1_OS.jpg': [...link],
      'notes.txt': Buffer.from('the patient was late'),
      'inner.zip': zipSync({ 'a.jpg': jpeg('inner') }),
      'Thumbs.db': Buffer.from('x'),
    });
    const { id } = (await begin('day.zip', zip.length)).json();
    const answer = await app.inject({
      ...{ method: 'PATCH', url: `/api/uploads/${id}`, payload: Buffer.from(zip) },
      headers: { ...PIECE, 'upload-offset': '0' },
    });
    assert.deepEqual(
      answer
        .json()
        .items.map(({ name, state, error }: { name: string; state: string; error?: { code: string } }) => [
          name,
          error?.code ?? state,
        ]),
      [
        ['day.zip/P1_OD.jpg', 'taken'],
        ['day.zip/P1_OS.jpg', 'FILE_IS_LINK'],
        ['day.zip/notes.txt', 'IMAGE_UNRECOGNISED'],
        ['day.zip/inner.zip', 'ARCHIVE_DAMAGED'],
      ],
    );
    const { patients } = (await app.inject('/api/patients')).json();
    assert.deepEqual(
      patients.map(({ identifier }: { identifier: string }) => identifier),
      ['P1', 'Q1', 'Q2'],
    );
  });
});
