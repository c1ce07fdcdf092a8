import { encodePng } from '../../image/index.ts';
import { type FundusParameters, renderFundus } from '../../synth/index.ts';
import { answers, FileSchema, type Routes } from '../route.ts';

/** A right eye with severe retinopathy, of those drawn eyes that the shipped model does not find unlike photographs. */
const SAMPLE: FundusParameters = { seed: 6, size: 768, eye: 'OD', diseases: { dr: 3 } };

/** `GET /api/sample`: something to try with: a synthetic eye, nobody's. */
export const sampleRoute: Routes = async (app) => {
  let png: Promise<Uint8Array> | undefined;
  app.get(
    '/sample',
    {
      schema: {
        tags: ['reading'],
        summary: 'A synthetic fundus photograph, to try with',
        produces: ['image/png'],
        response: answers(200, FileSchema),
      },
    },
    async (_, reply) => {
      png ??= draw();
      return reply.type('image/png').send(await png);
    },
  );
};

async function draw(): Promise<Uint8Array> {
  const { image: data, width, height } = renderFundus(SAMPLE);
  return encodePng({ width, height, channels: 3, data });
}
