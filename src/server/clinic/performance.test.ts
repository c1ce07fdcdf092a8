import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import { type Said, testRoom } from '../../../test/room.ts';
import type { Performance } from '../clinic-contract.ts';
import { measurePerformance } from './performance.ts';

let room: Awaited<ReturnType<typeof testRoom>>;
let measured: Performance;
before(async () => {
  room = await testRoom();
  await fill();
  measured = await measurePerformance(room.store.db);
});
after(() => room.close());

const RESULT_OF = { none: 'negative', mild: 'negative', moderate: 'positive', severe: 'positive' } as const;
type Level = keyof typeof RESULT_OF;
const grade = (level: Level | null) =>
  level ? { result: RESULT_OF[level], level } : { result: 'ungradable' as const, level: null };
const saidOf = (right: Level, left: Level, triage: number): Said => {
  const isPositive = [right, left].some((level) => RESULT_OF[level] === 'positive');
  return {
    ...{ result: isPositive ? 'positive' : 'negative', level: right, triage },
    eyes: { OD: grade(right), OS: grade(left) },
  };
};
const close = (actual: number | null, expected: number, within = 1e-6) =>
  assert.ok(actual !== null && Math.abs(actual - expected) < within, `${actual} is not ${expected}`);

/**
 * Eight patients of one visit each: what the models said of OD and OS, then the human. By patient:
 * model − human: 3 × negative both; 1 × negative − positive; 1 × negative − ungradable; 2 × positive both; 1 × retake.
 */
const PATIENTS: readonly (readonly [model: [Level, Level], human: [Level | null, Level | null] | null])[] = [
  [
    ['none', 'none'],
    ['none', 'none'],
  ],
  [
    ['none', 'none'],
    ['none', 'mild'],
  ],
  [
    ['mild', 'none'],
    ['mild', 'none'],
  ],
  [
    ['none', 'none'],
    ['moderate', 'none'],
  ],
  [
    ['none', 'none'],
    ['none', null],
  ],
  [
    ['severe', 'none'],
    ['severe', 'none'],
  ],
  [
    ['severe', 'none'],
    ['moderate', 'none'],
  ],
  [['none', 'none'], null],
];

async function fill(): Promise<void> {
  const [ada, ben] = [await room.enter('ada', 'senior'), await room.enter('ben', 'reader')];
  for (const [i, [model, human]] of PATIENTS.entries()) {
    const camera = i < 4 ? 'Alpha' : undefined;
    const said = saidOf(...model, i / 10);
    const { visit } = await room.visit(`P${i}`, '2026-01-31', said, camera ? { camera } : {});
    const sign = (cookies: typeof ada, decision: string, grades: object) =>
      room.ask('POST', `/visits/${visit}/reviews`, { cookies, payload: { decision, grades } });
    // A first word of Ben's, which Ada overrules.
    if (i === 6) await sign(ben, 'confirmed', { OD: grade('severe'), OS: grade('none') });
    if (!human) await sign(ben, 'retake', {});
    else {
      const [OD, OS] = human.map(grade);
      const isSame = human.every((level, eye) => level === model[eye]);
      await sign(i === 6 ? ada : ben, isSame ? 'confirmed' : 'changed', { OD, OS });
    }
  }
  // Read by nobody yet.
  await room.visit('P9', '2026-01-31');
}

