import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FoveaError } from '../core/errors.ts';
import type { Case } from '../evaluate/index.ts';
import { calibrated, type Manifest } from '../model/index.ts';
import { fitCalibration } from './calibrate.ts';
import { meaningOf } from './meaning.ts';

const labels = (names: string) => [...names].map((label) => ({ label, name: `Finding ${label}` }));
const grades = {
  name: 'grades',
  task: 'multi_class',
  ordinal: true,
  labels: labels('01234'),
} as unknown as Manifest;
const derived = [{ label: 'referable', name: 'Referable', of: ['2', '3', '4'] }];

/** Pictures of five grades; the model is too sure of itself and often one grade off. */
function gradedCases(): Case[] {
  let seed = 3;
  const random = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  return Array.from({ length: 400 }, (_, i) => {
    const grade = i % 5;
    const seen = Math.min(4, Math.max(0, grade + (random() < 0.4 ? (random() < 0.5 ? -1 : 1) : 0)));
    const powers = Array.from({ length: 5 }, (_, k) => Math.exp(-4 * Math.abs(k - seen) + random()));
    const sum = powers.reduce((a, b) => a + b);
    return {
      file: `${i}.jpg`,
      patient: String(i),
      eye: String(i),
      truth: Array.from({ length: 5 }, (_, k) => k === grade),
      probabilities: powers.map((p) => p / sum),
      excluded: null,
      groups: {},
    };
  });
}

describe('an answer of a calibrated model of grades', () => {
  const cases = gradedCases();
  const calibration = fitCalibration(cases, { ...grades, derived }, { data: 'a test' });
  const manifest = { ...grades, derived, calibration };

  test('is less sure than the network, where the network is too sure', () => {
    assert.ok(calibration.map.kind === 'temperature' && calibration.map.temperature > 1.3);
    const { outputs } = meaningOf([0.01, 0.01, 0.96, 0.01, 0.01], manifest);
    assert.ok(outputs[2]!.calibrated! < 0.9);
    assert.ok(Math.abs(outputs.reduce((sum, o) => sum + o.calibrated!, 0) - 1) < 1e-9);
    assert.equal(outputs[2]!.probability, 0.96);
  });

  test('says each grade as often as it comes, where the network was taught to see one everywhere', () => {
    const biased = cases.map((one) => {
      const powers = one.probabilities!.map((p, grade) => (grade === 4 ? 8 * p : p));
      const sum = powers.reduce((a, b) => a + b);
      return { ...one, probabilities: powers.map((p) => p / sum) };
    });
    const { map } = fitCalibration(biased, grades, { data: 'a test' });
    assert.ok(map.kind === 'temperature' && map.shifts);
    for (const grade of [0, 4]) {
      const mean = (of: (p: readonly number[]) => number) =>
        biased.reduce((sum, { probabilities }) => sum + of(probabilities!) / biased.length, 0);
      const before = mean((p) => p[grade]!);
      const after = mean((p) => calibrated(p, map, true)[grade]!);
      assert.ok(Math.abs(after - 0.2) < 0.01, `grade ${grade}: ${before} before, ${after} after, of 0.2`);
      assert.ok(Math.abs(after - 0.2) < Math.abs(before - 0.2));
    }
  });

  test('holds the right grade in nine sets of ten of each grade', () => {
    for (const grade of [0, 1, 2, 3, 4]) {
      const own = cases.filter(({ truth }) => truth[grade]);
      const held = own.filter(({ probabilities }) =>
        meaningOf(probabilities!, manifest).set!.labels.includes(String(grade)),
      );
      assert.ok(held.length / own.length >= 0.9, `${grade}: ${held.length} of ${own.length}`);
    }
  });

  test('names a run of grades without a gap, in words', () => {
    const { set } = meaningOf([0.02, 0.02, 0.46, 0.04, 0.46], manifest);
    assert.deepEqual(set!.labels, ['2', '3', '4']);
    assert.match(set!.words, /Finding 2, Finding 3, or Finding 4/);
  });

  test('lends a grade of too few pictures the limit that it has together with its neighbour', () => {
    const few = cases.filter(({ truth }, i) => !truth[4] || i < 30);
    const { conformal } = fitCalibration(few, grades, { data: 'a test' });
    assert.deepEqual(conformal.pooled, [['3', '4']]);
    assert.ok(conformal.presentFrom.every((limit) => limit !== null));
  });

  test('abstains where more than half of the grades are open, and names nothing', () => {
    const answer = meaningOf([0.2, 0.2, 0.2, 0.2, 0.2], manifest);
    assert.equal(answer.abstained, true);
    assert.deepEqual(answer.predicted, []);
    assert.match(answer.set!.words, /Too uncertain/);
  });

  test('names the grade in the middle where a rare one lies between two others', () => {
    const conformal = { ...calibration.conformal, largestSet: 5 };
    const plain = { ...manifest, calibration: { ...calibration, conformal, gradeShare: 0.5 } };
    const named = meaningOf([0.4, 0.25, 0.35, 0, 0], plain).predicted;
    assert.deepEqual(named, ['1']);
  });

  test('adds up what is referable, and decides it at the point asked for', () => {
    const p = [0.3, 0.45, 0.2, 0.03, 0.02];
    const usual = meaningOf(p, manifest);
    const screening = meaningOf(p, manifest, { operatingPoint: 'sensitivity 95 %' });
    assert.equal(usual.operatingPoint, 'balanced');
    assert.ok(screening.derived[0]!.threshold < usual.derived[0]!.threshold);
    const { calibrated } = Object.fromEntries(usual.outputs.map((o) => [o.label, o]))['0']!;
    assert.ok(usual.derived[0]!.probability < 1 - calibrated!);
  });

  test('is worth less where the finding is rare', () => {
    const p = [0.05, 0.1, 0.6, 0.2, 0.05];
    const at = (share: number) =>
      meaningOf(p, manifest, { prevalence: { referable: share } }).derived[0]!.atPrevalence!;
    assert.ok(at(0.01).ppv! < at(0.3).ppv!);
    assert.ok(at(0.01).npv! > at(0.3).npv!);
    assert.ok(at(0.01).probability < at(0.3).probability);
  });

  test('is refused for a point or a prevalence that does not exist', () => {
    const code = (options: Parameters<typeof meaningOf>[2]) => {
      try {
        meaningOf([0.2, 0.2, 0.2, 0.2, 0.2], manifest, options);
        return 'answered';
      } catch (refusal) {
        return (refusal as FoveaError).code;
      }
    };
    assert.equal(code({ operatingPoint: 'lucky' }), 'OPERATING_POINT_UNKNOWN');
    assert.equal(code({ prevalence: { nothing: 0.1 } }), 'PREVALENCE_INVALID');
    assert.equal(code({ prevalence: { referable: 1.5 } }), 'PREVALENCE_INVALID');
    assert.equal(code({ prevalence: { referable: Number.NaN } }), 'PREVALENCE_INVALID');
  });
});

