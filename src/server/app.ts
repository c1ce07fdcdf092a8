import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyMultipart from '@fastify/multipart';
import fastifyStatic from '@fastify/static';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import type { Queue } from '../jobs/index.ts';
import type { Registry } from '../model/index.ts';
import type { Exposure, OpenIdOptions } from '../people/index.ts';
import type { Store } from '../store/index.ts';
import { Hints, openRoom } from './clinic/index.ts';
import { describeApi, showDescription } from './docs.ts';
import { answerErrors } from './failures.ts';
import { guard } from './guard.ts';
import { LOGGING } from './log.ts';
import { receivePeople } from './people/index.ts';
import { alikeRoute } from './routes/alike.ts';
import { classifyRoute } from './routes/classify.ts';
import { evidenceRoutes } from './routes/evidence.ts';
import { healthRoute } from './routes/health.ts';
import { modelRoutes } from './routes/models.ts';
import { previewRoute } from './routes/preview.ts';
import { sampleRoute } from './routes/sample.ts';
import { LIMITS } from './uploads.ts';
import { closeQueries, compileValidator } from './validator.ts';

export interface AppOptions {
  readonly registry: Registry;
  readonly version: string;
  /** Folders of what is known of models' explanations; without them no map counts as checked. */
  readonly evidence?: readonly string[];
  /** Folder of the built page; where it is missing the API answers alone. */
  readonly webFolder: string;
  /** Address it will listen on; a loopback one accepts requests for loopback names only. */
  readonly host?: string;
  /** Certificate and its key, as PEM. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  /** Addresses of proxies that speak TLS before it. */
  readonly proxies?: readonly string[];
  /** Provider by which people may log in besides their password here. */
  readonly openId?: OpenIdOptions | undefined;
  /** Database of the reading room; without it nobody is asked who they are. */
  readonly store?: Store;
  /** Work of the reading room; together with `store`. */
  readonly queue?: Queue;
  /** The user's own data, when there is a reading room. */
  readonly dataFolder?: string;
  /** Has the workers of this machine begin. */
  readonly callWorkers?: () => void;
}

/** How a server of these options can be reached. */
export const exposureOf = ({ host = '127.0.0.1', tls, proxies = [] }: Partial<AppOptions>): Exposure => ({
  host,
  hasTls: tls !== undefined,
  proxies,
});

/**
 * The server without its socket: page and API.
 *
 * @example
 * const app = await buildApp({ registry, version: '1.0.0', webFolder: 'dist/web' });
 * const answer = await app.inject('/api/health');
 */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { store, tls, webFolder, openId } = options;
  const exposure = exposureOf(options);
  const server: FastifyServerOptions = {
    logger: LOGGING,
    forceCloseConnections: true,
    bodyLimit: 1024 ** 2,
    trustProxy: exposure.proxies.length > 0 && [...exposure.proxies],
    ...(tls && { https: tls }),
  };
  const app = Fastify(server).setValidatorCompiler(compileValidator).withTypeProvider<TypeBoxTypeProvider>();
  guard(app, exposure);
  answerErrors(app);
  closeQueries(app);
  await describeApi(app, options.version);
  if (store) await receivePeople(app, { store, exposure, openId });
  await showDescription(app);
  await app.register(fastifyMultipart, { limits: LIMITS, throwFileSizeLimit: false });
  for (const route of [
    healthRoute,
    modelRoutes,
    classifyRoute,
    evidenceRoutes,
    alikeRoute,
    previewRoute,
    sampleRoute,
  ]) {
    await app.register(route, { ...options, prefix: '/api' });
  }
  const { queue, dataFolder, callWorkers = () => {} } = options;
  if (store && queue && dataFolder) {
    await openRoom(app, { ...options, store, queue, dataFolder, callWorkers, hints: new Hints() });
  }
  if (existsSync(join(webFolder, 'index.html'))) {
    await app.register(fastifyStatic, {
      root: webFolder,
      // File names under assets/ carry a hash of their content; the page itself must always be asked for.
      setHeaders: (reply, path) =>
        reply.header(
          'cache-control',
          path.includes('assets') ? 'public, max-age=31536000, immutable' : 'no-cache',
        ),
    });
  }
  await app.ready();
  return app;
}
