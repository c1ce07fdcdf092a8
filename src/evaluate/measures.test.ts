import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { random } from '../core/random.ts';
import { interval, patientDraws } from './bootstrap.ts';
import { brier, calibrationError, chanceError, reliability } from './calibration.ts';
import * as matrix from './confusion.ts';
import * as decision from './decision.ts';
import { auroc, averagePrecision, rank } from './ranking.ts';

const golden = JSON.parse(readFileSync(new URL('./fixtures/golden.json', import.meta.url), 'utf8'));
const near = (got: number | null, wanted: number, what: string) =>
  assert.ok(got !== null && Math.abs(got - wanted) <= 1e-9, `${what}: ${got}, scikit-learn ${wanted}`);

describe('measures agree with scikit-learn to 1e-9', () => {
  for (const [i, g] of golden.binary.entries())
    test(`of one label, case ${i}`, () => {
      const ranked = rank(g.scores, g.truth);
      const counts = decision.countsAt(g.scores, g.truth, 0.5);
      near(auroc(ranked), g.auroc, 'AUROC');
      near(auroc(ranked, g.weights), g.weightedAuroc, 'AUROC, weighted');
      near(averagePrecision(ranked), g.averagePrecision, 'average precision');
      near(averagePrecision(ranked, g.weights), g.weightedAveragePrecision, 'average precision, weighted');
      near(brier(g.scores, g.truth), g.brier, 'Brier');
      near(calibrationError(reliability(g.scores, g.truth)), g.ece, 'ECE');
      near(decision.precision(counts) ?? 0, g.precision, 'precision');
      near(decision.sensitivity(counts), g.recall, 'recall');
      near(decision.f1(counts), g.f1, 'F1');
      near(decision.accuracy(counts), g.accuracy, 'accuracy');
    });
  for (const [i, g] of golden.classes.entries())
    test(`of several classes, case ${i}`, () => {
      const table = matrix.confusion(g.truth, g.predicted, g.classes);
      const all = table.map((_, c) => matrix.oneAgainstRest(table, c));
      assert.deepEqual(table, g.confusion);
      near(matrix.diagonalShare(table), g.accuracy, 'accuracy');
      near(matrix.balancedAccuracy(table), g.balancedAccuracy, 'balanced accuracy');
      near(matrix.quadraticKappa(table), g.quadraticKappa, 'quadratic kappa');
      for (const key of ['precision', 'recall', 'f1'] as const) {
        near(matrix.macro(all)[key], g.macro[key], `macro ${key}`);
        near(matrix.micro(all)[key], g.micro[key], `micro ${key}`);
      }
    });
});

/** Scores with many ties, and labels. */
const cases = fc.array(fc.tuple(fc.integer({ min: 0, max: 10 }), fc.boolean()), {
  minLength: 1,
  maxLength: 60,
});
const unzip = (rows: [number, boolean][]) =>
  [rows.map(([score]) => score / 10), rows.map(([, truth]) => truth)] as const;

