import type { FastifyInstance, FastifyRequest } from 'fastify';
import { FoveaError } from '../core/errors.ts';
import { type Exposure, isExposed, isLoopback } from '../people/index.ts';

/** Only this origin, nothing inline but styles (Mantine writes its own), no frames. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': PAGE_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Keeps other sites' pages out. A page anywhere can make its reader's browser send requests to this server, so
 * whatever changes or reads something must come from our own page; and on a loopback address only loopback names are
 * answered, which stops names that are pointed here after the page has loaded (DNS rebinding). Behind a proxy the name is
 * the proxy's, and everybody has to log in.
 */
export function guard(app: FastifyInstance, exposure: Exposure): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS);
    if (!isExposed(exposure) && !isLoopback(request.hostname)) {
      refuse('it is addressed to another host', 'localhost', request.hostname);
    }
    if (!SAFE_METHODS.has(request.method)) refuseForeign(request);
  });
}

function refuseForeign({ headers, host }: FastifyRequest): void {
  const { origin, 'sec-fetch-site': site } = headers;
  if (site === 'cross-site') refuse('it comes from another site', 'this page', 'Sec-Fetch-Site: cross-site');
  if (origin === undefined) return; // Not a browser's: curl, a script.
  if (!URL.canParse(origin) || new URL(origin).host !== host) {
    refuse('it comes from another site', `Origin: http://${host}`, `Origin: ${origin}`);
  }
}

function refuse(reason: string, expected: string, received: string): never {
  throw new FoveaError('REQUEST_INVALID', {
    reason,
    expected,
    received,
    hint: 'Use the address that Fovea printed at its start.',
  });
}
