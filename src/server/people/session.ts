import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { changeOwnPassword, logIn, logOut, type Person } from '../../people/index.ts';
import { type Session, SessionSchema } from '../clinic-contract.ts';
import { answers } from '../route.ts';
import { LogInSchema, OwnPasswordSchema } from './contract.ts';
import { clearSessionCookie, SESSION_COOKIE, setSessionCookie } from './cookie.ts';
import { LogInLimits } from './limits.ts';
import { whoAsks, whoMay } from './person.ts';
import type { PeopleRoutes } from './routes.ts';

const tags = ['people'];

/** `/api/session`: who one is, logging in and out. */
export const sessionRoutes: PeopleRoutes = async (app, { people, mode, openId }) => {
  const limits = new LogInLimits();
  const describe = async (person: Person | null): Promise<Session> => ({
    user: person && { login: person.login, name: person.name, role: person.role },
    mode: await mode.now(),
    openId: openId?.name ?? null,
  });

  app.get(
    '/session',
    { schema: { tags, summary: 'Who is asking', response: answers(200, SessionSchema) } },
    ({ person }) => describe(person),
  );

  app.post(
    '/session',
    {
      schema: {
        tags,
        summary: 'Log in',
        description:
          'The session is a cookie that ends after 12 hours, or 30 minutes without a request. Programs use a token instead.',
        body: LogInSchema,
        response: answers(200, SessionSchema),
      },
    },
    async (request, reply) => {
      const { login, password } = request.body;
      const { restMs, succeed } = limits.begin(request, reply, login);
      const { person, secret } = await logIn(people, {
        login,
        password,
        address: request.ip,
        restMs,
        replaces: secretOf(request),
      });
      succeed();
      setSessionCookie(request, reply, secret);
      return describe(person);
    },
  );

  app.delete(
    '/session',
    { schema: { tags, summary: 'Log out', response: answers(204, Type.Null()) } },
    async (request, reply) => {
      const secret = secretOf(request);
      if (secret && request.person?.by === 'session') await logOut(people, secret, request.person);
      clearSessionCookie(request, reply);
      // Pictures that the browser keeps belong to who has just left.
      return reply.header('clear-site-data', '"cache"').status(204).send(null);
    },
  );

  app.put(
    '/session/password',
    {
      ...whoMay('look'),
      schema: {
        tags,
        summary: 'Change the own password',
        description: 'All other sessions of the account end.',
        body: OwnPasswordSchema,
        response: answers(200, SessionSchema),
      },
    },
    async (request, reply) => {
      const by = whoAsks(request);
      const { succeed } = limits.begin(request, reply, by.login);
      const { person, secret } = await changeOwnPassword(people, by, request.body);
      succeed();
      setSessionCookie(request, reply, secret);
      return describe(person);
    },
  );
};

const secretOf = ({ cookies }: FastifyRequest) => cookies[SESSION_COOKIE];
