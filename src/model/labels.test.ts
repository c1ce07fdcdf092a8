import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseLabels } from './labels.ts';

/** What people keep beside a model → the names in the order of its outputs. */
const CASES: readonly { what: string; text: string; names: string[] }[] = [
  {
    what: "Teachable Machine's labels.txt",
    text: '0 Normal\n1 Cataract\n2 Glaucoma\n',
    names: ['Normal', 'Cataract', 'Glaucoma'],
  },
  {
    what: 'Windows line ends and a byte-order mark',
    text: '\uFEFF0 Normal\r\n1 Cataract\r\n',
    names: ['Normal', 'Cataract'],
  },
  { what: 'one name a line', text: 'Normal\nCataract', names: ['Normal', 'Cataract'] },
  {
    what: 'names that begin with a number of their own',
    text: '3 month visit\n6 month visit',
    names: ['3 month visit', '6 month visit'],
  },
  {
    what: 'names with spaces',
    text: '0 Diabetic retinopathy\n1 No finding',
    names: ['Diabetic retinopathy', 'No finding'],
  },
  { what: 'a JSON list', text: '["CNV", "DME"]', names: ['CNV', 'DME'] },
  { what: 'class_indices of Keras, in any order', text: '{"DME": 1, "CNV": 0}', names: ['CNV', 'DME'] },
  { what: 'class_indices turned round', text: '{"1": "DME", "0": "CNV"}', names: ['CNV', 'DME'] },
  { what: 'broken JSON', text: '{"DME": 1', names: [] },
  { what: 'nothing', text: '', names: [] },
];

describe('labels are read from', () => {
  for (const { what, text, names } of CASES) {
    test(what, () =>
      assert.deepEqual(
        parseLabels(text).map(({ name }) => name),
        names,
      ),
    );
  }
});
