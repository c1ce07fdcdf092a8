import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Preprocessing } from './contract.ts';
import type { Image } from './image.ts';
import { fit, preprocess } from './preprocess.ts';

/** 2 × 1, so small that every answer can be worked out by hand. */
const pair: Image = { width: 2, height: 1, channels: 3, data: Uint8Array.of(255, 0, 51, 0, 255, 102) };

const contract: Preprocessing = {
  size: { width: 2, height: 1 },
  crop: 'none',
  resample: 'pil_nearest',
  rescale_factor: 1 / 255,
  image_mean: [0, 0, 0],
  image_std: [1, 1, 1],
  channel_order: 'RGB',
  data_format: 'channels_last',
};

const rounded = (values: ArrayLike<number>) => Array.from(values, (value) => Math.round(value * 1e6) / 1e6);

describe('values', () => {
  const cases: [what: string, change: Partial<Preprocessing>, expected: number[]][] = [
    ['rescaled to 0…1', {}, [1, 0, 0.2, 0, 1, 0.4]],
    ['left as bytes', { rescale_factor: 1 }, [255, 0, 51, 0, 255, 102]],
    ['rescaled to −1…1', { rescale_factor: 2 / 255, image_mean: [1, 1, 1] }, [1, -1, -0.6, -1, 1, -0.2]],
    [
      'less the mean, over the deviation',
      { image_mean: [0.5, 0.25, 0], image_std: [0.5, 0.25, 2] },
      [1, -1, 0.1, -1, 3, 0.2],
    ],
    ['BGR', { channel_order: 'BGR' }, [0.2, 0, 1, 0.4, 1, 0]],
    [
      'BGR with a mean in the order of BGR',
      { channel_order: 'BGR', image_mean: [0.2, 0, 0] },
      [0, 0, 1, 0.2, 1, 0],
    ],
    ['channels first', { data_format: 'channels_first' }, [1, 0, 0, 1, 0.2, 0.4]],
    ['BGR, channels first', { channel_order: 'BGR', data_format: 'channels_first' }, [0.2, 0.4, 0, 1, 1, 0]],
  ];
  for (const [what, change, expected] of cases) {
    test(what, () => assert.deepEqual(rounded(preprocess(pair, { ...contract, ...change }).data), expected));
  }
});

describe('shape', () => {
  const cases: [change: Partial<Preprocessing>, expected: number[]][] = [
    [{}, [1, 1, 2, 3]],
    [{ data_format: 'channels_first' }, [1, 3, 1, 2]],
    [{ channel_order: 'GRAY', image_mean: [0], image_std: [1] }, [1, 1, 2, 1]],
    [{ size: { width: 5, height: 4 } }, [1, 4, 5, 3]],
  ];
  for (const [change, expected] of cases) {
    test(`${expected.join(' × ')}`, () =>
      assert.deepEqual([...preprocess(pair, { ...contract, ...change }).shape], expected));
  }
});

describe('colour and grey', () => {
  const grey: Image = { width: 2, height: 1, channels: 1, data: Uint8Array.of(7, 200) };
  const of = (image: Image, channel_order: Preprocessing['channel_order']) => [
    ...fit(image, { ...contract, channel_order }).data,
  ];

  test('colour becomes grey by the luma weights 0.299, 0.587, 0.114', () => {
    assert.deepEqual(of(pair, 'GRAY'), [
      Math.round(255 * 0.299 + 51 * 0.114),
      Math.round(255 * 0.587 + 102 * 0.114),
    ]);
  });
  test('grey stays grey', () => assert.deepEqual(of(grey, 'GRAY'), [7, 200]));
  test('grey becomes colour by repetition', () =>
    assert.deepEqual(of(grey, 'RGB'), [7, 7, 7, 200, 200, 200]));
});

describe('crop', () => {
  const row: Image = { width: 4, height: 2, channels: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) };
  const column: Image = { width: 1, height: 3, channels: 1, data: Uint8Array.of(10, 20, 30) };
  const grey = { resample: 'pil_nearest', channel_order: 'GRAY' } as const;
  const cases: [
    crop: Preprocessing['crop'],
    image: Image,
    width: number,
    height: number,
    expected: number[],
  ][] = [
    ['none', row, 2, 2, [2, 4, 6, 8]],
    ['cover', row, 2, 2, [2, 3, 6, 7]],
    ['cover', column, 1, 1, [20]],
    ['contain', row, 4, 4, [0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0]],
    ['contain', column, 3, 3, [0, 10, 0, 0, 20, 0, 0, 30, 0]],
    // Two rows and a half: as PIL, the even of the two nearest.
    ['contain', row, 5, 5, [...Array(10).fill(0), 1, 2, 3, 3, 4, 5, 6, 7, 7, 8, ...Array(5).fill(0)]],
    ['contain', row, 4, 2, [1, 2, 3, 4, 5, 6, 7, 8]],
  ];
  for (const [crop, image, width, height, expected] of cases) {
    test(`${crop}: ${image.width} × ${image.height} to ${width} × ${height}`, () => {
      assert.deepEqual([...fit(image, { ...grey, crop, size: { width, height } }).data], expected);
    });
  }
});
