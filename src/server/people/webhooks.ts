import { Type } from 'typebox';
import { addWebhook, changeWebhook, removeWebhook, testWebhook } from '../../people/index.ts';
import { answers } from '../route.ts';
import {
  DeliveryListSchema,
  idParams,
  MadeWebhookSchema,
  NewWebhookSchema,
  WebhookChangeSchema,
  WebhookListSchema,
  WebhookSchema,
} from './contract.ts';
import { whoAsks, whoMay } from './person.ts';
import type { PeopleRoutes } from './routes.ts';

const tags = ['webhooks'];

/** `/api/webhooks`: addresses that are told of what happens. */
export const webhookRoutes: PeopleRoutes = async (app, { webhooks }) => {
  app.get(
    '/webhooks',
    {
      ...whoMay('manage webhooks'),
      schema: { tags, summary: 'All webhooks', response: answers(200, WebhookListSchema) },
    },
    async () => ({ webhooks: await webhooks.webhooks() }),
  );

  app.post(
    '/webhooks',
    {
      ...whoMay('manage webhooks'),
      schema: {
        tags,
        summary: 'Have an address told of events',
        description:
          'Each is a POST of `{id, event, createdAt, …ids}`, signed: `fovea-signature: t=SECONDS,v1=HEX`, where HEX is HMAC-SHA256 of `SECONDS.BODY` by the secret that is shown this once.',
        body: NewWebhookSchema,
        response: answers(201, MadeWebhookSchema),
      },
    },
    async (request, reply) =>
      reply.status(201).send(await addWebhook(webhooks, whoAsks(request), request.body)),
  );

  app.patch(
    '/webhooks/:id',
    {
      ...whoMay('manage webhooks'),
      schema: {
        tags,
        summary: 'Change what an address is told of, or pause it',
        params: idParams,
        body: WebhookChangeSchema,
        response: answers(200, WebhookSchema),
      },
    },
    (request) => changeWebhook(webhooks, whoAsks(request), request.params.id, request.body),
  );

  app.delete(
    '/webhooks/:id',
    {
      ...whoMay('manage webhooks'),
      schema: {
        tags,
        summary: 'Tell an address nothing any more',
        params: idParams,
        response: answers(204, Type.Null()),
      },
    },
    async (request, reply) => {
      await removeWebhook(webhooks, whoAsks(request), request.params.id);
      return reply.status(204).send(null);
    },
  );

  app.post(
    '/webhooks/:id/test',
    {
      ...whoMay('manage webhooks'),
      schema: {
        tags,
        summary: 'Try whether an address listens',
        description:
          'It is told of the event `webhook.test`, once; what came of it stands among its deliveries.',
        params: idParams,
        response: answers(202, Type.Null()),
      },
    },
    async (request, reply) => {
      await testWebhook(webhooks, whoAsks(request), request.params.id);
      return reply.status(202).send(null);
    },
  );

  app.get(
    '/webhooks/:id/deliveries',
    {
      ...whoMay('manage webhooks'),
      schema: {
        tags,
        summary: 'What an address was told, and whether it listened',
        params: idParams,
        response: answers(200, DeliveryListSchema),
      },
    },
    async ({ params }) => ({ deliveries: await webhooks.deliveries(params.id) }),
  );
};
