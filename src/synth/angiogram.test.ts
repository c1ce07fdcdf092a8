import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import type { FoveaError } from '../core/errors.ts';
import { type AngiogramPhantom, PHASES, renderAngiogram } from './angiogram.ts';
import { renderFundus } from './fundus.ts';
import { ARTEFACTS } from './parameters.ts';

/** No fault of the camera: what is measured is the drawing. */
const CLEAN = Object.fromEntries(ARTEFACTS.map((artefact) => [artefact, 0]));
const EYE = { eye: 'OD', size: 384, artefacts: CLEAN } as const;

/** Mean grey where `inside` holds. */
function grey({ image }: AngiogramPhantom, inside: (at: number) => boolean): number {
  let sum = 0;
  let count = 0;
  for (let at = 0; at < image.length; at++) {
    if (!inside(at)) continue;
    sum += image[at]!;
    count++;
  }
  assert.ok(count > 20, `only ${count} pixels`);
  return sum / count;
}
const within =
  ({ masks }: AngiogramPhantom, ...kinds: string[]) =>
  (at: number) =>
    kinds.some((kind) => masks[kind]?.[at]);
/** Retina with nothing on it, at most so far from the fovea. */
const bare = (phantom: AngiogramPhantom) => {
  const found = Object.entries(phantom.masks).filter(
    ([kind]) => !['field', 'fovea', 'macula'].includes(kind),
  );
  return (at: number) => Boolean(phantom.masks.field![at]) && !found.some(([, mask]) => mask[at]);
};

describe('a fluorescein angiogram', () => {
  test('is the same for the same parameters, byte for byte, on every machine', () => {
    const { image } = renderAngiogram({ seed: 7, size: 256, diseases: { dr: 4 }, phase: 'late' });
    assert.equal(createHash('sha256').update(image).digest('hex').slice(0, 16), PINNED);
  });

  test('is of the eye of the photograph, pixel upon pixel', () => {
    const parameters = { seed: 5, size: 256, diseases: { dr: 4, dme: 2 } };
    const photograph = renderFundus(parameters);
    const angiogram = renderAngiogram(parameters);
    for (const [kind, mask] of Object.entries(photograph.masks))
      assert.deepEqual(angiogram.masks[kind] ?? new Uint8Array(mask.length), mask, kind);
    const { phase, avascularZoneArea, nonPerfusionArea, leakageArea, ...shared } = angiogram.truth;
    assert.deepEqual(shared, photograph.truth);
  });

  test('arteries fill first, then veins, then both fade while the disc is stained', () => {
    const seen = PHASES.map((phase) => {
      const phantom = renderAngiogram({ ...EYE, seed: 3, phase });
      const only = (kind: string, other: string) => (at: number) =>
        Boolean(phantom.masks[kind]![at] && !phantom.masks[other]![at] && !phantom.masks.disc![at]);
      return {
        artery: grey(phantom, only('artery', 'vein')),
        vein: grey(phantom, only('vein', 'artery')),
        disc: grey(phantom, (at) => Boolean(phantom.masks.disc![at] && !phantom.masks.vessel![at])),
        ground: grey(phantom, bare(phantom)),
      };
    });
    const [arterial, middle, late] = seen as [(typeof seen)[0], (typeof seen)[0], (typeof seen)[0]];
    assert.ok(arterial.artery > arterial.vein + 30, JSON.stringify(arterial));
    assert.ok(middle.vein > arterial.vein + 40 && middle.vein > middle.ground + 40, JSON.stringify(middle));
    assert.ok(late.artery < middle.artery - 20 && late.vein < middle.vein - 20, JSON.stringify(late));
    assert.ok(late.disc > middle.disc + 10);
  });

  test('the avascular zone is dark, and as large as drawn', () => {
    const phantom = renderAngiogram({ ...EYE, seed: 3 });
    const zone = within(phantom, 'avascularZone');
    assert.ok(grey(phantom, zone) < 0.72 * grey(phantom, bare(phantom)));
    const { avascularZoneArea } = phantom.truth;
    // 0.45 ± 0.06 mm across.
    assert.ok(avascularZoneArea > 0.06 && avascularZoneArea < 0.4, `${avascularZoneArea} mm²`);
    const counted = phantom.masks.avascularZone!.reduce((sum, value) => sum + value / 255, 0);
    assert.ok(Math.abs(counted * (phantom.truth.micrometresPerPixel / 1000) ** 2 - avascularZoneArea) < 1e-9);
  });

  test('diabetes widens the avascular zone', () => {
    const area = (dr: number) =>
      renderAngiogram({ ...EYE, seed: 9, diseases: { dr } }).truth.avascularZoneArea;
    assert.ok(area(4) > 1.6 * area(0));
  });
});