describe('an answer of a calibrated model of labels', () => {
  const cases: Case[] = gradedCases().map((one, i) => ({
    ...one,
    truth: [i % 4 === 0, i % 3 === 0],
    probabilities: [i % 4 === 0 ? 0.3 + (i % 7) / 20 : (i % 11) / 30, ((i * 7) % 10) / 10],
  }));
  const both = { name: 'labels', task: 'multi_label', labels: labels('AB') } as unknown as Manifest;
  const calibration = fitCalibration(cases, both, { data: 'a test', largestSet: 2 });
  const manifest = { ...both, calibration };

  test('says what is held, what is open and what is not there', () => {
    const { set } = meaningOf([0.6, 0.5], manifest);
    assert.deepEqual(set!.labels, ['A', 'B']);
    assert.deepEqual(set!.open, ['B'], 'B is told by nothing: it stays open');
    assert.match(
      set!.words,
      /Higher than in 90 % of the eyes without it: Finding A\. Neither certain nor excluded: Finding B\./,
    );
    assert.deepEqual(meaningOf([0.01, 0.5], manifest).set!.labels, ['B']);
  });

  test('a method for classes is refused', () => {
    assert.throws(() => fitCalibration(cases, both, { data: '', method: 'temperature' }), RangeError);
  });

  test('too few of a label are refused by its name', () => {
    const few = cases.map((one, i) => ({ ...one, truth: [i < 3, one.truth[1]!] }));
    assert.throws(
      () => fitCalibration(few, both, { data: '' }),
      (refusal) =>
        refusal instanceof FoveaError &&
        refusal.code === 'CALIBRATION_TOO_SMALL' &&
        /"A"/.test(refusal.message),
    );
  });

  test('isotonic steps answer too', () => {
    const steps = fitCalibration(cases, both, { data: '', method: 'isotonic' });
    const { outputs } = meaningOf([0.95, 0.05], { ...both, calibration: steps });
    assert.ok(outputs[0]!.calibrated! > 0.9);
  });
});

test('an uncalibrated model decides by its own thresholds and says nothing of sets', () => {
  const model = {
    name: 'plain',
    task: 'multi_label',
    labels: [
      { label: 'A', name: 'A', threshold: 0.3 },
      { label: 'B', name: 'B' },
    ],
  } as unknown as Manifest;
  const answer = meaningOf([0.4, 0.4], model);
  assert.deepEqual(answer.predicted, ['A']);
  assert.equal(answer.set, null);
  assert.equal(answer.operatingPoint, null);
  assert.equal(answer.outputs[0]!.calibrated, null);
});
