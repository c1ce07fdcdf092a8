import { sql } from 'kysely';
import { FoveaError } from '../core/errors.ts';
import type { Database } from './database.ts';
import { migrations } from './migrations/index.ts';

/** Holds the tables of an earlier version within one transaction. */
const SCHEMA = 'fovea_restoring';

/** Names of the migrations that a database has been through. */
export const migrationsOf = async (db: Database): Promise<string[]> =>
  (await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)).rows.map(
    ({ name }) => name,
  );

/**
 * Lets rows of an earlier version in: until the end that it returns, tables are found as they were after those migrations,
 * empty. The end takes the rows through the migrations that came later, and moves them to where they belong.
 *
 * @param tables in the order in which they refer to each other
 * @throws FoveaError `DATABASE_NEWER`, `BACKUP_INVALID`
 */
export async function letEarlierIn(
  trx: Database,
  through: readonly string[],
  tables: readonly string[],
): Promise<() => Promise<void>> {
  const all = Object.keys(migrations);
  if (through.some((name) => !all.includes(name))) throw new FoveaError('DATABASE_NEWER');
  if (through.length === 0 || through.some((name, i) => name !== all[i]))
    throw new FoveaError('BACKUP_INVALID', {
      reason: `its tables are of no version (${through.join(', ')})`,
    });
  if (through.length === all.length) return async () => {};

  const { rows } = await sql<{ path: string; schema: string }>`
    select current_setting('search_path') as path, current_schema() as schema`.execute(trx);
  const { path, schema } = rows[0]!;
  const lookIn = (where: string) => sql`select set_config('search_path', ${where}, true)`.execute(trx);
  const migrate = async (names: readonly string[]) => {
    for (const name of names) await migrations[name]!.up(trx);
  };
  await sql`create schema ${sql.id(SCHEMA)}`.execute(trx);
  // Behind it what migrations may need of extensions.
  await lookIn(`${SCHEMA}, ${path}`);
  await migrate(through);
  return async () => {
    await migrate(all.slice(through.length));
    // The triggers of the real tables look there too.
    await lookIn(path);
    for (const table of tables)
      await sql`insert into ${sql.id(schema, table)} select * from ${sql.id(SCHEMA, table)}`.execute(trx);
    await sql`drop schema ${sql.id(SCHEMA)} cascade`.execute(trx);
  };
}
