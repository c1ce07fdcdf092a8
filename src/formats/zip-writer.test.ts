import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listZip, readZip } from './zip.ts';
import { writeZip } from './zip-writer.ts';

test('what is written is read again, byte for byte, not packed', () => {
  const picture = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);
  const archive = writeZip({ 'images/a.png': picture, 'labels.csv': new TextEncoder().encode('file\n') });
  assert.deepEqual(
    listZip(archive).map(({ path, size, packedSize }) => [path, size, packedSize]),
    [
      ['images/a.png', 1000, 1000],
      ['labels.csv', 5, 5],
    ],
  );
  assert.deepEqual(readZip(archive, ['a.png'])['a.png'], picture);
});
