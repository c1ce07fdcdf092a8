import { drawRetina, encodePng } from '../../image/index.ts';
import { answers, FileSchema, type Routes } from '../route.ts';

const DRAWING = { width: 1200, height: 1200, seed: 7 };

/** `GET /api/sample`: something to try with, drawn by Fovea. No patient's. */
export const sampleRoute: Routes = async (app) => {
  let png: Promise<Uint8Array> | undefined;
  app.get(
    '/sample',
    {
      schema: {
        tags: ['reading'],
        summary: 'A drawing of a fundus, to try with',
        produces: ['image/png'],
        response: answers(200, FileSchema),
      },
    },
    async (_, reply) => {
      png ??= encodePng(drawRetina(DRAWING));
      return reply.type('image/png').send(await png);
    },
  );
};
