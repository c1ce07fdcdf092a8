import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Surface } from '../dataset/index.ts';
import { evaluate, html, markdown } from '../evaluate/index.ts';
import { type Answer, behindGate, casesOf, patientHash, tainted, trainingHashes } from './evaluate.ts';

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

test('pictures, patients and near-duplicates of a training are found, by whole hashes or their first digits', () => {
  const hex = (digit: string) => digit.repeat(64);
  const hashed = new Map(
    [...answers].map(([file, one], i) => [file, { ...one, sha256: hex(String(i)), dhash: hex('0') }]),
  );
  hashed.set('2.jpg', { ...hashed.get('2.jpg')!, dhash: `${hex('0').slice(2)}ff` });
  hashed.set('3.jpg', { ...hashed.get('3.jpg')!, dhash: `${hex('0').slice(3)}1ff` });
  for (const digits of [64, 16]) {
    const lines = `sha256 ${hex('0').slice(0, digits)}\npatient ${patientHash('1').slice(0, digits)}\n`;
    const { pictures, patients, alike } = tainted(lines, items, hashed);
    assert.deepEqual([pictures, patients, alike], [['0.jpg'], ['2.jpg', '3.jpg'], null]);
  }
  // Eight bits are alike, nine are not; what is there itself is no near-duplicate.
  const { alike } = tainted(`dhash ${hex('0')}\nsha256 ${hex('0')}\n`, items, hashed);
  assert.deepEqual(alike, ['1.jpg', '2.jpg']);
  assert.equal(tainted(`dhash ${hex('0')}\n`, items, answers).alike, null, 'answers without a hash');
  assert.throws(() => tainted('sha1 0123456789abcdef\n', items, hashed), { code: 'DATASET_INVALID' });
});

test('what trainingHashes writes finds the same pictures again, and says nothing else of them', () => {
  const seen = { hash: 'a'.repeat(64), detail: new Float32Array(), surface: {} as Surface };
  const all = [{ item: items[0]!, sha256: 'b'.repeat(64), failure: null, seen }];
  const text = trainingHashes(all, true);
  assert.doesNotMatch(trainingHashes(all, false), /patient/);
  assert.match(text, /^dhash a{64}\npatient [0-9a-f]{16}\nsha256 b{16}\n$/);
  const said = new Map([['0.jpg', { sha256: 'b'.repeat(64), dhash: 'a'.repeat(64) }]]);
  assert.deepEqual(tainted(text, [items[0]!, items[3]!], said), {
    pictures: ['0.jpg'],
    patients: ['0.jpg'],
    alike: [],
  });
});

test('both reports say that an evaluation is tainted, on every page, and what was not checked', () => {
  const metrics = evaluate(casesOf(items, answers, ['D', 'N']), { labels, task: 'multi_label', draws: 5 });
  const head = {
    title: '<b>',
    data: 'here',
    disclaimer: 'Research use only.',
    taint: '3 pictures',
    note: 'Not checked.',
  };
  assert.match(html(metrics, head), /<thead>.*class="taint">Tainted: 3 pictures.*<\/thead>.*<h1>&#60;b&#62;/);
  assert.match(markdown(metrics, head), /\*\*TAINTED: 3 pictures\*\*/);
  for (const report of [html(metrics, head), markdown(metrics, head)]) assert.match(report, /Not checked\./);
  assert.doesNotMatch(html(metrics, { ...head, taint: null }), /Tainted|<table class="pages"/);
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
