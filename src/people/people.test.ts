import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { sql } from 'kysely';
import { testStore } from '../../test/store.ts';
import { readAudit, StoredPeople, verifyAudit } from '../store/index.ts';
import { addUser, changeUser } from './accounts.ts';
import { hashPassword } from './password.ts';
import { LOCAL, type Person } from './person.ts';
import type { PeopleStore } from './ports.ts';
import { ROLES, type Role } from './roles.ts';
import { changeOwnPassword, IDLE_MS, logIn, logOut, personOfSession, SESSION_MS } from './sessions.ts';
import { makeToken, personOfToken, revokeToken, tokensFor } from './tokens.ts';

let store: Awaited<ReturnType<typeof testStore>>;
let people: PeopleStore;
before(async () => {
  store = await testStore();
  people = new StoredPeople(store.db);
});
after(() => store.close());
beforeEach(() => sql`truncate users cascade`.execute(store.db));

const PASSWORD = 'seven green parrots';
const refused = (code: string) => (thrown: { code?: string }) => thrown.code === code;
const add = (login: string, role: Role, by: Person = LOCAL) =>
  addUser(people, by, { login, name: 'Anna', role, password: PASSWORD });
/** A hash takes its time on purpose: accounts that are only there for a test share one. */
const stored = hashPassword(PASSWORD);
const have = async (login: string, role: Role): Promise<Person & { readonly id: string }> => {
  const user = await people.addUser({ login, name: login, role, password: await stored });
  return { id: user!.id, login, name: login, role, by: 'session' };
};
const enter = (login: string, over: { password?: string; replaces?: string } = {}, now?: Date) =>
  logIn(people, { login, password: PASSWORD, address: '192.0.2.1', ...over }, now);
const latest = async () => (await readAudit(store.db, { limit: 1 })).entries[0]!;
const later = (ms: number, from = new Date()) => new Date(from.getTime() + ms);

describe('accounts', () => {
  test('the first is an administrator’s, and stands in the audit without its password', async () => {
    await assert.rejects(add('anna', 'reader'), refused('REQUEST_INVALID'));
    const user = await add(' Anna ', 'admin');
    assert.equal(user.login, 'anna');
    assert.ok(!('password' in user));
    const { actor, action, subject, detail } = await latest();
    assert.deepEqual(
      { actor, action, subject, detail },
      { actor: 'local', action: 'user.add', subject: 'user anna', detail: { role: 'admin' } },
    );
  });

  test('no login is there twice, in whatever case', async () => {
    await have('anna', 'admin');
    await assert.rejects(add('ANNA', 'reader'), refused('LOGIN_TAKEN'));
  });

  for (const login of [
    '',
    'local',
    'Fovea',
    'unknown',
    'a b',
    'an\nna',
    "'; drop table users; --",
    'аnna',
    '-x',
  ]) {
    test(`${JSON.stringify(login)} is no login`, async () => {
      const account = { login, name: 'Anna', role: 'admin', password: PASSWORD } as const;
      await assert.rejects(addUser(people, LOCAL, account), refused('REQUEST_INVALID'));
    });
  }

  test('a weak password is refused at the first and at each change', async () => {
    await assert.rejects(
      addUser(people, LOCAL, { login: 'anna', name: 'Anna', role: 'admin', password: 'password1234' }),
      refused('PASSWORD_WEAK'),
    );
    const { id } = await have('anna', 'admin');
    await assert.rejects(changeUser(people, LOCAL, id, { password: 'short' }), refused('PASSWORD_WEAK'));
  });

  test('who is no administrator changes none, whatever they ask for', async () => {
    const { id } = await have('boss', 'admin');
    for (const role of ROLES.slice(0, 3)) {
      const person = await have(role, role);
      for (const wish of ROLES) await assert.rejects(add('new', wish, person), refused('FORBIDDEN'));
      await assert.rejects(changeUser(people, person, person.id, { role: 'admin' }), refused('FORBIDDEN'));
      await assert.rejects(changeUser(people, person, id, { disabled: true }), refused('FORBIDDEN'));
      assert.equal((await people.userById(person.id))!.role, role);
    }
  });

  test('the last administrator stays one', async () => {
    const { id } = await have('anna', 'admin');
    await assert.rejects(changeUser(people, LOCAL, id, { role: 'senior' }), refused('LAST_ADMIN'));
    await assert.rejects(changeUser(people, LOCAL, id, { disabled: true }), refused('LAST_ADMIN'));
    const { id: other } = await have('ben', 'admin');
    await changeUser(people, LOCAL, id, { disabled: true });
    await assert.rejects(changeUser(people, LOCAL, other, { role: 'reader' }), refused('LAST_ADMIN'));
    assert.equal((await changeUser(people, LOCAL, id, { disabled: false })).disabled, false);
  });

  test('two administrators who lower each other at once leave one', async () => {
    const ids = await Promise.all(['anna', 'ben'].map(async (login) => (await have(login, 'admin')).id));
    const outcomes = await Promise.allSettled(
      ids.map((id) => changeUser(people, LOCAL, id, { role: 'technician' })),
    );
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    assert.equal(await people.hasAdmin(), true);
  });
});

