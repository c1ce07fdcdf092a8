import { Type } from 'typebox';
import { FoveaError } from '../../core/errors.ts';
import { type FailedJob, roomSettings } from '../../jobs/index.ts';
import { demandRole, LEAST } from '../../people/index.ts';
import { appendAudit, imagePlaces, isHeldBack, rowsOf } from '../../store/index.ts';
import { JobsSchema } from '../clinic-contract.ts';
import { whoAsks, whoMay } from '../people/person.ts';
import { answers } from '../route.ts';
import { idParams, type RoomRoutes } from './room.ts';

const tags = ['jobs'];
const RetriedSchema = Type.Object({ retried: Type.Integer() });

/** What was to be done, for the audit. */
const workOf = ({ kind, imageId, visitId }: FailedJob) => ({
  kind,
  ...(imageId && { imageId }),
  ...(visitId && { visitId }),
});

/** `/api/jobs`: work under way, and what failed too often. */
export const jobRoutes: RoomRoutes = async (app, { room }) => {
  const { store, queue } = room;
  const { db } = store;
  const failureOf = async (id: string) => {
    const job = await queue.failure(id);
    if (!job) throw new FoveaError('NOT_FOUND');
    return job;
  };

  app.get(
    '/jobs',
    { ...whoMay('look'), schema: { tags, summary: 'Work under way', response: answers(200, JobsSchema) } },
    async () => {
      const [counts, failures, workers] = await Promise.all([
        queue.counts(),
        queue.failures(),
        queue.workers(),
      ]);
      const [placed, rows, settings] = await Promise.all([
        imagePlaces(
          db,
          failures.flatMap(({ imageId }) => imageId ?? []),
        ),
        rowsOf(
          db,
          failures.flatMap(({ visitId }) => visitId ?? []),
        ),
        roomSettings(db),
      ]);
      const images = new Map(placed.map((one) => [one.id, one]));
      const visits = new Map(rows.map((one) => [one.id, one]));
      return {
        queues: counts,
        failures: failures.flatMap(({ kind, ...failure }) => {
          const image = images.get(failure.imageId ?? '');
          const visit = visits.get(failure.visitId ?? '');
          // Only positive answers are explained: it would tell one that is held back.
          if (kind === 'explain' && image && isHeldBack(image, settings)) return [];
          return {
            ...failure,
            queue: kind,
            fileName: image?.fileName ?? null,
            visitId: image?.visitId ?? visit?.id ?? null,
            patient: image?.patient ?? visit?.patient.identifier ?? null,
          };
        }),
        workers,
      };
    },
  );

  app.post(
    '/jobs/retry',
    {
      ...whoMay('import'),
      schema: { tags, summary: 'Try again all that failed', response: answers(200, RetriedSchema) },
    },
    async (request) => {
      const retried = await queue.retryFailed();
      await appendAudit(db, {
        actor: whoAsks(request).login,
        action: 'jobs.retry',
        subject: 'jobs',
        detail: { retried },
      });
      room.callWorkers();
      return { retried };
    },
  );

  app.post(
    '/jobs/:id/retry',
    {
      ...whoMay('import'),
      schema: {
        tags,
        summary: 'Try one again that failed',
        params: idParams,
        response: answers(200, RetriedSchema),
      },
    },
    async (request) => {
      const { id } = request.params;
      const job = await failureOf(id);
      const retried = await queue.retryFailed(id);
      if (retried === 0) throw new FoveaError('NOT_FOUND');
      const { login: actor } = whoAsks(request);
      await appendAudit(db, { actor, action: 'jobs.retry', subject: `job ${id}`, detail: workOf(job) });
      room.callWorkers();
      return { retried };
    },
  );

  app.delete(
    '/jobs/:id',
    {
      ...whoMay('import'),
      schema: {
        tags,
        summary: 'Try one no more that failed',
        description:
          'An image is kept, unread; its batch or `/images/{id}/read` has it read all the same. A report is not made; who may not order one does not give one up.',
        params: idParams,
        response: { ...answers(204, Type.Null()) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const job = await failureOf(id);
      const { login: actor, role } = whoAsks(request);
      if (job.kind === 'report') demandRole(role, LEAST.report);
      await queue.discardFailed(job);
      await appendAudit(db, { actor, action: 'jobs.discard', subject: `job ${id}`, detail: workOf(job) });
      return reply.status(204).send(null);
    },
  );
};
