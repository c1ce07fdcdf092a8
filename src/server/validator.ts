import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { type TObject, type TObjectOptions, Type } from 'typebox';
import { FoveaError } from '../core/errors.ts';

/** What no text holds: PostgreSQL has no place for it (https://www.postgresql.org/docs/18/datatype-character.html). */
const NUL = '\0';

/** Checks a part of a request by its route's schema; in no text may there be a NUL. */
export const compileValidator: typeof TypeBoxValidatorCompiler = (route) => {
  const check = TypeBoxValidatorCompiler(route);
  const reason = `${route.httpPart} holds a NUL character`;
  return (value) =>
    holdsNul(value)
      ? { error: new FoveaError('REQUEST_INVALID', { reason, expected: 'text without it' }) }
      : check(value);
};

/**
 * Has every route refuse what its query does not know: a word that is misspelt would be passed over, and the answer be to
 * another question. Call it before the routes are registered.
 */
export function closeQueries(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    if (!route.schema || route.schema.hide) return;
    const { properties = {}, additionalProperties = false } = (route.schema.querystring ?? {}) as Partial<
      TObject & TObjectOptions
    >;
    route.schema = { ...route.schema, querystring: Type.Object(properties, { additionalProperties }) };
  });
}

/** Asks level by level, not by calling itself: what was sent may be nested deeper than the stack is. */
function holdsNul(value: unknown): boolean {
  const left = [value];
  for (const one of left) {
    if (typeof one === 'string' && one.includes(NUL)) return true;
    if (typeof one === 'object' && one !== null)
      for (const [key, inner] of Object.entries(one)) left.push(key, inner);
  }
  return false;
}
