import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Image } from '../image/index.ts';
import { type PhantomParameters, renderEye } from '../synth/index.ts';
import { passGate } from './gate.ts';

function phantom(parameters: PhantomParameters): Image {
  const { image, width, height, channels } = renderEye(parameters);
  return { width, height, channels, data: image };
}

const fundus = phantom({ modality: 'fundus', seed: 'pass', size: 384, eye: 'OD' });
const oct = phantom({ modality: 'oct', seed: 'pass' });
const angiogram = phantom({ modality: 'fa', seed: 'pass', size: 256 });
const redFree: Image = {
  ...fundus,
  channels: 1,
  data: fundus.data.filter((_, i) => i % 3 === 1),
};

describe('a model is given what it reads', () => {
  const cases = [
    ['fundus', fundus, null],
    ['fundus', redFree, null],
    ['fundus', oct, 'MODALITY_WRONG'],
    ['fundus', angiogram, 'MODALITY_WRONG'],
    ['oct', oct, null],
    ['oct', fundus, 'MODALITY_WRONG'],
    ['angiogram', angiogram, null],
    ['angiogram', fundus, 'MODALITY_WRONG'],
    ['unknown', fundus, null],
    ['unknown', oct, null],
    ['unknown', angiogram, null],
  ] as const;
  for (const [modality, image, code] of cases) {
    const given = [
      [fundus, 'a fundus'],
      [redFree, 'a red-free fundus'],
      [oct, 'an OCT'],
      [angiogram, 'an angiogram'],
    ].find(([one]) => one === image)![1];
    test(`a model of ${modality}, ${given}: ${code ?? 'passes'}`, async () => {
      const passed = passGate(image, 'eye.png', { modality });
      if (code) await assert.rejects(passed, { code });
      else assert.equal((await passed).overridden, null);
    });
  }

  test('the refusal says what it reads, what it was given and the way out', async () => {
    await assert.rejects(passGate(fundus, 'eye.png', { modality: 'oct' }), (error: Error) => {
      assert.match(error.message, /reads OCT B-scans; the picture is a colour fundus photograph/);
      return true;
    });
  });

  test('a reason overrides it and is recorded; an empty one does not', async () => {
    const { overridden } = await passGate(
      fundus,
      'eye.png',
      { modality: 'oct' },
      { override: ' for a lecture ' },
    );
    assert.deepEqual(overridden, { code: 'MODALITY_WRONG', reason: 'for a lecture' });
    await assert.rejects(passGate(fundus, 'eye.png', { modality: 'oct' }, { override: '  ' }), {
      code: 'MODALITY_WRONG',
    });
    const passed = await passGate(fundus, 'eye.png', { modality: 'fundus' }, { override: 'not needed' });
    assert.equal(passed.overridden, null);
  });
});

test('what is found of a well taken photograph of a right eye', async () => {
  const gate = await passGate(fundus, '12_right.png', { modality: 'fundus' });
  assert.deepEqual(
    [gate.laterality.eye, gate.laterality.source, gate.laterality.conflicts],
    ['OD', 'file name', []],
  );
  assert.equal(gate.centring, 'macula');
  assert.equal(gate.quality?.verdict, 'good');
  assert.deepEqual(gate.effect.negative, true);
  assert.deepEqual(gate.warnings, []);
});

test('a name that says the other eye is a conflict, in words, among the warnings', async () => {
  const gate = await passGate(fundus, '12_left.png', { modality: 'fundus' });
  assert.equal(gate.laterality.conflicts.length, 1);
  assert.ok(gate.warnings.includes(gate.laterality.conflicts[0]!.words));
});

test('of what cannot be read no reading counts, and it says what to do', async () => {
  const blurred = phantom({
    modality: 'fundus',
    seed: 'pass',
    size: 384,
    artefacts: { defocus: 1, haze: 1, underexposure: 0.6 },
  });
  const gate = await passGate(blurred, 'eye.png', { modality: 'fundus' }, { override: 'in case' });
  assert.equal(gate.quality?.verdict, 'not gradable');
  assert.deepEqual([gate.effect.positive, gate.effect.negative], [false, false]);
  assert.ok(gate.quality.advice.length > 0);
});

describe('whatever the picture, there is a verdict', () => {
  const filled = (width: number, height: number, value: (i: number) => number): Image => ({
    width,
    height,
    channels: 1,
    data: Uint8Array.from({ length: width * height }, (_, i) => value(i)),
  });
  for (const [what, image] of [
    ['black', filled(300, 300, () => 0)],
    ['white', filled(300, 300, () => 255)],
    ['noise', filled(300, 300, (i) => (i * 2654435761) >>> 24)],
    ['10 × 10', filled(10, 10, (i) => i)],
    ['1 × 4000', filled(1, 4000, (i) => i)],
  ] as const)
    test(what, async () => {
      await assert.rejects(passGate(image, 'x.png', { modality: 'unknown' }), { code: 'NOT_A_RETINA' });
      const gate = await passGate(image, 'x.png', { modality: 'unknown' }, { override: 'look' });
      assert.equal(gate.modality.modality, 'other');
      assert.equal(gate.quality, null);
    });
});
