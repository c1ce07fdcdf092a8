import { FoveaError } from '../core/errors.ts';
import { appendAudit } from './audit.ts';
import type { Database } from './database.ts';
import { keepBlobs } from './keep-blobs.ts';
import type { Store } from './store.ts';
import { announce } from './webhooks.ts';

export interface NewReport {
  readonly id: string;
  readonly visitId: string;
  readonly reviewId: string | null;
  readonly language: string;
  readonly format: string;
  readonly createdBy: string;
}

const REPORT_COLUMNS = [
  'id',
  'visit_id as visitId',
  'review_id as reviewId',
  'language',
  'format',
  'sha256',
  'bytes',
  'created_at as createdAt',
] as const;

export type StoredReport = Awaited<ReturnType<typeof readReport>>;

/**
 * Keeps a report as it leaves, with what the audit says of it and the webhooks are told. One that was kept before stands.
 *
 * @throws FoveaError `STORAGE_FULL`
 */
export function keepReport(
  store: Pick<Store, 'db' | 'blobs'>,
  report: NewReport,
  content: Uint8Array,
): Promise<StoredReport> {
  return keepBlobs(store, [content], async (trx, kept) => {
    const { sha256, bytes } = kept.get(content)!;
    const { id } = report;
    const made = await trx
      .insertInto('reports')
      .values({
        id,
        visit_id: report.visitId,
        review_id: report.reviewId,
        language: report.language,
        format: report.format,
        sha256,
        bytes,
        created_by: report.createdBy,
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .returning('id')
      .executeTakeFirst();
    if (!made) return readReport(trx, id);
    await appendAudit(trx, {
      actor: report.createdBy,
      action: 'report.create',
      subject: `visit ${report.visitId}`,
      detail: { report: id, sha256, format: report.format, language: report.language },
    });
    await announce(trx, 'report.created', { visitId: report.visitId, reportId: id });
    return readReport(trx, id);
  });
}

/** @throws FoveaError `NOT_FOUND` */
export async function readReport(db: Database, id: string) {
  const report = await db
    .selectFrom('reports')
    .select(REPORT_COLUMNS)
    .where('id', '=', id)
    .executeTakeFirst();
  if (!report) throw new FoveaError('NOT_FOUND');
  return report;
}

/** Newest first. */
export const reportsOf = (db: Database, visitId: string): Promise<StoredReport[]> =>
  db
    .selectFrom('reports')
    .select(REPORT_COLUMNS)
    .where('visit_id', '=', visitId)
    .orderBy('id', 'desc')
    .execute();
