import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { sql } from 'kysely';
import { testStore } from '../../../test/store.ts';
import { Registry } from '../../model/index.ts';
import { hashPassword, type Role } from '../../people/index.ts';
import { readAudit, StoredPeople } from '../../store/index.ts';
import { type AppOptions, buildApp } from '../app.ts';
import { startServer } from '../start.ts';
import { selfSigned } from './certificate.fixture.ts';
import { WRITES_A_MINUTE } from './limits.ts';

let store: Awaited<ReturnType<typeof testStore>>;
let registry: Registry;
let people: StoredPeople;
let app: FastifyInstance;
const apps: FastifyInstance[] = [];

before(async () => {
  store = await testStore();
  people = new StoredPeople(store.db);
  registry = new Registry({
    builtIn: join(store.folder, 'none'),
    user: join(store.folder, 'models'),
    cache: join(store.folder, 'cache'),
  });
});
after(async () => {
  await Promise.all(apps.map((one) => one.close()));
  await registry.close();
  await store.close();
});

const options = (over: Partial<AppOptions> = {}): AppOptions => ({
  registry,
  store,
  version: '9.9.9',
  webFolder: join(store.folder, 'none'),
  ...over,
});
const build = async (over: Partial<AppOptions> = {}) => {
  const built = await buildApp(options(over));
  apps.push(built);
  return built;
};

const PASSWORD = 'seven green parrots';
const stored = hashPassword(PASSWORD);
const have = async (login: string, role: Role) =>
  (await people.addUser({ login, name: `Dr ${login}`, role, password: await stored }))!.id;

/** Each test finds a server that has just been started. */
beforeEach(async () => {
  await sql`truncate users cascade`.execute(store.db);
  app = await build();
});

const ask = async (wish: InjectOptions | string, over: InjectOptions = {}) => {
  const answer = await app.inject({ ...(typeof wish === 'string' ? { url: wish } : wish), ...over });
  const body = answer.body === '' ? null : answer.json();
  const { headers, cookies } = answer;
  return { status: answer.statusCode, headers, cookies, body, code: body?.error?.code as string | undefined };
};
const logIn = (login: string, over: InjectOptions & { password?: string } = {}) => {
  const { password = PASSWORD, ...rest } = over;
  return ask({ method: 'POST', url: '/api/session', payload: { login, password } }, rest);
};
const cookieOf = ({ cookies }: { cookies: { name: string; value: string }[] }) => ({
  fovea_session: cookies.find(({ name }) => name === 'fovea_session')!.value,
});
const enter = async (login: string) => cookieOf(await logIn(login));
const newUser = (role: Role, login = 'new') => ({
  method: 'POST' as const,
  url: '/api/users',
  payload: { login, name: 'New', role, password: PASSWORD },
});

describe('where there are no accounts', () => {
  test('whoever sits at the machine is its user, with every right', async () => {
    const { body } = await ask('/api/session');
    assert.deepEqual(body, {
      user: { login: 'local', name: 'Local user', role: 'admin' },
      mode: 'single user',
      openId: null,
    });
    assert.equal((await ask('/api/models')).status, 200);
    assert.equal((await ask('/api/users')).status, 200);
  });

  test('what came through a proxy that nobody named is refused', async () => {
    for (const headers of [{ 'x-forwarded-for': '203.0.113.9' }, { forwarded: 'for=203.0.113.9' }]) {
      const { status, code } = await ask('/api/users', { headers });
      assert.deepEqual([status, code], [403, 'PROXY_UNKNOWN']);
    }
  });

  test('the first account is an administrator’s, and from then on everybody logs in', async () => {
    assert.equal((await ask(newUser('reader'))).code, 'REQUEST_INVALID');
    assert.equal((await ask(newUser('admin'))).status, 201);
    assert.equal((await ask('/api/users')).code, 'LOGIN_REQUIRED');
    const { body } = await ask('/api/session');
    assert.deepEqual(body, { user: null, mode: 'accounts', openId: null });
  });

  test('one that is added beside the running server is heeded within a second', async () => {
    assert.equal((await ask('/api/models')).status, 200);
    await have('anna', 'admin');
    await new Promise((resolve) => setTimeout(resolve, 1050));
    assert.equal((await ask('/api/models')).code, 'LOGIN_REQUIRED');
  });

  test('nothing asks for tokens', async () => {
    const wish = { method: 'POST', url: '/api/tokens', payload: { name: 'x', role: 'reader' } } as const;
    assert.equal((await ask(wish)).code, 'FORBIDDEN');
  });
});

