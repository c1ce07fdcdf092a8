import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import tar from 'tar-stream';
import { testStore } from '../../test/store.ts';
import { openDatabase } from './database.ts';
import { restore, type Store, verifyAudit } from './index.ts';
import { migrations } from './migrations/index.ts';

const NAMES = Object.keys(migrations);
let store: Awaited<ReturnType<typeof testStore>>;
const undo: (() => Promise<void>)[] = [];
before(async () => {
  store = await testStore();
});
after(async () => {
  for (const step of undo) await step();
  await store.close();
});

/** A database as a version left it, with what a clinic of the first one had in it. */
async function databaseOf(name: string, through: string, isFilled: boolean): Promise<Store['db']> {
  await sql`create database ${sql.id(name)}`.execute(store.db);
  const url = new URL(store.url);
  url.pathname = name;
  const db = openDatabase(url.href);
  undo.push(() => db.destroy());
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const migrate = async (to: string) => assert.ifError((await migrator.migrateTo(to)).error);
  await migrate(NAMES[0]!);
  if (isFilled) await sql.raw(FIRST).execute(db);
  await migrate(through);
  return db;
}

const PICTURE = Buffer.from('a picture');
const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');
const id = (i: number) => `00000000-0000-7000-8000-${String(i).padStart(12, '0')}`;
const audited = ['1', '2026-01-01T00:00:00.000Z', 'anna', 'review.sign', 'visit', `{"review":"${id(7)}"}`];
const BEGINNING = '0'.repeat(64);

/** Rows as migration 0001 takes them. */
const FIRST = `
  insert into patients (id, identifier, name) values ('${id(1)}', 'P1', 'Zoë "Q" <b>');
  insert into visits (id, patient_id, date, state) values ('${id(2)}', '${id(1)}', '2026-01-01', 'signed');
  insert into batches (id, name, source, options, created_by) values ('${id(3)}', 'b', 'files', '{}', 'anna');
  insert into images (id, sha256, file_name, bytes, visit_id, eye)
    values ('${id(4)}', '${sha256(PICTURE)}', 'a.jpg', ${PICTURE.length}, '${id(2)}', 'OD');
  insert into batch_items (id, batch_id, name, state, image_id)
    values ('${id(5)}', '${id(3)}', 'a.jpg', 'taken', '${id(4)}');
  insert into readings (id, image_id, model_name, model_version, model_sha256, fovea_version, reading)
    values ('${id(6)}', '${id(4)}', 'm', '1', 'a', '0', '{"p":0.1}');
  insert into readings (id, image_id, model_name, model_version, model_sha256, fovea_version, refusal)
    values ('${id(8)}', '${id(4)}', 'n', '1', 'b', '0', '{"code":"NOT_A_RETINA"}');
  insert into reviews (id, visit_id, reader, role, decision, grades, comment, blinded)
    values ('${id(7)}', '${id(2)}', 'Anna', 'reader', 'confirmed', '{}', '', false),
           ('${id(9)}', '${id(2)}', 'Anna', 'reader', 'confirmed', '{}', 'again', false);
  insert into users (id, login, name, role, password) values ('${id(10)}', 'anna', 'Anna', 'reader', 'x');
  insert into settings values ('room', '{"clinic":"C"}');
  insert into audit values (1, ${audited
    .slice(1)
    .map((text) => `'${text}'`)
    .join(', ')},
    '${BEGINNING}', '${sha256(JSON.stringify([BEGINNING, 1, ...audited.slice(1)]))}');`;

/** Rows of every table, as JSON; without those that a migration makes of itself. */
async function rowsOf(db: Store['db']): Promise<Record<string, string[]>> {
  const { rows: tables } = await sql<{
    name: string;
  }>`select table_name as name from information_schema.tables
    where table_schema = 'public' and table_name not like 'kysely%' order by 1`.execute(db);
  const all: Record<string, string[]> = {};
  for (const { name } of tables) {
    const { rows } = await sql<{ row: string }>`
      select row_to_json(one)::text as row from ${sql.table(name)} one order by 1`.execute(db);
    if (rows.length > 0) all[name] = rows.map(({ row }) => row);
  }
  return all;
}

/** The backup that a version would have written of a database of its own. */
async function backUpOf(db: Store['db'], through: readonly string[]): Promise<string> {
  const pack = tar.pack();
  const entries: Record<string, string> = {};
  const add = (name: string, content: string | Buffer) => {
    entries[name] = sha256(content);
    pack.entry({ name }, content);
  };
  add('fovea-backup.json', JSON.stringify({ format: 1, fovea: '0', createdAt: '', migrations: through }));
  const filled = await rowsOf(db);
  const order = ['patients', 'visits', 'batches', 'images', 'batch_items', 'readings', 'reviews'];
  for (const table of [...order, ...Object.keys(filled).filter((name) => !order.includes(name))])
    add(`tables/${table}/0.ndjson`, filled[table]!.map((row) => `${row}\n`).join(''));
  add(`blobs/${sha256(PICTURE)}`, PICTURE);
  pack.entry({ name: 'manifest.json' }, JSON.stringify({ entries, damaged: [] }));
  pack.finalize();
  const path = join(store.folder, `${through.length}.tar`);
  await writeFile(path, await buffer(pack));
  return path;
}

describe('a backup of an earlier version', () => {
  for (const [i, name] of NAMES.entries()) {
    test(`with the tables of ${name} becomes what its database would have become`, async () => {
      const earlier = await databaseOf(`earlier_${i}`, name, true);
      const path = await backUpOf(earlier, NAMES.slice(0, i + 1));
      const migrator = new Migrator({ db: earlier, provider: { getMigrations: async () => migrations } });
      assert.ifError((await migrator.migrateToLatest()).error);

      const db = await databaseOf(`restored_${i}`, NAMES.at(-1)!, false);
      const options = { version: '1', actor: 'anna', modelsFolder: join(store.folder, 'models') };
      assert.deepEqual(await restore({ ...store, db }, path, options), { patients: 1, images: 1 });
      const [expected, found] = [await rowsOf(earlier), await rowsOf(db)];
      // That it was restored is the one thing that is new.
      const { audit } = found;
      assert.deepEqual(audit!.slice(0, -1), expected.audit);
      assert.deepEqual({ ...found, audit: [] }, { ...expected, audit: [] });
      assert.equal((await verifyAudit(db)).intact, true);
      const { rows } =
        await sql`select from information_schema.schemata where schema_name ~ 'restoring'`.execute(db);
      assert.equal(rows.length, 0);
    });
  }

  for (const [what, through, code] of [
    ['of a later version', [...NAMES, '9999-later'], 'DATABASE_NEWER'],
    ['with a version left out', NAMES.slice(1), 'BACKUP_INVALID'],
    ['of no version', [], 'BACKUP_INVALID'],
  ] as const) {
    test(`is refused ${what}`, async () => {
      const from = await databaseOf(`refused_${through.length}`, NAMES.at(-1)!, true);
      const path = await backUpOf(from, through);
      const db = await databaseOf(`untouched_${through.length}`, NAMES.at(-1)!, false);
      const options = { version: '1', actor: 'anna', modelsFolder: join(store.folder, 'models') };
      await assert.rejects(restore({ ...store, db }, path, options), { code });
      assert.deepEqual(await rowsOf(db), {});
    });
  }
});
