import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
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
    if (error.code === 'INTERNAL') request.log.error({ err: thrown });
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
  if (validation) {
    const [first] = validation;
    const field = first?.instancePath?.slice(1).replaceAll('/', '.');
    return invalid(`${validationContext ?? 'request'}${field ? `.${field}` : ''} ${first?.message ?? ''}`);
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

const fromStore = (thrown: Error) =>
  isAway(thrown)
    ? new FoveaError('DATABASE_UNAVAILABLE', { reason: 'it does not answer', cause: thrown })
    : undefined;

const invalid = (reason: string) => new FoveaError('REQUEST_INVALID', { reason: reason.replace(/\.$/, '') });
