import assert from 'node:assert/strict';
import { afterEach, describe, mock, test } from 'node:test';
import type { HandedFile } from './handed-files.ts';
import { Upload } from './upload.ts';

const files = (count: number): HandedFile[] =>
  Array.from({ length: count }, (_, i) => ({
    name: `camp/${i}.jpg`,
    file: new File(['x'], `${i}.jpg`),
  }));

const answer = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
const namesIn = (body: unknown) => (body as FormData).getAll('file').map((file) => (file as File).name);

/** A server that opens a batch, takes what it is sent, and does as it is told with each request of files. */
function serve(take: (names: string[], request: number) => Response | Promise<Response>) {
  let requests = 0;
  const ended: string[] = [];
  mock.method(globalThis, 'fetch', async (path: string, { body }: { body?: unknown } = {}) => {
    if (path === '/api/batches') return answer({ id: 'b1' }, 201);
    if (path === '/api/batches/b1/done') {
      ended.push(path);
      return answer({});
    }
    return take(namesIn(body), ++requests);
  });
  return { ended, requests: () => requests };
}

const taken = (names: string[], state = 'taken') =>
  answer({ items: names.map((name) => ({ name, state, imageId: null, visitId: null, error: null })) });

/** Lets pauses pass without waiting for them. */
async function finished(upload: Upload): Promise<void> {
  const done = upload.start();
  while (upload.isGoing) {
    mock.timers.tick(15_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await done;
}

afterEach(() => {
  mock.restoreAll();
  mock.timers.reset();
});

describe('an upload', () => {
  test('sends every file once, under its path, and says when no more come', async () => {
    const sent: string[] = [];
    const server = serve((names) => {
      sent.push(...names);
      return taken(names);
    });
    const upload = new Upload(files(95), { name: 'camp' }, () => {});
    await upload.start();
    assert.deepEqual(
      sent.toSorted(),
      files(95)
        .map(({ name }) => name)
        .toSorted(),
    );
    assert.equal(server.requests(), 5);
    assert.deepEqual([upload.state.phase, upload.state.sent, server.ended.length], ['done', 95, 1]);
  });

  test('tries again when the server is away for a while', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    serve((names, request) => {
      if (request <= 6) throw new TypeError('network');
      return taken(names);
    });
    const upload = new Upload(files(30), {}, () => {});
    await finished(upload);
    assert.deepEqual([upload.state.phase, upload.state.sent], ['done', 30]);
  });

  test('keeps what a server that stays away did not get, and sends that alone when asked', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    let isAway = true;
    const sent: string[] = [];
    const server = serve((names) => {
      if (isAway && names.includes('camp/0.jpg')) throw new TypeError('network');
      sent.push(...names);
      return taken(names);
    });
    const upload = new Upload(files(50), {}, () => {});
    await finished(upload);
    assert.deepEqual(
      [upload.state.phase, upload.state.failed, upload.state.failure?.code],
      ['failed', 20, 'OFFLINE'],
    );
    assert.equal(server.ended.length, 0);
    isAway = false;
    await finished(upload);
    assert.deepEqual([upload.state.phase, upload.state.sent, sent.length], ['done', 50, 50]);
  });

  test('does not try again what the server refuses, and says why', async () => {
    const server = serve(() => answer({ error: { code: 'FORBIDDEN', message: 'No.' } }, 403));
    const upload = new Upload(files(3), {}, () => {});
    await upload.start();
    assert.deepEqual(
      [upload.state.phase, upload.state.failure?.code, server.requests()],
      ['failed', 'FORBIDDEN', 1],
    );
  });

  test('counts what was known already and keeps what was refused', async () => {
    serve((names, request) => taken(names, request === 1 ? 'duplicate' : 'refused'));
    const upload = new Upload(files(25), {}, () => {});
    await upload.start();
    assert.deepEqual([upload.state.duplicates + upload.state.refused.length, upload.state.sent], [25, 25]);
    assert.ok(upload.state.duplicates > 0 && upload.state.refused.length > 0);
  });

  test('that is stopped sends no more', async () => {
    const server = serve(async (names, request) => {
      if (request === 1) void upload.stop();
      return taken(names);
    });
    const upload: Upload = new Upload(files(400), {}, () => {});
    await upload.start();
    assert.equal(upload.state.phase, 'stopped');
    assert.ok(server.requests() <= 4, `${server.requests()} requests`);
  });
});

