import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Reading } from './reading.ts';
import { openRule } from './rules.ts';
import { explainedLabel, type ReadImage, visitOutcome } from './visit-outcome.ts';

const gate = { quality: { verdict: 'good' } };
const output = (label: string, probability: number) => ({ label, probability, calibrated: probability });
const graded = (p: readonly number[]) =>
  ({
    gate,
    outputs: p.map((one, grade) => output(String(grade), one)),
    derived: [{ label: 'referable', name: 'Referable DR', probability: p[2]!, positive: p[2]! > 0.5 }],
    predicted: ['0'],
  }) as unknown as Reading;
const scan = (urgent: number) =>
  ({
    gate,
    outputs: [output('CNV', urgent), output('DME', 0), output('DRUSEN', 0), output('NORMAL', 1 - urgent)],
    derived: [
      {
        ...{ label: 'urgent', name: 'Urgent referral (CNV or DME)' },
        ...{ probability: urgent, positive: urgent > 0.5 },
      },
    ],
    predicted: [urgent > 0.5 ? 'CNV' : 'NORMAL'],
  }) as unknown as Reading;
const image = (reading: Reading, id = 'a'): ReadImage => ({ id, eye: 'OD', readings: [reading] });

describe('a visit read by a model of the user’s, by a rule of labels', () => {
  const said = (labels: string, predicted: string) =>
    image({
      gate,
      outputs: [...labels].map((label) => output(label, label === predicted ? 0.9 : 0.1)),
      derived: [],
      predicted: [predicted],
    } as unknown as Reading);

  test('is negative only where the model knows all that the rule asks for', async () => {
    const rule = await openRule('any-disease');
    const result = (labels: string, predicted: string) =>
      visitOutcome(rule, [said(labels, predicted)]).result;
    assert.equal(result('NDGCAHMO', 'N'), 'negative');
    assert.equal(result('NDGCAHMO', 'G'), 'positive');
    assert.equal(result('NG', 'G'), 'positive');
    assert.notEqual(result('NG', 'N'), 'negative');
    assert.notEqual(result('xy', 'x'), 'negative');
  });
});

describe('a visit read by a model of grades', () => {
  /** Referable, or not, by the operating point. */
  const level = async (p: readonly number[], predicted: readonly string[], positive: boolean) => {
    const reading = { ...graded(p), predicted } as Reading;
    const derived = reading.derived.map((one) => ({ ...one, positive }));
    return visitOutcome(await openRule('icdr-referable'), [image({ ...reading, derived })]).level;
  };
  const open = [0.02, 0, 0.54, 0.38, 0.06];

  test('has the grade that the model names', async () => {
    assert.equal(await level(open, ['3'], true), 'severe');
    assert.equal(await level(open, ['2'], true), 'moderate');
  });

  test('has the likeliest of the side on which the operating point puts it, where the model names one of the other or none', async () => {
    assert.equal(await level([0.6, 0.05, 0.2, 0.15, 0], ['0'], true), 'moderate');
    assert.equal(await level(open, [], true), 'moderate');
    const none = await level(open, ['3'], false);
    assert.ok(none !== 'moderate' && none !== 'severe', String(none));
  });

  test('is explained by the grade that it has', () => {
    const reading = { ...graded([0.6, 0.05, 0.2, 0.15, 0]), predicted: ['0'] } as Reading;
    assert.equal(explainedLabel(reading), '0');
    const derived = reading.derived.map((one) => ({ ...one, positive: true }));
    assert.equal(explainedLabel({ ...reading, derived }), '2');
    assert.equal(explainedLabel(scan(0.9)), 'CNV');
    assert.equal(explainedLabel({ ...scan(0.9), predicted: [] }), 'CNV');
  });
});

describe('a visit with an OCT scan, by a rule of photographs', () => {
  const none = [0.9, 0.05, 0.05, 0, 0];

  test('is urgent where the scan is, though the rule has no word for it, and says so', async () => {
    const rule = await openRule('icdr-referable');
    const { outcome, result, triage } = visitOutcome(rule, [image(graded(none)), image(scan(0.99), 'b')]);
    assert.equal(result, 'negative');
    assert.equal(triage, 0.99);
    assert.match(
      outcome!.say,
      /Beside the rule, the scan of the right eye says: Urgent referral \(CNV or DME\)\./,
    );
  });

  test('says that the photograph is missing where there is a scan alone', async () => {
    const rule = await openRule('icdr-referable');
    const { outcome, triage } = visitOutcome(rule, [image(scan(0.02))]);
    assert.match(outcome!.say, /There is no photograph of the fundus, which the rule asks for\./);
    assert.doesNotMatch(outcome!.say, /Beside the rule/);
    assert.equal(triage, 0.02);
    assert.match(outcome!.eyes[0]!.say, /There is no photograph/);
    const both = visitOutcome(rule, [image(graded(none)), image(scan(0.02), 'b')]);
    assert.doesNotMatch(both.outcome!.say, /no photograph|Beside/);
  });
});
