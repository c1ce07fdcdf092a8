import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { DISCLAIMER } from '../flows/disclaimer.ts';

/** Describes the API from the routes' own schemas: `/api/openapi.json`, and to read and try it `/api/docs`. */
export async function documentApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Fovea',
        version,
        description: `Reads retinal images with any pre-trained Keras model. ${DISCLAIMER}`,
        license: { name: 'Apache-2.0' },
      },
      tags: [
        { name: 'reading', description: 'Pictures in, probabilities out' },
        { name: 'models', description: 'The models at hand' },
        { name: 'server', description: 'The server itself' },
      ],
    },
  });
  app.get('/api/openapi.json', { schema: { hide: true } }, () => app.swagger());
  await app.register(fastifySwaggerUi, {
    routePrefix: '/api/docs',
    // By default the page asks a host on the internet whether the description is valid.
    uiConfig: { validatorUrl: null, docExpansion: 'list', deepLinking: true, tryItOutEnabled: true },
    // Its bar holds another project's sign and a field for other addresses.
    theme: { title: 'Fovea API', css: [{ filename: 'fovea.css', content: '.topbar { display: none }' }] },
  });
}
