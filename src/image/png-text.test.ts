import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { decode, encodePng, withPngText } from './index.ts';

const picture = {
  width: 3,
  height: 2,
  channels: 3 as const,
  data: Uint8Array.from({ length: 18 }, (_, i) => i * 9),
};

test('text is put into a PNG file, which decodes to the same picture', async () => {
  const plain = await encodePng(picture);
  const file = withPngText(plain, { Software: 'Fovea', Comment: 'µm and °' });
  assert.deepEqual(new Uint8Array((await decode(file)).data), picture.data);
  assert.match(new TextDecoder().decode(file), /iTXtComment\0\0\0\0\0µm and °/);
});

test('each chunk carries the checksum of its type and body', async () => {
  const file = Buffer.from(withPngText(await encodePng(picture), { Comment: 'x' }));
  const at = file.indexOf('iTXt');
  const length = file.readUInt32BE(at - 4);
  assert.equal(file.readUInt32BE(at + 4 + length), crc32(file.subarray(at, at + 4 + length)));
});
