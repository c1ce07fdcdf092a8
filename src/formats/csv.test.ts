import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseCsv } from './csv.ts';

const quote = (field: string) => `"${field.replaceAll('"', '""')}"`;

test('fields come back whatever is in them', () => {
  const rows = fc.array(
    fc.array(fc.string({ unit: 'binary', maxLength: 8 }), { minLength: 2, maxLength: 4 }),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(rows, fc.constantFrom('\n', '\r\n'), (table, end) => {
      assert.deepEqual(parseCsv(table.map((row) => row.map(quote).join(',') + end).join('')), table);
    }),
  );
});

test('a byte order mark, empty lines and a missing last line end do not matter', () => {
  assert.deepEqual(parseCsv('\uFEFFfile,label\r\n\r\na.jpg,D\n"b, c.jpg",N'), [
    ['file', 'label'],
    ['a.jpg', 'D'],
    ['b, c.jpg', 'N'],
  ]);
});
