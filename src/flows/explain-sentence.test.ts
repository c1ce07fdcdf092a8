import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { QUADRANTS, type QuadrantEvidence } from '../explain/index.ts';
import { restsOn } from './explain-sentence.ts';

/** Shares and probabilities, upper left, upper right, lower left, lower right. */
const quarters = (shares: readonly number[], without: readonly number[]): QuadrantEvidence[] =>
  QUADRANTS.map((quadrant, i) => ({ quadrant, share: shares[i]!, without: without[i]! }));

const LOWER_LEFT = [0.1, 0.1, 0.7, 0.1];

describe('what an answer rests on is said in words', () => {
  const CASES = [
    {
      of: 'the right eye',
      shares: LOWER_LEFT,
      without: [0.9, 0.88, 0.34, 0.91],
      eye: 'OD',
      says: 'The answer rests on the lower-temporal quadrant; without it, Glaucoma falls from 0.91 to 0.34.',
    },
    {
      of: 'the left eye',
      shares: LOWER_LEFT,
      without: [0.9, 0.88, 0.34, 0.91],
      eye: 'OS',
      says: 'The answer rests on the lower-nasal quadrant; without it, Glaucoma falls from 0.91 to 0.34.',
    },
    {
      of: 'an eye that is not known',
      shares: LOWER_LEFT,
      without: [0.9, 0.88, 0.6, 0.91],
      says: 'The answer rests in part on the lower left quadrant of the picture; without it, Glaucoma falls from 0.91 to 0.60.',
    },
    {
      of: 'a map that points where nothing depends on it',
      shares: LOWER_LEFT,
      without: [0.9, 0.88, 0.95, 0.91],
      says: 'The map points to the lower left quadrant of the picture, but the answer does not rest on it: without it, Glaucoma rises from 0.91 to 0.95.',
    },
    {
      of: 'a quarter that makes no difference',
      shares: LOWER_LEFT,
      without: [0.9, 0.88, 0.912, 0.91],
      says: 'The map points to the lower left quadrant of the picture, but the answer does not rest on it: without it, Glaucoma stays at 0.91.',
    },
    {
      of: 'a map that points past what matters',
      shares: LOWER_LEFT,
      without: [0.9, 0.1, 0.9, 0.91],
      says: 'The map points to the lower left quadrant of the picture, but the answer does not rest on it: without it, Glaucoma falls from 0.91 to 0.90. It rests more on the upper right quadrant of the picture: without that, Glaucoma falls from 0.91 to 0.10.',
    },
    {
      of: 'an empty map',
      shares: [0, 0, 0, 0],
      without: [0.9, 0.1, 0.9, 0.91],
      says: 'The map is empty: no part of the picture speaks for Glaucoma.',
    },
  ] as const;
  for (const { of, shares, without, says, ...rest } of CASES) {
    test(of, () => {
      const eye = 'eye' in rest ? rest.eye : undefined;
      assert.equal(restsOn(quarters(shares, without), 0.91, 'Glaucoma', eye), says);
    });
  }
});
