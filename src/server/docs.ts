import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { DISCLAIMER } from '../flows/disclaimer.ts';
import { SESSION_COOKIE } from './people/cookie.ts';
import { OPEN } from './people/guard-people.ts';

/** Describes the API from the schemas of the routes that are registered after it. */
export async function describeApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Fovea',
        version,
        description: `Reads retinal images with any pre-trained Keras model. ${DISCLAIMER}`,
        license: { name: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          token: {
            type: 'http',
            scheme: 'bearer',
            description:
              'A token of `POST /api/tokens`. On a loopback address without accounts none is needed.',
          },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: SESSION_COOKIE,
            description: 'Of a browser that logged in.',
          },
        },
      },
      security: [{ token: [] }, { session: [] }],
      tags: [
        { name: 'reading', description: 'Pictures in, probabilities out' },
        { name: 'models', description: 'The models at hand' },
        { name: 'server', description: 'The server itself' },
      ],
    },
    transform: ({ schema, url }) => ({ url, schema: OPEN.has(url) ? { ...schema, security: [] } : schema }),
  });
}

/** The description as `/api/openapi.json`, and to read and try it `/api/docs`; guarded as the routes are. */
export async function showDescription(app: FastifyInstance): Promise<void> {
  app.get('/api/openapi.json', { schema: { hide: true } }, () => app.swagger());
  await app.register(fastifySwaggerUi, {
    routePrefix: '/api/docs',
    // By default the page asks a host on the internet whether the description is valid.
    uiConfig: { validatorUrl: null, docExpansion: 'list', deepLinking: true, tryItOutEnabled: true },
    // Its bar holds another project's sign and a field for other addresses.
    theme: { title: 'Fovea API', css: [{ filename: 'fovea.css', content: '.topbar { display: none }' }] },
  });
}