describe('who is not known', () => {
  beforeEach(() => have('anna', 'admin'));

  test('is answered nothing but whether the server is there, and who they are', async () => {
    assert.equal((await ask('/api/health')).status, 200);
    assert.equal((await ask('/api/session')).status, 200);
    for (const url of [
      '/api/models',
      '/api/users',
      '/api/tokens',
      '/api/webhooks',
      '/api/openapi.json',
      '/api/docs',
    ]) {
      const { status, code, headers } = await ask(url);
      assert.deepEqual([url, status, code], [url, 401, 'LOGIN_REQUIRED']);
      assert.match(headers['www-authenticate'] as string, /^Bearer/);
    }
  });

  test('gets in by no way around: other cases, slashes, methods and encodings of an address', async () => {
    for (const url of [
      '/API/users',
      '//api/users',
      '/api//users',
      '/api/users/',
      '/%61pi/users',
      '/api/./users',
      '/api/session/../users',
    ]) {
      for (const method of ['GET', 'HEAD', 'OPTIONS'] as const) {
        const { statusCode } = await app.inject({ method, url });
        assert.ok([401, 404].includes(statusCode), `${method} ${url}: ${statusCode}`);
      }
    }
  });

  test('does not get in with a forged, altered or ended session', async () => {
    const { fovea_session: secret } = await enter('anna');
    for (const value of ['', 'x', secret.slice(1), `${secret}x`, secret.toLowerCase(), "' or true --"]) {
      assert.equal((await ask('/api/users', { cookies: { fovea_session: value } })).code, 'LOGIN_REQUIRED');
    }
    const cookies = { fovea_session: secret };
    assert.equal((await ask('/api/users', { cookies })).status, 200);
    const { status, headers } = await ask({ method: 'DELETE', url: '/api/session' }, { cookies });
    assert.equal(status, 204);
    assert.equal(headers['clear-site-data'], '"cache"');
    assert.equal((await ask('/api/users', { cookies })).code, 'LOGIN_REQUIRED');
  });

  test('does not get in with a wrong token', async () => {
    for (const token of ['fvt_', `fvt_${'a'.repeat(43)}`, 'x', "fvt_'--"]) {
      const { status, code } = await ask('/api/users', { headers: { authorization: `Bearer ${token}` } });
      assert.deepEqual([status, code], [401, 'TOKEN_INVALID']);
    }
    const basic = `Basic ${Buffer.from(`anna:${PASSWORD}`).toString('base64')}`;
    assert.equal((await ask('/api/users', { headers: { authorization: basic } })).code, 'LOGIN_REQUIRED');
  });

  test('learns nothing from a log-in that failed: not even whether there is such an account', async () => {
    const { status, code, body } = await logIn('anna', { password: 'wrong' });
    assert.deepEqual([status, code], [401, 'LOGIN_WRONG']);
    for (const login of ['nobody', "' or '1'='1", "anna'--", 'anna"; drop table users; --', '%', '*']) {
      assert.deepEqual((await logIn(login)).body, body);
    }
  });

  test('is refused a log-in that is none', async () => {
    for (const payload of [
      {},
      { login: 'anna' },
      { login: { $ne: null }, password: 'x' },
      { login: ['anna'], password: {} },
    ]) {
      const { status, code } = await ask({ method: 'POST', url: '/api/session', payload });
      assert.deepEqual([status, code], [400, 'REQUEST_INVALID']);
    }
  });
});

