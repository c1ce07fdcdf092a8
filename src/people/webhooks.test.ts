import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { sql } from 'kysely';
import { testStore } from '../../test/store.ts';
import { announce, StoredWebhooks } from '../store/index.ts';
import { LOCAL } from './person.ts';
import {
  addWebhook,
  changeWebhook,
  deliverDue,
  RETRY_AFTER_MS,
  removeWebhook,
  signatureOf,
  TEST_EVENT,
  testWebhook,
  type WebhookEvent,
} from './webhooks.ts';

let store: Awaited<ReturnType<typeof testStore>>;
let webhooks: StoredWebhooks<WebhookEvent>;
/** What came, and what is answered. */
let got: { headers: IncomingHttpHeaders; body: string }[];
let answer: { status: number; location?: string };
const receiver = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    got.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
    response
      .writeHead(answer.status, answer.location ? { location: answer.location } : {})
      .end('secret of theirs');
  });
});
let url: string;

before(async () => {
  store = await testStore();
  webhooks = new StoredWebhooks(store.db);
  await new Promise<void>((listening) => receiver.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
});
after(async () => {
  receiver.close();
  receiver.closeAllConnections();
  await store.close();
});
beforeEach(async () => {
  [got, answer] = [[], { status: 204 }];
  await sql`truncate webhooks cascade`.execute(store.db);
});

const refused = (code: string) => (thrown: { code?: string }) => thrown.code === code;
const add = (events: WebhookEvent[] = ['visit.signed'], to = url) =>
  addWebhook(webhooks, LOCAL, { url: to, events });
const visitId = '01890000-0000-7000-8000-000000000001';
const deliver = (now = new Date()) => deliverDue(webhooks, fetch, () => now);
const soon = () => new Date(Date.now() + 1000);

describe('a webhook', () => {
  test('is told of its events alone, once, with ids and a signature of its own secret', async () => {
    const { secret, webhook } = await add();
    await announce(store.db, 'visit.signed', { visitId });
    await announce(store.db, 'visit.read', { visitId });
    const now = soon();
    assert.equal(await deliver(now), 1);
    assert.equal(await deliver(now), 0);
    assert.equal(got.length, 1);
    const [{ headers, body }] = got as [(typeof got)[number]];
    const { id, createdAt, ...rest } = JSON.parse(body);
    assert.deepEqual(rest, { event: 'visit.signed', visitId });
    assert.ok(Date.parse(createdAt));
    assert.equal(headers['fovea-delivery'], id);
    const [, moment, digest] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers['fovea-signature'] as string)!;
    assert.equal(Number(moment), Math.floor(now.getTime() / 1000));
    assert.equal(digest, createHmac('sha256', secret).update(`${moment}.${body}`).digest('hex'));
    const [delivery] = await webhooks.deliveries(webhook.id);
    assert.equal(delivery!.status, 204);
    assert.ok(delivery!.deliveredAt);
  });

  test('is told nothing of what was undone', async () => {
    await add();
    const undone = store.db.transaction().execute(async (trx) => {
      await announce(trx, 'visit.signed', { visitId });
      throw new Error('undone');
    });
    await assert.rejects(undone, /undone/);
    assert.equal(await deliver(soon()), 0);
  });

  test('that does not answer well is asked again, ever later, and then not any more', async () => {
    const { webhook } = await add();
    await announce(store.db, 'visit.signed', { visitId });
    answer = { status: 503 };
    let now = soon();
    for (const wait of RETRY_AFTER_MS) {
      assert.equal(await deliver(now), 1);
      const [{ nextAt, status, error } = {}] = await webhooks.deliveries(webhook.id);
      assert.deepEqual([status, error], [503, 'answered 503']);
      assert.equal(Date.parse(nextAt!) - now.getTime(), wait);
      assert.equal(await deliver(new Date(now.getTime() + wait - 1)), 0);
      now = new Date(now.getTime() + wait);
    }
    assert.equal(await deliver(now), 1);
    const [{ nextAt, attempts } = {}] = await webhooks.deliveries(webhook.id);
    assert.equal(nextAt, null);
    assert.equal(attempts, RETRY_AFTER_MS.length + 1);
    assert.equal(got.length, RETRY_AFTER_MS.length + 1);
  });

  test('whose address points elsewhere is not followed there', async () => {
    const { webhook } = await add();
    answer = { status: 307, location: url };
    await announce(store.db, 'visit.signed', { visitId });
    await deliver(soon());
    assert.equal(got.length, 1);
    assert.equal((await webhooks.deliveries(webhook.id))[0]!.error, 'answered 307');
  });

  test('that is not there is told so in a word', async () => {
    const { webhook } = await add(['visit.signed'], 'http://127.0.0.1:1/');
    await announce(store.db, 'visit.signed', { visitId });
    await deliver(soon());
    const [{ status, error, deliveredAt } = {}] = await webhooks.deliveries(webhook.id);
    assert.deepEqual([status, deliveredAt], [null, null]);
    assert.match(error!, /ECONNREFUSED|cannot be reached/);
  });

  test('is tried once, whatever it answers, and not while it is paused', async () => {
    const { webhook } = await add();
    await testWebhook(webhooks, LOCAL, webhook.id);
    answer = { status: 500 };
    assert.equal(await deliver(soon()), 1);
    const { event, ...rest } = JSON.parse(got[0]!.body);
    assert.deepEqual([event, Object.keys(rest)], [TEST_EVENT, ['id', 'createdAt']]);
    const [{ nextAt, error } = {}] = await webhooks.deliveries(webhook.id);
    assert.deepEqual([nextAt, error], [null, 'answered 500']);
    await changeWebhook(webhooks, LOCAL, webhook.id, { disabled: true });
    await assert.rejects(testWebhook(webhooks, LOCAL, webhook.id), refused('NOT_FOUND'));
  });

  test('is told once, however many deliver at the same time', async () => {
    await add();
    for (let i = 0; i < 25; i++) await announce(store.db, 'visit.signed', { visitId });
    const now = soon();
    const tried = await Promise.all([deliver(now), deliver(now), deliver(now)]);
    assert.equal(
      tried.reduce((a, b) => a + b),
      25,
    );
    assert.equal(new Set(got.map(({ headers }) => headers['fovea-delivery'])).size, 25);
    assert.equal(got.length, 25);
  });

  test('that is paused is told later; one that is removed, never', async () => {
    const { webhook } = await add();
    await announce(store.db, 'visit.signed', { visitId });
    await changeWebhook(webhooks, LOCAL, webhook.id, { disabled: true });
    await announce(store.db, 'visit.signed', { visitId });
    assert.equal(await deliver(soon()), 0);
    await changeWebhook(webhooks, LOCAL, webhook.id, { disabled: false });
    assert.equal(await deliver(soon()), 1);
    await announce(store.db, 'visit.signed', { visitId });
    await removeWebhook(webhooks, LOCAL, webhook.id);
    assert.equal(await deliver(soon()), 0);
    await assert.rejects(removeWebhook(webhooks, LOCAL, webhook.id), refused('NOT_FOUND'));
  });

  for (const to of [
    'file:///etc/passwd',
    'ftp://example.org/',
    'javascript:1',
    'https://a:b@example.org/',
    'here',
    '',
  ]) {
    test(`is not had at ${JSON.stringify(to)}`, () =>
      assert.rejects(add(['visit.read'], to), refused('REQUEST_INVALID')));
  }

  test('is an administrator’s to have', async () => {
    const senior = { ...LOCAL, role: 'senior' } as const;
    await assert.rejects(addWebhook(webhooks, senior, { url, events: ['visit.read'] }), refused('FORBIDDEN'));
    await assert.rejects(
      addWebhook(webhooks, { ...LOCAL, by: 'token' }, { url, events: ['visit.read'] }),
      refused('FORBIDDEN'),
    );
  });
});

test('a signature holds the moment, the body and the secret', () => {
  const now = new Date(1_700_000_000_000);
  const signature = signatureOf('{}', 'whsec_a', now);
  assert.notEqual(signature, signatureOf('{ }', 'whsec_a', now));
  assert.notEqual(signature, signatureOf('{}', 'whsec_b', now));
  assert.notEqual(signature, signatureOf('{}', 'whsec_a', new Date(1_700_000_001_000)));
});
