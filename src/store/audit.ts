import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from './database.ts';

/** What somebody did. */
export interface Deed {
  /** Who, by login; `local` where there are no accounts, `fovea` where nobody did. */
  readonly actor: string;
  /** `review.sign`, `import.begin`, … */
  readonly action: string;
  /** On what, by kind and id. */
  readonly subject: string;
  readonly detail?: unknown;
}

export interface AuditEntry extends Deed {
  readonly seq: number;
  readonly at: string;
  readonly hash: string;
}

const BEGINNING = '0'.repeat(64);
/** Of the advisory lock that keeps entries in one row. */
const LOCK = 0x66_6f_76_65_61;

/** SHA-256 over the hash before it and the entry, as a JSON array: nothing can be changed, left out or put in unseen. */
const hashOf = (previous: string, fields: readonly unknown[]) =>
  createHash('sha256')
    .update(JSON.stringify([previous, ...fields]))
    .digest('hex');

/** Appends an entry; within a transaction it stands or falls with it. */
export async function appendAudit(
  db: Database,
  { actor, action, subject, detail = {} }: Deed,
  now = new Date(),
): Promise<void> {
  const append = async (trx: Database) => {
    await sql`select pg_advisory_xact_lock(${LOCK})`.execute(trx);
    const last = await trx
      .selectFrom('audit')
      .select(['seq', 'hash'])
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();
    const entry = {
      seq: (last?.seq ?? 0) + 1,
      at: now.toISOString(),
      actor,
      action,
      subject,
      detail: JSON.stringify(detail),
    };
    const previous = last?.hash ?? BEGINNING;
    await trx
      .insertInto('audit')
      .values({ ...entry, previous, hash: hashOf(previous, Object.values(entry)) })
      .execute();
  };
  await (db.isTransaction ? append(db) : db.transaction().execute(append));
}

/** What `fovea audit verify` says. */
export interface AuditVerdict {
  readonly entries: number;
  readonly intact: boolean;
  /** First entry that does not follow from the one before it. */
  readonly brokenAt: number | null;
  /** Hash of the last entry. Kept elsewhere, it tells of an end that was cut off. */
  readonly head: string | null;
}

const PAGE = 5000;

/** Follows the chain from its beginning. */
export async function verifyAudit(db: Database): Promise<AuditVerdict> {
  let [entries, previous] = [0, BEGINNING];
  for (;;) {
    const page = await db
      .selectFrom('audit')
      .select(['seq', 'at', 'actor', 'action', 'subject', 'detail', 'previous', 'hash'])
      .where('seq', '>', entries)
      .orderBy('seq')
      .limit(PAGE)
      .execute();
    for (const { seq, at, actor, action, subject, detail, previous: told, hash } of page) {
      const expected = hashOf(previous, [seq, at, actor, action, subject, detail]);
      if (seq !== entries + 1 || told !== previous || hash !== expected)
        return { entries, intact: false, brokenAt: seq, head: null };
      [entries, previous] = [seq, hash];
    }
    if (page.length < PAGE) break;
  }
  return { entries, intact: true, brokenAt: null, head: entries > 0 ? previous : null };
}

/** Newest first. */
export async function readAudit(
  db: Database,
  { offset = 0, limit = 100, search = '' } = {},
): Promise<{ entries: AuditEntry[]; total: number }> {
  let query = db.selectFrom('audit');
  if (search)
    query = query.where(
      sql<boolean>`strpos(lower(actor || ' ' || action || ' ' || subject || ' ' || detail), ${search.toLowerCase()}) > 0`,
    );
  const [rows, { total }] = await Promise.all([
    query
      .select(['seq', 'at', 'actor', 'action', 'subject', 'detail', 'hash'])
      .orderBy('seq', 'desc')
      .offset(offset)
      .limit(limit)
      .execute(),
    query.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow(),
  ]);
  return { entries: rows.map((row) => ({ ...row, detail: JSON.parse(row.detail) })), total };
}
