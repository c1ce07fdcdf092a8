import { sql } from 'kysely';
import { FoveaError } from '../core/errors.ts';
import { appendAudit } from './audit.ts';
import { isAwaited } from './awaited.ts';
import { type Blinding, isHeldBack, wasNeverSeen } from './blinding.ts';
import type { Database } from './database.ts';
import { tell } from './notify.ts';
import type { Eye, OutcomeResult, ReviewsTable, Role } from './tables.ts';
import { announce } from './webhooks.ts';

/** What a human says of an eye. */
export interface Grade {
  readonly result: OutcomeResult;
  readonly level: string | null;
}
export type Grades = { readonly [eye in Eye]?: Grade };

export interface NewReview {
  /** Of a verdict, `confirmed` or `changed` is for the store to say. */
  readonly decision: ReviewsTable['decision'];
  readonly grades: Grades;
  readonly comment: string;
  /** The latest review that the reader saw; undefined = they did not look. */
  readonly after?: string | null | undefined;
}

/** Who signs. */
export interface Signer {
  readonly login: string;
  readonly name: string;
  readonly role: Role;
  /** Whether they may sign over what another signed. */
  readonly mayOverrule: boolean;
}

export interface Review {
  readonly id: string;
  readonly reader: string;
  /** Null of one so old that nobody wrote it down. */
  readonly login: string | null;
  readonly role: Role;
  readonly decision: ReviewsTable['decision'];
  readonly grades: Grades;
  readonly comment: string;
  /** No answer of the models' was to be seen before it. */
  readonly blinded: boolean;
  readonly agreed: boolean | null;
  readonly signedAt: string;
}

const REVIEW_COLUMNS = [
  'id',
  'reader',
  'login',
  'role',
  'decision',
  'grades',
  'comment',
  'blinded',
  'agreed',
  'signed_at as signedAt',
] as const;

/** Newest first. */
export async function reviewsOf(db: Database, visitId: string): Promise<Review[]> {
  const rows = await db
    .selectFrom('reviews')
    .select(REVIEW_COLUMNS)
    .where('visit_id', '=', visitId)
    .orderBy('number', 'desc')
    .execute();
  return rows.map((row) => ({ ...row, grades: row.grades as Grades }));
}

/** The worse eye's: an eye that cannot be graded is no negative, a positive one decides. */
export function resultOf(grades: Grades): OutcomeResult | null {
  const results = Object.values(grades).map(({ result }) => result);
  if (results.length === 0) return null;
  return (
    results.find((result) => result === 'positive') ??
    results.find((result) => result === 'ungradable') ??
    'negative'
  );
}

/** Whether an eye was graded otherwise than the rule graded it. Who did not see that overruled nobody. */
function isOtherwise(grades: Grades, outcome: unknown): boolean {
  const { eyes = [] } = (outcome ?? {}) as { eyes?: readonly ({ readonly eye: Eye | null } & Grade)[] };
  return eyes.some(({ eye, result, level }) => {
    const own = eye && grades[eye];
    return eye !== null && (own?.result !== result || (own.level ?? null) !== level);
  });
}

/**
 * Signs a human's reading of a visit. Earlier ones stay; the last one counts.
 *
 * @throws FoveaError `NOT_FOUND`; `NOT_WAITING` while the models are still at it; `REVIEW_OUTDATED`; `REVIEW_INVALID`;
 * `FORBIDDEN` over another's signature, for who may not overrule
 */
export function signReview(
  db: Database,
  visitId: string,
  reader: Signer,
  { decision: asked, grades, comment, after }: NewReview,
  blinding: Blinding,
): Promise<Review> {
  return db.transaction().execute(async (trx) => {
    const visit = await trx
      .selectFrom('visits')
      .select(['state', 'result', 'outcome'])
      .where('id', '=', visitId)
      .forUpdate()
      .executeTakeFirst();
    if (!visit) throw new FoveaError('NOT_FOUND');
    const images = await trx
      .selectFrom('images')
      .select(['eye', isAwaited.as('isAwaited')])
      .where('visit_id', '=', visitId)
      .execute();
    if (visit.state === 'waiting')
      throw images.some((image) => image.isAwaited)
        ? new FoveaError('NOT_WAITING', { reason: 'its images are still being read' })
        : new FoveaError('NOT_WAITING', {
            reason: 'its import was cancelled before any of its images was read',
            hint: 'Have the import go on, or an image of it read.',
          });
    const [last] = await reviewsOf(trx, visitId);
    if (after !== undefined && after !== (last?.id ?? null)) throw new FoveaError('REVIEW_OUTDATED');
    // Of a visit that is open again there are images that the last reader has not seen: nobody is overruled.
    if (last && visit.state !== 'open' && last.login !== reader.login && !reader.mayOverrule)
      throw new FoveaError('FORBIDDEN', {
        reason: 'somebody else has signed this visit',
        expected: 'a senior or above, or who signed it',
        received: reader.role,
      });
    const isShown = !isHeldBack(visit, blinding);
    const decision =
      asked === 'retake' ? asked : isShown && isOtherwise(grades, visit.outcome) ? 'changed' : 'confirmed';
    const result = resultOf(grades);
    const eyes = new Set(images.flatMap(({ eye }) => eye ?? []));
    const graded = Object.keys(grades) as Eye[];
    if (decision !== 'retake' && (graded.length === 0 || [...eyes].some((eye) => !grades[eye])))
      throw new FoveaError('REVIEW_INVALID', {
        reason:
          graded.length === 0 ? 'no eye was graded' : 'not every eye that there are images of was graded',
        expected: `a grade of ${[...eyes].sort().join(' and ') || 'OD, OS or both'}`,
        received: graded.join(' and ') || 'none',
      });
    // Of an image that nobody knows the eye of it may be.
    const unseen = images.some(({ eye }) => eye === null) ? [] : graded.filter((eye) => !eyes.has(eye));
    if (unseen.length > 0)
      throw new FoveaError('REVIEW_INVALID', {
        reason: `there is no image of ${unseen.join(' and ')}`,
        expected: `grades of ${[...eyes].sort().join(' and ') || 'no eye'}`,
        received: graded.join(' and '),
      });
    const blinded = !isShown && (await wasNeverSeen(trx, visitId, blinding));
    // A retake is no verdict; and what it agreed with would tell the answer that is still held back.
    const agreed =
      decision === 'retake' || result === null || visit.result === null ? null : result === visit.result;
    const { id } = await trx
      .insertInto('reviews')
      .values({
        visit_id: visitId,
        reader: reader.name,
        login: reader.login,
        role: reader.role,
        decision,
        grades: JSON.stringify(grades),
        result,
        comment,
        blinded,
        agreed,
        seen: visit.outcome === null ? null : JSON.stringify(visit.outcome),
        outcome_id: sql<
          string | null
        >`(select id from outcomes where visit_id = ${visitId} order by number desc limit 1)`,
        // The visit is locked: nobody else counts at the same moment.
        number: sql<number>`(select count(*) + 1 from reviews where visit_id = ${visitId})`,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await trx
      .updateTable('visits')
      .set({
        state: decision === 'retake' ? 'retake' : 'signed',
        signed_result: result,
        updated_at: sql`now()`,
      })
      .where('id', '=', visitId)
      .execute();
    await appendAudit(trx, {
      actor: reader.login,
      action: 'review.sign',
      subject: `visit ${visitId}`,
      detail: { review: id, decision, grades, blinded, agreed },
    });
    await announce(trx, 'visit.signed', { visitId, reviewId: id });
    await tell(trx, { type: 'visit', visitId });
    return (await reviewsOf(trx, visitId))[0]!;
  });
}
