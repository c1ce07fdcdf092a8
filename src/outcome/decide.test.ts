import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { FoveaError } from '../core/errors.ts';
import { decide, type ImageFinding, parseRule, QUALITIES, type Quality } from './index.ts';

const folder = new URL('../../rules/', import.meta.url);
const rules = Object.fromEntries(
  readdirSync(folder).map((file) => {
    const rule = parseRule(readFileSync(new URL(file, folder), 'utf8'));
    return [rule.id, rule];
  }),
);

/** `OD good 2` → an image; `-` = eye unknown; a trailing `+` = oedema. */
function image(text: string): ImageFinding {
  const [, eye, quality, grade, oedema] =
    /^(OD|OS|-) (good|barely gradable|not gradable|missing)(?: ([0-4]))?(\+)?$/.exec(text)!;
  return {
    file: text,
    eye: eye === '-' ? undefined : (eye as 'OD'),
    quality: quality as Quality,
    ...(grade !== undefined && { grade: Number(grade) }),
    oedema: oedema === '+',
  };
}

describe('outcomes of a patient, row by row', () => {
  for (const [rule, images, result, level, next] of [
    // Negative needs both eyes.
    ['icdr-referable', ['OD good 0', 'OS good 0'], 'negative', 'none', 'screen again in 12 to 24 months'],
    ['icdr-referable', ['OD good 0', 'OS good 1'], 'negative', 'mild', 'screen again in 12 months'],
    ['icdr-referable', ['OD good 0'], 'ungradable', undefined, 'take the image again, or refer'],
    [
      'icdr-referable',
      ['OD good 0', 'OS not gradable'],
      'ungradable',
      undefined,
      'take the image again, or refer',
    ],
    [
      'icdr-referable',
      ['OD good 0', 'OS missing'],
      'ungradable',
      undefined,
      'take the image again, or refer',
    ],
    ['icdr-referable', [], 'ungradable', undefined, 'take the image again, or refer'],
    // The worse eye, and in it the worst field.
    ['icdr-referable', ['OD good 1', 'OS good 2'], 'positive', 'moderate', 'refer in 3 to 6 months'],
    ['icdr-referable', ['OD good 0', 'OD good 4', 'OS good 2'], 'positive', 'proliferative', 'refer now'],
    ['icdr-referable', ['OD good 3', 'OS good 2'], 'positive', 'severe', 'refer now'],
    ['icdr-referable', ['OD good 1+', 'OS good 0'], 'positive', 'oedema', 'refer within a month'],
    ['icdr-referable', ['OD good 3+', 'OS good 0'], 'positive', 'severe', 'refer now'],
    // Barely gradable: a positive counts, a negative does not.
    [
      'icdr-referable',
      ['OD barely gradable 2', 'OS good 0'],
      'positive',
      'moderate',
      'refer in 3 to 6 months',
    ],
    [
      'icdr-referable',
      ['OD barely gradable 0', 'OS good 0'],
      'ungradable',
      undefined,
      'take the image again, or refer',
    ],
    [
      'icdr-referable',
      ['OD barely gradable 0', 'OD good 0', 'OS good 0'],
      'negative',
      'none',
      'screen again in 12 to 24 months',
    ],
    // A positive fellow eye decides.
    ['icdr-referable', ['OD not gradable', 'OS good 3'], 'positive', 'severe', 'refer now'],
    // What was read in an image that cannot be read does not count.
    [
      'icdr-referable',
      ['OD not gradable 4', 'OS good 0'],
      'ungradable',
      undefined,
      'take the image again, or refer',
    ],
    // Nobody knows which eye.
    [
      'icdr-referable',
      ['- good 2', 'OD good 0', 'OS good 0'],
      'positive',
      'moderate',
      'refer in 3 to 6 months',
    ],
    ['icdr-referable', ['- good 0', '- good 0'], 'ungradable', undefined, 'take the image again, or refer'],
    // The threat to vision begins later.
    [
      'vision-threatening',
      ['OD good 2', 'OS good 0'],
      'negative',
      'moderate',
      'screen again in 6 to 9 months',
    ],
    ['vision-threatening', ['OD good 3', 'OS good 0'], 'positive', 'severe', 'refer now'],
    ['vision-threatening', ['OD good 2+', 'OS good 0'], 'positive', 'oedema', 'refer within a month'],
  ] as const)
    test(`${rule}: ${images.join(', ') || 'no image'} → ${level ?? result}`, () => {
      const outcome = decide(rules[rule]!, images.map(image));
      assert.deepEqual([outcome.result, outcome.level, outcome.next], [result, level, next]);
      assert.ok(outcome.sources.length > 0);
    });

  test('any disease: labels decide; without labels nothing is said', () => {
    const of = (labels: string[] | undefined) =>
      decide(
        rules['any-disease']!,
        (['OD', 'OS'] as const).map((eye) => ({
          file: eye,
          eye,
          quality: 'good',
          ...(labels && { labels }),
        })),
      ).result;
    assert.deepEqual(
      [of([]), of(['N']), of(['G']), of(undefined)],
      ['negative', 'negative', 'positive', 'ungradable'],
    );
  });

  test('a patient of one eye needs that one', () => {
    assert.equal(decide(rules['icdr-referable']!, [image('OD good 0')], ['OD']).result, 'negative');
  });
});

