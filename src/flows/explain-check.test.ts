import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { random } from '../core/random.ts';
import { redness, SIDE } from '../explain/fixtures/redness.ts';
import { encodeOnnx } from '../formats/onnx/encode.ts';
import { encodePng, type Image } from '../image/index.ts';
import { type ExplainedModel, explainPicture } from './explain.ts';
import { checkMethod, type MarkedPicture } from './explain-check.ts';
import { keepCheck, readCheck } from './explain-store.ts';

const onnx = encodeOnnx(redness('gated'));
const model: ExplainedModel & { sha256: string } = {
  sha256: 'a'.repeat(64),
  labels: [
    { label: 'N', name: 'Grey' },
    { label: 'R', name: 'Red' },
  ],
  preprocessing: {
    size: { height: SIDE, width: SIDE },
    crop: 'none',
    resample: 'pil_bilinear',
    rescale_factor: 1 / 255,
    image_mean: [0, 0, 0],
    image_std: [1, 1, 1],
    channel_order: 'RGB',
    data_format: 'channels_last',
  },
};

/** Patches of dark colours with one red lesion, marked where it is or somewhere else. */
function pictures(count: number, honest: boolean): MarkedPicture[] {
  const draws = random('marked');
  return Array.from({ length: count }, () => {
    const [cx, cy] = [draws.whole(6, 26), draws.whole(6, 26)];
    const [mx, my] = honest ? [cx, cy] : [(cx + 16) % SIDE, (cy + 16) % SIDE];
    const near = (i: number, x: number, y: number) =>
      Math.hypot((i % SIDE) - x, Math.floor(i / SIDE) - y) < 4;
    const colours = Array.from({ length: 64 * 3 }, () => draws.whole(0, 190));
    const data = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, at) => {
      const i = Math.floor(at / 3);
      if (near(i, cx, cy)) return at % 3 === 0 ? 255 : 60;
      return colours[(((i / SIDE) >> 2) * 8 + ((i % SIDE) >> 2)) * 3 + (at % 3)]!;
    });
    const mask = (inside: (i: number) => boolean): Image => ({
      width: SIDE,
      height: SIDE,
      channels: 1,
      data: Uint8Array.from({ length: SIDE * SIDE }, (_, i) => (inside(i) ? 255 : 0)),
    });
    const image: Image = { width: SIDE, height: SIDE, channels: 3, data };
    return { image, truth: { index: 1, lesions: mask((i) => near(i, mx, my)), field: mask(() => true) } };
  });
}

describe('what a method is worth for a model is measured', () => {
  test('a map that comes from the model and lies on the lesions passes', async () => {
    const check = await checkMethod(onnx, model, pictures(12, true), '12 patches');
    assert.equal(check.method, 'cam');
    assert.equal(check.pointing!.rate, 1);
    assert.ok(check.passed, check.reason);
    assert.match(check.reason, /changes? when the model loses.* 12 times of 12/s);
    assert.equal(check.pictures, '12 patches');
  });

  test('one that lies elsewhere does not', async () => {
    const { passed, reason, pointing } = await checkMethod(onnx, model, pictures(12, false), 'patches');
    assert.ok(!passed);
    assert.ok(pointing!.rate <= pointing!.random + 0.2);
    assert.match(reason, /no better than chance/);
  });

  test('without lesions to point at, only whether the map comes from the model', async () => {
    const plain = pictures(4, true).map(({ image }) => ({ image }));
    const check = await checkMethod(onnx, model, plain, 'patches', 'occlusion');
    assert.equal(check.pointing, null);
    assert.equal(check.method, 'occlusion');
    assert.match(check.reason, /was not measured/);
  });
});

describe('a check is kept', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fovea-checks-'));
  const picture = async () => {
    const [{ image }] = pictures(1, true) as [MarkedPicture];
    return { name: 'patches.png', bytes: await encodePng(image) };
  };

  test('and stands beside the next map by that method of that model', async () => {
    const before = await explainPicture(await picture(), onnx, model, {
      label: 'R',
      checks: [folder],
      override: 'patches of colour',
    });
    assert.equal(before.evidence, null);
    assert.match(before.evidenceReason, /^Not checked/);
    const check = await checkMethod(onnx, model, pictures(12, false), 'patches', before.method);
    await keepCheck(folder, model, check);
    const after = await explainPicture(await picture(), onnx, model, {
      label: 'R',
      checks: [folder],
      override: 'patches of colour',
    });
    assert.equal(after.evidence, false);
    assert.equal(after.evidenceReason, check.reason);
    assert.deepEqual(after.check, JSON.parse(JSON.stringify(check)));
    assert.match(after.sentence, /quadrant of the picture/);
  });

  test('not for another method, another model or another contract', async () => {
    assert.ok(await readCheck([folder], model, 'cam'));
    assert.equal(await readCheck([folder], model, 'rise'), undefined);
    assert.equal(await readCheck([folder], { ...model, sha256: 'b'.repeat(64) }, 'cam'), undefined);
    const preprocessing = { ...model.preprocessing, rescale_factor: 1 };
    assert.equal(await readCheck([folder], { ...model, preprocessing }, 'cam'), undefined);
  });

  test('a damaged file counts as none, a folder that cannot be written as well', async (t) => {
    t.after(() => rmSync(folder, { recursive: true }));
    const check = (await readCheck([folder], model, 'cam'))!;
    for (const file of readdirSync(folder)) writeFileSync(join(folder, file), '{"method":');
    assert.equal(await readCheck([folder], model, 'cam'), undefined);
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await keepCheck(join(file, 'below'), model, check);
    assert.equal(await readCheck([join(file, 'below')], model, 'cam'), undefined);
  });
});

test('a graph that cannot be taken apart is refused by what is in it', async () => {
  // A tensor of int8, the element type 3 (https://onnx.ai/onnx/intro/concepts.html#element-type).
  const bytes = encodeOnnx({
    ...redness('gated'),
    graph: { ...redness('gated').graph, inputs: [{ name: 'x', dtype: 'uint8', shape: [1] }] },
  });
  const at = Buffer.from(bytes).indexOf(Buffer.from([0x08, 0x02, 0x12]));
  assert.ok(at > 0);
  bytes[at + 1] = 3;
  const [{ image }] = pictures(1, true) as [MarkedPicture];
  const picture = { name: 'x.png', bytes: await encodePng(image) };
  await assert.rejects(explainPicture(picture, bytes, model, { override: 'patches of colour' }), {
    code: 'EXPLANATION_IMPOSSIBLE',
    message: /element type 3/,
  });
});
