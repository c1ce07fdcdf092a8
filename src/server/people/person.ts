import type { FastifyRequest } from 'fastify';
import { FoveaError } from '../../core/errors.ts';
import { type Action, LEAST, type Person, type Role } from '../../people/index.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null = nobody that is known. */
    person: Person | null;
    /** Asks again who it is, of a request that lasts; by it nobody's session is longer. */
    whoIsStillThere(): Promise<Person | null>;
  }
  interface FastifyContextConfig {
    /** Role that is needed at least; none = that of those who may look. */
    least?: Role;
    /** The page asks for it by itself: pictures of what is shown, changes as they come. */
    isBackground?: boolean;
  }
}

/**
 * Who asks.
 *
 * @throws FoveaError `LOGIN_REQUIRED` where that is nobody
 */
export function whoAsks(request: FastifyRequest): Person {
  if (!request.person) throw new FoveaError('LOGIN_REQUIRED');
  return request.person;
}

/** A route for those who may do something. */
export const whoMay = (action: Action) => ({ config: { least: LEAST[action] } });
