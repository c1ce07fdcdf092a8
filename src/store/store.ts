import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { FoveaError } from '../core/errors.ts';
import { type Blobs, FolderBlobs } from './blobs.ts';
import { type Database, identityOf, migrate, openDatabase } from './database.ts';
import { type Cluster, holdCluster } from './embedded.ts';
import { lockFolder } from './folder-lock.ts';

export interface StoreOptions {
  /** Blobs, and without `databaseUrl` the database too. */
  readonly dataFolder: string;
  /** A PostgreSQL of the user's. */
  readonly databaseUrl?: string | undefined;
  /** Who is connected, as the database and other processes see it. */
  readonly name?: string;
}

/** Database and blobs of the reading room. */
export interface Store {
  readonly db: Database;
  readonly blobs: Blobs;
  readonly url: string;
  readonly dataFolder: string;
  readonly isEmbedded: boolean;
  /** Hears what any process tells; over a lost connection it goes on after a moment. */
  listen(heard: (message: string) => void): Promise<() => void>;
  close(): Promise<void>;
}

/** Through which processes tell each other what has changed. */
export const CHANNEL = 'fovea';
const LISTEN = `listen ${CHANNEL}`;
/** Of the advisory lock that one server holds on a data folder. */
const SERVER_LOCK = 0x66_6f_76_65_62;
const AGAIN_MS = 500;

/**
 * Opens the store, with the database started and its tables up to date.
 *
 * @throws FoveaError `DATABASE_UNAVAILABLE`, `DATABASE_NEWER`
 */
export async function openStore({ dataFolder, databaseUrl, name = 'fovea' }: StoreOptions): Promise<Store> {
  const cluster: Cluster | undefined = databaseUrl
    ? undefined
    : await holdCluster(join(dataFolder, 'postgres'));
  const url = databaseUrl ?? cluster!.url;
  const presence = await Presence.open(url, name).catch(async (cause) => {
    await cluster?.release();
    throw new FoveaError('DATABASE_UNAVAILABLE', { reason: 'it does not answer', cause });
  });
  const db = openDatabase(url, name);
  const close = async () => {
    await db.destroy();
    await presence.close();
    await cluster?.release();
  };
  const blobs = new FolderBlobs(join(dataFolder, 'blobs'));
  try {
    await migrate(db);
    // Where that cannot be asked or written nothing is swept either.
    await identityOf(db)
      .then((identity) => blobs.owner(identity))
      .catch(() => {});
  } catch (cause) {
    await close();
    throw cause;
  }
  return {
    db,
    blobs,
    url,
    dataFolder,
    isEmbedded: cluster !== undefined,
    listen: (heard) => presence.listen(heard),
    close,
  };
}

/**
 * Makes this process the one server of a database and of a data folder, until it ends; also over a database that goes and
 * comes back.
 *
 * @param name what others are told, e.g. `http://127.0.0.1:4280 (process 123)`
 * @returns lets go of it
 * @throws FoveaError `DATA_FOLDER_TAKEN`, naming the other
 */
export async function claimFolder({ url, dataFolder }: Store, name: string): Promise<() => Promise<void>> {
  let isHeld = true;
  let client = await claim(url, name);
  const unlock = await lockFolder(dataFolder, name).catch(async (cause) => {
    await client.end();
    throw cause;
  });
  const keep = () => {
    client.on('end', async () => {
      while (isHeld) {
        await sleep(AGAIN_MS, undefined, { ref: false });
        try {
          // Of two that come back at once one is second: it asks on until the other has gone.
          if (isHeld) client = await claim(url, name);
          if (isHeld) keep();
          else await client.end();
          return;
        } catch {
          // Still away.
        }
      }
    });
  };
  keep();
  return async () => {
    isHeld = false;
    await client.end().catch(() => {});
    await unlock();
  };
}

/** A connection that holds the lock. */
async function claim(url: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: name.slice(0, 63),
    connectionTimeoutMillis: 10_000,
  });
  client.on('error', () => {});
  await client.connect();
  const { rows } = await client.query('select pg_try_advisory_lock($1) as mine', [SERVER_LOCK]);
  if (rows[0]?.mine) return client;
  const holder = await client.query(
    `select application_name from pg_stat_activity join pg_locks using (pid)
     where locktype = 'advisory' and granted and (classid::bigint << 32) + objid::bigint = $1`,
    [SERVER_LOCK],
  );
  await client.end();
  throw new FoveaError('DATA_FOLDER_TAKEN', { holder: holder.rows[0]?.application_name ?? 'unknown' });
}

/** The connection that is always there: by it others know that somebody is, and through it all is heard. */
class Presence {
  readonly #url: string;
  readonly #name: string;
  readonly #listeners = new Set<(message: string) => void>();
  #client: pg.Client | undefined;
  #isClosed = false;

  private constructor(url: string, name: string) {
    this.#url = url;
    this.#name = name;
  }

  static async open(url: string, name: string): Promise<Presence> {
    const presence = new Presence(url, name);
    await presence.#connect();
    return presence;
  }

  async listen(heard: (message: string) => void): Promise<() => void> {
    this.#listeners.add(heard);
    // While it is away it will begin when it is back.
    if (this.#listeners.size === 1) await this.#client?.query(LISTEN).catch(() => {});
    return () => this.#listeners.delete(heard);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#client?.end().catch(() => {});
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: this.#name.slice(0, 63),
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
    });
    client.on('error', () => {});
    client.on('notification', ({ payload = '' }) => {
      for (const heard of this.#listeners) heard(payload);
    });
    await client.connect();
    // Who hears nothing is not told: each change would wake every worker.
    if (this.#listeners.size > 0) await client.query(LISTEN);
    this.#client = client;
    client.on('end', () => void this.#again());
  }

  async #again(): Promise<void> {
    while (!this.#isClosed) {
      await sleep(AGAIN_MS, undefined, { ref: false });
      if (this.#isClosed) return;
      try {
        return await this.#connect();
      } catch {
        // Still away.
      }
    }
  }
}
