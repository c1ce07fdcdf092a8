import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Manifest } from '../server/contract.ts';
import { draftOf, readDraft, scalingOf, withScaling } from './contract-draft.ts';

const manifest: Manifest = {
  name: 'tiny',
  title: 'Tiny',
  version: '1',
  file: 'keras_model.h5',
  sha256: '0'.repeat(64),
  task: 'multi_label',
  output: 'probabilities',
  modality: 'fundus',
  labels: [
    { label: 'N', name: 'Normal' },
    { label: 'D', name: 'Diabetic retinopathy', threshold: 0.3 },
  ],
  preprocessing: {
    size: { height: 224, width: 224 },
    crop: 'none',
    resample: 'pil_bilinear',
    rescale_factor: 1 / 255,
    image_mean: [0, 0, 0],
    image_std: [1, 1, 1],
    channel_order: 'RGB',
    data_format: 'channels_last',
  },
};

test('a draft that nobody touched changes nothing', () => {
  const { change, problems } = readDraft(draftOf(manifest), manifest);
  assert.deepEqual(problems, {});
  assert.deepEqual({ ...manifest, ...change }, manifest);
});

test('1/255 is written as it was meant, and recognised as the scaling 0 … 1', () => {
  const draft = draftOf(manifest);
  assert.equal(draft.factor, '1/255');
  assert.equal(scalingOf(draft), 'unit');
  assert.equal(scalingOf({ ...draft, factor: '0.5' }), 'custom');
});

test('every preset is recognised again, in colour and in grey', () => {
  for (const name of ['unit', 'symmetric', 'raw', 'caffe', 'torch']) {
    assert.equal(scalingOf(withScaling(draftOf(manifest), name)), name);
  }
  const grey = withScaling({ ...draftOf(manifest), order: 'GRAY' }, 'symmetric');
  assert.deepEqual([grey.mean, grey.std, grey.order], ['1', '1', 'GRAY']);
});

test('a label keeps its threshold until it is renamed', () => {
  const draft = { ...draftOf(manifest), labels: 'Healthy\nDiabetic retinopathy' };
  assert.deepEqual(readDraft(draft, manifest).change.labels, [
    { label: 'Healthy', name: 'Healthy' },
    { label: 'D', name: 'Diabetic retinopathy', threshold: 0.3 },
  ]);
});

test('what is wrong is said field by field', () => {
  const draft = {
    ...draftOf(manifest),
    title: ' ',
    labels: 'one',
    factor: 'x',
    mean: '1, 2',
    std: '1, 0, 1',
  };
  assert.deepEqual(Object.keys(readDraft(draft, manifest).problems), [
    'title',
    'labels',
    'factor',
    'mean',
    'std',
  ]);
});
