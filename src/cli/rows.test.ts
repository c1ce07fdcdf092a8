import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Item } from '../dataset/index.ts';
import { labelMap, select } from './rows.ts';

const item = (group: string): Item => ({
  ...{ file: group, path: group, patient: group, labels: [] },
  columns: { group },
});

test('rows are chosen by all that stands behind the first =', () => {
  const items = ['a', 'a=b', ''].map(item);
  for (const [wanted, files] of [
    [undefined, ['a', 'a=b', '']],
    ['group=a', ['a']],
    ['group=a=b', ['a=b']],
    ['group=', ['']],
    ['group', []],
  ] as const)
    assert.deepEqual(
      select(items, wanted).map(({ file }) => file),
      files,
      wanted,
    );
  assert.throws(() => select(items, 'other=a'), { code: 'DATASET_COLUMN_MISSING' });
});

test('labels are renamed likewise', () => {
  assert.deepEqual(
    [...labelMap('0=N,1=p=2')],
    [
      ['0', 'N'],
      ['1', 'p=2'],
    ],
  );
});