describe('agreement, by hand', () => {
  test('counts verdicts, and visits that wait for new images for themselves', () => {
    assert.deepEqual([measured.signed, measured.retakes], [7, 1]);
    assert.deepEqual(measured.agreement.matrix, [
      [3, 1, 1],
      [0, 2, 0],
      [0, 0, 0],
    ]);
    const { hits, of, interval } = measured.agreement.agreed;
    assert.deepEqual([hits, of], [5, 7]);
    // Wilson, z = 1.96, of 5 in 7.
    close(interval!.low, 0.358927, 1e-5);
    close(interval!.high, 0.917784, 1e-5);
  });

  test('beyond chance is Cohen’s kappa of the visits', () => {
    // Observed 5/7; by chance (5·3 + 2·3 + 0·1) / 49 = 21/49; (5/7 − 3/7) / (4/7).
    close(measured.agreement.kappa, 0.5);
  });

  test('has an interval from leaving each patient out in turn', () => {
    // Without one of: the three (0.4), the overruled negative, the ungradable, the two positives; 6 visits each.
    const without = [
      ...new Array(3).fill((4 / 6 - 14 / 36) / (1 - 14 / 36)),
      (5 / 6 - 16 / 36) / (1 - 16 / 36),
      (5 / 6 - 18 / 36) / (1 - 18 / 36),
      ...new Array(2).fill((4 / 6 - 17 / 36) / (1 - 17 / 36)),
    ];
    const mean = without.reduce((a, b) => a + b, 0) / 7;
    const half = 1.959964 * Math.sqrt((6 / 7) * without.reduce((sum, k) => sum + (k - mean) ** 2, 0));
    close(measured.agreement.interval!.low, 0.5 - half);
    close(measured.agreement.interval!.high, Math.min(1, 0.5 + half));
  });

  test('of each eye is its own', () => {
    const [right, left] = measured.eyes;
    assert.deepEqual(right!.matrix, [
      [4, 1, 0],
      [0, 2, 0],
      [0, 0, 0],
    ]);
    // (6/7 − (5·4 + 2·3) / 49) / (1 − 26/49)
    close(right!.kappa, 16 / 23);
    assert.deepEqual(left!.matrix, [
      [6, 0, 1],
      [0, 0, 0],
      [0, 0, 0],
    ]);
    close(left!.kappa, 0);
  });

  test('of levels weighs how far apart they are; an eye that one could not grade has none', () => {
    const { names, matrix, agreed, kappa } = measured.levels;
    assert.deepEqual(names, ['none', 'mild', 'moderate', 'oedema', 'severe', 'proliferative']);
    assert.deepEqual([agreed.hits, agreed.of], [10, 13]);
    assert.deepEqual(
      [matrix[0], matrix[1], matrix[4]],
      [
        [8, 1, 1, 0, 0, 0],
        [0, 1, 0, 0, 0, 0],
        [0, 0, 1, 0, 1, 0],
      ],
    );
    // Seen 1·1 + 1·4 + 1·4 = 9. By chance, rows 10, 1, 2 at 0, 1, 4 and columns 8, 2, 2, 1 at 0, 1, 2, 4:
    // (10·(2·1 + 2·4 + 1·16) + 1·(8·1 + 2·1 + 1·9) + 2·(8·16 + 2·9 + 2·4)) / 13 = (260 + 19 + 308) / 13.
    close(kappa, 1 - 9 / (587 / 13));
  });
});

describe('readers', () => {
  test('agree or not where there was an answer; a retake is neither', () => {
    const [ada, ben] = measured.readers;
    const figures = ({ hits, of }: { hits: number; of: number }) => [hits, of];
    assert.deepEqual(
      [ada!.reader, ada!.login, ada!.signed, figures(ada!.agreed), figures(ada!.changed)],
      [
        ...['Dr ada', 'ada', 1],
        ...[
          [1, 1],
          [1, 1],
        ],
      ],
    );
    assert.deepEqual([ben!.reader, ben!.signed, ben!.retakes], ['Dr ben', 8, 1]);
    assert.deepEqual(
      [figures(ben!.agreed), figures(ben!.changed)],
      [
        [5, 7],
        [3, 7],
      ],
    );
    assert.deepEqual(figures(measured.overridden), [4, 7]);
  });
});

describe('inputs', () => {
  test('of which nobody named a camera are counted, as not known', () => {
    assert.deepEqual(
      measured.cameras.map(({ name, images, notGradable }) => [name, images, notGradable.hits]),
      [
        [null, 10, 0],
        ['Alpha', 8, 0],
      ],
    );
    assert.deepEqual(
      measured.operators.map(({ name, images }) => [name, images]),
      [[null, 18]],
    );
  });

  test('of a week are images; its outputs are visits, each once', () => {
    const [week] = measured.weeks;
    assert.deepEqual([week!.images, week!.visits, week!.positive], [18, 8, 2]);
    close(week!.meanTriage, (0.1 * (0 + 1 + 2 + 3 + 4 + 5 + 6 + 7)) / 8);
  });
});

test('what lies outside the days that are asked for does not count', async () => {
  const none = await measurePerformance(room.store.db, { to: '2000-01-01' });
  assert.deepEqual(
    [none.signed, none.agreement.kappa, none.agreement.interval, none.agreement.agreed.interval, none.weeks],
    [0, null, null, null, []],
  );
  const { rows } = await sql<{ today: string }>`select current_date as today`.execute(room.store.db);
  const all = await measurePerformance(room.store.db, { from: rows[0]!.today, to: rows[0]!.today });
  assert.deepEqual(all.agreement, measured.agreement);
});
