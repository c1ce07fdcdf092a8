import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imageScale } from './image-scale.ts';

const cameras = [{ name: 'Topcon NW400', degrees: 45 }];

test('a camera’s field over the lit field is the scale: 45° = 12.42 mm', () => {
  assert.deepEqual(imageScale('topcon NW400 ', { radius: 1000 }, cameras), {
    ...{ micrometresPerPixel: 6.21, camera: 'Topcon NW400', degrees: 45 },
  });
});

test('nothing is known of another camera, of none, or where no field was found', () => {
  assert.equal(imageScale('Canon CR-2', { radius: 1000 }, cameras), null);
  assert.equal(imageScale(null, { radius: 1000 }, cameras), null);
  assert.equal(imageScale('Topcon NW400', null, cameras), null);
});
