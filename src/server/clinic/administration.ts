import { Type } from 'typebox';
import { appendAudit, measureStorage, readAudit, verifyAudit, verifyStorage } from '../../store/index.ts';
import { AuditSchema, AuditVerdictSchema, StorageSchema, StorageVerdictSchema } from '../clinic-contract.ts';
import { whoAsks, whoMay } from '../people/person.ts';
import { answers } from '../route.ts';
import type { RoomRoutes } from './room.ts';

const tags = ['administration'];

/** `/api/audit`, `/api/storage`: who did what, and whether all is still there. */
export const administrationRoutes: RoomRoutes = async (app, { room: { store } }) => {
  const { db } = store;

  app.get(
    '/audit',
    {
      ...whoMay('see the audit'),
      schema: {
        tags,
        summary: 'What was done, the newest first',
        querystring: Type.Object({
          search: Type.Optional(Type.String({ maxLength: 200 })),
          offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000_000, default: 0 })),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 100 })),
        }),
        response: answers(200, AuditSchema),
      },
    },
    async ({ query }) => {
      const { entries, total } = await readAudit(db, query);
      return { entries: entries.map((entry) => ({ ...entry, detail: entry.detail ?? null })), total };
    },
  );

  app.get(
    '/audit/verify',
    {
      ...whoMay('see the audit'),
      schema: {
        tags,
        summary: 'Whether nothing of it was changed, left out or put in',
        response: answers(200, AuditVerdictSchema),
      },
    },
    () => verifyAudit(db),
  );

  app.get(
    '/storage',
    {
      ...whoMay('look after storage'),
      schema: { tags, summary: 'What is stored', response: answers(200, StorageSchema) },
    },
    () => measureStorage(store),
  );

  app.post(
    '/storage/verify',
    {
      ...whoMay('look after storage'),
      schema: {
        tags,
        summary: 'Read every file and compare it with its hash',
        response: answers(200, StorageVerdictSchema),
      },
    },
    async (request) => {
      const verdict = await verifyStorage(store);
      await appendAudit(db, {
        actor: whoAsks(request).login,
        action: 'storage.verify',
        subject: 'storage',
        detail: {
          checked: verdict.checked,
          missing: verdict.missing.length,
          altered: verdict.altered.length,
        },
      });
      return verdict;
    },
  );
};
