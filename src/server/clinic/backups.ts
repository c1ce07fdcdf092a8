import { createReadStream } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from 'typebox';
import { FoveaError } from '../../core/errors.ts';
import { takeTurns } from '../../core/turns.ts';
import { appendAudit, backUp } from '../../store/index.ts';
import { BackupListSchema } from '../clinic-contract.ts';
import { whoAsks, whoMay } from '../people/person.ts';
import { answers, FileSchema } from '../route.ts';
import type { RoomRoutes } from './room.ts';

const tags = ['administration'];
const NAME = /^fovea-\d{8}-\d{6}\.tar$/;

/** `/api/backups`: everything in one file. Bringing it back is `fovea restore`, into an empty folder. */
export const backupRoutes: RoomRoutes = async (app, { room: { store, version, dataFolder } }) => {
  const folder = join(dataFolder, 'backups');
  const inTurn = takeTurns(1);
  // Of a server that was killed over it; this is the only one, and has begun none yet.
  for (const name of await readdir(folder).catch(() => []))
    if (name.endsWith('.unfinished')) await rm(join(folder, name), { force: true });

  app.get(
    '/backups',
    {
      ...whoMay('back up'),
      schema: { tags, summary: 'Backups, the newest first', response: answers(200, BackupListSchema) },
    },
    async () => {
      const names = (await readdir(folder).catch(() => [])).filter((name) => NAME.test(name));
      const backups = await Promise.all(names.map((name) => describe(folder, name)));
      return { backups: backups.sort((a, b) => b.name.localeCompare(a.name)) };
    },
  );

  app.post(
    '/backups',
    {
      ...whoMay('back up'),
      schema: {
        tags,
        summary: 'Make a backup',
        response: answers(
          201,
          Type.Object({
            ...BackupListSchema.properties.backups.items.properties,
            damaged: Type.Array(Type.String(), { description: 'Pictures that are missing or altered.' }),
          }),
        ),
      },
    },
    async (request, reply) => {
      const now = new Date().toISOString().replace(/[-:]/g, '');
      const name = `fovea-${now.slice(0, 8)}-${now.slice(9, 15)}.tar`;
      const { damaged } = await inTurn(() =>
        backUp(store, join(folder, name), {
          version,
          modelsFolder: join(dataFolder, 'models'),
          actor: whoAsks(request).login,
        }),
      );
      return reply.status(201).send({ ...(await describe(folder, name)), damaged: [...damaged] });
    },
  );

  app.get(
    '/backups/:name',
    {
      ...whoMay('back up'),
      schema: {
        tags,
        summary: 'A backup as a file',
        params: Type.Object({ name: Type.String({ maxLength: 100 }) }),
        produces: ['application/x-tar', 'application/json'],
        response: answers(200, FileSchema),
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      if (!NAME.test(name)) throw new FoveaError('NOT_FOUND');
      const { bytes } = await describe(folder, name).catch((cause) => {
        throw new FoveaError('NOT_FOUND', { cause });
      });
      await appendAudit(store.db, {
        actor: whoAsks(request).login,
        action: 'backup.download',
        subject: `backup ${name}`,
        detail: { bytes },
      });
      return reply
        .type('application/x-tar')
        .header('content-length', bytes)
        .header('content-disposition', `attachment; filename="${name}"`)
        .send(createReadStream(join(folder, name)));
    },
  );
};

async function describe(folder: string, name: string) {
  const { size, mtime } = await stat(join(folder, name));
  return { name, bytes: size, createdAt: mtime.toISOString() };
}
