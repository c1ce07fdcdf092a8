import type { FastifyInstance } from 'fastify';
import { deliverDue, type WebhookStore } from '../../people/index.ts';

/** How long an event waits at most before its webhooks are told. */
const EVERY_MS = 2000;

/** Delivers to webhooks for as long as the server runs. */
export function keepDelivering(app: FastifyInstance, webhooks: WebhookStore): void {
  let underWay: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    underWay ??= deliverDue(webhooks)
      // What is due stays due: the next round finds it.
      .catch((err) => app.log.warn({ err }, 'webhooks wait'))
      .finally(() => {
        underWay = undefined;
      });
  }, EVERY_MS);
  timer.unref();
  app.addHook('onClose', async () => {
    clearInterval(timer);
    await underWay;
  });
}
