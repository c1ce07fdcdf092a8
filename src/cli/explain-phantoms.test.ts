import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { phantoms } from './explain-phantoms.ts';

const labels = (...names: string[]) => names.map((name) => ({ label: name, name }));

describe('phantoms for a model', () => {
  test('show its diseases in turn, each with its signs within the field', () => {
    const known = labels('Normal', 'Age-related macular degeneration', 'Diabetic retinopathy');
    const drawn = [...phantoms(known, 4)];
    assert.deepEqual(
      drawn.map(({ truth }) => truth!.index),
      [2, 1, 2, 1],
    );
    for (const { image, truth } of drawn) {
      const { lesions, field } = truth!;
      assert.equal(image.data.length, 3 * lesions.data.length);
      const count = lesions.data.filter((value) => value > 0).length;
      const lit = field.data.filter((value) => value > 0).length;
      assert.ok(count > 0 && count < lit / 4, `${count} of ${lit}`);
      assert.ok(lesions.data.every((value, i) => value === 0 || field.data[i]! > 0));
    }
  });

  test('are of the grade that is drawn, where a model tells grades', () => {
    const names = ['No diabetic retinopathy', 'Mild NPDR', 'Moderate NPDR', 'Severe NPDR'];
    assert.equal([...phantoms(labels(...names), 1)][0]!.truth!.index, 2);
  });

  test('are scans for a model of scans, each with its signs', () => {
    const drawn = [...phantoms(labels('CNV', 'DME', 'DRUSEN', 'NORMAL'), 3, 'oct')];
    assert.deepEqual(
      drawn.map(({ truth }) => truth!.index),
      [0, 1, 2],
    );
    for (const { image, truth } of drawn) {
      assert.equal(image.channels, 1);
      assert.ok(truth!.lesions.data.some((value) => value > 0));
    }
  });

  for (const [name, disease] of [
    ['NPDR', 'dr'],
    ['G', 'glaucoma'],
    ['AMD', 'amd'],
    ['Pathological Myopia', 'myopia'],
    ['BRVO', 'brvo'],
  ] as const) {
    test(`${name} is ${disease}`, () =>
      assert.equal([...phantoms(labels('x', name), 1)][0]!.truth!.index, 1));
  }

  test('have no class where the model knows none of the diseases', () => {
    for (const names of [
      ['cat', 'dog'],
      ['non-glaucoma', 'other'],
      ['0', '1'],
    ])
      assert.deepEqual(
        [...phantoms(labels(...names), 2)].map(({ truth }) => truth),
        [undefined, undefined],
      );
  });
});
