import { Type } from 'typebox';
import { makeToken, revokeToken, tokensFor } from '../../people/index.ts';
import { answers } from '../route.ts';
import { idParams, MadeTokenSchema, NewTokenSchema, TokenListSchema } from './contract.ts';
import { whoAsks, whoMay } from './person.ts';
import type { PeopleRoutes } from './routes.ts';

const tags = ['people'];

/** `/api/tokens`: by which programs act for somebody. */
export const tokenRoutes: PeopleRoutes = async (app, { people }) => {
  app.get(
    '/tokens',
    {
      ...whoMay('make own tokens'),
      schema: {
        tags,
        summary: 'Own tokens; to an administrator everybody’s',
        response: answers(200, TokenListSchema),
      },
    },
    async (request) => ({ tokens: await tokensFor(people, whoAsks(request)) }),
  );

  app.post(
    '/tokens',
    {
      ...whoMay('make own tokens'),
      schema: {
        tags,
        summary: 'Make a token',
        description: 'Send it as `Authorization: Bearer fvt_…`. Its text is shown this once.',
        body: NewTokenSchema,
        response: answers(201, MadeTokenSchema),
      },
    },
    async (request, reply) => reply.status(201).send(await makeToken(people, whoAsks(request), request.body)),
  );

  app.delete(
    '/tokens/:id',
    {
      ...whoMay('make own tokens'),
      schema: { tags, summary: 'Revoke a token', params: idParams, response: answers(204, Type.Null()) },
    },
    async (request, reply) => {
      await revokeToken(people, whoAsks(request), request.params.id);
      return reply.status(204).send(null);
    },
  );
};
