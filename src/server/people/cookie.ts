import type { FastifyReply, FastifyRequest } from 'fastify';

export const SESSION_COOKIE = 'fovea_session';

/**
 * Gives the browser its session. Scripts do not see it, pages of others do not send it, and it is gone when the browser
 * closes; over TLS it never goes without.
 */
export function setSessionCookie(request: FastifyRequest, reply: FastifyReply, secret: string): void {
  reply.setCookie(SESSION_COOKIE, secret, attributes(request));
}

export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(SESSION_COOKIE, attributes(request));
}

const attributes = (request: FastifyRequest) =>
  ({ path: '/', httpOnly: true, sameSite: 'strict', secure: request.protocol === 'https' }) as const;
