import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { OpenIdProvider, PeopleStore, WebhookEvent } from '../../people/index.ts';
import type { StoredWebhooks } from '../../store/index.ts';
import type { ModeKeeper } from './mode-keeper.ts';

/** What the routes of people work with. */
export interface PeopleRoom {
  readonly people: PeopleStore;
  readonly webhooks: StoredWebhooks<WebhookEvent>;
  readonly mode: ModeKeeper;
  /** Another way in than by password. */
  readonly openId: OpenIdProvider | undefined;
}

export type PeopleRoutes = FastifyPluginAsyncTypebox<PeopleRoom & { readonly prefix: string }>;
