import { Type } from 'typebox';
import { whoMay } from '../people/person.ts';
import { FileSchema } from '../route.ts';
import type { RoomRoutes } from './room.ts';

/** The same change is told once in so many ms: a batch makes dozens a second. */
const TOGETHER_MS = 250;
/** Proxies close what is silent for a minute. */
const ALIVE_MS = 20_000;

/** `GET /api/events`: what changes, as it changes. */
export const eventRoutes: RoomRoutes = async (app, { room: { store } }) => {
  const streams = new Set<(text: string) => void>();
  const waiting = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const stop = store.listen((message) => {
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
      ...whoMay('look'),
      schema: {
        tags: ['server'],
        summary: 'Changes as server-sent events',
        description: 'Each holds `{type: "batch", batchId}` or `{type: "visit", visitId}`: ask for it anew.',
        produces: ['text/event-stream'],
        response: { 200: FileSchema, '4xx': Type.Unknown() },
      },
    },
    async (_, reply) => {
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
      const alive = setInterval(() => write(': alive\n\n'), ALIVE_MS);
      streams.add(write);
      raw.on('close', () => {
        streams.delete(write);
        clearInterval(alive);
      });
    },
  );
};
