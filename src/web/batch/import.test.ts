import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { chosenFiles, type HandedFile, kindOf, withoutStrangers } from './handed-files.ts';
import { tableText } from './table-text.ts';
import { grouped } from './upload.ts';

const handed = (name: string, size = 1): HandedFile => ({ name, file: { size } as File });

describe('files are sent in groups', () => {
  test('of twenty at most and 48 MiB at most but for a file that is more alone, each once and in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 60 * 2 ** 20 }), { maxLength: 100 }), (sizes) => {
        const files = sizes.map((size, i) => handed(`${i}`, size));
        const groups = grouped(files);
        assert.deepEqual(groups.flat(), files);
        for (const group of groups) {
          const bytes = group.reduce((sum, { file }) => sum + file.size, 0);
          assert.ok(group.length >= 1 && group.length <= 20);
          assert.ok(group.length === 1 || bytes <= 48 * 2 ** 20);
        }
      }),
    );
  });

  test('ten thousand small ones in five hundred', () => {
    assert.equal(grouped(Array.from({ length: 10_000 }, (_, i) => handed(`${i}.jpg`, 80_000))).length, 500);
  });
});

test('a file of a folder bears its path, and litter stays out', () => {
  const file = (path: string) => ({ name: path.split('/').at(-1), webkitRelativePath: path }) as File;
  const all = ['a/P1/OD.jpg', 'a/.DS_Store', 'a/Thumbs.db', '__MACOSX/x.jpg', 'a/.git/config'].map(file);
  assert.deepEqual(
    chosenFiles(all).map(({ name }) => name),
    ['a/P1/OD.jpg'],
  );
});

test('what is no picture by name and by its first bytes is left out', async () => {
  const files = [
    ['a.jpg', 'text that calls itself a picture: the server says what it is'],
    ['day.zip', 'PK'],
    ['letter.docx', 'PK'],
    ['IM000001', '\x89PNG\r\n\x1a\n'],
  ].map(([name, text]) => ({ name: name!, file: new File([Buffer.from(text!, 'latin1')], name!) }));
  assert.deepEqual(
    (await withoutStrangers(files)).map(({ name }) => name),
    ['a.jpg', 'day.zip', 'IM000001'],
  );
});

test('a file’s kind is told by its name', () => {
  const kinds = ['x.JPG', 'x.tiff', 'x.zip', 'x.csv', 'x.pdf', 'x'].map(kindOf);
  assert.deepEqual(kinds, ['picture', 'picture', 'archive', 'table', 'other', 'other']);
});

describe('what was typed becomes a CSV', () => {
  test('with quotes where they are due', () => {
    const typed = new Map([
      ['a, "b".jpg', { patient: ' P1 ', eye: 'OD', date: '2026-01-31' }],
      ['c.jpg', { patient: '', eye: '', date: '' }],
    ]);
    assert.equal(tableText(typed), 'file,patient,eye,date\r\n"a, ""b"".jpg",P1,OD,2026-01-31\r\n');
  });

  test('of nothing it is nothing', () => assert.equal(tableText(new Map()), ''));
});
