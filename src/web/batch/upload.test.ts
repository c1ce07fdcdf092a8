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
