import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { routeOf } from './route.ts';

const addresses: readonly (readonly [hash: string, page: string, rest?: object])[] = [
  ['', 'pictures'],
  ['#/', 'pictures'],
  ['#/nowhere', 'pictures'],
  ['#/constructor/x', 'pictures'],
  ['#/synthetic', 'synthetic'],
  ['#/models', 'models'],
  ['#/models/a%20b%2Fc', 'model', { name: 'a b/c' }],
  ['#/models/%E0%A4%A', 'pictures'],
  ['#/read', 'pictures'],
  ['#/read/7', 'read', { visit: '7' }],
  ['#/batches', 'batches'],
  ['#/batches/7', 'batch', { batch: '7' }],
  ['#/patients/7', 'patient', { patient: '7' }],
  ['#/admin', 'admin', { tab: 'settings' }],
  ['#/admin/audit', 'admin', { tab: 'audit' }],
];

describe('an address leads to its page', () => {
  for (const [hash, page, rest] of addresses) {
    test(`${hash || '(none)'} → ${page}`, () => assert.deepEqual(routeOf(hash), { page, ...rest }));
  }

  test('the worklist’s filters stand behind its question mark', () => {
    const route = routeOf('#/worklist?state=open&search=a%26b');
    assert.equal(route.page, 'worklist');
    assert.deepEqual(route.page === 'worklist' && [...route.query], [
      ['state', 'open'],
      ['search', 'a&b'],
    ]);
  });
});
