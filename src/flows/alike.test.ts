import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { FoveaError } from '../core/errors.ts';
import { encodePng, type Image } from '../image/index.ts';
import { type Manifest, Registry } from '../model/index.ts';
import { type Disease, renderFundus } from '../synth/index.ts';
import { type CaseLibrary, learnCases, mostAlike } from './alike.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

const draw = (seed: number, diseases: Partial<Record<Disease, number>>): Image => {
  const { image, width, height } = renderFundus({ seed, size: 192, diseases });
  return { width, height, channels: 3, data: image };
};

const CASES = [
  { seed: 1, diseases: {} },
  { seed: 2, diseases: { dr: 4 } },
  { seed: 3, diseases: { myopia: 4 } },
  { seed: 4, diseases: { cataract: 3 } },
  { seed: 5, diseases: { amd: 3 } },
];

describe('cases most alike, of the shipped model', () => {
  let folder: string;
  let registry: Registry;
  let manifest: Manifest;
  let onnx: Uint8Array;
  let library: CaseLibrary;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fovea-alike-'));
    registry = new Registry({
      builtIn: `${root}models`,
      user: join(folder, 'models'),
      cache: join(folder, 'cache'),
    });
    ({ manifest } = await registry.open('fundus-disease'));
    ({ onnx } = await registry.graph('fundus-disease'));
    const pictures = CASES.map(({ seed, diseases }) => ({
      drawnFrom: { seed, diseases },
      image: draw(seed, diseases),
      without: Object.keys(diseases).length === 0 ? null : { drawnFrom: { seed }, image: draw(seed, {}) },
    }));
    library = await learnCases(onnx, manifest, pictures, 'test 1');
  });
  after(async () => {
    await registry.close();
    await rm(folder, { recursive: true });
  });

  test('a known picture finds itself, and its eye without the disease', async () => {
    for (const { seed, diseases } of CASES) {
      const bytes = await encodePng(draw(seed, diseases));
      const found = await mostAlike({ name: 'x.png', bytes }, onnx, manifest, library, { count: 3 });
      assert.equal(found.length, 3);
      assert.deepEqual(found[0]!.drawnFrom, { seed, diseases });
      assert.ok(found[0]!.likeness > 0.999 && found[0]!.likeness >= found[1]!.likeness);
      assert.equal(found[0]!.without === null, Object.keys(diseases).length === 0);
    }
  });

  test('a library is kept as text, and comes to as much', async () => {
    const kept = JSON.parse(JSON.stringify(library));
    const bytes = await encodePng(draw(9, { myopia: 3 }));
    const picture = { name: 'x.png', bytes };
    assert.deepEqual(
      await mostAlike(picture, onnx, manifest, kept),
      await mostAlike(picture, onnx, manifest, library),
    );
  });

  test('another model’s cases are refused', async () => {
    const bytes = await encodePng(draw(1, {}));
    await assert.rejects(
      mostAlike({ name: 'x.png', bytes }, onnx, { ...manifest, sha256: '0'.repeat(64) }, library),
      (error: FoveaError) => error.code === 'EXPLANATION_IMPOSSIBLE',
    );
  });
});
