import { type Kysely, sql } from 'kysely';

/**
 * What follows what is counted, of readings per image and of reviews per visit: ids and moments come from a clock, which
 * somebody may set back.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const [table, of] of [
    ['readings', 'image_id'],
    ['reviews', 'visit_id'],
  ] as const) {
    for (const statement of [
      `alter table ${table} disable trigger ${table}_append_only`,
      `alter table ${table} add column number integer`,
      `update ${table} set number = counted.number from
         (select id, row_number() over (partition by ${of} order by id) as number from ${table}) counted
       where counted.id = ${table}.id`,
      `alter table ${table} alter column number set not null`,
      `alter table ${table} add unique (${of}, number)`,
      `alter table ${table} enable trigger ${table}_append_only`,
    ])
      await sql.raw(statement).execute(db);
  }
  // The new constraint's own index serves what it served.
  await sql.raw('drop index reviews_visit').execute(db);
}
