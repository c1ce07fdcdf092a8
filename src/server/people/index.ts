import type { FastifyInstance } from 'fastify';
import { type Exposure, type OpenIdOptions, OpenIdProvider, type WebhookEvent } from '../../people/index.ts';
import { type Store, StoredPeople, StoredWebhooks } from '../../store/index.ts';
import { keepDelivering } from './deliveries.ts';
import { guardPeople } from './guard-people.ts';
import { openIdRoutes } from './openid.ts';
import { sessionRoutes } from './session.ts';
import { tokenRoutes } from './tokens.ts';
import { userRoutes } from './users.ts';
import { webhookRoutes } from './webhooks.ts';

/**
 * Puts the people's guard before all routes that are registered after it, with the routes by which people come and go.
 *
 * @param exposure how the server can be reached, which decides whether everybody has to log in
 * @param openId of the provider by which people may come in too
 */
export async function receivePeople(
  app: FastifyInstance,
  {
    store,
    exposure,
    openId: options,
  }: {
    readonly store: Store;
    readonly exposure: Exposure;
    readonly openId?: OpenIdOptions | undefined;
  },
): Promise<void> {
  const people = new StoredPeople(store.db);
  const webhooks = new StoredWebhooks<WebhookEvent>(store.db);
  const openId = options && new OpenIdProvider(options);
  const mode = await guardPeople(app, { people, exposure });
  for (const routes of [sessionRoutes, openIdRoutes, userRoutes, tokenRoutes, webhookRoutes]) {
    await app.register(routes, { people, webhooks, mode, openId, prefix: '/api' });
  }
  keepDelivering(app, webhooks);
}
