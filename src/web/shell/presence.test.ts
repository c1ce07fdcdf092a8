import assert from 'node:assert/strict';
import { afterEach, mock, test } from 'node:test';
import { call } from '../api.ts';

afterEach(() => mock.restoreAll());

/** Whether what is asked for says that nobody is there, so many ms after the page was opened. */
async function saysSo(ms: number, init: RequestInit = {}): Promise<boolean> {
  const since = performance.now();
  mock.method(performance, 'now', () => since + ms);
  const fetched = mock.method(globalThis, 'fetch', async () => new Response('{}'));
  await call('/worklist', init);
  mock.restoreAll();
  const [, sent] = fetched.mock.calls[0]!.arguments as unknown as [string, RequestInit];
  return new Headers(sent.headers).has('fovea-background');
}

test('what the page fetches a minute after the last touch says that nobody is there; what it sends never does', async () => {
  assert.equal(await saysSo(1000), false);
  assert.equal(await saysSo(61_000), true);
  assert.equal(await saysSo(61_000, { method: 'POST', body: '{}' }), false);
});
