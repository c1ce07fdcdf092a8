import type { FastifyReply } from 'fastify';
import { FoveaError } from '../core/errors.ts';

/** Aborted as soon as nobody waits for the answer any more. */
export function untilGone({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort(new FoveaError('REQUEST_ABANDONED'));
  });
  if (raw.destroyed) gone.abort(new FoveaError('REQUEST_ABANDONED'));
  return gone.signal;
}
