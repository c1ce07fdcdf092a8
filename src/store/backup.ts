import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sql } from 'kysely';
import tar from 'tar-stream';
import { FoveaError, fullDisk } from '../core/errors.ts';
import { appendAudit } from './audit.ts';
import type { Database } from './database.ts';
import { letEarlierIn, migrationsOf } from './earlier.ts';
import { holdBlobs } from './keep-blobs.ts';
import { referred } from './storage.ts';
import type { Store } from './store.ts';
import type { Tables } from './tables.ts';

/**
 * A backup is a tar file, so that it can be looked into without Fovea:
 *
 *     fovea-backup.json           format, versions, when
 *     tables/patients/0.ndjson    rows as JSON, a line each
 *     blobs/<sha256>              pictures and reports
 *     models/<name>/<file>        the user's own models
 *     manifest.json               the SHA-256 of every entry before it
 *
 * Rows are of one moment. What lasts no longer than a day is left out: sessions, unfinished uploads, deliveries.
 */
export const TABLES = [
  'patients',
  'visits',
  'batches',
  'images',
  'batch_items',
  'readings',
  'explanations',
  'outcomes',
  'reviews',
  'reports',
  'users',
  'tokens',
  'webhooks',
  'audit',
  'settings',
  'views',
] as const satisfies readonly (keyof Tables)[];

const HEADER = 'fovea-backup.json';
const MANIFEST = 'manifest.json';
const FORMAT = 1;
/** Rows of one entry. */
const ROWS = 1000;
/** Largest entry but for blobs: a thousand readings have some MB. */
const LARGEST_ENTRY = 512 * 1024 ** 2;

interface Header {
  readonly format: number;
  readonly fovea: string;
  readonly createdAt: string;
  /** Names of the migrations whose tables these are. */
  readonly migrations: readonly string[];
}

export interface BackupOptions {
  /** Of Fovea. */
  readonly version: string;
  /** Folder of the user's models. */
  readonly modelsFolder: string;
  /** Who asked for it, for the audit. */
  readonly actor: string;
}

export interface BackupResult {
  readonly patients: number;
  readonly images: number;
  readonly bytes: number;
  /** Blobs that were missing or altered: all else is in the backup. */
  readonly damaged: readonly string[];
}

/**
 * Writes everything into one file, while the work goes on. It has its name only once it is whole.
 *
 * @throws FoveaError `STORAGE_FULL`
 */
export async function backUp(store: Store, path: string, options: BackupOptions): Promise<BackupResult> {
  const unfinished = `${path}.unfinished`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const damaged: string[] = [];
  const counts = new Map<string, number>();
  try {
    await pipeline(
      Readable.from(packed(store, options, counts, damaged)),
      createWriteStream(unfinished, { mode: 0o600 }),
    );
    const file = await open(unfinished, 'r');
    await file.sync();
    await file.close();
    await rename(unfinished, path);
  } catch (cause) {
    throw fullDisk(cause) ?? cause;
  } finally {
    await rm(unfinished, { force: true });
  }
  const { size } = await stat(path);
  await appendAudit(store.db, {
    actor: options.actor,
    action: 'backup.create',
    subject: 'backup',
    detail: { bytes: size, damaged },
  });
  return { patients: counts.get('patients') ?? 0, images: counts.get('images') ?? 0, bytes: size, damaged };
}

async function* packed(
  store: Store,
  { version, modelsFolder }: BackupOptions,
  counts: Map<string, number>,
  damaged: string[],
): AsyncGenerator<Uint8Array> {
  const pack = tar.pack();
  const manifest: Record<string, string> = {};
  const add = async (name: string, content: Uint8Array | string) => {
    const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content);
    manifest[name] = createHash('sha256').update(bytes).digest('hex');
    await new Promise<void>((resolve, reject) =>
      pack.entry({ name, mode: 0o600 }, bytes, (error) => (error ? reject(error) : resolve())),
    );
  };
  const filled = (async () => {
    // One snapshot, so that no row refers to one that came later.
    await store.db
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(async (trx) => {
        const header: Header = {
          format: FORMAT,
          fovea: version,
          createdAt: new Date().toISOString(),
          migrations: await migrationsOf(trx),
        };
        await add(HEADER, JSON.stringify(header));
        for (const table of TABLES) {
          await sql`declare rows no scroll cursor for
            select row_to_json(one)::text as row from ${sql.table(table)} one
            ${table === 'audit' ? sql`order by seq` : sql``}`.execute(trx);
          for (let i = 0; ; i++) {
            const { rows } = await sql<{ row: string }>`fetch ${sql.lit(ROWS)} from rows`.execute(trx);
            if (rows.length === 0) break;
            counts.set(table, (counts.get(table) ?? 0) + rows.length);
            await add(`tables/${table}/${i}.ndjson`, rows.map(({ row }) => `${row}\n`).join(''));
          }
          await sql`close rows`.execute(trx);
        }
      });
    for (const { sha256 } of await referred(store)) {
      if (manifest[`blobs/${sha256}`] || damaged.includes(sha256)) continue;
      const bytes = await store.blobs.get(sha256).catch(() => undefined);
      if (bytes) await add(`blobs/${sha256}`, bytes);
      else damaged.push(sha256);
    }
    for (const name of await filesUnder(modelsFolder))
      await add(`models/${name}`, await readFile(join(modelsFolder, name)));
    await add(MANIFEST, JSON.stringify({ entries: manifest, damaged }));
    pack.finalize();
  })();
  filled.catch((cause) => pack.destroy(cause));
  yield* pack as AsyncIterable<Uint8Array>;
  await filled;
}

