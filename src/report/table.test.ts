import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCsv } from '../formats/csv.ts';
import { readZip } from '../formats/zip.ts';
import { toCsv, toXlsx } from './index.ts';

const table = { columns: ['a', 'b'], rows: [['=1+1', 2.5] as const, ['x,"y"\n', null] as const] };

test('a CSV is read back, and begins no formula', () =>
  assert.deepEqual(parseCsv(toCsv(table)), [
    ['a', 'b'],
    ["'=1+1", '2.5'],
    ['x,"y"\n', ''],
  ]));

test('an Excel sheet holds texts as texts and numbers as numbers', async () => {
  const parts = readZip(await toXlsx(table, 'a/b: camp'), [
    'sheet1.xml',
    'workbook.xml',
    'sharedStrings.xml',
  ]);
  const text = (name: keyof typeof parts) => new TextDecoder().decode(parts[name]);
  assert.match(text('sheet1.xml'), /<v>2\.5<\/v>/);
  assert.doesNotMatch(text('sheet1.xml'), /<f>/);
  assert.match(text('workbook.xml'), /a b {2}camp/);
});
