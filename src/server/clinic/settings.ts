import { Type } from 'typebox';
import { FoveaError } from '../../core/errors.ts';
import { listRules } from '../../flows/rules.ts';
import { roomSettings, SETTINGS } from '../../jobs/index.ts';
import { readTemplate } from '../../report/index.ts';
import { appendAudit, type Database, writeSetting } from '../../store/index.ts';
import { type Settings, SettingsSchema } from '../clinic-contract.ts';
import { whoAsks, whoMay } from '../people/person.ts';
import { answers } from '../route.ts';
import type { RoomRoutes } from './room.ts';

const ChangeSchema = Type.Partial(SettingsSchema, { additionalProperties: false });

/** `/api/settings`, `/api/rules`: how the room works. */
export const settingsRoutes: RoomRoutes = async (app, { room }) => {
  const { store, registry } = room;
  const { db } = store;
  const tags = ['room'];

  app.get(
    '/settings',
    {
      ...whoMay('look'),
      schema: { tags, summary: 'What is set', response: answers(200, SettingsSchema) },
    },
    () => settingsOf(db),
  );

  app.put(
    '/settings',
    {
      ...whoMay('change settings'),
      schema: {
        tags,
        summary: 'Set it otherwise',
        description:
          'What is left out stays. Outcomes of visits that were read already stay as they are until an image of theirs is read anew.',
        body: ChangeSchema,
        response: answers(200, SettingsSchema),
      },
    },
    async (request) => {
      const { body } = request;
      const rules = (await listRules()).map(({ id }) => id);
      if (body.rule !== undefined && !rules.includes(body.rule))
        throw new FoveaError('REQUEST_INVALID', {
          reason: 'there is no such rule',
          expected: rules.join(', '),
          received: body.rule,
        });
      for (const name of body.models ?? []) await registry.entry(name);
      const { template, ...plain } = body;
      if (template !== undefined) readTemplate(template);
      await db.transaction().execute(async (trx) => {
        const before = await roomSettings(trx);
        const after = { ...before, ...body };
        const since = before.blindedFirst ? before.blindedSince : new Date().toISOString();
        await writeSetting(trx, SETTINGS, { ...after, blindedSince: after.blindedFirst ? since : null });
        await appendAudit(trx, {
          actor: whoAsks(request).login,
          action: 'settings.change',
          subject: 'settings',
          // A logo is no matter of the audit.
          detail: { ...plain, ...(template !== undefined && { template: Object.keys(template ?? {}) }) },
        });
      });
      return settingsOf(db);
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
};

/** What is set, without what the room remembers of it for itself. */
async function settingsOf(db: Database): Promise<Settings> {
  const { blindedSince: _, models, cameras, ...settings } = await roomSettings(db);
  return { ...settings, models: [...models], cameras: [...cameras] };
}
