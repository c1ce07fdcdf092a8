import type { FastifyServerOptions } from 'fastify';
import { loggable, withoutValues } from '../core/loggable.ts';

type Logging = Exclude<FastifyServerOptions['logger'], boolean | undefined>;

/**
 * How the server logs: warnings and faults only, because a line for each request would write down who looked at what, when;
 * and of those no values, which may be a patient's.
 */
export const LOGGING: Logging = {
  level: 'warn',
  serializers: { req: ({ method }) => ({ method }), err: (thrown) => loggable(thrown) as never },
  hooks: {
    // Where an error comes without a sentence pino would take its message, as it is.
    logMethod(given, write) {
      const [first, ...rest] = given as readonly unknown[];
      const sentence = [first, ...rest].filter((one) => typeof one === 'string').map(withoutValues);
      const about = typeof first === 'string' ? {} : first instanceof Error ? { err: first } : first;
      write.call(this, about, sentence.join(' ') || 'a fault');
    },
  },
};
