import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Review, Visit } from '../../server/clinic-contract.ts';
import {
  type Case,
  caseOf,
  confirmed,
  EMPTY_DRAFT,
  gradeOf,
  isSigned,
  levelName,
  reviewOf,
  UNGRADABLE,
  whyNotConfirm,
  whyNotOverrule,
  whyNotSign,
} from './verdict.ts';

const none = { name: 'none', result: 'negative', say: 'No retinopathy.' } as const;
const severe = { name: 'severe', result: 'positive', say: 'Severe retinopathy.' } as const;
const both: Case = {
  visitId: 'v',
  eyes: ['OD', 'OS'],
  levels: [none, severe],
  model: { OD: gradeOf(severe), OS: gradeOf(none) },
  isBlinded: false,
  last: null,
  concerns: [],
  blocked: null,
};

describe('a verdict', () => {
  test('confirmed, it is the models’', () => {
    const draft = confirmed(EMPTY_DRAFT, both);
    assert.equal(whyNotSign(draft, both), null);
    assert.deepEqual(reviewOf({ ...draft, comment: ' as seen ' }, both), {
      decision: 'confirmed',
      grades: both.model,
      comment: 'as seen',
      after: null,
    });
  });

  test('waits for every eye that there are images of, and tells which', () => {
    assert.equal(whyNotSign(EMPTY_DRAFT, both), 'Confirm or change what the models say');
    assert.equal(whyNotSign(EMPTY_DRAFT, { ...both, model: {} }), 'Grade the right eye and the left eye');
    const half = confirmed(EMPTY_DRAFT, { ...both, model: { OD: gradeOf(severe) } });
    assert.equal(whyNotSign(half, both), 'Grade the left eye');
    assert.equal(whyNotSign(half, { ...both, eyes: ['OD'] }), null);
  });

  test('new images are asked for without a grade, and what was graded goes with it', () => {
    const draft = { ...EMPTY_DRAFT, isRetake: true, grades: { OD: gradeOf(severe) } };
    assert.equal(whyNotSign(draft, both), null);
    const { decision, grades } = reviewOf(draft, both);
    assert.deepEqual([decision, grades], ['retake', { OD: gradeOf(severe) }]);
  });

  test('is not signed before somebody has looked at what is doubtful', () => {
    const doubtful = { ...both, concerns: ['a.jpg: the file says OD, the picture OS.'] };
    const draft = confirmed(EMPTY_DRAFT, doubtful);
    assert.match(whyNotSign(draft, doubtful)!, /tick/);
    assert.equal(whyNotSign({ ...draft, hasLooked: true }, doubtful), null);
  });

  test('cannot be confirmed unseen', () => {
    const blind = { ...both, model: null, isBlinded: true };
    assert.match(whyNotConfirm(blind)!, /Grade first/);
    assert.deepEqual(confirmed(EMPTY_DRAFT, blind).grades, {});
  });

  test('is begun no more once it is signed; what somebody else signed ends none', () => {
    const draft = { ...EMPTY_DRAFT, comment: 'as seen ', grades: { OD: gradeOf(severe) } };
    const signed = { decision: 'confirmed', grades: draft.grades, comment: 'as seen' } as Review;
    assert.equal(isSigned(draft, { last: signed }), true);
    assert.equal(isSigned({ ...draft, comment: 'more' }, { last: signed }), false);
    assert.equal(isSigned({ ...draft, isRetake: true }, { last: signed }), false);
    assert.equal(isSigned(draft, { last: null }), false);
  });

  test('follows the last one that the reader saw', () => {
    const signed = { ...both, last: { id: 'r1' } as Case['last'] };
    assert.equal(reviewOf(EMPTY_DRAFT, signed).after, 'r1');
  });

  test('where the models gave no answer there is nothing to confirm, and where they still read nothing to sign', () => {
    assert.match(whyNotConfirm({ ...both, model: {} })!, /no answer/);
    assert.equal(whyNotSign(confirmed(EMPTY_DRAFT, both), { ...both, blocked: 'Wait' }), 'Wait');
    assert.equal(
      reviewOf({ ...EMPTY_DRAFT, grades: { OD: UNGRADABLE } }, { ...both, model: {} }).decision,
      'confirmed',
    );
  });
});

