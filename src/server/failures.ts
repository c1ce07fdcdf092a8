import type { FastifyError, FastifyInstance } from 'fastify';
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
    // A body that nobody read would keep the client sending, and then its answer is lost.
    request.raw.resume();
    return reply.status(error.status).send({ error: error.toJSON() });
  });
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
