import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePredictions } from './predictions.ts';

test('labels are the columns, the task is told by sums, and what is no probability marks its row', () => {
  const { labels, task, answers } = parsePredictions(
    'D,file,N\n0.7,a.jpg,0.3\n,b.jpg,0.5\nNaN,c.jpg,0.5\n1.2,d.jpg,-0.2\n0.3334,e.jpg,0.6663\ninf,f.jpg,1\n',
  );
  assert.deepEqual([labels, task], [['D', 'N'], 'multi_class']);
  assert.deepEqual(answers.get('a.jpg')!.probabilities, [0.7, 0.3]);
  assert.deepEqual(
    [...answers.values()].map(({ excluded }) => excluded),
    [
      null,
      'OUTPUT_NOT_FINITE',
      'OUTPUT_NOT_FINITE',
      'PREDICTION_NOT_A_PROBABILITY',
      null,
      'OUTPUT_NOT_FINITE',
    ],
  );
  assert.equal(parsePredictions('file,D,N\na,0.9,0.3\n').task, 'multi_label');
  assert.equal(parsePredictions('file,D\na,1\n').task, 'multi_label');
  assert.equal(parsePredictions('file,D,N\na,0.7,0.3\n', 'multi_label').task, 'multi_label');
});

for (const [what, text] of [
  ['no file column', 'name,D\na,1\n'],
  ['no label', 'file\na\n'],
  ['a label twice', 'file,D,D\na,1,0\n'],
  ['no rows', 'file,D\n'],
  ['a row without a file', 'file,D\n,1\n'],
  ['a file twice', 'file,D\na,1\na,0\n'],
])
  test(`${what} is refused`, () => {
    assert.throws(() => parsePredictions(text!), { code: 'PREDICTIONS_INVALID' });
  });
