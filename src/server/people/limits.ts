import fastifyRateLimit, { normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { FoveaError } from '../../core/errors.ts';
import { type AttemptRule, Attempts, plainLogin } from '../../people/index.ts';

const MINUTE = 60_000;

/** Log-ins of one account from one address; the rest doubles up to a quarter of an hour. */
export const LOGIN_RULE: AttemptRule = { free: 5, windowMs: MINUTE, mostRestMs: 15 * MINUTE };
/** Log-ins from one address, whatever the account: a clinic's whole morning shift, and no list of names. */
export const ADDRESS_RULE: AttemptRule = { free: 30, windowMs: MINUTE, mostRestMs: 15 * MINUTE };
/** Requests a minute that change something, by one person or address. */
export const WRITES_A_MINUTE = 600;
/** Requests a minute that carry pictures or pieces of them: an import at 100 files a second. */
export const PICTURES_A_MINUTE = 6000;

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);
const PICTURES = /^\/api\/(classify|alike|explain|occlude|preview|batches\/:id\/files|uploads)(\/|$)/;

/** Address of a request; of IPv6 the network of 64 bits that one household has. */
const addressOf = (request: FastifyRequest): string => normalizeIP(request.ip);

export class LogInLimits {
  readonly #logins = new Attempts(LOGIN_RULE);
  readonly #addresses = new Attempts(ADDRESS_RULE);

  /**
   * @returns what to do about the attempt: `restMs` is how long this login rests if it is wrong; `succeed` forgives it
   * @throws FoveaError `TOO_MANY_REQUESTS`
   */
  begin(request: FastifyRequest, reply: FastifyReply, login: string, now = Date.now()) {
    const address = addressOf(request);
    // A login of any length is one key, and no separator can be typed into it.
    const key = JSON.stringify([address, plainLogin(login).slice(0, 200)]);
    const byAddress = this.#addresses.begin(address, now);
    const byLogin = byAddress.waitMs > 0 ? byAddress : this.#logins.begin(key, now);
    const waitMs = Math.max(byAddress.waitMs, byLogin.waitMs);
    if (waitMs > 0) refuse(reply, Math.ceil(waitMs / 1000));
    return {
      restMs: Math.max(byAddress.restMs, byLogin.restMs),
      succeed: () => this.#logins.succeed(key),
    };
  }

  /**
   * The same where the OpenID provider says who it is.
   *
   * @throws FoveaError `TOO_MANY_REQUESTS`
   */
  beginVouched(request: FastifyRequest, reply: FastifyReply, now = Date.now()): void {
    const { waitMs } = this.#addresses.begin(addressOf(request), now);
    if (waitMs > 0) refuse(reply, Math.ceil(waitMs / 1000));
  }
}

/**
 * Limits how often one person, or an address that nobody is known from, changes something.
 *
 * @returns counts a request, and refuses it with `TOO_MANY_REQUESTS`
 */
export async function limitWrites(app: FastifyInstance) {
  await app.register(fastifyRateLimit, { global: false });
  const keyGenerator = (request: FastifyRequest) =>
    request.person ? `${request.person.by} ${request.person.login}` : addressOf(request);
  const [writes, pictures] = [WRITES_A_MINUTE, PICTURES_A_MINUTE].map((max) =>
    app.createRateLimit({ max, timeWindow: MINUTE, keyGenerator }),
  );
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (READING.has(request.method)) return;
    const count = PICTURES.test(request.routeOptions.url ?? '') ? pictures! : writes!;
    const counted = await count(request);
    if (!counted.isAllowed && counted.isExceeded) refuse(reply, counted.ttlInSeconds);
  };
}

function refuse(reply: FastifyReply, seconds: number): never {
  reply.header('retry-after', seconds);
  throw new FoveaError('TOO_MANY_REQUESTS', { seconds });
}