describe('who logs in', () => {
  beforeEach(() => have('anna', 'admin'));

  test('gets a cookie that scripts and other sites do not have, and answers that no disk keeps', async () => {
    const answer = await logIn('ANNA');
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body.user, { login: 'anna', name: 'Dr anna', role: 'admin' });
    const set = answer.headers['set-cookie'] as string;
    assert.match(set, /^fovea_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    assert.equal(answer.headers['cache-control'], 'no-store');
  });

  test('gets another session than the browser had, which ends', async () => {
    const planted = await enter('anna');
    const own = cookieOf(await logIn('anna', { cookies: planted }));
    assert.notEqual(own.fovea_session, planted.fovea_session);
    assert.equal((await ask('/api/users', { cookies: planted })).code, 'LOGIN_REQUIRED');
    assert.equal((await ask('/api/users', { cookies: own })).status, 200);
  });

  test('changes the password, which ends the other sessions', async () => {
    const [here, there] = [await enter('anna'), await enter('anna')];
    const change = (current: string, next: string) =>
      ask({ method: 'PUT', url: '/api/session/password', payload: { current, next } }, { cookies: here });
    assert.equal((await change('wrong', 'eight purple parrots')).code, 'LOGIN_WRONG');
    assert.equal((await change(PASSWORD, 'password1234')).code, 'PASSWORD_WEAK');
    const own = cookieOf(await change(PASSWORD, 'eight purple parrots'));
    assert.equal((await ask('/api/users', { cookies: there })).code, 'LOGIN_REQUIRED');
    assert.equal((await ask('/api/users', { cookies: here })).code, 'LOGIN_REQUIRED');
    assert.equal((await ask('/api/users', { cookies: own })).status, 200);
  });

  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: 'http://localhost:81' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
  ]) {
    test(`is not made to do anything by another site: ${JSON.stringify(headers)}`, async () => {
      const cookies = await enter('anna');
      for (const wish of [
        newUser('admin'),
        { method: 'DELETE', url: '/api/session' } as const,
        { method: 'POST', url: '/api/session', payload: { login: 'anna', password: PASSWORD } } as const,
      ]) {
        const { status, code } = await ask(wish, { cookies, headers: { ...headers, host: 'localhost:80' } });
        assert.deepEqual([status, code], [400, 'REQUEST_INVALID']);
      }
      assert.equal((await people.users()).length, 1);
      assert.equal((await ask('/api/users', { cookies })).status, 200);
    });
  }
});

describe('a role', () => {
  beforeEach(() => have('anna', 'admin'));

  test('is no more than was given: nobody raises themselves', async () => {
    for (const role of ['technician', 'reader', 'senior'] as const) {
      const id = await have(role, role);
      const cookies = await enter(role);
      const wishes: InjectOptions[] = [
        newUser('technician'),
        newUser('admin'),
        { url: '/api/users' },
        { method: 'PATCH', url: `/api/users/${id}`, payload: { role: 'admin' } },
        { method: 'POST', url: '/api/tokens', payload: { name: 'x', role: 'admin' } },
        { url: '/api/webhooks' },
        {
          method: 'POST',
          url: '/api/webhooks',
          payload: { url: 'https://a.example', events: ['visit.read'] },
        },
      ];
      for (const wish of wishes) {
        const { status, code } = await ask(wish, { cookies });
        assert.deepEqual([wish.url, status, code], [wish.url, 403, 'FORBIDDEN']);
      }
      assert.equal((await people.userById(id))!.role, role);
    }
  });

  test('is not smuggled in with other fields', async () => {
    const cookies = await enter('anna');
    const id = await have('ben', 'reader');
    for (const [url, payload] of [
      ['/api/session', { login: 'ben', password: PASSWORD, role: 'admin' }],
      ['/api/tokens', { name: 'x', role: 'reader', userId: id }],
      ['/api/users', { ...newUser('reader').payload, id }],
    ] as const) {
      assert.equal((await ask({ method: 'POST', url, payload }, { cookies })).code, 'REQUEST_INVALID');
    }
    const unknown = { method: 'PATCH', url: `/api/users/${id}`, payload: { role: 'owner' } } as const;
    assert.equal((await ask(unknown, { cookies })).code, 'REQUEST_INVALID');
    const itself = { method: 'PATCH', url: `/api/users/${id}`, payload: { login: 'root' } } as const;
    assert.equal((await ask(itself, { cookies })).code, 'REQUEST_INVALID');
  });

  test('of the last administrator stays; no answer ever holds a password', async () => {
    const cookies = await enter('anna');
    const { body } = await ask('/api/users', { cookies });
    assert.deepEqual(Object.keys(body.users[0]).sort(), [
      'createdAt',
      'disabled',
      'id',
      'login',
      'name',
      'role',
    ]);
    const url = `/api/users/${body.users[0].id}`;
    for (const payload of [{ role: 'senior' }, { disabled: true }]) {
      const { status, code } = await ask({ method: 'PATCH', url, payload }, { cookies });
      assert.deepEqual([status, code], [409, 'LAST_ADMIN']);
    }
    const gone = '/api/users/01890000-0000-7000-8000-000000000001';
    const { code } = await ask({ method: 'PATCH', url: gone, payload: { name: 'x' } }, { cookies });
    assert.equal(code, 'NOT_FOUND');
  });

  test('is asked of models too: to look is one thing, to change another', async () => {
    await have('ben', 'reader');
    const cookies = await enter('ben');
    assert.equal((await ask('/api/models', { cookies })).status, 200);
    for (const [method, url] of [
      ['POST', '/api/models'],
      ['PATCH', '/api/models/x'],
      ['DELETE', '/api/models/x'],
    ] as const) {
      assert.equal((await ask({ method, url }, { cookies })).code, 'FORBIDDEN');
    }
    await have('cleo', 'senior');
    const { code } = await ask({ method: 'DELETE', url: '/api/models/x' }, { cookies: await enter('cleo') });
    assert.equal(code, 'MODEL_NOT_FOUND');
  });

  test('of a token is what it does', async () => {
    const cookies = await enter('anna');
    const payload = { name: 'script', role: 'technician', days: 1 };
    const { body, status } = await ask({ method: 'POST', url: '/api/tokens', payload }, { cookies });
    assert.equal(status, 201);
    const headers = { authorization: `Bearer ${body.text}` };
    assert.equal((await ask('/api/models', { headers })).status, 200);
    assert.equal((await ask('/api/users', { headers })).code, 'FORBIDDEN');
    assert.equal((await ask('/api/session', { headers })).body.user.role, 'technician');
    // It counts before the cookie: what a program sends is what it may.
    assert.equal((await ask('/api/users', { headers, cookies })).code, 'FORBIDDEN');
    const url = `/api/tokens/${body.token.id}`;
    assert.equal((await ask({ method: 'DELETE', url }, { cookies })).status, 204);
    assert.equal((await ask('/api/models', { headers })).code, 'TOKEN_INVALID');
    assert.ok(!JSON.stringify((await ask('/api/tokens', { cookies })).body).includes(body.text));
  });
});

