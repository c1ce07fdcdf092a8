import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workingCopy } from './working-copy.ts';

test('a picture of ordinary size is its own copy', () => {
  const image = { width: 640, height: 480, channels: 3 as const, data: new Uint8Array(640 * 480 * 3) };
  assert.deepEqual(workingCopy(image), { image, factor: 1 });
});

test('a large one is shrunk to the means of its blocks, once', () => {
  const [width, height] = [3073, 1026];
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return (Math.floor(x / 3) % 7) * 20 + (x % 3) - 1 + 1 + (i % 3) * 30 + (Math.floor(y / 3) % 2) * 10;
  });
  const image = { width, height, channels: 3 as const, data };
  const { image: small, factor } = workingCopy(image);
  assert.deepEqual([factor, small.width, small.height], [3, 1024, 342]);
  for (const [x, y, c] of [
    [0, 0, 0],
    [5, 3, 1],
    [1023, 341, 2],
  ] as const)
    assert.equal(small.data[(y * 1024 + x) * 3 + c], (x % 7) * 20 + 1 + c * 30 + (y % 2) * 10);
  assert.equal(workingCopy(image).image, small);
});

test('a strip is left as it is', () => {
  const image = { width: 1, height: 4000, channels: 1 as const, data: new Uint8Array(4000) };
  assert.equal(workingCopy(image).factor, 1);
});
