import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate, html, markdown } from '../evaluate/index.ts';
import { type Answer, behindGate, casesOf, patientHash, tainted } from './evaluate.ts';

const items = ['D', 'N', 'D;N', 'N'].map((labels, i) => ({
  file: `${i}.jpg`,
  path: `${i}.jpg`,
  patient: String(i >> 1),
  labels: labels.split(';'),
  columns: { age: '47' },
}));
const answers = new Map<string, Answer>(
  [0.9, 0.2, 0.8].map((p, i) => [
    `${i}.jpg`,
    {
      file: `${i}.jpg`,
      sha256: `hash${i}`,
      probabilities: [p, 1 - p],
      excluded: null,
      width: 300,
      gate: null,
    },
  ]),
);
const labels = ['D', 'N'].map((label) => ({ label, name: label }));

test('a picture without an answer is counted by its reason, and age in decades', () => {
  answers.set('3.jpg', {
    file: '3.jpg',
    sha256: null,
    probabilities: null,
    excluded: 'OUTPUT_NOT_FINITE',
    width: 300,
    gate: null,
  });
  const cases = casesOf(items, answers, ['D', 'N'], undefined, ['age']);
  const metrics = evaluate(cases, { labels, task: 'multi_label', draws: 20 });
  assert.deepEqual(metrics.counts.excluded, { OUTPUT_NOT_FINITE: 1 });
  assert.equal(metrics.counts.counted, 3);
  assert.equal(metrics.labels[0]!.figures.auroc.value, 1);
  assert.equal(metrics.subgroups[0]!.value, '40s');
});

test('an unknown label and a single class are refused by code', () => {
  assert.throws(() => casesOf(items, answers, ['D']), { code: 'DATASET_LABEL_UNKNOWN' });
  assert.throws(() => casesOf([items[1]!, items[3]!], answers, ['D', 'N']), { code: 'DATASET_ONE_CLASS' });
});

test('a picture or patient of the training is found, and both reports say so', () => {
  const found = tainted(`sha256 hash0\npatient ${patientHash('1')}\n`, items, answers);
  assert.deepEqual(
    found.map(({ file }) => file),
    ['0.jpg', '2.jpg', '3.jpg'],
  );
  const metrics = evaluate(casesOf(items, answers, ['D', 'N']), { labels, task: 'multi_label', draws: 5 });
  const head = { title: '<b>', data: 'here', disclaimer: 'Research use only.', taint: '3 pictures' };
  assert.match(html(metrics, head), /class="taint">Tainted: 3 pictures.*<h1>&#60;b&#62;/);
  assert.match(markdown(metrics, head), /\*\*TAINTED: 3 pictures\*\*/);
});

test('behind the gate what it refused is left out, by its reason, and the reports show both', () => {
  const gated = new Map(answers);
  const gates = [
    { refused: null, quality: 'good' },
    { refused: 'NOT_A_RETINA', quality: null },
    { refused: null, quality: 'not gradable' },
  ];
  for (const [i, gate] of gates.entries()) gated.set(`${i}.jpg`, { ...answers.get(`${i}.jpg`)!, gate });
  const cases = casesOf(items, gated, ['D', 'N']);
  const behind = behindGate(cases)!;
  const options = { labels, task: 'multi_label', draws: 5 } as const;
  const [all, some] = [evaluate(cases, options), evaluate(behind, options)];
  assert.deepEqual([all.counts.counted, some.counts.counted], [3, 1]);
  assert.deepEqual(some.counts.excluded, { NOT_A_RETINA: 1, NOT_GRADABLE: 1, OUTPUT_NOT_FINITE: 1 });
  const head = { title: 't', data: 'here', disclaimer: 'Research use only.', taint: null, behindGate: some };
  for (const report of [html(all, head), markdown(all, head)]) {
    assert.match(report, /Without and with the gate/);
    assert.match(report, /NOT_GRADABLE/);
  }
  assert.equal(behindGate(casesOf(items, answers, ['D', 'N'])), null, 'nobody asked the gate');
});
