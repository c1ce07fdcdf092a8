import { DISCLAIMER } from '../../flows/disclaimer.ts';
import { HealthSchema } from '../contract.ts';
import { answers, type Routes } from '../route.ts';

/** `GET /api/health`: version and readiness. */
export const healthRoute: Routes = async (app, { registry, version }) => {
  app.get(
    '/health',
    {
      schema: {
        tags: ['server'],
        summary: 'Version and readiness',
        response: answers(200, HealthSchema),
      },
    },
    async () => ({
      status: 'ready' as const,
      version,
      models: (await registry.list()).length,
      disclaimer: DISCLAIMER,
    }),
  );
};