const anyImage = fc.record({
  file: fc.constant('x'),
  eye: fc.constantFrom('OD', 'OS', undefined),
  quality: fc.constantFrom(...QUALITIES),
  grade: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }),
  oedema: fc.boolean(),
}) as fc.Arbitrary<ImageFinding>;

describe('whatever was read', () => {
  test('a negative patient has a good negative image of each eye, and no readable positive one', () => {
    fc.assert(
      fc.property(fc.array(anyImage, { maxLength: 8 }), (images) => {
        const { result } = decide(rules['icdr-referable']!, images);
        const readable = images.filter(({ quality }) => quality === 'good' || quality === 'barely gradable');
        const positive = readable.some(({ grade, oedema }) => (grade ?? 0) >= 2 || oedema);
        assert.equal(result === 'positive', positive);
        if (result !== 'negative') return;
        for (const eye of ['OD', 'OS'])
          assert.ok(
            images.some((image) => image.eye === eye && image.quality === 'good' && (image.grade ?? 9) < 2),
          );
      }),
    );
  });

  test('another image never makes a positive patient negative', () => {
    fc.assert(
      fc.property(fc.array(anyImage, { maxLength: 6 }), anyImage, (images, more) => {
        if (decide(rules['icdr-referable']!, images).result === 'positive')
          assert.equal(decide(rules['icdr-referable']!, [...images, more]).result, 'positive');
      }),
    );
  });
});

describe('a rule that cannot be used is refused', () => {
  const good = JSON.parse(readFileSync(new URL('icdr-referable.json', folder), 'utf8'));
  for (const [what, text] of [
    ['no JSON', '{'],
    ['no levels', JSON.stringify({ ...good, levels: [] })],
    [
      'an unknown condition',
      JSON.stringify({ ...good, levels: [{ ...good.levels[0], when: [{ colour: 'red' }] }] }),
    ],
    ['no source', JSON.stringify({ ...good, sources: [] })],
    ['levels upside down', JSON.stringify({ ...good, levels: good.levels.toReversed() })],
    [
      'an interval backwards',
      JSON.stringify({
        ...good,
        levels: good.levels.map((level: object) => ({ ...level, next: { action: 'refer', months: [6, 3] } })),
      }),
    ],
  ] as const)
    test(what, () => {
      assert.throws(
        () => parseRule(text),
        (error: FoveaError) => error.code === 'RULE_INVALID',
      );
    });
});