describe('a session', () => {
  let id: string;
  beforeEach(async () => {
    ({ id } = await have('anna', 'admin'));
  });

  test('belongs to who logged in, and the database holds no key to it', async () => {
    const { secret } = await enter('Anna');
    assert.equal((await personOfSession(people, secret))?.login, 'anna');
    const { rows } = await sql<{ hash: string }>`select hash from sessions`.execute(store.db);
    assert.equal(rows.length, 1);
    assert.equal(await personOfSession(people, rows[0]!.hash), undefined);
  });

  for (const [what, login, password] of [
    ['another password', 'anna', 'seven green parrot'],
    ['an unknown login', 'nobody', PASSWORD],
    ['SQL as a login', "anna' or '1'='1", PASSWORD],
    ['SQL as a login that ends the statement', "anna'; delete from users; --", PASSWORD],
    ['SQL as a password', 'anna', "' or '1'='1' --"],
  ] as const) {
    test(`is not begun with ${what}`, async () => {
      await assert.rejects(enter(login, { password }), refused('LOGIN_WRONG'));
      const { action, actor, detail } = await latest();
      assert.equal(action, 'login.fail');
      assert.equal(actor, login === 'anna' ? 'anna' : 'unknown');
      assert.deepEqual(detail, { address: '192.0.2.1' });
      assert.equal(await people.hasUsers(), true);
    });
  }

  test('is not begun by a disabled account, and ends with it', async () => {
    const { id: other } = await have('ben', 'reader');
    const { secret } = await enter('ben');
    await changeUser(people, LOCAL, other, { disabled: true });
    assert.equal(await personOfSession(people, secret), undefined);
    await assert.rejects(enter('ben'), refused('LOGIN_WRONG'));
  });

  test('ends after 30 minutes without a request, not before', async () => {
    const start = new Date();
    const { secret } = await enter('anna', {}, start);
    assert.ok(await personOfSession(people, secret, later(IDLE_MS - 1, start)));
    // That was a request: from it the minutes count anew.
    assert.ok(await personOfSession(people, secret, later(2 * IDLE_MS - 2, start)));
    assert.equal(await personOfSession(people, secret, later(4 * IDLE_MS, start)), undefined);
  });

  test('ends after 12 hours, however busy', async () => {
    const start = new Date();
    const { secret } = await enter('anna', {}, start);
    for (let t = IDLE_MS / 2; t < SESSION_MS; t += IDLE_MS / 2) {
      assert.ok(await personOfSession(people, secret, later(t, start)), `${t / 60_000} min`);
    }
    assert.equal(await personOfSession(people, secret, later(SESSION_MS, start)), undefined);
  });

  test('that was forged is none', async () => {
    await enter('anna');
    for (const forged of ['', 'x', 'a'.repeat(43), '%00', "' or true --"]) {
      assert.equal(await personOfSession(people, forged), undefined);
    }
  });

  test('is another after logging in again, and the one before has ended', async () => {
    const { secret: planted } = await enter('anna');
    const { secret } = await enter('anna', { replaces: planted });
    assert.notEqual(secret, planted);
    assert.equal(await personOfSession(people, planted), undefined);
    assert.ok(await personOfSession(people, secret));
  });

  test('ends when one logs out', async () => {
    const { secret, person } = await enter('anna');
    await logOut(people, secret, person);
    assert.equal(await personOfSession(people, secret), undefined);
    assert.equal((await latest()).action, 'logout');
  });

  test('ends everywhere when the password changes, but where it was changed', async () => {
    const [here, there] = await Promise.all([enter('anna'), enter('anna')]);
    const next = 'eight purple parrots';
    await assert.rejects(
      changeOwnPassword(people, here.person, { current: 'wrong', next }),
      refused('LOGIN_WRONG'),
    );
    const { secret } = await changeOwnPassword(people, here.person, { current: PASSWORD, next });
    assert.equal(await personOfSession(people, there.secret), undefined);
    assert.equal(await personOfSession(people, here.secret), undefined);
    assert.ok(await personOfSession(people, secret));
    await assert.rejects(enter('anna'), refused('LOGIN_WRONG'));
    assert.ok(await enter('anna', { password: next }));
    await changeUser(people, LOCAL, id, { password: PASSWORD });
    assert.equal(await personOfSession(people, secret), undefined);
  });

  test('has the role of today', async () => {
    const { id: other } = await have('ben', 'senior');
    const { secret } = await enter('ben');
    await changeUser(people, LOCAL, other, { role: 'technician' });
    assert.equal((await personOfSession(people, secret))?.role, 'technician');
  });

  test('begins with the password stored anew where a guess at it costs less than today', async () => {
    await people.changeUser(id, {
      password: await hashPassword(PASSWORD, { memory: 64, passes: 1, lanes: 1 }),
    });
    await enter('anna');
    assert.match((await people.userByLogin('anna'))!.password, /\$m=47104,t=1,p=1\$/);
    assert.ok(await enter('anna'));
  });
});

