import assert from 'node:assert/strict';
import { afterEach, describe, mock, test } from 'node:test';
import { neighboursOf } from './place.ts';

/** A worklist of these visits. */
function serve(ids: readonly string[]): void {
  mock.method(globalThis, 'fetch', async (path: string) => {
    const query = new URL(path, 'http://x').searchParams;
    const [offset, limit] = [Number(query.get('offset')), Number(query.get('limit'))];
    return new Response(
      JSON.stringify({
        visits: ids.slice(offset, offset + limit).map((id) => ({ id })),
        total: ids.length,
      }),
    );
  });
}

const many = Array.from({ length: 200 }, (_, i) => `v${i}`);
afterEach(() => mock.restoreAll());

describe('what stands beside a visit', () => {
  test('is found where the visit stands', async () => {
    serve(many);
    assert.deepEqual(await neighboursOf('v100', { query: '', index: 100 }), {
      before: { id: 'v99', index: 99 },
      after: { id: 'v101', index: 101 },
    });
  });

  test('is found although the list has moved since', async () => {
    serve(many);
    const { before, after } = await neighboursOf('v100', { query: '', index: 110 });
    assert.deepEqual([before?.id, after?.id], ['v99', 'v101']);
  });

  test('of a visit that has left the list is what stands in its place', async () => {
    serve(many.filter((id) => id !== 'v100'));
    const { before, after } = await neighboursOf('v100', { query: '', index: 100 });
    assert.deepEqual([before?.id, after?.id], ['v99', 'v101']);
  });

  test('is nothing at the ends', async () => {
    serve(many);
    assert.equal((await neighboursOf('v0', { query: '', index: 0 })).before, undefined);
    assert.equal((await neighboursOf('v199', { query: '', index: 199 })).after, undefined);
    serve(['only']);
    assert.deepEqual(await neighboursOf('only', { query: '', index: 0 }), {
      before: undefined,
      after: undefined,
    });
  });
});
