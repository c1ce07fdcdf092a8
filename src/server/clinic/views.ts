import { Type } from 'typebox';
import { FoveaError } from '../../core/errors.ts';
import { removeView, saveView, viewsOf } from '../../store/index.ts';
import { ViewListSchema, ViewSchema } from '../clinic-contract.ts';
import { whoAsks, whoMay } from '../people/person.ts';
import { answers } from '../route.ts';
import type { RoomRoutes } from './room.ts';

const tags = ['visits'];
/** More than anybody finds their way in. */
const MOST = 100;

/** `/api/views`: filters of the worklist that one has named; everybody has their own. */
export const viewRoutes: RoomRoutes = async (app, { room: { store } }) => {
  const { db } = store;
  const schema = { tags, response: answers(200, ViewListSchema) };
  const listOf = async (login: string) => ({ views: await viewsOf(db, login) });

  app.get(
    '/views',
    { ...whoMay('look'), schema: { ...schema, summary: 'One’s own saved views, by name' } },
    (request) => listOf(whoAsks(request).login),
  );

  app.put(
    '/views',
    {
      ...whoMay('look'),
      schema: {
        ...schema,
        summary: 'Save a view',
        description: 'One of the same name gives way.',
        body: ViewSchema,
      },
    },
    async (request) => {
      const { login } = whoAsks(request);
      const known = await viewsOf(db, login);
      if (known.length >= MOST && !known.some(({ name }) => name === request.body.name))
        throw new FoveaError('REQUEST_INVALID', {
          reason: 'there are too many saved views',
          expected: `at most ${MOST}`,
          hint: 'Delete one that you do not need.',
        });
      await saveView(db, login, request.body);
      return listOf(login);
    },
  );

  app.delete(
    '/views/:name',
    {
      ...whoMay('look'),
      schema: {
        ...schema,
        summary: 'Delete a saved view',
        params: Type.Object({ name: Type.String({ maxLength: 200 }) }),
      },
    },
    async (request) => {
      const { login } = whoAsks(request);
      await removeView(db, login, request.params.name);
      return listOf(login);
    },
  );
};
