import { sql } from 'kysely';
import { appendAudit, type Deed } from './audit.ts';
import type { Database } from './database.ts';

const COLUMNS = ['id', 'url', 'events', 'disabled', 'created_at as createdAt'] as const;

/** Ids only: whoever is told asks for the rest, and has to show that they may. */
export type EventBody = { readonly [id in 'visitId' | 'reviewId' | 'reportId']?: string };

/**
 * Has all who want to know of an event told of it, soon; within a transaction it stands or falls with it.
 *
 * @example await announce(trx, 'visit.signed', { visitId, reviewId });
 */
export async function announce(db: Database, event: string, body: EventBody): Promise<void> {
  await sql`insert into webhook_deliveries (webhook_id, event, body, next_at)
    select id, ${event}, ${JSON.stringify(body)}::jsonb, now() from webhooks
    where not disabled and events ? ${event}`.execute(db);
}

/** Webhooks and their deliveries in the database, as the room `people` asks for them. */
export class StoredWebhooks<Event extends string> {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  atOnce<T>(work: (store: StoredWebhooks<Event>) => Promise<T>): Promise<T> {
    return this.#db.transaction().execute((trx) => work(new StoredWebhooks<Event>(trx)));
  }

  audit(deed: Deed): Promise<void> {
    return appendAudit(this.#db, deed);
  }

  /** The newest first. */
  async webhooks() {
    const rows = await this.#db.selectFrom('webhooks').select(COLUMNS).orderBy('id', 'desc').execute();
    return rows.map((row) => ({ ...row, events: row.events as Event[] }));
  }

  async addWebhook(url: string, secret: string, events: readonly string[]) {
    const row = await this.#db
      .insertInto('webhooks')
      .values({ url, secret, events: JSON.stringify(events) })
      .returning(COLUMNS)
      .executeTakeFirstOrThrow();
    return { ...row, events: row.events as Event[] };
  }

  /** @returns undefined where there is none */
  async changeWebhook(
    id: string,
    { events, disabled }: { readonly events?: readonly string[]; readonly disabled?: boolean },
  ) {
    const row = await this.#db
      .updateTable('webhooks')
      .set({
        id,
        ...(events !== undefined && { events: JSON.stringify(events) }),
        ...(disabled !== undefined && { disabled }),
      })
      .where('id', '=', id)
      .returning(COLUMNS)
      .executeTakeFirst();
    return row && { ...row, events: row.events as Event[] };
  }

  /** @returns whether there was one */
  async removeWebhook(id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db.deleteFrom('webhooks').where('id', '=', id).executeTakeFirst();
    return numDeletedRows > 0n;
  }

  /** @returns whether there is such a webhook, and it is not paused */
  async tell(id: string, event: string): Promise<boolean> {
    const { numAffectedRows } = await sql`insert into webhook_deliveries (webhook_id, event, body, next_at)
      select id, ${event}, '{}'::jsonb, now() from webhooks where id = ${id} and not disabled`.execute(
      this.#db,
    );
    return numAffectedRows === 1n;
  }

  /** Takes some that are due, for this process alone until `heldUntil`, and counts the attempt. */
  async takeDue(now: Date, heldUntil: Date, limit: number) {
    const { rows } = await sql<{
      id: string;
      event: string;
      body: unknown;
      createdAt: string;
      attempts: number;
      url: string;
      secret: string;
    }>`update webhook_deliveries set attempts = attempts + 1, next_at = ${heldUntil}
      from webhooks
      where webhooks.id = webhook_id and webhook_deliveries.id in (
        select due.id from webhook_deliveries due join webhooks to_whom on to_whom.id = due.webhook_id
        where due.next_at <= ${now} and not to_whom.disabled
        order by due.next_at limit ${limit} for update of due skip locked
      )
      returning webhook_deliveries.id, event, body, webhook_deliveries.created_at as "createdAt", attempts, url, secret`.execute(
      this.#db,
    );
    return rows;
  }

  async keepAttempt(
    id: string,
    attempt: {
      readonly status: number | null;
      readonly error: string | null;
      readonly deliveredAt: Date | null;
      readonly nextAt: Date | null;
    },
  ): Promise<void> {
    await this.#db
      .updateTable('webhook_deliveries')
      .set({
        status: attempt.status,
        error: attempt.error,
        delivered_at: attempt.deliveredAt,
        next_at: attempt.nextAt,
      })
      .where('id', '=', id)
      .execute();
  }

  /** What was told to an address, the newest first. */
  deliveries(webhookId: string, limit = 50) {
    return this.#db
      .selectFrom('webhook_deliveries')
      .select([
        'id',
        'event',
        'status',
        'attempts',
        'next_at as nextAt',
        'delivered_at as deliveredAt',
        'error',
        'created_at as createdAt',
      ])
      .where('webhook_id', '=', webhookId)
      .orderBy('id', 'desc')
      .limit(limit)
      .execute();
  }
}