describe('a large file', () => {
  const MB = 2 ** 20;
  const large = (size: number, name = 'day.zip'): HandedFile => ({
    name,
    file: new File([new Uint8Array(size)], name),
  });

  /** A server that takes pieces, whose line breaks when it is told to. */
  function serveInPieces(breaks: (request: number) => 'before' | 'behind' | undefined) {
    let [requests, received, begun, size] = [0, 0, 0, 0];
    const offsets: number[] = [];
    let items: unknown[] | undefined;
    mock.method(
      globalThis,
      'fetch',
      async (path: string, init: { body?: unknown; headers?: Record<string, string> } = {}) => {
        if (path === '/api/batches') return answer({ id: 'b1' }, 201);
        if (path === '/api/batches/b1/done') return answer({});
        if (path === '/api/uploads') {
          begun++;
          size = JSON.parse(String(init.body)).size;
          if (size > 100 * MB) return answer({ error: { code: 'FILE_TOO_LARGE', message: 'No.' } }, 413);
          return answer({ id: 'u1', offset: 0 }, 201);
        }
        assert.equal(path, '/api/uploads/u1');
        const how = breaks(++requests);
        const offset = Number(init.headers!['upload-offset']);
        offsets.push(offset);
        if (how === 'before') throw new TypeError('network');
        if (items) return answer({ items });
        if (offset !== received) {
          return answer(
            { error: { code: 'UPLOAD_OFFSET_WRONG', message: '', expected: `${received}` } },
            409,
          );
        }
        received += (init.body as Blob).size;
        if (received === size)
          items = [{ name: 'a.jpg', state: 'taken', imageId: null, visitId: null, error: null }];
        if (how === 'behind') throw new TypeError('network');
        return items ? answer({ items }) : new Response(null, { status: 204 });
      },
    );
    return { offsets, begun: () => begun };
  }

  test('is sent alone, in pieces, and is one file of its batch', async () => {
    const server = serveInPieces(() => undefined);
    const upload = new Upload([large(40 * MB)], {}, () => {});
    await upload.start();
    assert.deepEqual(
      server.offsets.map((offset) => offset / MB),
      [0, 8, 16, 24, 32],
    );
    assert.deepEqual([upload.state.phase, upload.state.sent, upload.state.part], ['done', 1, 0]);
  });

  test('goes on where the line broke, whether the piece had arrived or not', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const server = serveInPieces((request) =>
      request === 2 ? 'before' : request === 4 ? 'behind' : undefined,
    );
    const upload = new Upload([large(40 * MB)], {}, () => {});
    await finished(upload);
    assert.deepEqual(
      server.offsets.map((offset) => offset / MB),
      [0, 8, 8, 16, 16, 24, 32],
    );
    assert.deepEqual([upload.state.phase, server.begun()], ['done', 1]);
  });

  test('whose last answer was lost is not sent again', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const server = serveInPieces((request) => (request === 5 ? 'behind' : undefined));
    const upload = new Upload([large(40 * MB)], {}, () => {});
    await finished(upload);
    assert.deepEqual([upload.state.phase, upload.state.sent, server.begun()], ['done', 1, 1]);
  });

  test('that the server does not take is refused, and its batch ends all the same', async () => {
    serveInPieces(() => undefined);
    const upload = new Upload([large(101 * MB, 'huge.tif')], {}, () => {});
    await upload.start();
    const { phase, sent, refused } = upload.state;
    assert.deepEqual([phase, sent, refused[0]?.error?.code], ['done', 1, 'FILE_TOO_LARGE']);
  });
});
