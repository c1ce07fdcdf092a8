import type { FastifyReply } from 'fastify';
import { FoveaError } from '../core/errors.ts';
import type { Evidence as Found } from '../flows/evidence.ts';
import type { Evidence } from './contract.ts';

/** An explanation as it leaves the server. */
export function evidenceAnswer({ reading, explanation, extent }: Found): Omit<Evidence, 'disclaimer'> {
  const { width, height, data, ...about } = explanation;
  const [left, top, right, bottom] = extent;
  return {
    file: reading.file,
    width: reading.width,
    height: reading.height,
    model: reading.model,
    ...about,
    quadrants: [...about.quadrants],
    map: { width, height, data: Array.from(data, (value) => Number(value.toFixed(4))) },
    extent: { left, top, right, bottom },
  };
}

/** Aborted as soon as nobody waits for the answer any more. */
export function untilGone({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort(new FoveaError('REQUEST_ABANDONED'));
  });
  if (raw.destroyed) gone.abort(new FoveaError('REQUEST_ABANDONED'));
  return gone.signal;
}
