/** The whole way over a provider that others wrote, as a browser goes it. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import OpenIdServer from 'oidc-provider';
import { testStore } from '../../../test/store.ts';
import { Registry } from '../../model/index.ts';
import { hashPassword } from '../../people/index.ts';
import { readAudit, StoredPeople } from '../../store/index.ts';
import { buildApp } from '../app.ts';

const CALLBACK = 'http://localhost/api/session/openid/callback';
const SECRET = 'a secret between the two of them';

let store: Awaited<ReturnType<typeof testStore>>;
let registry: Registry;
let people: StoredPeople;
let house: Server;
let issuer: string;
let app: FastifyInstance;
const apps: FastifyInstance[] = [];

/** Whoever logs in over there is who they say; `mallory` wrote another’s address into the profile. */
const claimsOf = (sub: string) =>
  sub === 'mallory'
    ? { sub, email: 'anna@clinic.example', email_verified: false }
    : { sub, email: `${sub}@clinic.example`, email_verified: true };

before(async () => {
  store = await testStore();
  people = new StoredPeople(store.db);
  registry = new Registry({
    builtIn: join(store.folder, 'none'),
    user: join(store.folder, 'models'),
    cache: join(store.folder, 'cache'),
  });
  let answer: (...args: Parameters<ReturnType<OpenIdServer['callback']>>) => void;
  house = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1');
  await new Promise((resolve) => house.once('listening', resolve));
  issuer = `http://127.0.0.1:${(house.address() as AddressInfo).port}`;
  answer = new OpenIdServer(issuer, {
    clients: [
      {
        client_id: 'fovea',
        client_secret: SECRET,
        redirect_uris: [CALLBACK],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: [] },
    findAccount: (_: unknown, sub: string) => ({ accountId: sub, claims: () => claimsOf(sub) }),
  }).callback();
});
after(async () => {
  await Promise.all(apps.map((one) => one.close()));
  house.closeAllConnections();
  house.close();
  await registry.close();
  await store.close();
});

beforeEach(async () => {
  await sql`truncate users cascade`.execute(store.db);
  await people.addUser({
    ...{ login: 'anna@clinic.example', name: 'Dr Anna', role: 'admin' },
    password: await hashPassword('seven green parrots'),
  });
  app = await build({ issuer, clientId: 'fovea', clientSecret: SECRET, name: 'Clinic' });
});

const build = async (openId: {
  issuer: string;
  clientId: string;
  clientSecret: string;
  name?: string;
  claim?: string;
}) => {
  const built = await buildApp({
    registry,
    store,
    version: '1',
    webFolder: join(store.folder, 'none'),
    openId,
  });
  apps.push(built);
  return built;
};

type Jar = Record<string, string>;
/** A request to Fovea as the browser sends it, with its cookies. */
const visit = async (url: string, jar: Jar) => {
  const answer = await app.inject({ url, cookies: jar });
  for (const { name, value } of answer.cookies)
    if (value) jar[name] = value;
    else delete jar[name];
  return answer;
};

/** Goes through the provider's own pages. @returns where it sends the browser back to */
async function logInThere(start: string, sub: string): Promise<string> {
  const jar: Jar = {};
  const go = async (url: string, form?: Record<string, string>): Promise<Response> => {
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: {
        cookie: Object.entries(jar)
          .map(([name, value]) => `${name}=${value}`)
          .join('; '),
      },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!;
      jar[name!] = value!;
    }
    return answer;
  };
  let answer = await go(start);
  for (let step = 0; step < 12; step++) {
    const to = answer.headers.get('location');
    if (to?.startsWith(CALLBACK)) return to.slice('http://localhost'.length);
    if (to) {
      answer = await go(new URL(to, issuer).href);
      continue;
    }
    const page = await answer.text();
    const [, action, prompt] = /action="([^"]+)"[\s\S]*name="prompt" value="(\w+)"/.exec(page) ?? [];
    assert.ok(action, `a page without a form: ${page.slice(0, 300)}`);
    answer = await go(action, { prompt: prompt!, login: sub, password: 'any' });
  }
  return assert.fail('it never comes back');
}

const begin = async (jar: Jar) => String((await visit('/api/session/openid', jar)).headers.location);

