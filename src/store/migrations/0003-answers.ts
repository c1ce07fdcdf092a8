import { type Kysely, sql } from 'kysely';

/**
 * What became of a file stands beside it: to ask the readings of ten thousand at every look at a batch took 40 ms.
 * The database keeps it, whoever brings a reading in.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    `alter table batch_items add column answer text check (answer in ('read', 'unreadable'))`,
    `update batch_items set answer = case when said.read then 'read' else 'unreadable' end
       from (select image_id, bool_or(reading is not null) as read from readings group by image_id) said
     where said.image_id = batch_items.image_id and state = 'taken'`,
    `create index batch_items_state on batch_items (batch_id, state, answer)`,
    `create function keep_answer() returns trigger language plpgsql as $$
     begin
       update batch_items set answer = case when new.reading is null then 'unreadable' else 'read' end
       where image_id = new.image_id and state = 'taken' and (answer is null or new.reading is not null);
       return null;
     end $$`,
    `create trigger readings_answer after insert on readings for each row execute function keep_answer()`,
  ])
    await sql.raw(statement).execute(db);
}
