import assert from 'node:assert/strict';
import { test } from 'node:test';
import { litField } from './lit-field.ts';

const SIDE = 128;
/** A picture that is lit where `isLit` says so, with a little noise in its black. */
const picture = (isLit: (x: number, y: number) => boolean, width = SIDE, height = SIDE) => ({
  width,
  height,
  data: Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) => {
    const pixel = Math.floor(i / 4);
    return i % 4 === 3
      ? 255
      : isLit((pixel % width) + 0.5, Math.floor(pixel / width) + 0.5)
        ? 140
        : pixel % 9;
  }),
});
const circle = (cx: number, cy: number, r: number) => (x: number, y: number) =>
  Math.hypot(x - cx, y - cy) < r;
const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 0.012, `${a} is not about ${b}`);

test('a round field is found where it is, in a picture of any shape', () => {
  const field = litField(picture(circle(100, 60, 50), 200, 120))!;
  near(field.x, 0.5);
  near(field.y, 0.3);
  near(field.radius, 0.25);
});

test('a field that is cut off above and below keeps its straight edges', () => {
  const field = litField(picture((x, y) => circle(64, 64, 62)(x, y) && y > 12 && y < 116))!;
  near(field.radius, 62 / SIDE);
  near(field.top, 12 / SIDE);
  near(field.bottom, 116 / SIDE);
});

test('a scan without a black surround has none, and neither has a black picture', () => {
  assert.equal(litField(picture(() => true)), null);
  assert.equal(litField(picture(() => false)), null);
});

test('writing beside the field is no part of it', () => {
  const written = litField(
    picture((x, y) => circle(64, 70, 50)(x, y) || (y > 4 && y < 12 && x > 30 && x < 90)),
  )!;
  near(written.radius, 50 / SIDE);
  near(written.y, 70 / SIDE);
});
