import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Visit } from '../../server/clinic-contract.ts';
import { firstShown, imagesOf, lastReading, type ReadingImage, readingImages, stepped } from './images.ts';

const image = (id: string, eye: ReadingImage['eye'], isPrior = false) =>
  ({ id, eye, isPrior }) as ReadingImage;
const ids = (images: readonly ReadingImage[]) => images.map(({ id }) => id);
const visit = [
  image('p', 'OD', true),
  image('a', 'OD'),
  image('b', 'OD'),
  image('c', 'OS'),
  image('x', null),
];

test('each side shows its eye: this visit first, earlier ones after it', () => {
  assert.deepEqual(ids(imagesOf(visit, 'OD')), ['a', 'b', 'x', 'p']);
  assert.deepEqual(ids(imagesOf(visit, 'OS')), ['c', 'x']);
});

test('a visit opens with the first image of each eye, never with an earlier visit’s', () => {
  assert.deepEqual(firstShown(visit), { OD: 'a', OS: 'c' });
  assert.deepEqual(firstShown([image('p', 'OD', true)]), { OD: null, OS: null });
});

test('images of nobody-knows-which eye fill the sides that stay empty, each once', () => {
  assert.deepEqual(firstShown([image('x', null), image('y', null)]), { OD: 'x', OS: 'y' });
  assert.deepEqual(firstShown([image('x', null), image('c', 'OS')]), { OD: 'x', OS: 'c' });
  assert.deepEqual(firstShown([image('x', null)]), { OD: 'x', OS: null });
});

test('walking through the images goes round', () => {
  const right = imagesOf(visit, 'OD');
  assert.equal(stepped(right, 'a', -1), 'p');
  assert.equal(stepped(right, 'p', 1), 'a');
  assert.equal(stepped(right, null, 1), 'a');
  assert.equal(stepped([], null, 1), null);
});

test('of several readings the latest answer is shown, a refusal after it is none', () => {
  const readings = [
    { at: '2026-01-03T00:00:00Z', reading: null },
    { at: '2026-01-02T00:00:00Z', reading: { file: 'second' } },
    { at: '2026-01-01T00:00:00Z', reading: { file: 'first' } },
  ] as Visit['imageList'][number]['readings'];
  assert.equal(lastReading({ readings })?.file, 'second');
  assert.equal(lastReading({ readings: [] }), null);
});

test('a visit’s images come with the addresses of their pictures', () => {
  const [made] = readingImages(
    {
      date: '2026-01-31',
      imageList: [{ id: 'a b', eye: 'OS', width: 3000, height: 2000, readings: [] }],
    } as unknown as Visit,
    true,
  );
  assert.equal(made!.url, '/api/images/a%20b/picture?width=2048');
  assert.deepEqual([made!.size, made!.isPrior], [{ width: 3000, height: 2000 }, true]);
});
