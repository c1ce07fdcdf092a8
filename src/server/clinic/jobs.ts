import { Type } from 'typebox';
import { FoveaError } from '../../core/errors.ts';
import { appendAudit, imagePlaces, rowsOf } from '../../store/index.ts';
import { JobsSchema } from '../clinic-contract.ts';
import { whoAsks, whoMay } from '../people/person.ts';
import { answers } from '../route.ts';
import { idParams, type RoomRoutes } from './room.ts';

const tags = ['jobs'];
const RetriedSchema = Type.Object({ retried: Type.Integer() });

/** `/api/jobs`: work under way, and what failed too often. */
export const jobRoutes: RoomRoutes = async (app, { room }) => {
  const { store, queue } = room;
  const { db } = store;

  app.get(
    '/jobs',
    { ...whoMay('look'), schema: { tags, summary: 'Work under way', response: answers(200, JobsSchema) } },
    async () => {
      const [counts, failures, workers] = await Promise.all([
        queue.counts(),
        queue.failures(),
        queue.workers(),
      ]);
      const images = await imagePlaces(
        db,
        failures.flatMap(({ imageId }) => imageId ?? []),
      );
      const visits = await rowsOf(
        db,
        failures.flatMap(({ visitId }) => visitId ?? []),
      );
      return {
        queues: counts,
        failures: failures.map(({ kind, ...failure }) => {
          const image = images.find(({ id }) => id === failure.imageId);
          const visit = visits.find(({ id }) => id === failure.visitId);
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
      const retried = await queue.retryFailed(id);
      if (retried === 0) throw new FoveaError('NOT_FOUND');
      await appendAudit(db, { actor: whoAsks(request).login, action: 'jobs.retry', subject: `job ${id}` });
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
        description: 'Its image is kept, unread; its batch or `/images/{id}/read` has it read all the same.',
        params: idParams,
        response: { ...answers(204, Type.Null()) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (!(await queue.discardFailed(id))) throw new FoveaError('NOT_FOUND');
      await appendAudit(db, { actor: whoAsks(request).login, action: 'jobs.discard', subject: `job ${id}` });
      return reply.status(204).send(null);
    },
  );
};
