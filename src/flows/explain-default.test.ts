import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { Method } from '../explain/index.ts';
import type { Preprocessing } from '../image/index.ts';
import { passedInstead } from './explain-default.ts';
import { keepCheck } from './explain-store.ts';

const preprocessing: Preprocessing = {
  size: { width: 4, height: 4 },
  crop: 'none',
  resample: 'pil_bilinear',
  rescale_factor: 1,
  image_mean: [0],
  image_std: [1],
  channel_order: 'GRAY',
  data_format: 'channels_last',
};
const model = { sha256: 'a'.repeat(64), preprocessing, labels: [{ label: 'D', name: 'Disease' }] };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fovea-default-'));
});
afterEach(() => rm(folder, { recursive: true }));

function keep(method: Method, passed: boolean, hits: number) {
  const rate = { hits, of: 40, rate: hits / 40, low: 0, high: 1 };
  return keepCheck(folder, model, {
    method,
    randomisation: { stages: [], correlation: 0, limit: 0.5, passed: true, pictures: 8 },
    pointing: { ...rate, centre: rate, random: 0.3 },
    passed,
    reason: '',
    pictures: 'phantoms',
  });
}

const chosen = async () => (await passedInstead([folder], model, 'cam'))?.method;

test('the usual method stays where it passed, and where nobody checked it', async () => {
  await keep('grad-cam++', true, 30);
  assert.equal(await chosen(), undefined);
  await keep('cam', true, 10);
  assert.equal(await chosen(), undefined);
});

test('where it failed, the one that passed and points best: a quick one first, and one that knows classes', async () => {
  await keep('cam', false, 12);
  assert.equal(await chosen(), undefined, 'none passed');
  await keep('eigen-cam', true, 40);
  assert.equal(await chosen(), undefined, 'of no class');
  await keep('rise', true, 39);
  assert.equal(await chosen(), 'rise');
  await keep('hires-cam', true, 20);
  await keep('grad-cam++', true, 25);
  await keep('grad-cam', false, 38);
  assert.equal(await chosen(), 'grad-cam++');
  await keep('integrated-gradients', true, 34);
  assert.equal(await chosen(), 'integrated-gradients');
});
