import fastifyCookie from '@fastify/cookie';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { FoveaError } from '../../core/errors.ts';
import {
  demandRole,
  type Exposure,
  isExposed,
  LEAST,
  LOCAL,
  type Mode,
  type PeopleStore,
  type Person,
  personOfSession,
  personOfToken,
} from '../../people/index.ts';
import { SESSION_COOKIE } from './cookie.ts';
import { limitWrites } from './limits.ts';
import { ModeKeeper } from './mode-keeper.ts';
import './person.ts';

export interface GuardOptions {
  readonly people: PeopleStore;
  readonly exposure: Exposure;
}

/** Whoever comes may ask these: whether the server is there, who they are, and to be let in. */
export const OPEN: ReadonlySet<string> = new Set([
  '/api/health',
  '/api/session',
  '/api/session/openid',
  '/api/session/openid/callback',
]);
/** A page sends it with what it fetches while nobody touches it. */
const BACKGROUND_HEADER = 'fovea-background';
const BEARER = /^bearer +(\S+)$/i;

/**
 * Asks every request to the API who sends it. A route says by `config: { least: 'reader' }` whom it answers; one that
 * says nothing answers those who may look, so that a route that somebody forgot is not an open door.
 *
 * Call it before the routes are registered.
 *
 * @returns what tells whether people have to log in
 */
export async function guardPeople(
  app: FastifyInstance,
  { people, exposure }: GuardOptions,
): Promise<ModeKeeper> {
  const mode = new ModeKeeper(people, exposure);
  await app.register(fastifyCookie);
  app.decorateRequest('person', null);
  app.decorateRequest('whoIsStillThere', async function (this: FastifyRequest) {
    return whoIs(this, people, await mode.now(), true);
  });
  const limit = await limitWrites(app);
  app.addHook('onRequest', async (request, reply) => {
    const { url = '', config } = request.routeOptions;
    if (!/^\/api(\/|$)/.test(url)) return; // The page itself, and addresses with nothing at them.
    // What a clinic's browser has on its disk is what the next one at the machine finds.
    reply.header('cache-control', 'no-store');
    if (url === '/api/health') return;
    if (isExposed(exposure) && request.protocol !== 'https') {
      throw new FoveaError('TLS_REQUIRED', {
        reason: 'this request came without TLS',
        hint: 'Use the https address. A proxy has to be named in FOVEA_TRUST_PROXY and send X-Forwarded-Proto.',
      });
    }
    const isBackground = config.isBackground || request.headers[BACKGROUND_HEADER] !== undefined;
    request.person = await whoIs(request, people, await mode.now(), isBackground);
    const least = config.least ?? (OPEN.has(url) ? null : LEAST.look);
    if (least) {
      if (!request.person) {
        reply.header('www-authenticate', 'Bearer realm="fovea"');
        throw new FoveaError('LOGIN_REQUIRED');
      }
      demandRole(request.person.role, least);
    }
    if (request.person !== LOCAL) await limit(request, reply);
  });
  return mode;
}

async function whoIs(
  request: FastifyRequest,
  people: PeopleStore,
  mode: Mode,
  isBackground: boolean,
): Promise<Person | null> {
  const { headers, cookies } = request;
  if (mode === 'single user') {
    // Through a proxy others come from this machine's own address, and each would be its user.
    if (headers['x-forwarded-for'] || headers.forwarded) throw new FoveaError('PROXY_UNKNOWN');
    return LOCAL;
  }
  const token = BEARER.exec(headers.authorization ?? '')?.[1];
  if (token) return personOfToken(people, token);
  const secret = cookies[SESSION_COOKIE];
  return (secret && (await personOfSession(people, secret, new Date(), isBackground))) || null;
}
