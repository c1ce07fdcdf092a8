import { Type } from 'typebox';
import { FoveaError } from '../../core/errors.ts';
import { listRules } from '../../flows/rules.ts';
import { roomSettings, SETTINGS } from '../../jobs/index.ts';
import { readTemplate } from '../../report/index.ts';
import { appendAudit, fileNames, measurePerformance, writeSetting } from '../../store/index.ts';
import { JobsSchema, PerformanceSchema, type Settings, SettingsSchema } from '../clinic-contract.ts';
import { whoAsks, whoMay } from '../people/person.ts';
import { answers } from '../route.ts';
import type { RoomRoutes } from './room.ts';

const DaySchema = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });

/** `/api/settings`, `/api/rules`, `/api/performance`, `/api/jobs`: how the room works, and how well. */
export const settingsRoutes: RoomRoutes = async (app, { room }) => {
  const { store, queue, registry } = room;
  const { db } = store;
  const tags = ['room'];

  app.get(
    '/settings',
    {
      ...whoMay('look'),
      schema: { tags, summary: 'What is set', response: answers(200, SettingsSchema) },
    },
    async () => (await roomSettings(db)) as Settings,
  );

  app.put(
    '/settings',
    {
      ...whoMay('change settings'),
      schema: {
        tags,
        summary: 'Set it otherwise',
        description:
          'Outcomes of visits that were read already stay as they are until an image of theirs is read anew.',
        body: SettingsSchema,
        response: answers(200, SettingsSchema),
      },
    },
    async (request) => {
      const { body } = request;
      const rules = (await listRules()).map(({ id }) => id);
      if (!rules.includes(body.rule))
        throw new FoveaError('REQUEST_INVALID', {
          reason: 'there is no such rule',
          expected: rules.join(', '),
          received: body.rule,
        });
      for (const name of body.models) await registry.entry(name);
      const { template, ...plain } = body;
      readTemplate(template);
      await writeSetting(db, SETTINGS, body);
      await appendAudit(db, {
        actor: whoAsks(request).login,
        action: 'settings.change',
        subject: 'settings',
        // A logo is no matter of the audit.
        detail: { ...plain, template: Object.keys(template ?? {}) },
      });
      return (await roomSettings(db)) as Settings;
    },
  );

  const RuleListSchema = Type.Object({
    rules: Type.Array(
      Type.Object({
        id: Type.String(),
        version: Type.String(),
        title: Type.String(),
        meaning: Type.String(),
      }),
    ),
  });
  app.get(
    '/rules',
    {
      ...whoMay('look'),
      schema: { tags, summary: 'Rules of outcomes', response: answers(200, RuleListSchema) },
    },
    async () => ({
      rules: (await listRules()).map(({ id, version, title, meaning }) => ({ id, version, title, meaning })),
    }),
  );

  app.get(
    '/performance',
    {
      ...whoMay('see performance'),
      schema: {
        tags,
        summary: 'How models, readers and cameras do',
        querystring: Type.Object({ from: Type.Optional(DaySchema), to: Type.Optional(DaySchema) }),
        response: answers(200, PerformanceSchema),
      },
    },
    ({ query }) => measurePerformance(db, query),
  );

  app.get(
    '/jobs',
    { ...whoMay('look'), schema: { tags, summary: 'Work under way', response: answers(200, JobsSchema) } },
    async () => {
      const [counts, failures, workers] = await Promise.all([
        queue.counts(),
        queue.failures(),
        queue.workers(),
      ]);
      const names = await fileNames(
        db,
        failures.map(({ imageId }) => imageId),
      );
      return {
        queues: [{ name: 'read', ...counts }],
        failures: failures.map((failure) => ({
          ...failure,
          queue: 'read',
          fileName: names.get(failure.imageId) ?? null,
        })),
        workers,
      };
    },
  );

  app.post(
    '/jobs/retry',
    {
      ...whoMay('import'),
      schema: {
        tags,
        summary: 'Try again what failed',
        response: answers(200, Type.Object({ retried: Type.Integer() })),
      },
    },
    async () => {
      const retried = await queue.retryFailed();
      room.callWorkers();
      return { retried };
    },
  );
};
