import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import Fastify from 'fastify';
import { sql } from 'kysely';
import { testStore } from '../../test/store.ts';
import { answerErrors } from './failures.ts';
import { LOGGING } from './log.ts';

let store: Awaited<ReturnType<typeof testStore>>;
before(async () => {
  store = await testStore();
});
after(() => store.close());

/** What a patient could be known by. */
const SECRETS = ['Zoë', 'Müller', '1951-13-40', 'MRN-77'];

describe('what the server logs of a fault', () => {
  for (const [what, fail, says, code = 'INTERNAL'] of [
    [
      'a row that the database refuses',
      () => sql`insert into patients (identifier, name) values ('', 'Zoë "Z" Müller')`.execute(store.db),
      /"code":"23514".*patients_identifier_check/,
    ],
    [
      'a value that is none',
      () => sql`select ${'Müller 1951-13-40'}::date`.execute(store.db),
      /"code":"22007"/,
      'REQUEST_INVALID',
    ],
    [
      'a key that is taken',
      () =>
        sql`insert into patients (identifier) values ('MRN-77 Müller'), ('MRN-77 Müller')`.execute(store.db),
      /"code":"23505".*patients_identifier_key/,
    ],
    [
      'a text that is no JSON',
      async () => JSON.parse('{"name": "Zoë "Z" Müller", "mrn": "MRN-77"}'),
      /SyntaxError/,
    ],
    [
      'an error in an error, with whatever hangs on it',
      async () => {
        const inner = Object.assign(new TypeError("open '/in/Müller.jpg'"), { path: '/in/Müller.jpg' });
        throw new AggregateError([inner], 'it was "Zoë"', { cause: inner });
      },
      /AggregateError.*TypeError/,
    ],
  ] as const) {
    test(`${what}: its kind and its place, and nothing of whom`, async () => {
      let log = '';
      const app = Fastify({ logger: { ...LOGGING, stream: { write: (line: string) => (log += line) } } });
      answerErrors(app);
      app.get('/patients', async () => fail());
      const answer = await app.inject('/patients?search=Müller');
      assert.equal(answer.json().error.code, code);
      assert.match(log, says);
      assert.match(log, /log\.test\.ts|pg/, 'where');
      for (const secret of SECRETS) assert.ok(!`${log}${answer.body}`.includes(secret), log);
    });
  }

  test('without a sentence, or with one that quotes, is as bare', async () => {
    let log = '';
    const app = Fastify({ logger: { ...LOGGING, stream: { write: (line: string) => (log += line) } } });
    await app.ready();
    app.log.error(new Error('"Müller"'));
    app.log.warn('did you forget to return in "/api/patients?search=Müller"');
    app.log.error({ err: new Error('at «Müller»') }, 'Müller: "Müller"'.slice(8));
    assert.equal(log.trim().split('\n').length, 3);
    for (const secret of SECRETS) assert.ok(!log.includes(secret), log);
  });
});
