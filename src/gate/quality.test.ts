import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { random } from '../core/random.ts';
import type { Image } from '../image/index.ts';
import { renderFundus } from '../synth/index.ts';
import { degrade } from './fixtures/quality-degrade.ts';
import { judgeQuality } from './quality.ts';
import { REASON_KINDS } from './quality-rule.ts';
import { fieldOf } from './quality-sight.ts';
import { QUADRANTS } from './quality-signs.ts';

function wellTaken(seed: string): Image {
  const artefacts = {
    defocus: 0,
    haze: 0,
    eyelash: 0,
    dust: 0,
    flare: 0,
    overexposure: 0,
    underexposure: 0,
    tilt: 0.1,
  };
  const { image, width, height } = renderFundus({ seed, size: 384, diseases: {}, artefacts });
  return { width, height, channels: 3, data: image };
}

const flat = (width: number, height: number, tone: number, channels: 1 | 3 = 3): Image => ({
  width,
  height,
  channels,
  data: new Uint8Array(width * height * channels).fill(tone),
});

describe('the quality of a photograph', () => {
  const good = ['judged-1', 'judged-2', 'judged-3'].map(wellTaken);

  test('one that is taken well is good, everywhere, and nothing is advised', () => {
    for (const image of good) {
      const { verdict, score, advice, byQuadrant } = judgeQuality(image);
      assert.equal(verdict, 'good');
      assert.ok(score > 0.8);
      assert.deepEqual(advice, []);
      for (const quadrant of QUADRANTS) assert.ok(byQuadrant[quadrant] > 0.6, quadrant);
    }
  });

  for (const kind of REASON_KINDS)
    test(`${kind}: the score never rises as it grows, and at its worst it is the reason`, async () => {
      const image = good[0]!;
      const field = fieldOf(image);
      let before = judgeQuality(image).score;
      for (const amount of [0.25, 0.5, 0.75, 1]) {
        const worse = await degrade(image, field, kind, amount, random(`worse ${kind}`));
        const { score, reasons } = judgeQuality(worse.image);
        assert.ok(score <= before + 0.03, `${kind} ${amount}: ${score} after ${before}`);
        before = Math.min(before, score);
        if (amount >= 0.75) {
          assert.equal(reasons[0]?.kind, kind);
          assert.ok(reasons[0].where.length > 0);
        }
      }
    });

  test('half of the field in the dark is looked for on its side', async () => {
    const image = good[1]!;
    const { width, channels, data } = image;
    const cut = {
      ...image,
      data: data.map((value, at) => (Math.floor(at / channels) % width < width / 2 ? value : 0)),
    };
    const { verdict, reasons, byQuadrant } = judgeQuality(cut, fieldOf(image));
    assert.notEqual(verdict, 'good');
    assert.equal(reasons[0]?.kind, 'field cut');
    assert.deepEqual([...reasons[0].where].sort(), ['bottom right', 'top right']);
    assert.ok(byQuadrant['top left'] > byQuadrant['top right']);
  });

  for (const [name, image, kind] of [
    ['a black frame', flat(300, 300, 0), 'dark'],
    ['a white frame', flat(300, 300, 255), 'bright'],
    ['one tone', flat(300, 300, 128, 1), 'low contrast'],
    ['10 × 10 pixels', flat(10, 10, 90), 'low resolution'],
    ['a strip', flat(1, 4000, 90), 'low resolution'],
  ] as const)
    test(`${name} is not gradable, and says why`, () => {
      const { verdict, score, reasons, advice } = judgeQuality(image);
      assert.deepEqual([verdict, score, reasons[0]?.kind], ['not gradable', 0, kind]);
      assert.equal(advice.length, 1);
    });

  test('pure noise gets a verdict of numbers', () => {
    const drawn = random('noise');
    const image = flat(200, 150, 0);
    image.data.forEach((_, at) => {
      image.data[at] = drawn.whole(0, 255);
    });
    const { score, byQuadrant } = judgeQuality(image);
    for (const value of [score, ...Object.values(byQuadrant)]) assert.ok(value >= 0 && value <= 1);
  });
});
