import type { Database } from './database.ts';

/** A filter of the worklist that somebody named. */
export interface View {
  readonly name: string;
  /** As the worklist's address has it. */
  readonly query: string;
}

/** Of a login, by name. */
export const viewsOf = (db: Database, login: string): Promise<View[]> =>
  db.selectFrom('views').select(['name', 'query']).where('login', '=', login).orderBy('name').execute();

/** One of the same name gives way. */
export async function saveView(db: Database, login: string, { name, query }: View): Promise<void> {
  await db
    .insertInto('views')
    .values({ login, name, query })
    .onConflict((conflict) => conflict.columns(['login', 'name']).doUpdateSet({ query }))
    .execute();
}

export async function removeView(db: Database, login: string, name: string): Promise<void> {
  await db.deleteFrom('views').where('login', '=', login).where('name', '=', name).execute();
}
