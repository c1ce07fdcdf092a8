import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldBox } from './field.ts';
import { fit } from './preprocess.ts';

/** A lit circle on a dark surround, with a speck of light in a corner. */
function photograph(
  width: number,
  height: number,
  radius: number,
  centre = [width / 2, height / 2] as const,
) {
  const data = new Uint8Array(width * height * 3).fill(4);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (Math.hypot(x + 0.5 - centre[0], y + 0.5 - centre[1]) < radius || (x < 2 && y < 2))
        data.set([160, 80, 30], (y * width + x) * 3);
  return { width, height, channels: 3 as const, data };
}

test('the box of the lit field leaves out the surround and a speck in it', () => {
  const [left, top, right, bottom] = fieldBox(photograph(300, 200, 60, [180, 90]));
  for (const [found, expected] of [
    [left, 120],
    [top, 30],
    [right, 240],
    [bottom, 150],
  ] as const)
    assert.ok(Math.abs(found - expected) <= 4, `${found} for ${expected}`);
});

test('a field that is cut above and below becomes round again, with bars where it was cut', () => {
  const contract = {
    size: { width: 100, height: 100 },
    crop: 'field_of_view',
    resample: 'pil_bilinear',
    channel_order: 'RGB',
  } as const;
  const { data } = fit(photograph(300, 160, 100), contract);
  const row = (y: number) => data.subarray((y * 100 + 50) * 3, (y * 100 + 50) * 3 + 3);
  assert.deepEqual([...row(5)], [0, 0, 0]);
  assert.deepEqual([...row(50)], [160, 80, 30]);
  assert.deepEqual([...row(95)], [0, 0, 0]);
});

for (const [what, value] of [
  ['black', 0],
  ['white', 255],
] as const)
  test(`a picture that is ${what} all over is kept whole`, () =>
    assert.deepEqual(
      fieldBox({ width: 20, height: 10, channels: 1, data: new Uint8Array(200).fill(value) }),
      [0, 0, 20, 10],
    ));

test('next to nothing lit: the whole picture is kept', () =>
  assert.deepEqual(fieldBox(photograph(300, 200, 12)), [0, 0, 300, 200]));

test('a mask is cut as its photograph is', () => {
  const picture = photograph(300, 200, 60, [180, 90]);
  const mask = { ...picture, data: new Uint8Array(picture.data.length) };
  mask.data.fill(255, (90 * 300 + 178) * 3, (90 * 300 + 182) * 3);
  const contract = {
    size: { width: 60, height: 60 },
    crop: 'field_of_view',
    resample: 'pil_box',
    channel_order: 'GRAY',
  } as const;
  const { data } = fit(mask, contract, picture);
  assert.ok(
    data.indexOf(Math.max(...data)) === 30 * 60 + 30 || data[29 * 60 + 30]! > 0 || data[30 * 60 + 29]! > 0,
  );
});
