import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { testRoom } from '../../test/room.ts';

type Operation = { readonly security?: object[]; readonly requestBody?: { readonly content: object } };

let room: Awaited<ReturnType<typeof testRoom>>;
let described: {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly securitySchemes: Record<string, { readonly type: string }> };
  readonly security: object[];
};
before(async () => {
  room = await testRoom();
  described = (await room.ask('GET', '/openapi.json')).body;
});
after(() => room.close());

/** `GET /api/visits/{id}` and so on, as the router has them; without the answers to HEAD that each GET brings along. */
function routesOf(app: FastifyInstance): string[] {
  const above: string[] = [];
  return app
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const [, branches, piece, methods] = /^(.*[├└]── )(\S+) \((.+)\)$/.exec(line) ?? [];
      if (!branches || !piece || !methods) return [];
      const depth = branches.length / 4 - 1;
      above.splice(depth, above.length, piece);
      const path = above.join('').replace(/:(\w+)/g, '{$1}');
      const all = methods.split(', ');
      return all
        .filter((method) => method !== 'HEAD' || !all.includes('GET'))
        .map((method) => `${method} ${path}`);
    });
}

describe('the description of the API', () => {
  test('holds every route of it', () => {
    const routes = routesOf(room.app).filter((route) => !/\/api\/(docs|openapi\.json)/.test(route));
    assert.ok(routes.includes('POST /api/webhooks/{id}/test') && routes.includes('HEAD /api/uploads/{id}'));
    assert.deepEqual(
      Object.entries(described.paths)
        .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
        .toSorted(),
      routes.toSorted(),
    );
  });

  test('says by what one is known, and what is answered without', () => {
    const { paths, components, security } = described;
    assert.deepEqual(security, [{ token: [] }, { session: [] }]);
    assert.deepEqual(Object.keys(components.securitySchemes), ['token', 'session']);
    assert.deepEqual(paths['/api/health']!.get!.security, []);
    assert.equal(paths['/api/worklist']!.get!.security, undefined);
  });

  test('says what a body that comes in pieces is', () => {
    const { requestBody } = described.paths['/api/uploads/{id}']!.patch!;
    assert.deepEqual(Object.keys(requestBody!.content), ['application/offset+octet-stream']);
  });
});