describe('disease in an angiogram', () => {
  test('microaneurysms shine, haemorrhages block', () => {
    const phantom = renderAngiogram({ ...EYE, seed: 12, diseases: { dr: 3 } });
    const ground = grey(phantom, bare(phantom));
    assert.ok(grey(phantom, within(phantom, 'microaneurysm')) > ground + 35);
    const alone = (at: number) =>
      Boolean(
        phantom.masks.dotBlotHaemorrhage![at] &&
          !phantom.masks.vessel![at] &&
          !phantom.masks.microaneurysm![at],
      );
    assert.ok(grey(phantom, alone) < 0.72 * ground);
  });

  test('where capillaries are closed it is darker, and smoother', () => {
    const phantom = renderAngiogram({ ...EYE, seed: 12, diseases: { dr: 4 } });
    assert.ok(phantom.truth.nonPerfusionArea > 1);
    const others = Object.entries(phantom.masks).filter(
      ([kind]) => !['field', 'fovea', 'macula', 'nonPerfusion'].includes(kind),
    );
    const closed = (at: number) =>
      Boolean(phantom.masks.nonPerfusion![at] && !others.some(([, mask]) => mask[at]));
    assert.ok(grey(phantom, closed) < 0.8 * grey(phantom, bare(phantom)));
    const step = (inside: (at: number) => boolean) => {
      let sum = 0;
      let count = 0;
      for (let at = 0; at + 1 < phantom.image.length; at++) {
        if (!inside(at) || !inside(at + 1)) continue;
        sum += Math.abs(phantom.image[at + 1]! - phantom.image[at]!);
        count++;
      }
      return sum / count;
    };
    assert.ok(step(closed) < 0.85 * step(bare(phantom)));
  });

  for (const diseases of [{ dr: 4 }, { dme: 3 }, { amd: 4 }])
    test(`leakage of ${JSON.stringify(diseases)} grows with time`, () => {
      const seed = 'dr' in diseases ? 7 : 4;
      const [early, late] = (['arterial', 'late'] as const).map((phase) =>
        renderAngiogram({ ...EYE, seed, diseases, phase }),
      ) as [AngiogramPhantom, AngiogramPhantom];
      assert.ok(late.truth.leakageArea > early.truth.leakageArea + 0.2, `${late.truth.leakageArea}`);
      const inside = within(late, 'leakage');
      assert.ok(grey(late, inside) > grey(early, inside) + 25);
    });

  test('a healthy eye neither leaks nor lacks', () => {
    const { truth } = renderAngiogram({ ...EYE, seed: 21, phase: 'late' });
    assert.deepEqual([truth.leakageArea, truth.nonPerfusionArea], [0, 0]);
  });
});

test('a phase that is none is refused, with those there are', () => {
  assert.throws(
    () => renderAngiogram({ seed: 1, phase: 'venous' as never }),
    (error: FoveaError) =>
      error.code === 'PHANTOM_PARAMETER_INVALID' &&
      /arterial, arteriovenous, late/.test(JSON.stringify(error)),
  );
});

/** SHA-256 of the pixels; it changes with GENERATOR alone. */
const PINNED = '15923e2f3e2af854';