const filesUnder = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort();

/**
 * Puts a backup into an empty store: all of it or nothing. One of an earlier version goes through the migrations that came
 * since. Pictures that were still to be read have to be queued again.
 *
 * @throws FoveaError `BACKUP_INVALID`, `RESTORE_NOT_EMPTY`, `DATABASE_NEWER`, `STORAGE_FULL`
 */
export async function restore(
  store: Store,
  path: string,
  { modelsFolder, actor }: BackupOptions,
): Promise<{ readonly patients: number; readonly images: number }> {
  await refuseFilled(store.db);
  // Models have their names only once all is known to be whole; what begins with a dot is no model.
  const unfinished = join(modelsFolder, `.${randomUUID()}`);
  const restored = store.db.transaction().execute(async (trx) => {
    await holdBlobs(trx);
    const found: Record<string, string> = {};
    let manifest: Record<string, string> | undefined;
    let bringUpToDate = async () => {};
    for await (const { name, bytes } of entriesOf(path)) {
      if (name === MANIFEST) {
        manifest = JSON.parse(Buffer.from(bytes).toString()).entries;
        continue;
      }
      if (Object.keys(found).length === 0)
        bringUpToDate = await letEarlierIn(trx, headerOf(name, bytes).migrations, TABLES);
      found[name] = createHash('sha256').update(bytes).digest('hex');
      const [kind, ...rest] = name.split('/');
      if (kind === 'tables') await fill(trx, rest[0]!, bytes);
      else if (kind === 'blobs') {
        // Checked before it is kept: what is kept under a name is what the name says.
        if (found[name] !== rest[0]) throw invalid(`${name} is not what its name says`);
        await store.blobs.put(bytes);
      } else if (kind === 'models') await writeModel(unfinished, rest, bytes);
    }
    if (!manifest) throw invalid('its end is missing');
    for (const [name, sha256] of Object.entries(manifest))
      if (found[name] !== sha256) throw invalid(`${name} is ${found[name] ? 'altered' : 'missing'}`);
    for (const name of Object.keys(found)) if (!(name in manifest)) throw invalid(`${name} was put in`);
    await bringUpToDate();
    await appendAudit(trx, { actor, action: 'backup.restore', subject: 'backup' });
    const { rows } = await sql<{ patients: number; images: number }>`
      select (select count(*) from patients) as patients, (select count(*) from images) as images`.execute(
      trx,
    );
    for (const name of await readdir(unfinished).catch(() => [])) {
      await rm(join(modelsFolder, name), { recursive: true, force: true });
      await rename(join(unfinished, name), join(modelsFolder, name));
    }
    return rows[0]!;
  });
  try {
    return await restored;
  } catch (cause) {
    throw fullDisk(cause) ?? cause;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function refuseFilled(db: Database): Promise<void> {
  for (const table of TABLES) {
    const row = await db.selectFrom(table).select(sql`1`.as('one')).limit(1).executeTakeFirst();
    if (row) throw new FoveaError('RESTORE_NOT_EMPTY');
  }
}

function headerOf(name: string, bytes: Uint8Array): Header {
  if (name !== HEADER) throw invalid('it does not begin as one');
  const header = JSON.parse(Buffer.from(bytes).toString()) as Header;
  if (header.format !== FORMAT) throw invalid(`it has format ${header.format}, which a later Fovea may know`);
  return header;
}

async function fill(db: Database, table: string, bytes: Uint8Array): Promise<void> {
  const known = TABLES.find((one) => one === table);
  if (!known) throw invalid(`there is no table ${table}`);
  const rows = `[${Buffer.from(bytes).toString().trimEnd().split('\n').join(',')}]`;
  await sql`insert into ${sql.table(known)} select * from json_populate_recordset(null::${sql.table(known)}, ${rows}::json)`
    .execute(db)
    .catch((cause) => {
      throw fullDisk(cause) ?? invalid(`rows of ${table} do not fit`, cause);
    });
}

async function writeModel(folder: string, parts: readonly string[], bytes: Uint8Array): Promise<void> {
  if (parts.length === 0 || parts.some((part) => !/^[\w.() -]+$/u.test(part) || /^\.+$/.test(part)))
    throw invalid('a model has a name that would lead elsewhere');
  const path = join(folder, ...parts);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, bytes, { mode: 0o600 });
}

async function* entriesOf(path: string): AsyncGenerator<{ name: string; bytes: Uint8Array }> {
  const extract = tar.extract();
  const source = createReadStream(path);
  source.on('error', (cause) => extract.destroy(cause));
  source.pipe(extract);
  try {
    for await (const entry of extract) {
      const { name, type, size = 0 } = entry.header;
      if (type !== 'file') throw invalid(`${name} is no plain file`);
      if (size > LARGEST_ENTRY) throw invalid(`${name} is too large`);
      const chunks: Uint8Array[] = [];
      for await (const chunk of entry as AsyncIterable<Uint8Array>) chunks.push(chunk);
      yield { name, bytes: Buffer.concat(chunks) };
    }
  } catch (cause) {
    if (cause instanceof FoveaError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new FoveaError('BACKUP_INVALID', { reason: 'there is no such file', cause });
    throw invalid('it is cut off or damaged', cause);
  } finally {
    source.destroy();
  }
}

const invalid = (reason: string, cause?: unknown) => new FoveaError('BACKUP_INVALID', { reason, cause });