describe('a visit', () => {
  const image = (eye: 'OD' | 'OS' | null, words: string[] = []) => ({
    eye,
    fileName: `${eye}.jpg`,
    readings: [
      { at: '1', reading: { gate: { laterality: { conflicts: words.map((w) => ({ words: w })) } } } },
    ],
  });
  const visit = (changes: object) =>
    ({
      id: 'v',
      state: 'open',
      levels: [none, severe],
      reviews: [],
      outcome: {
        eyes: [
          { eye: 'OD', result: 'positive', level: 'severe' },
          { eye: null, result: 'negative' },
        ],
      },
      imageList: [image('OD')],
      blindedFirst: false,
      heldBack: false,
      ...changes,
    }) as unknown as Visit;

  test('asks for the eyes that it has images of, with the models’ grades', () => {
    const { eyes, model, concerns, blocked } = caseOf(visit({}));
    assert.deepEqual([eyes, model, concerns, blocked], [['OD'], { OD: gradeOf(severe) }, [], null]);
  });

  test('tells what is doubtful: eyes that clues disagree about, and eyes that nobody knows', () => {
    const { concerns } = caseOf(
      visit({ imageList: [image('OS', ['It looks like a right eye.']), image(null)] }),
    );
    assert.deepEqual(concerns, [
      'OS.jpg: It looks like a right eye.',
      'Nobody knows which eye one image is of.',
    ]);
  });

  test('that is open again says so, as what was signed was not signed of these images', () => {
    const reviews = (decision: string) => ({ reviews: [{ reader: 'Anna', decision }] });
    assert.match(caseOf(visit(reviews('confirmed'))).concerns[0]!, /since Anna signed/);
    assert.deepEqual(caseOf(visit(reviews('retake'))).concerns, []);
    assert.deepEqual(caseOf(visit({ state: 'signed', ...reviews('confirmed') })).concerns, []);
  });

  test('is blinded until the models’ answer is there', () => {
    const held = caseOf(visit({ heldBack: true, outcome: null }));
    assert.deepEqual([held.isBlinded, held.model], [true, null]);
    const retaken = caseOf(
      visit({ heldBack: true, outcome: null, reviews: [{ id: 'r', decision: 'retake' }] }),
    );
    assert.deepEqual([retaken.isBlinded, whyNotConfirm(retaken)], [true, whyNotConfirm(held)]);
    const told = caseOf(visit({ reviews: [{ id: 'r' }] }));
    assert.deepEqual([told.isBlinded, told.model], [false, { OD: gradeOf(severe) }]);
    const silent = caseOf(visit({ outcome: null, reviews: [{ id: 'r' }] }));
    assert.deepEqual([silent.isBlinded, silent.model], [false, {}]);
  });

  test('that another has signed is not signed over, unless images came since', () => {
    const by = (login: string) => ({ reviews: [{ login, reader: 'Anna' }] });
    assert.match(whyNotOverrule(visit({ state: 'signed', ...by('anna') }), 'ben')!, /^Anna has signed/);
    assert.match(whyNotOverrule(visit({ state: 'retake', ...by('anna') }), 'ben')!, /senior/);
    assert.equal(whyNotOverrule(visit({ state: 'signed', ...by('ben') }), 'ben'), null);
    assert.equal(whyNotOverrule(visit({ state: 'open', ...by('anna') }), 'ben'), null);
    assert.equal(whyNotOverrule(visit({ state: 'signed' }), 'ben'), null);
  });

  test('waits while the models read, and for somebody who knows the eye', () => {
    assert.match(caseOf(visit({ state: 'waiting' })).blocked!, /still reading/);
    assert.match(caseOf(visit({ imageList: [image(null)] })).blocked!, /eye/);
  });
});

test('levels are written as a reader says them', () => {
  assert.deepEqual([levelName(gradeOf(severe)), levelName(UNGRADABLE)], ['Severe', 'Not gradable']);
});