describe('a token', () => {
  let admin: Person;
  let person: Person;
  beforeEach(async () => {
    admin = await have('anna', 'admin');
    person = await have('ben', 'senior');
  });
  const make = (role: Role, days?: number) => makeToken(people, person, { name: 'script', role, days });

  test('acts for its owner with its own role, and the database holds no key to it', async () => {
    const { text, token } = await make('technician');
    assert.match(text, /^fvt_[\w-]{43}$/);
    const { login, role, by } = await personOfToken(people, text);
    assert.deepEqual({ login, role, by }, { login: 'ben', role: 'technician', by: 'token' });
    const { rows } = await sql<{ hash: string }>`select hash from tokens`.execute(store.db);
    await assert.rejects(personOfToken(people, `fvt_${rows[0]!.hash}`), refused('TOKEN_INVALID'));
    assert.ok((await tokensFor(people, person))[0]!.lastUsedAt);
    assert.deepEqual((await latest()).subject, `token ${token.id}`);
  });

  test('has no role above its owner’s, now or later', async () => {
    await assert.rejects(make('admin'), refused('FORBIDDEN'));
    const { text } = await make('senior');
    await changeUser(people, LOCAL, person.id!, { role: 'reader' });
    assert.equal((await personOfToken(people, text)).role, 'reader');
  });

  test('does not make others, nor change accounts', async () => {
    const { text } = await makeToken(people, admin, { name: 'script', role: 'admin' });
    const holder = await personOfToken(people, text);
    await assert.rejects(makeToken(people, holder, { name: 'x', role: 'reader' }), refused('FORBIDDEN'));
    await assert.rejects(add('new', 'reader', holder), refused('FORBIDDEN'));
    await assert.rejects(changeUser(people, holder, person.id!, { disabled: true }), refused('FORBIDDEN'));
  });

  test('ends by its day, by being revoked and with its owner’s account', async () => {
    const { text: short } = await make('reader', 1);
    assert.ok(await personOfToken(people, short, later(23 * 3600_000)));
    await assert.rejects(personOfToken(people, short, later(24 * 3600_000 + 1000)), refused('TOKEN_INVALID'));
    const { text, token } = await make('reader');
    const { text: other } = await make('reader');
    await revokeToken(people, person, token.id);
    await assert.rejects(personOfToken(people, text), refused('TOKEN_INVALID'));
    assert.ok(await personOfToken(people, other));
    await changeUser(people, LOCAL, person.id!, { disabled: true });
    await assert.rejects(personOfToken(people, other), refused('TOKEN_INVALID'));
  });

  test('is revoked by its owner or an administrator alone', async () => {
    const { token } = await make('reader');
    const cleo = await have('cleo', 'senior');
    await assert.rejects(revokeToken(people, cleo, token.id), refused('NOT_FOUND'));
    assert.deepEqual(await tokensFor(people, cleo), []);
    assert.equal((await tokensFor(people, admin)).length, 1);
    await revokeToken(people, admin, token.id);
    await assert.rejects(revokeToken(people, admin, token.id), refused('NOT_FOUND'));
  });

  for (const text of ['', 'fvt_', `fvt_${'a'.repeat(43)}`, 'a'.repeat(43), "fvt_' or true --"]) {
    test(`${JSON.stringify(text)} is none`, () =>
      assert.rejects(personOfToken(people, text), refused('TOKEN_INVALID')));
  }
});

test('after all of this the audit’s chain is whole', async () => {
  const { intact, entries } = await verifyAudit(store.db);
  assert.equal(intact, true);
  assert.ok(entries > 20);
});
