import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { testStore } from '../../test/store.ts';
import { readingsOf } from './index.ts';

let store: Awaited<ReturnType<typeof testStore>>;
before(async () => {
  store = await testStore();
});
after(() => store.close());

test('a question that comes often is prepared, and answered also after a later version has added a column', () =>
  store.db.connection().execute(async (db) => {
    const prepared = async () => {
      const { rows } = await sql<{
        text: string;
      }>`select statement as text from pg_prepared_statements`.execute(db);
      return rows.filter(({ text }) => text.includes('from "readings"')).length;
    };
    const ask = () => readingsOf(db, [randomUUID()]);
    await ask();
    assert.equal(await prepared(), 0);
    for (let i = 0; i < 30; i++) await ask();
    assert.equal(await prepared(), 1);
    await sql`alter table readings add column later text`.execute(db);
    assert.deepEqual(await ask(), []);
  }));