describe('log-in by the house’s own provider', () => {
  test('gives who has an account here a session, as a password does', async () => {
    const jar: Jar = {};
    assert.equal((await visit('/api/session', jar)).json().openId, 'Clinic');
    const back = await logInThere(await begin(jar), 'anna');
    const answer = await visit(back, jar);
    assert.equal(answer.headers.location, '/');
    assert.deepEqual(Object.keys(jar), ['fovea_session']);
    assert.equal(answer.cookies.find(({ name }) => name === 'fovea_session')?.sameSite, 'Strict');
    assert.deepEqual((await visit('/api/session', jar)).json().user, {
      ...{ login: 'anna@clinic.example', name: 'Dr Anna', role: 'admin' },
    });
    const { action, actor, detail } = (await readAudit(store.db, { limit: 1 })).entries[0]!;
    assert.deepEqual([action, actor], ['login', 'anna@clinic.example']);
    assert.deepEqual(detail, { address: '127.0.0.1', by: 'openid' });
  });

  for (const [who, sub] of [
    ['who has no account here', 'berta'],
    ['who wrote another’s address into the profile', 'mallory'],
  ] as const)
    test(`refuses ${who}`, async () => {
      const jar: Jar = {};
      const { headers } = await visit(await logInThere(await begin(jar), sub), jar);
      assert.equal(headers.location, '/?log-in=OPENID_REFUSED');
      assert.deepEqual(jar, {});
    });

  test('is the one way in for an account without a password', async () => {
    const anna: Jar = {};
    await visit(await logInThere(await begin(anna), 'anna'), anna);
    const payload = { login: 'carl@clinic.example', name: 'Carl', role: 'reader' };
    const added = await app.inject({ method: 'POST', url: '/api/users', cookies: anna, payload });
    assert.equal(added.statusCode, 201);
    for (const password of ['', 'undefined', 'seven green parrots']) {
      const wish = { login: payload.login, password };
      const { statusCode } = await app.inject({ method: 'POST', url: '/api/session', payload: wish });
      assert.equal(statusCode, 401);
    }
    const carl: Jar = {};
    await visit(await logInThere(await begin(carl), 'carl'), carl);
    assert.equal((await visit('/api/session', carl)).json().user.role, 'reader');
  });

  test('refuses a disabled account', async () => {
    const jar: Jar = {};
    await sql`update users set disabled = true`.execute(store.db);
    const { headers } = await visit(await logInThere(await begin(jar), 'anna'), jar);
    assert.equal(headers.location, '/?log-in=OPENID_REFUSED');
  });

  test('is finished by the browser that began it, once', async () => {
    const jar: Jar = {};
    const back = await logInThere(await begin(jar), 'anna');
    const attempt = { ...jar };
    assert.equal((await visit(back, {})).headers.location, '/?log-in=OPENID_REFUSED', 'another browser');
    const other: Jar = {};
    await begin(other);
    assert.equal((await visit(back, other)).headers.location, '/?log-in=OPENID_REFUSED', 'another attempt');
    assert.equal((await visit(back, jar)).headers.location, '/');
    assert.equal((await visit(back, attempt)).headers.location, '/?log-in=OPENID_REFUSED', 'again');
  });

  test('refuses an answer that is altered', async () => {
    const jar: Jar = {};
    const back = await logInThere(await begin(jar), 'anna');
    for (const altered of [
      back.replace(/code=[^&]{4}/, 'code=0000'),
      back.replace(/iss=[^&]*/, 'iss=http%3A%2F%2Fevil.example'),
    ]) {
      assert.notEqual(altered, back);
      assert.equal((await visit(altered, { ...jar })).headers.location, '/?log-in=OPENID_REFUSED');
    }
  });

  test('says so where the provider is away; the password goes on working', async () => {
    app = await build({ issuer: 'http://127.0.0.1:9', clientId: 'fovea', clientSecret: SECRET });
    assert.equal((await visit('/api/session/openid', {})).headers.location, '/?log-in=OPENID_UNAVAILABLE');
    const payload = { login: 'anna@clinic.example', password: 'seven green parrots' };
    assert.equal((await app.inject({ method: 'POST', url: '/api/session', payload })).statusCode, 200);
  });

  test('is not had over an open line', () =>
    assert.rejects(
      build({ issuer: 'http://clinic.example', clientId: 'fovea', clientSecret: SECRET }),
      RangeError,
    ));
});
