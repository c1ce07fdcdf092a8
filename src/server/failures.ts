import type { FastifyError, FastifyInstance, FastifyRequest, FastifySchemaValidationError } from 'fastify';
import { asFoveaError, FoveaError } from '../core/errors.ts';
import { isAway } from '../store/index.ts';
import { LIMITS } from './uploads.ts';

/** Every failure leaves as `{ error }` with the table's status; what went wrong inside is logged, never sent. */
export function answerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler(() => {
    throw new FoveaError('NOT_FOUND');
  });
  app.setErrorHandler<FastifyError>((thrown, request, reply) => {
    const error = fromFastify(thrown) ?? fromStore(thrown) ?? asFoveaError(thrown);
    // What only the database refuses a route's schema should have.
    if (error.code === 'INTERNAL' || UNTAKEN.has(thrown.code)) request.log.error({ err: thrown });
    dismiss(request);
    return reply.status(error.status).send({ error: error.toJSON() });
  });
}

/** A client that has its refusal and sends on all the same is cut off after so long, ms. */
const PATIENCE_MS = 2000;

/**
 * A body that nobody reads any more would keep the client sending, and then its answer is lost: it is passed over for a while,
 * in which a client that listens stops.
 */
function dismiss({ raw }: FastifyRequest): void {
  if (raw.complete || raw.destroyed) return;
  raw.unpipe();
  raw.resume();
  const cut = setTimeout(() => raw.destroy(), PATIENCE_MS).unref();
  raw.once('end', () => clearTimeout(cut)).once('close', () => clearTimeout(cut));
}

/** Fastify's own refusals, as ours. */
function fromFastify(thrown: FastifyError): FoveaError | undefined {
  const { code, statusCode = 500, message, validation, validationContext } = thrown;
  // An id that cannot be one is of nothing.
  if (validationContext === 'params') return new FoveaError('NOT_FOUND');
  if (validation) {
    const part = validationContext ?? 'request';
    const fieldOf = ({ instancePath }: FastifySchemaValidationError) =>
      instancePath.slice(1).replaceAll('/', '.');
    // What TypeBox says of a field where nothing else may be.
    const unknown = validation.filter(({ keyword }) => keyword === 'boolean').map(fieldOf);
    if (unknown.length > 0) return invalid(`${part} may not hold ${unknown.join(', ')}`);
    const [first] = validation;
    const field = first && fieldOf(first);
    return invalid(`${part}${field ? `.${field}` : ''} ${first?.message ?? ''}`);
  }
  if (code === 'FST_FILES_LIMIT' || code === 'FST_PARTS_LIMIT') {
    return new FoveaError('REQUEST_INVALID', {
      reason: 'it carries too many files',
      expected: `at most ${LIMITS.files}`,
      hint: 'Send them in several requests.',
    });
  }
  return statusCode < 500 && !(thrown instanceof FoveaError) ? invalid(message) : undefined;
}

/** What PostgreSQL cannot take: a day that there is not, a text with a NUL (https://www.postgresql.org/docs/18/errcodes-appendix.html). */
const UNTAKEN = new Set(['22007', '22008', '22021', '22P05']);

function fromStore(thrown: Error & { readonly code?: string }): FoveaError | undefined {
  if (isAway(thrown))
    return new FoveaError('DATABASE_UNAVAILABLE', { reason: 'it does not answer', cause: thrown });
  if (!UNTAKEN.has(thrown.code ?? '')) return undefined;
  return new FoveaError('REQUEST_INVALID', {
    reason: 'a value in it cannot be kept',
    expected: 'days that there are, and text without NUL characters',
    cause: thrown,
  });
}

const invalid = (reason: string) => new FoveaError('REQUEST_INVALID', { reason: reason.replace(/\.$/, '') });
