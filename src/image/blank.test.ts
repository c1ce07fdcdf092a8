import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { blankWhiteEdges } from './blank.ts';
import type { Image } from './image.ts';

/** A grey picture of 40 × 30 with the given level at each place. */
const picture = (level: (x: number, y: number) => number): Image => ({
  width: 40,
  height: 30,
  channels: 1,
  data: Uint8Array.from({ length: 40 * 30 }, (_, i) => level(i % 40, Math.floor(i / 40))),
});

describe('white filling of a scan', () => {
  test('is painted black where it reaches the edge, with a rim for the rings of its compression', () => {
    const { data } = blankWhiteEdges(picture((_x, y) => (y < 8 ? 252 : 90)));
    assert.equal(data[0], 0);
    assert.equal(data[7 * 40 + 20], 0);
    assert.equal(data[11 * 40 + 20], 0, 'the rim');
    assert.equal(data[12 * 40 + 20], 90, 'the tissue');
  });

  test('is left alone within the scan: a bright layer is tissue', () => {
    const scan = picture((x, y) => (x > 5 && x < 30 && y === 15 ? 255 : 60));
    assert.equal(blankWhiteEdges(scan), scan);
  });

  test('counts in colour only where all channels are white', () => {
    const data = new Uint8Array(40 * 30 * 3).fill(255);
    for (let i = 0; i < data.length; i += 3) data[i] = 100;
    const red: Image = { width: 40, height: 30, channels: 3, data };
    assert.equal(blankWhiteEdges(red), red);
  });

  test('leaves the picture that came in as it was', () => {
    const scan = picture((x) => (x > 30 ? 255 : 60));
    blankWhiteEdges(scan);
    assert.equal(scan.data[39], 255);
  });
});
