import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { demandSafety, isLoopback, modeOf } from './mode.ts';

const at = (host: string, over: { hasTls?: boolean; proxies?: string[] } = {}) => ({
  host,
  hasTls: false,
  proxies: [],
  ...over,
});
const refused = (code: string) => (thrown: { code?: string }) => thrown.code === code;

describe('the server', () => {
  for (const host of ['127.0.0.1', 'localhost', '::1', '[::1]', '127.8.9.10']) {
    test(`on ${host} asks nobody who they are until there are accounts`, () => {
      assert.equal(isLoopback(host), true);
      assert.equal(modeOf(at(host), false), 'single user');
      assert.equal(modeOf(at(host), true), 'accounts');
      demandSafety(at(host), false);
    });
  }

  for (const host of [
    '0.0.0.0',
    '::',
    '',
    '192.168.1.5',
    'localhost.example',
    '127.0.0.1.example',
    '1127.0.0.1',
  ]) {
    test(`on ${host || 'all addresses'} demands accounts, and TLS by itself or by a proxy`, () => {
      assert.equal(modeOf(at(host), false), 'accounts');
      assert.throws(() => demandSafety(at(host), true), refused('TLS_REQUIRED'));
      for (const safe of [at(host, { hasTls: true }), at(host, { proxies: ['10.0.0.1'] })]) {
        assert.throws(() => demandSafety(safe, false), refused('ACCOUNT_REQUIRED'));
        demandSafety(safe, true);
      }
    });
  }

  test('on a loopback address behind a proxy is reached by others: accounts', () => {
    const behind = at('127.0.0.1', { proxies: ['127.0.0.1'] });
    assert.equal(modeOf(behind, false), 'accounts');
    assert.throws(() => demandSafety(behind, false), refused('ACCOUNT_REQUIRED'));
  });
});
