import { Type } from 'typebox';
import { decode, encodePng, type Image, resize } from '../../image/index.ts';
import { answers, FileSchema, form, type Routes } from '../route.ts';
import { pictureOf } from '../uploads.ts';

/** More than a panel on a screen of today shows. */
const MAX_SIDE = 2048;

/** `POST /api/preview`: a picture that no browser shows (TIFF) as one that all do. */
export const previewRoute: Routes = async (app) => {
  const { schema, validatorCompiler } = form(Type.Object({ image: FileSchema }));
  app.post(
    '/preview',
    {
      validatorCompiler,
      schema: {
        ...schema,
        tags: ['reading'],
        summary: `A picture as PNG, at most ${MAX_SIDE} px wide and high`,
        produces: ['image/png', 'application/json'],
        response: answers(200, FileSchema),
      },
    },
    async (request, reply) => {
      const { bytes } = await pictureOf(request);
      return reply.type('image/png').send(await encodePng(shrink(await decode(bytes))));
    },
  );
};

function shrink(image: Image): Image {
  const scale = MAX_SIDE / Math.max(image.width, image.height);
  if (scale >= 1) return image;
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  const size = { width: side(image.width), height: side(image.height) };
  const { width, height, data } = resize(image, size, 'pil_bilinear');
  return { width, height, channels: image.channels, data: data as Uint8Array };
}
