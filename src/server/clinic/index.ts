import type { FastifyInstance } from 'fastify';
import { administrationRoutes } from './administration.ts';
import { backupRoutes } from './backups.ts';
import { batchRoutes } from './batches.ts';
import { eventRoutes } from './events.ts';
import { imageRoutes } from './images.ts';
import { patientRoutes } from './patients.ts';
import { reportRoutes } from './reports.ts';
import type { Room } from './room.ts';
import { settingsRoutes } from './settings.ts';
import { uploadRoutes } from './uploads.ts';
import { visitRoutes } from './visits.ts';

export { Hints } from './hints.ts';
export type { Room } from './room.ts';

/** The reading room's routes. */
export async function openRoom(app: FastifyInstance, room: Room): Promise<void> {
  for (const routes of [
    visitRoutes,
    patientRoutes,
    imageRoutes,
    batchRoutes,
    uploadRoutes,
    reportRoutes,
    settingsRoutes,
    administrationRoutes,
    backupRoutes,
    eventRoutes,
  ]) {
    await app.register(routes, { room, prefix: '/api' });
  }
}
