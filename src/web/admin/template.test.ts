import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesOf, logoOf, withClosing } from './template.ts';

test('an address is up to four lines; those at the end that stay empty are none', () => {
  assert.deepEqual(linesOf('1 High Street\nTown\n\n'), ['1 High Street', 'Town']);
  assert.deepEqual(linesOf('a\n\nb\nc\nd'), ['a', '', 'b', 'c']);
});

test('a closing of which nothing is left is taken out', () => {
  assert.deepEqual(withClosing({ en: 'Bring this.' }, 'de', 'Mitbringen.'), {
    ...{ en: 'Bring this.', de: 'Mitbringen.' },
  });
  assert.deepEqual(withClosing({ en: 'Bring this.' }, 'en', ''), {});
});

test('a logo is kept with the template; anything but a small PNG or JPEG is refused in words', async () => {
  const file = (bytes: number, type: string) => new File([new Uint8Array(bytes).fill(65)], 'logo', { type });
  assert.equal(await logoOf(file(3, 'image/png')), 'data:image/png;base64,QUFB');
  await assert.rejects(logoOf(file(3, 'image/svg+xml')), /PNG or a JPEG/);
  await assert.rejects(logoOf(file(600_000, 'image/jpeg')), /512 kB/);
});
