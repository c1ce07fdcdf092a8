import assert from 'node:assert/strict';
import { argon2Sync } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { COST, hashPassword, isOutdated, isPassword } from './password.ts';
import { demandGoodPassword } from './password-rules.ts';

/** Cheap enough to be tried often. */
const CHEAP = { memory: 64, passes: 1, lanes: 1 };

describe('a password is stored', () => {
  test('as argon2id, whose tag for the input of RFC 9106, section 5.3, is the RFC’s', () => {
    const tag = argon2Sync('argon2id', {
      message: Buffer.alloc(32, 1),
      nonce: Buffer.alloc(16, 2),
      secret: Buffer.alloc(8, 3),
      associatedData: Buffer.alloc(12, 4),
      parallelism: 4,
      tagLength: 32,
      memory: 32,
      passes: 3,
    });
    assert.equal(tag.toString('hex'), '0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659');
  });

  test('as the reference implementation does (P-H-C/phc-winner-argon2, src/test.c)', async () => {
    const stored = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    assert.equal(await isPassword('password', stored), true);
    assert.equal(await isPassword('Password', stored), false);
  });

  test('as a PHC string of at least what OWASP asks for, with another salt each time', async () => {
    const [one, other] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')]);
    assert.match(one, /^\$argon2id\$v=19\$m=47104,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    assert.notEqual(one, other);
    assert.ok(COST.memory * COST.passes >= 19 * 1024 * 2);
  });

  test('and is known again, however its letters are put together', async () => {
    const stored = await hashPassword('señorita pájaro', CHEAP);
    assert.equal(await isPassword('señorita pájaro'.normalize('NFD'), stored), true);
    assert.equal(await isPassword('senorita pajaro', stored), false);
  });

  test('and no other fits', async () => {
    const stored = await hashPassword('correct horse battery', CHEAP);
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 40 }), async (text) => {
        assert.equal(await isPassword(text, stored), text === 'correct horse battery');
      }),
      { numRuns: 200 },
    );
  });
});

describe('what is stored', () => {
  const tag = 'A'.repeat(43);
  for (const [what, stored] of [
    ['nothing', ''],
    ['plain text', 'correct horse battery'],
    ['another algorithm', `$argon2i$v=19$m=64,t=1,p=1$${'A'.repeat(22)}$${tag}`],
    ['more memory than there is', `$argon2id$v=19$m=9999999,t=1,p=1$${'A'.repeat(22)}$${tag}`],
    ['no passes', `$argon2id$v=19$m=64,t=0,p=1$${'A'.repeat(22)}$${tag}`],
    ['too little memory for its lanes', `$argon2id$v=19$m=8,t=1,p=4$${'A'.repeat(22)}$${tag}`],
    ['a tag of no length', `$argon2id$v=19$m=64,t=1,p=1$${'A'.repeat(22)}$`],
  ] as const) {
    test(`${what} fits no password`, async () => {
      assert.equal(await isPassword('', stored), false);
      assert.equal(await isPassword('correct horse battery', stored), false);
    });
  }

  test('is outdated once a guess would cost more today', async () => {
    assert.equal(isOutdated(await hashPassword('correct horse', CHEAP)), true);
    assert.equal(isOutdated(await hashPassword('correct horse', CHEAP), CHEAP), false);
    assert.equal(isOutdated('damaged'), true);
  });
});

describe('a new password', () => {
  for (const password of [
    'correct horse battery staple',
    'aaaaaaaaaaaab nothing like it',
    'åäö åäö ÅÄÖ!',
    '🐎🐎 battery staple',
    'x7 x8 x9 y1 y2 y3',
    'retina surgeon at dawn',
  ]) {
    test(`may be “${password}”`, () => demandGoodPassword(password, 'anna'));
  }

  for (const [password, reason] of [
    ['short', 'too short'],
    ['elevenchars', 'too short'],
    ['🐎🐎🐎🐎🐎🐎', 'too short'],
    ['x'.repeat(257), 'too long'],
    ['anna.schmidt', 'the login'],
    ['Anna.Schmidt2026!', 'the login'],
    ['Password1234', 'commonest'],
    ['QWERTYUIOP123', 'commonest'],
    ['abababababab', 'repeats'],
    ['abcabcabcabca', 'repeats'],
    ['            ', 'repeats'],
    ['fovea2026!!!!', 'name of this program'],
  ] as const) {
    test(`may not be “${password.slice(0, 20)}”: ${reason}`, () => {
      assert.throws(
        () => demandGoodPassword(password, 'anna.schmidt'),
        (thrown: { code?: string; message?: string }) =>
          thrown.code === 'PASSWORD_WEAK' && thrown.message!.includes(reason),
      );
    });
  }
});
