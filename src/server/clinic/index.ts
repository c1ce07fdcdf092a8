import type { FastifyInstance } from 'fastify';
import { administrationRoutes } from './administration.ts';
import { backupRoutes } from './backups.ts';
import { batchRoutes } from './batches.ts';
import { eventRoutes } from './events.ts';
import { imageRoutes } from './images.ts';
import { jobRoutes } from './jobs.ts';
import { patientRoutes } from './patients.ts';
import { performanceRoutes } from './performance.ts';
import { PictureCopies } from './pictures.ts';
import { reportRoutes } from './reports.ts';
import type { Room } from './room.ts';
import { settingsRoutes } from './settings.ts';
import { uploadRoutes } from './uploads.ts';
import { viewRoutes } from './views.ts';
import { visitRoutes } from './visits.ts';

export { Hints } from './hints.ts';
export type { Room } from './room.ts';

/** The reading room's routes. */
export async function openRoom(app: FastifyInstance, given: Omit<Room, 'copies'>): Promise<void> {
  const room: Room = { ...given, copies: new PictureCopies(given.store.blobs, given.dataFolder) };
  for (const routes of [
    visitRoutes,
    viewRoutes,
    patientRoutes,
    imageRoutes,
    batchRoutes,
    uploadRoutes,
    reportRoutes,
    performanceRoutes,
    settingsRoutes,
    jobRoutes,
    administrationRoutes,
    backupRoutes,
    eventRoutes,
  ]) {
    await app.register(routes, { room, prefix: '/api' });
  }
}
