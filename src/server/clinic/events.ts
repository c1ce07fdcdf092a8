import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { asFoveaError } from '../../core/errors.ts';
import { whoMay } from '../people/person.ts';
import { FileSchema } from '../route.ts';
import type { RoomRoutes } from './room.ts';

/** The same change is told once in so many ms: a batch makes dozens a second. */
const TOGETHER_MS = 250;
/** Proxies close what is silent for a minute; so often it is also asked whether who listens is still logged in. */
export const ALIVE_MS = 20_000;

/** `GET /api/events`: what changes, as it changes. */
export const eventRoutes: RoomRoutes = async (app, { room: { store } }) => {
  const streams = new Set<(text: string) => void>();
  const waiting = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const stop = await store.listen((message) => {
    if (streams.size === 0) return;
    waiting.add(message);
    timer ??= setTimeout(() => {
      timer = undefined;
      const text = [...waiting].map((one) => `data: ${one}\n\n`).join('');
      waiting.clear();
      for (const write of streams) write(text);
    }, TOGETHER_MS);
  });
  app.addHook('onClose', () => {
    stop();
    clearTimeout(timer);
  });

  app.get(
    '/events',
    {
      config: { ...whoMay('look').config, isBackground: true },
      schema: {
        tags: ['server'],
        summary: 'Changes as server-sent events',
        description:
          'Each holds `{type: "batch", batchId}` or `{type: "visit", visitId}`: ask for it anew. The stream ends with the session.',
        produces: ['text/event-stream'],
        response: { 200: FileSchema, '4xx': Type.Unknown() },
      },
    },
    async (request, reply) => {
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      raw.write('retry: 2000\n\n');
      const write = (text: string) => void raw.write(text);
      const alive = setInterval(async () => {
        if (await isStillThere(request)) write(': alive\n\n');
        else raw.end();
      }, ALIVE_MS);
      streams.add(write);
      raw.on('close', () => {
        streams.delete(write);
        clearInterval(alive);
      });
    },
  );
};

/** Whether who listens may still; a database that is away for a moment logs nobody out. */
async function isStillThere(request: FastifyRequest): Promise<boolean> {
  try {
    return (await request.whoIsStillThere()) !== null;
  } catch (thrown) {
    return asFoveaError(thrown).status >= 500;
  }
}