describe('how often', () => {
  beforeEach(() => have('anna', 'admin'));

  test('a log-in fails: five times a minute, then it rests, also with the right password', async () => {
    for (let i = 0; i < 5; i++)
      assert.equal((await logIn('anna', { password: 'wrong' })).code, 'LOGIN_WRONG');
    const { status, code, headers } = await logIn('Anna ');
    assert.deepEqual([status, code], [429, 'TOO_MANY_REQUESTS']);
    assert.ok(Number(headers['retry-after']) > 50 && Number(headers['retry-after']) <= 60);
    await have('ben', 'reader');
    assert.equal((await logIn('ben')).status, 200);
    assert.equal((await logIn('anna', { remoteAddress: '192.0.2.7' })).status, 200);
    const { entries } = await readAudit(store.db, { search: 'login.fail', limit: 1 });
    assert.deepEqual(entries[0]!.detail, { address: '127.0.0.1', restSeconds: 60 });
  });

  test('an address tries names: thirty times a minute', async () => {
    const codes: unknown[] = [];
    const first = (await readAudit(store.db)).total;
    // Refused before anything is hashed, so the body need not be anybody's.
    for (let i = 0; i < 31; i++) codes.push((await logIn(`name${i}`, { password: 'x' })).code);
    assert.equal(codes.filter((code) => code === 'LOGIN_WRONG').length, 30);
    assert.equal(codes.at(-1), 'TOO_MANY_REQUESTS');
    // Nobody fills the audit by what was refused, and no name that was typed stands in it.
    const { entries, total } = await readAudit(store.db, { limit: 40 });
    assert.equal(total - first, 30);
    assert.ok(!JSON.stringify(entries).includes('name7'));
  });

  test('somebody changes something: as often as a person can, and no more', async () => {
    const cookies = await enter('anna');
    const wish = { method: 'DELETE', url: '/api/models/x' } as const;
    for (let i = 0; i < WRITES_A_MINUTE; i++) {
      const { statusCode } = await app.inject({ ...wish, cookies });
      assert.equal(statusCode, 404);
    }
    const { status, code, headers } = await ask(wish, { cookies });
    assert.deepEqual([status, code], [429, 'TOO_MANY_REQUESTS']);
    assert.ok(Number(headers['retry-after']) <= 60);
    // Looking, and pictures, are others' matter.
    assert.equal((await ask('/api/models', { cookies })).status, 200);
    assert.notEqual((await ask({ method: 'POST', url: '/api/classify' }, { cookies })).status, 429);
  });
});

