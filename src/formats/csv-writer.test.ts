import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseCsv } from './csv.ts';
import { writeCsv } from './csv-writer.ts';

test('fields are quoted where they must be', () => {
  assert.equal(writeCsv([['a', 'b, c', 'say "so"', '']]), 'a,"b, c","say ""so""",\n');
});

test('what is written is read back', () => {
  const text = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', 'é', ';') });
  fc.assert(
    fc.property(fc.array(fc.array(text, { minLength: 2, maxLength: 5 })), (rows) => {
      assert.deepEqual(parseCsv(writeCsv(rows)), rows);
    }),
  );
});
