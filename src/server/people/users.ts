import { FoveaError } from '../../core/errors.ts';
import { addUser, changeUser } from '../../people/index.ts';
import { UserListSchema, UserSchema } from '../clinic-contract.ts';
import { answers } from '../route.ts';
import { idParams, NewUserSchema, UserChangeSchema } from './contract.ts';
import { whoAsks, whoMay } from './person.ts';
import type { PeopleRoutes } from './routes.ts';

const tags = ['people'];

/** `/api/users`: accounts. */
export const userRoutes: PeopleRoutes = async (app, { people, mode, openId }) => {
  app.get(
    '/users',
    {
      ...whoMay('manage users'),
      schema: { tags, summary: 'All accounts', response: answers(200, UserListSchema) },
    },
    async () => ({ users: await people.users() }),
  );

  app.post(
    '/users',
    {
      ...whoMay('manage users'),
      schema: {
        tags,
        summary: 'Add an account',
        description:
          'The first is an administrator’s; from then on everybody has to log in. Without a password they come in by the OpenID provider, where there is one.',
        body: NewUserSchema,
        response: answers(201, UserSchema),
      },
    },
    async (request, reply) => {
      if (request.body.password === undefined && !openId)
        throw new FoveaError('REQUEST_INVALID', { reason: 'it needs a password', hint: 'Give one.' });
      const user = await addUser(people, whoAsks(request), request.body);
      mode.lookAgain();
      return reply.status(201).send(user);
    },
  );

  app.patch(
    '/users/:id',
    {
      ...whoMay('manage users'),
      schema: {
        tags,
        summary: 'Change an account',
        description: 'A new password, and disabling it, end its sessions.',
        params: idParams,
        body: UserChangeSchema,
        response: answers(200, UserSchema),
      },
    },
    (request) => changeUser(people, whoAsks(request), request.params.id, request.body),
  );
};
