import { Kysely, type LogEvent, PostgresDialect, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import pg from 'pg';
import { FoveaError } from '../core/errors.ts';
import { migrations } from './migrations/index.ts';
import type { Tables } from './tables.ts';

export type Database = Kysely<Tables>;

/** Type numbers of PostgreSQL (pg_type.dat). */
const INT8 = 20;
const DATE = 1082;
const TIMESTAMPTZ = 1184;

/** Counts as numbers, days as they are written, moments in ISO 8601 with their milliseconds, UTC. */
const READ_AS: Record<number, (text: string) => unknown> = {
  [INT8]: Number,
  [DATE]: (text) => text,
  [TIMESTAMPTZ]: (text) => new Date(text).toISOString(),
};

/** Connections of one process; a server and its workers stay below PostgreSQL's usual 100 together. */
const CONNECTIONS = 10;

/** Of the network (Node), and of PostgreSQL: connection lost, shutting down, starting up, full (errcodes appendix). */
const AWAY =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|08\w{3}|57P0[1-5]|53300)$/;
/** What `pg` says without a code. */
const AWAY_WORDS =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** Whether a query failed because the database was away: the same may pass in a moment. */
export function isAway(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  const { code = '' } = thrown as NodeJS.ErrnoException;
  return AWAY.test(code) || AWAY_WORDS.test(thrown.message) || isAway(thrown.cause);
}

/**
 * @param url `postgres://user:password@host:port/database`
 * @param name told to PostgreSQL, so that one can see who is connected
 */
export function openDatabase(url: string, name = 'fovea'): Database {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: name,
    max: CONNECTIONS,
    connectionTimeoutMillis: 10_000,
    types: {
      getTypeParser: ((type: number, format?: 'text' | 'binary') =>
        (format !== 'binary' && READ_AS[type]) || pg.types.getTypeParser(type, format as 'text')) as never,
    },
  });
  // A connection that breaks while nobody uses it is not missed: the next one is made anew.
  pool.on('error', () => {});
  // One that breaks while it is lent out fails the query under way; unheard, its event would end the process.
  pool.on('connect', (client) => {
    client.on('error', () => {});
    prepareOften(client);
  });
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }), log: silent });
}

/** A statement that is asked for the so-manieth time is prepared. */
const OFTEN = 10;
/** Statements that are counted: searches make ever new ones. */
const MAX_COUNTED = 500;
const asked = new Map<string, { readonly name: string; times: number }>();

/**
 * Has what comes often prepared on a connection: PostgreSQL then parses it once, and after some times plans it no more
 * (https://www.postgresql.org/docs/18/sql-prepare.html). A quarter of its processor time for an image went there.
 */
function prepareOften(client: pg.ClientBase): void {
  const query = client.query.bind(client) as (question: pg.QueryConfig) => unknown;
  client.query = ((text: string, values: unknown[]) => {
    const known = asked.get(text) ?? { name: `often-${asked.size}`, times: 0 };
    if (known.times === 0 && asked.size < MAX_COUNTED && values.length > 0) asked.set(text, known);
    known.times++;
    return query({ text, values, ...(known.times > OFTEN && { name: known.name }) });
  }) as never;
}

/** Statements and their values hold patients' data: they are never written down. */
const silent = (_: LogEvent) => {};

/**
 * Brings the tables to today's form, in one transaction; of several that come at once the others wait.
 *
 * @throws FoveaError `DATABASE_NEWER` where a later Fovea has been at it
 */
export async function migrate(db: Database): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (!error) return;
  if (String(error).includes('corrupted migrations'))
    throw new FoveaError('DATABASE_NEWER', { cause: error });
  throw error;
}

/**
 * Which database this is, of all that there are: its cluster's number, which a copy by `pg_dump` does not take along, and its
 * own within it (https://www.postgresql.org/docs/18/functions-info.html, pg_control_system).
 */
export async function identityOf(db: Database): Promise<string> {
  const { rows } = await sql<{ identity: string }>`select concat(system_identifier, '-', oid) as identity
    from pg_control_system(), pg_database where datname = current_database()`.execute(db);
  return rows[0]!.identity;
}
