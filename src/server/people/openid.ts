import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { asFoveaError, FoveaError } from '../../core/errors.ts';
import { type Attempt, logInVouched } from '../../people/index.ts';
import { answers } from '../route.ts';
import { SESSION_COOKIE, setSessionCookie } from './cookie.ts';
import { LogInLimits } from './limits.ts';
import type { PeopleRoutes } from './routes.ts';

const tags = ['people'];
const PATH = '/api/session/openid';
/** Holds what only this browser may know until it comes back. */
const ATTEMPT_COOKIE = 'fovea_openid';
/** Seconds for logging in over there. */
const PATIENCE_S = 600;

const AttemptSchema = Type.Object({
  state: Type.String(),
  nonce: Type.String(),
  codeVerifier: Type.String(),
});

/** `/api/session/openid`: log-in by the house's OpenID provider. A browser is sent there, and comes back. */
export const openIdRoutes: PeopleRoutes = async (app, { people, openId }) => {
  if (!openId) return;
  const limits = new LogInLimits();

  app.get(
    '/session/openid',
    {
      schema: {
        tags,
        summary: 'Log in by the OpenID provider',
        description: 'For browsers: sends them to the provider.',
        response: answers(302, Type.Null()),
      },
    },
    (request, reply) =>
      orSay(request, reply, async () => {
        const { url, attempt } = await openId.begin(callbackOf(request));
        reply.setCookie(ATTEMPT_COOKIE, JSON.stringify(attempt), {
          ...attributes(request),
          maxAge: PATIENCE_S,
        });
        return url.href;
      }),
  );

  app.get(
    '/session/openid/callback',
    {
      schema: {
        tags,
        summary: 'Back from the OpenID provider',
        description: 'Register this address with it. Begins a session as a password does.',
        // What it sends along is the provider's to say.
        querystring: Type.Object({}, { additionalProperties: true }),
        response: answers(302, Type.Null()),
      },
    },
    (request, reply) =>
      orSay(request, reply, async () => {
        limits.beginVouched(request, reply);
        const attempt = attemptOf(request);
        reply.clearCookie(ATTEMPT_COOKIE, attributes(request));
        const returned = new URL(request.url, callbackOf(request));
        const login = await openId.finish(returned, attempt);
        const { secret } = await logInVouched(people, {
          login,
          address: request.ip,
          replaces: request.cookies[SESSION_COOKIE],
        });
        setSessionCookie(request, reply, secret);
        return '/';
      }),
  );
};

/** A person sits before it, not a program: what went wrong is said by the page. */
async function orSay(request: FastifyRequest, reply: FastifyReply, work: () => Promise<string>) {
  try {
    return reply.redirect(await work());
  } catch (thrown) {
    const error = asFoveaError(thrown);
    request.log.warn({ code: error.code, reason: error.details.reason }, 'log-in by OpenID');
    return reply.redirect(`/?log-in=${error.code}`);
  }
}

/** As it is compared with what is registered: without a port that goes without saying. */
const callbackOf = ({ protocol, host }: FastifyRequest) =>
  new URL(`${protocol}://${host}${PATH}/callback`).href;

function attemptOf({ cookies }: FastifyRequest): Attempt {
  try {
    const attempt: unknown = JSON.parse(cookies[ATTEMPT_COOKIE] ?? '');
    if (Value.Check(AttemptSchema, attempt)) return attempt;
  } catch {
    // As if there were none.
  }
  throw new FoveaError('OPENID_REFUSED', { reason: 'this browser did not begin it, or too long ago' });
}

/** Unlike the session's it goes along when another site, the provider's, sends the browser back. */
const attributes = (request: FastifyRequest) =>
  ({ path: PATH, httpOnly: true, sameSite: 'lax', secure: request.protocol === 'https' }) as const;