describe('webhooks', () => {
  test('are had, changed and removed by an administrator, with a secret that is shown once', async () => {
    await have('anna', 'admin');
    const cookies = await enter('anna');
    const payload = { url: 'https://clinic.example/hook', events: ['visit.signed'] };
    const { status, body } = await ask({ method: 'POST', url: '/api/webhooks', payload }, { cookies });
    assert.equal(status, 201);
    assert.match(body.secret, /^whsec_[\w-]{43}$/);
    const url = `/api/webhooks/${body.webhook.id}`;
    const changed = await ask({ method: 'PATCH', url, payload: { disabled: true } }, { cookies });
    assert.equal(changed.body.disabled, true);
    assert.deepEqual(changed.body.events, ['visit.signed']);
    const list = await ask('/api/webhooks', { cookies });
    assert.ok(!JSON.stringify(list.body).includes('whsec_'));
    assert.deepEqual((await ask(`${url}/deliveries`, { cookies })).body, { deliveries: [] });
    const tried = { method: 'POST', url: `${url}/test` } as const;
    assert.equal((await ask(tried, { cookies })).code, 'NOT_FOUND');
    await ask({ method: 'PATCH', url, payload: { disabled: false } }, { cookies });
    assert.equal((await ask(tried, { cookies })).status, 202);
    const [delivery] = (await ask(`${url}/deliveries`, { cookies })).body.deliveries;
    assert.equal(delivery.event, 'webhook.test');
    assert.equal((await ask({ method: 'DELETE', url }, { cookies })).status, 204);
    assert.equal((await ask({ method: 'DELETE', url }, { cookies })).code, 'NOT_FOUND');
    const wrong = { url: 'file:///etc/passwd', events: ['visit.signed'] };
    const { code } = await ask({ method: 'POST', url: '/api/webhooks', payload: wrong }, { cookies });
    assert.equal(code, 'REQUEST_INVALID');
  });
});

describe('where others can reach the server', () => {
  const refused = (code: string) => (thrown: { code?: string }) => thrown.code === code;

  test('it does not start without TLS, nor without an account', async () => {
    const open = { ...options(), host: '0.0.0.0', port: 0 };
    await assert.rejects(startServer(open), refused('TLS_REQUIRED'));
    const tls = selfSigned();
    await assert.rejects(startServer({ ...open, tls }), refused('ACCOUNT_REQUIRED'));
    await assert.rejects(startServer({ ...open, proxies: ['10.0.0.1'] }), refused('ACCOUNT_REQUIRED'));
    const { store: _, ...without } = open;
    await assert.rejects(startServer({ ...without, tls }), refused('ACCOUNT_REQUIRED'));
  });

  test('behind a named proxy it believes that proxy alone', async () => {
    await have('anna', 'admin');
    app = await build({ host: '0.0.0.0', proxies: ['10.0.0.1'] });
    const forwarded = {
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '203.0.113.9',
      host: 'clinic.example',
    };
    const through = { remoteAddress: '10.0.0.1', headers: forwarded };
    assert.equal((await ask('/api/models', through)).code, 'LOGIN_REQUIRED');
    const own = { ...through, headers: { ...forwarded, origin: 'https://clinic.example' } };
    const answer = await logIn('anna', own);
    assert.match(answer.headers['set-cookie'] as string, /; HttpOnly; Secure; SameSite=Strict$/);
    const { entries } = await readAudit(store.db, { limit: 1 });
    assert.deepEqual(entries[0]!.detail, { address: '203.0.113.9' });
    for (const direct of [
      { remoteAddress: '203.0.113.9', headers: forwarded },
      { remoteAddress: '10.0.0.1', headers: { host: 'clinic.example' } },
    ]) {
      const { status, code } = await ask('/api/models', { ...direct, cookies: cookieOf(answer) });
      assert.deepEqual([status, code], [403, 'TLS_REQUIRED']);
      assert.equal((await logIn('anna', direct)).code, 'TLS_REQUIRED');
    }
  });

  test('it speaks TLS with the certificate it was given', async () => {
    await have('anna', 'admin');
    const tls = selfSigned();
    const server = await startServer({ ...options({ tls }), host: '127.0.0.1', port: 0 });
    try {
      assert.match(server.address, /^https:/);
      const { request } = await import('node:https');
      const body = JSON.stringify({ login: 'anna', password: PASSWORD });
      const cookie = await new Promise<string | undefined>((resolve, reject) => {
        const headers = { 'content-type': 'application/json', origin: server.address };
        request(`${server.address}/api/session`, { method: 'POST', headers, ca: tls.cert }, (response) => {
          response.resume();
          resolve(response.headers['set-cookie']?.[0]);
        })
          .on('error', reject)
          .end(body);
      });
      assert.match(cookie!, /; HttpOnly; Secure; SameSite=Strict$/);
      await assert.rejects(fetch(server.address.replace('https', 'http')));
    } finally {
      await server.close();
    }
  });
});