describe('measures', () => {
  test('a perfect classifier has 1 of everything, its mirror an AUROC of 0', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 2 }), (truth) => {
        fc.pre(truth.includes(true) && truth.includes(false));
        const scores = truth.map(Number);
        assert.equal(auroc(rank(scores, truth)), 1);
        assert.equal(averagePrecision(rank(scores, truth)), 1);
        assert.equal(brier(scores, truth), 0);
        assert.equal(
          decision.riskCoverage(
            scores,
            truth.map(() => false),
          ).aurc,
          0,
        );
        assert.equal(
          auroc(
            rank(
              scores.map((s) => -s),
              truth,
            ),
          ),
          0,
        );
      }),
    );
  });

  test('the order of the cases does not matter', () => {
    fc.assert(
      fc.property(cases, (rows) => {
        const [scores, truth] = unzip(rows);
        const [turnedScores, turnedTruth] = unzip(rows.toReversed());
        assert.equal(auroc(rank(scores, truth)), auroc(rank(turnedScores, turnedTruth)));
        assert.equal(
          averagePrecision(rank(scores, truth)),
          averagePrecision(rank(turnedScores, turnedTruth)),
        );
        assert.equal(
          decision.riskCoverage(scores, truth).aurc,
          decision.riskCoverage(turnedScores, turnedTruth).aurc,
        );
      }),
    );
  });

  test('AUROC is the share of pairs in order, ties counting half', () => {
    fc.assert(
      fc.property(cases, (rows) => {
        const pairs = rows
          .filter(([, t]) => t)
          .flatMap(([a]) => rows.filter(([, t]) => !t).map(([b]) => (a > b ? 1 : a === b ? 0.5 : 0)));
        const wanted = pairs.length ? pairs.reduce<number>((x, y) => x + y, 0) / pairs.length : null;
        const got = auroc(rank(...unzip(rows)));
        if (wanted === null || got === null) assert.equal(got, wanted);
        else near(got, wanted, 'pairs');
      }),
    );
  });

  test('a weight of k is the case k times', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.boolean(), fc.integer({ min: 0, max: 3 }))),
        (rows) => {
          const flat = rows.flatMap(([score, truth, k]) =>
            new Array<[number, boolean]>(k).fill([score, truth]),
          );
          const weights = rows.map(([, , k]) => k);
          const [scores, truth] = unzip(rows.map(([s, t]) => [s, t]));
          const repeated = rank(...unzip(flat));
          assert.equal(auroc(rank(scores, truth), weights), auroc(repeated));
          assert.equal(averagePrecision(rank(scores, truth), weights), averagePrecision(repeated));
        },
      ),
    );
  });

  test('nothing is ever NaN: what cannot be said is null', () => {
    fc.assert(
      fc.property(cases, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (rows, threshold) => {
        const [scores, truth] = unzip(rows);
        const counts = decision.countsAt(scores, truth, threshold);
        const { ppv, npv } = decision.predictiveValues(counts, threshold);
        const said = [decision.precision, decision.sensitivity, decision.specificity, decision.f1].map((f) =>
          f(counts),
        );
        for (const value of [...said, ppv, npv, auroc(rank(scores, truth)), brier(scores, truth)])
          assert.ok(value === null || (value >= 0 && value <= 1 + 1e-12), String(value));
      }),
    );
  });

  test('the threshold for a sensitivity reaches it, and none that does has fewer false alarms, or as few and more hits', () => {
    fc.assert(
      fc.property(cases, fc.double({ min: 0.05, max: 1, noNaN: true }), (rows, wanted) => {
        const [scores, truth] = unzip(rows);
        const threshold = decision.thresholdForSensitivity(rank(scores, truth), wanted);
        if (threshold === null) return assert.ok(!truth.includes(true));
        const at = (cut: number) => decision.countsAt(scores, truth, cut);
        const chosen = at(threshold);
        assert.ok(decision.sensitivity(chosen)! >= wanted - 1e-9);
        for (const other of scores.map(at))
          if (decision.sensitivity(other)! >= wanted)
            assert.ok(other.fp > chosen.fp || (other.fp === chosen.fp && other.tp <= chosen.tp));
      }),
    );
  });

  test('kappa is 1 in full agreement, and null where there is but one grade', () => {
    assert.equal(
      matrix.quadraticKappa([
        [3, 0],
        [0, 4],
      ]),
      1,
    );
    assert.equal(
      matrix.quadraticKappa([
        [3, 0],
        [0, 0],
      ]),
      null,
    );
  });

  test('net benefit at even odds is true less false alarms', () => {
    const { model, all } = decision.netBenefit([0.9, 0.8, 0.1, 0.2], [true, false, true, false], 0.5);
    assert.equal(model, 0);
    assert.equal(all, 0);
  });

  test('predictive values at a stated prevalence follow Bayes', () => {
    const { ppv, npv } = decision.predictiveValues({ tp: 90, fn: 10, tn: 80, fp: 20 }, 0.1);
    near(ppv, 0.09 / (0.09 + 0.18), 'PPV');
    near(npv, 0.72 / (0.72 + 0.01), 'NPV');
  });
});

describe('what chance makes of the calibration error', () => {
  const said = (n: number, seed: string) => {
    const { unit } = random(seed);
    return Array.from({ length: n }, () => unit());
  };

  test('is hardly exceeded by a model that means what it says, and by far by one that does not', () => {
    const probabilities = said(900, 'said');
    const { mean, high } = chanceError(probabilities)!;
    const errors = Array.from({ length: 200 }, (_, i) => {
      const { chance } = random(`seen ${i}`);
      return calibrationError(reliability(probabilities, probabilities.map(chance)))!;
    });
    const exceeded = errors.filter((error) => error > high).length;
    assert.ok(exceeded > 0 && exceeded < 20, `${exceeded} of 200`);
    assert.ok(Math.abs(errors.reduce((sum, error) => sum + error, 0) / 200 - mean) < 0.002);
    const bold = probabilities.map((p) => p ** 2);
    const { chance } = random('seen');
    assert.ok(calibrationError(reliability(bold, probabilities.map(chance)))! > 2 * chanceError(bold)!.high);
  });

  test('falls with the root of the cases, and is none for who is always sure', () => {
    const [few, many] = [said(400, 'few'), said(6400, 'many')].map((p) => chanceError(p)!.mean);
    assert.ok(Math.abs(few! / many! - 4) < 0.5, `${few} of 400, ${many} of 6400`);
    assert.deepEqual(chanceError([0, 1, 1, 0]), { mean: 0, high: 0 });
    assert.equal(chanceError([]), null);
  });
});

describe('the bootstrap', () => {
  test('draws whole patients, as many as there are, the same for the same seed', () => {
    const patients = ['a', 'a', 'b', 'c', 'c', 'c'];
    const draws = (seed: number) => Array.from(patientDraws(patients, 20, seed), (w) => [...w]);
    for (const w of draws(1)) {
      assert.equal(w[0], w[1]);
      assert.equal(w[3], w[5]);
      assert.equal(w[0]! + w[2]! + w[3]!, 3);
    }
    assert.deepEqual(draws(1), draws(1));
    assert.notDeepEqual(draws(1), draws(2));
  });

  test('gives no interval where most draws say nothing', () => {
    assert.equal(interval([null, null, 0.5]), null);
    assert.deepEqual(interval([0.5, 0.5, null]), [0.5, 0.5]);
  });
});
