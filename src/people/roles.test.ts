import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demandMayGive, demandRole, isAtLeast, LEAST, lowerOf, ROLES } from './roles.ts';

test('each role may what those below it may, and gives none above itself', () => {
  for (const [i, role] of ROLES.entries()) {
    for (const [k, other] of ROLES.entries()) {
      assert.equal(isAtLeast(role, other), i >= k);
      assert.equal(lowerOf(role, other), ROLES[Math.min(i, k)]);
      const isRefused = (thrown: { code?: string }) => thrown.code === 'FORBIDDEN';
      if (i >= k) {
        demandMayGive(role, other);
        demandRole(role, other);
      } else {
        assert.throws(() => demandMayGive(role, other), isRefused);
        assert.throws(() => demandRole(role, other), isRefused);
      }
    }
  }
});

test('only administrators change who may do what, and what is kept', () => {
  for (const action of [
    'manage users',
    'manage webhooks',
    'see the audit',
    'look after storage',
    'back up',
  ] as const) {
    assert.equal(LEAST[action], 'admin');
  }
});
