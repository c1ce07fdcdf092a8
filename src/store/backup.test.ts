import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { sql } from 'kysely';
import { testStore } from '../../test/store.ts';
import { TABLES } from './backup.ts';
import {
  appendAudit,
  backUp,
  createBatch,
  listPatients,
  type NewImage,
  readAudit,
  restore,
  saveReadings,
  saveView,
  signReview,
  type Taken,
  takeImages,
  verifyAudit,
  verifyStorage,
} from './index.ts';

type Opened = Awaited<ReturnType<typeof testStore>>;
let full: Opened;
let empty: Opened;
let folder: string;
let backup: string;
const options = () => ({ version: '1.2.3', actor: 'anna', modelsFolder: join(folder, 'models') });

const code = (expected: string, says = /./) => ({ code: expected, message: says });
const basis = { rule: { id: 'r', version: '1', sha256: 'b' }, readings: [] };
const outcome = { outcome: null, result: null, level: null, triage: 0.1, quality: 'good', basis };
/** Rows of whole tables. */
const everything = async ({ db }: Opened) => {
  const tables = [
    'patients',
    'visits',
    'images',
    'batch_items',
    'readings',
    'explanations',
    'outcomes',
    'reviews',
    'settings',
    'views',
  ];
  return Promise.all(
    tables.map(async (table) => (await sql`select * from ${sql.table(table)} order by 1`.execute(db)).rows),
  );
};

before(async () => {
  [full, empty] = [await testStore(), await testStore()];
  folder = await mkdtemp(join(tmpdir(), 'fovea-backup-'));
  backup = join(folder, 'all.tar');
  const { db, blobs } = full;
  const batch = await createBatch(db, { name: 'b', source: 'files', options: {}, createdBy: 'anna' });
  for (let i = 0; i < 1005; i++) {
    const { sha256, bytes } = await blobs.put(Buffer.from(`picture ${i}`));
    const image: NewImage = {
      ...{ sha256, bytes, fileName: `${i}.jpg`, date: '2026-01-31', eye: 'OD', eyeSource: 'typed' },
      patient: { identifier: `P${i}`, name: 'Zoë "Q" <b>\n\\' },
      ...{ camera: null, operator: null, takenAt: null },
    };
    const [{ imageId, visitId }] = (await takeImages(db, batch, [image], async () => {})) as [Taken];
    if (i > 0) continue;
    const reading = { model: { name: 'm', version: '1', sha256: 'a' }, reading: { p: 0.1 }, refusal: null };
    await saveReadings(db, imageId, '0', { readings: [reading], facts: undefined }, async () => outcome);
    const reader = { login: 'anna', name: 'Anna', role: 'reader' as const, mayOverrule: false };
    await signReview(
      db,
      visitId,
      reader,
      { decision: 'changed', grades: { OD: { result: 'negative', level: null } }, comment: 'seen' },
      { blindedFirst: false, blindedSince: null },
    );
    await saveView(db, 'anna', { name: 'positive', query: 'result=positive' });
  }
  await appendAudit(db, { actor: 'anna', action: 'x', subject: 'y', detail: { a: 'ü' } });
  await mkdir(join(folder, 'models', 'mine'), { recursive: true });
  await writeFile(join(folder, 'models', 'mine', 'model.json'), '{}');
});
after(async () => {
  await Promise.all([full.close(), empty.close()]);
  await rm(folder, { recursive: true });
});

describe('a backup', () => {
  test('holds every table but those of what lasts no longer than a day', async () => {
    const { rows } = await sql<{ name: string }>`select table_name as name from information_schema.tables
      where table_schema = 'public' and table_name not like 'kysely%' order by 1`.execute(full.db);
    const shortLived = ['sessions', 'uploads', 'webhook_deliveries'];
    assert.deepEqual(
      rows.map(({ name }) => name),
      [...TABLES, ...shortLived].sort(),
    );
  });

  test('brings all of it back into an empty store: rows, pictures, models and an unbroken audit', async () => {
    const before = await everything(full);
    const made = await backUp(full, backup, options());
    assert.deepEqual([made.patients, made.images, made.damaged], [1005, 1005, []]);
    assert.equal(made.bytes, (await readFile(backup)).length);
    const modelsFolder = join(folder, 'restored');
    const back = await restore(empty, backup, { ...options(), modelsFolder });
    assert.deepEqual(back, { patients: 1005, images: 1005 });
    assert.deepEqual(await everything(empty), before);
    assert.deepEqual(await verifyStorage(empty), { checked: 1005, missing: [], altered: [], orphans: 0 });
    assert.equal((await verifyAudit(empty.db)).intact, true);
    assert.equal((await readAudit(empty.db, {})).entries[0]!.action, 'backup.restore');
    assert.equal(await readFile(join(modelsFolder, 'mine', 'model.json'), 'utf8'), '{}');
  });

  test('is not put over what is there already', () =>
    assert.rejects(restore(full, backup, options()), code('RESTORE_NOT_EMPTY')));

  test('holds all but what is damaged, and says so', async () => {
    const sha256 = (
      await full.db.selectFrom('images').select('sha256').orderBy('id').executeTakeFirstOrThrow()
    ).sha256;
    await writeFile(join(full.folder, 'blobs', sha256.slice(0, 2), sha256), 'other bytes');
    const made = await backUp(full, join(folder, 'less.tar'), options());
    assert.deepEqual(made.damaged, [sha256]);
  });
});

describe('a file that is no whole backup is refused, and nothing of it stays', () => {
  beforeEach(async () => {
    await empty.close();
    empty = await testStore();
  });
  const nothing = async () => assert.equal((await listPatients(empty.db, {})).total, 0);

  const altered = async (change: (bytes: Buffer<ArrayBuffer>) => Uint8Array) => {
    const path = join(folder, 'altered.tar');
    await writeFile(path, change(await readFile(backup)));
    return path;
  };
  const replaced = (from: string, to: string) => (bytes: Buffer<ArrayBuffer>) => {
    const at = bytes.indexOf(from);
    assert.ok(at > 0 && from.length === to.length);
    bytes.write(to, at);
    return bytes;
  };

  for (const [what, change, says] of [
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2), /cut off|missing/],
    [
      'without its last entry',
      (bytes: Buffer) => bytes.subarray(0, bytes.lastIndexOf('manifest.json')),
      /end is missing/,
    ],
    ['with a row altered', replaced('"identifier":"P7"', '"identifier":"Q7"'), /altered/],
    ['with a picture altered', replaced('picture 17', 'picture XX'), /not what its name says/],
    ['of a later format', replaced('"format":1', '"format":9'), /format 9/],
    ['of other bytes', () => Buffer.from('hello'), /cut off|missing|damaged/],
    [
      'with a model that would lead elsewhere',
      replaced('models/mine/m', 'models/../../'),
      /checksum|damaged|elsewhere/,
    ],
  ] as const) {
    test(what, async () => {
      await assert.rejects(
        restore(empty, await altered(change as never), options()),
        code('BACKUP_INVALID', says),
      );
      await nothing();
    });
  }

  test('that is not there', () =>
    assert.rejects(
      restore(empty, join(folder, 'no.tar'), options()),
      code('BACKUP_INVALID', /no such file/),
    ));

  test('after one that failed the whole one can be restored', async () => {
    const half = join(folder, 'half.tar');
    await writeFile(half, await readFile(backup));
    await truncate(half, 100_000);
    await assert.rejects(restore(empty, half, options()), code('BACKUP_INVALID'));
    assert.equal((await restore(empty, backup, options())).patients, 1005);
  });
});
