import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import type { FoveaError } from '../core/errors.ts';
import { sampleEye } from './eye.ts';
import { renderFundus } from './fundus.ts';
import { retinalThickness, sampleMacula } from './macula.ts';
import { type OctPhantom, renderOct } from './oct.ts';
import { LAYERS, layerProfiles, RING_MEANS, RINGS, ringMean } from './oct-layers.ts';
import { type OctParameters, SCANNERS } from './oct-parameters.ts';
import { aimOf } from './view.ts';

/** No tilt, no shadow, little noise: what is measured is the drawing, not the camera. */
const CLEAN = { tilt: 0, noise: 0, signalLoss: 0, shadow: 0, clipping: 0, registration: 0 };
const clean = (parameters: OctParameters) => renderOct({ ...parameters, artefacts: CLEAN });

/** Pixels of a mask in a column. */
function height(mask: Uint8Array | undefined, { width, height }: OctPhantom, column: number): number {
  let count = 0;
  for (let row = 0; row < height; row++) if (mask?.[row * width + column]) count++;
  return count;
}

/** Mean grey where a mask is set. */
function grey({ image }: OctPhantom, mask: Uint8Array): number {
  let sum = 0;
  let count = 0;
  mask.forEach((set, at) => {
    if (!set) return;
    sum += image[at]!;
    count++;
  });
  return sum / count;
}

describe('layers of the retina', () => {
  for (const pit of [600, 700, 800])
    test(`have the published means in each ETDRS ring, pit of ${pit} µm`, () => {
      const profiles = layerProfiles(pit);
      for (const layer of LAYERS)
        RINGS.forEach((ring, i) => {
          const mean = ringMean(profiles[layer], ring);
          assert.ok(Math.abs(mean - RING_MEANS[layer][i]!) < 1.2, `${layer} ring ${i}: ${mean}`);
        });
    });

  test('of healthy eyes: 257, 339 and 300 µm on average, as published', () => {
    const sums = [0, 0, 0];
    const eyes = 40;
    for (let seed = 0; seed < eyes; seed++) {
      const parameters = { seed, age: 55 };
      const { sectors } = renderOct(parameters).truth;
      const mean = (ring: string) =>
        (['Superior', 'Nasal', 'Inferior', 'Temporal'] as const)
          .map((side) => sectors[`${ring}${side}` as 'innerNasal'])
          .reduce((a, b) => a + b) / 4;
      [sectors.centre, mean('inner'), mean('outer')].forEach((value, i) => {
        sums[i]! += value / eyes;
      });
    }
    // Ring means of the table, and what the nerve fibres add near the disc.
    assert.ok(Math.abs(sums[0]! - 258) < 6, `${sums[0]}`);
    assert.ok(Math.abs(sums[1]! - 340) < 8, `${sums[1]}`);
    assert.ok(Math.abs(sums[2]! - 301) < 8, `${sums[2]}`);
  });
});

describe('an OCT B-scan', () => {
  test('is the same for the same parameters, byte for byte, on every machine', () => {
    const hash = ({ image }: OctPhantom) => createHash('sha256').update(image).digest('hex').slice(0, 16);
    assert.deepEqual(
      [hash(renderOct({ seed: 7 })), hash(renderOct({ seed: 7, diseases: { dme: 3 }, scanner: 'cirrus' }))],
      PINNED,
    );
  });

  test('is sampled as its device samples', () => {
    for (const [name, scanner] of Object.entries(SCANNERS)) {
      const scan = renderOct({ seed: 3, scanner: name as keyof typeof SCANNERS });
      assert.deepEqual([scan.width, scan.height], [scanner.width, scanner.height]);
      assert.equal(scan.image.length, scanner.width * scanner.height);
    }
  });

  test('its layers, measured in the masks, are as thick in µm as the eye has them', () => {
    for (const seed of [1, 2, 3]) {
      const scan = clean({ seed, offset: 0 });
      const { truth, masks, width } = scan;
      const inMacula = Array.from({ length: width }, (_, column) => column).filter(
        (column) => Math.abs(column - truth.foveaColumn) * truth.lateralMicrometres <= 2750,
      );
      for (const layer of LAYERS) {
        const pixels = inMacula.reduce((sum, column) => sum + height(masks[layer], scan, column), 0);
        const measured = (pixels / inMacula.length) * truth.axialMicrometres;
        assert.ok(Math.abs(measured - truth.layerThickness[layer]) < 0.4, `${layer}: ${measured}`);
      }
    }
  });

  test('the whole retina in a column is as thick as the map says there', () => {
    const parameters = { seed: 5, eye: 'OS', offset: 250, diseases: { dme: 3 } } as const;
    const scan = clean(parameters);
    const macula = sampleMacula(sampleEye(parameters, aimOf(parameters)), parameters.seed);
    for (const column of [40, 150, 256, 300, 470]) {
      const x = (column - scan.truth.foveaColumn) * scan.truth.lateralMicrometres * -1;
      const measured = height(scan.masks.retina, scan, column) * scan.truth.axialMicrometres;
      assert.ok(Math.abs(measured - retinalThickness(macula, x, 250)) <= 1.01 * scan.truth.axialMicrometres);
    }
  });

  test('the edge that the picture shows at the inner surface is the one of the mask', () => {
    const scan = clean({ seed: 9, offset: 0 });
    const { image, width, masks } = scan;
    let off = 0;
    let columns = 0;
    for (let column = 20; column < width - 20; column += 6) {
      let top = 0;
      while (!masks.retina![top * width + column]) top++;
      // The steepest rise of the mean of five columns.
      let best = 0;
      let steepest = 0;
      for (let row = top - 15; row < top + 15; row++) {
        let rise = 0;
        for (let side = -2; side <= 2; side++)
          for (let step = 0; step < 3; step++)
            rise +=
              image[(row + step) * width + column + side]! - image[(row - 1 - step) * width + column + side]!;
        if (rise > steepest) [steepest, best] = [rise, row];
      }
      off += Math.abs(best - top);
      columns++;
    }
    assert.ok(off / columns < 1.2, `${off / columns} pixels off`);
  });

  test('bands are as bright as devices show them: pigment epithelium > nerve fibres > plexiform > nuclear > vitreous', () => {
    const scan = clean({ seed: 12, offset: 0 });
    const { masks } = scan;
    const order = ['rpe', 'rnfl', 'ipl', 'inl', 'onl'].map((layer) => grey(scan, masks[layer]!));
    const vitreous = new Uint8Array(scan.image.length).fill(255, 0, 60 * scan.width);
    order.push(grey(scan, vitreous));
    for (let i = 1; i < order.length; i++) assert.ok(order[i]! < order[i - 1]! - 5, order.join());
  });

  test('the nasal side is right in a right eye and left in a left one: the disc tells', () => {
    for (const [eye, left] of [
      ['OD', false],
      ['OS', true],
    ] as const) {
      const scan = clean({ seed: 4, eye, scanner: 'spectralis-wide', offset: 0 });
      const disc = scan.masks.opticNerveHead!;
      const columns = Array.from({ length: scan.width }, (_, c) => height(disc, scan, c) > 0);
      assert.equal(columns.indexOf(true) < scan.width / 2, left, eye);
    }
  });
});

describe('disease in a B-scan', () => {
  const has = (scan: OctPhantom, kind: string) => (scan.truth.areas[kind] ?? 0) > 0;
  const seeds = [1, 2, 3, 4, 5];

  test('a healthy macula has no fluid, no drusen, no lift', () => {
    for (const seed of seeds) {
      const scan = renderOct({ seed });
      assert.equal(scan.truth.octClass, 'NORMAL');
      const allowed = new Set<string>([...LAYERS, 'retina', 'choroid']);
      assert.deepEqual(
        Object.keys(scan.masks).filter((kind) => !allowed.has(kind)),
        [],
      );
    }
  });

  for (const [diseases, kinds, octClass] of [
    [{ amd: 2 }, ['drusen'], 'DRUSEN'],
    [{ dme: 3 }, ['intraretinalFluid'], 'DME'],
    [
      { amd: 4 },
      ['subretinalFluid', 'subretinalHyperreflectiveMaterial', 'pigmentEpithelialDetachment'],
      'CNV',
    ],
    [{ hole: 3 }, ['subretinalFluid'], 'OTHER'],
    [{ erm: 3 }, ['epiretinalMembrane'], 'OTHER'],
    [{ crvo: 3 }, ['intraretinalFluid'], 'OTHER'],
    [{ hypertensive: 4 }, ['subretinalFluid'], 'OTHER'],
  ] as const)
    test(`${JSON.stringify(diseases)} shows ${kinds.join(', ')}`, () => {
      for (const seed of seeds) {
        const scan = renderOct({ seed, diseases });
        assert.equal(scan.truth.octClass, octClass);
        for (const kind of kinds) assert.ok(has(scan, kind), `seed ${seed}: no ${kind}`);
      }
    });

  test('fluid is dark, what is solid is not', () => {
    for (const seed of seeds) {
      const scan = clean({ seed, diseases: { amd: 4 } });
      const { masks } = scan;
      const dark = grey(scan, masks.subretinalFluid!);
      assert.ok(dark < 50, `fluid ${dark}`);
      const solid = grey(scan, masks.subretinalHyperreflectiveMaterial!);
      assert.ok(solid > dark + 60, `material ${solid}`);
    }
  });

  test('oedema thickens the centre: above 320 µm, where health is below 300', () => {
    for (const seed of seeds) {
      const healthy = renderOct({ seed }).truth.centralSubfieldThickness;
      const swollen = renderOct({ seed, diseases: { dme: 3 } }).truth.centralSubfieldThickness;
      assert.ok(healthy < 300 && swollen > 320, `${healthy} → ${swollen}`);
    }
  });

  test('a hole is open from vitreous to pigment epithelium, as wide as it was drawn', () => {
    for (const grade of [1, 2, 3]) {
      const parameters = { seed: 6, diseases: { hole: grade } } as const;
      const scan = clean(parameters);
      const eye = sampleEye(parameters, aimOf(parameters));
      const hole = eye.lesions.find(({ kind }) => kind === 'macularHole') as { length: number };
      let open = 0;
      for (let column = 0; column < scan.width; column++) {
        const inner = (['ipl', 'inl', 'onl'] as const).some(
          (layer) => height(scan.masks[layer], scan, column) > 0,
        );
        if (!inner) open++;
      }
      const aperture = open * scan.truth.lateralMicrometres;
      assert.ok(Math.abs(aperture - hole.length) < 60, `${aperture} for ${hole.length}`);
      assert.ok(grade === 1 ? aperture < 290 : grade === 3 ? aperture > 390 : true);
    }
  });

  test('where the pigment epithelium is gone more light reaches the choroid', () => {
    const parameters = { seed: 21, diseases: { amd: 3 } } as const;
    const scan = clean(parameters);
    const [bare, covered] = [[], []] as [number[], number[]];
    for (let column = 0; column < scan.width; column++) {
      let sum = 0;
      let count = 0;
      for (let row = 0; row < scan.height; row++) {
        const at = row * scan.width + column;
        if (!scan.masks.choroid![at]) continue;
        sum += scan.image[at]!;
        count++;
      }
      (height(scan.masks.rpe, scan, column) <= 2 ? bare : covered).push(sum / count);
    }
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    assert.ok(bare.length > 30, `${bare.length} columns`);
    assert.ok(mean(bare) > mean(covered) * 1.25, `${mean(bare)} over ${mean(covered)}`);
  });

  test('glaucoma takes the nerve fibres and ganglion cells, not the outer layers', () => {
    for (const seed of seeds) {
      const [healthy, sick] = [{}, { glaucoma: 3 }].map(
        (diseases) => renderOct({ seed, diseases, offset: 0, age: 60 }).truth.layerThickness,
      ) as [Record<string, number>, Record<string, number>];
      for (const layer of ['rnfl', 'gcl', 'ipl']) assert.ok(sick[layer]! < healthy[layer]! * 0.75, layer);
      for (const layer of ['inl', 'onl', 'rpe']) assert.equal(sick[layer], healthy[layer], layer);
    }
  });
});

describe('the same eye', () => {
  test('has its exudates, drusen and vessels at the same places in photograph and scan', () => {
    const parameters = { seed: 31, diseases: { amd: 2 }, eye: 'OD' } as const;
    const eye = sampleEye(parameters, aimOf(parameters));
    const druse = eye.lesions
      .filter((lesion) => lesion.shape === 'blob' && lesion.kind === 'drusen' && Math.abs(lesion.x) < 2000)
      .sort((a, b) => ('width' in b ? b.width : 0) - ('width' in a ? a.width : 0))[0] as {
      x: number;
      y: number;
    };
    const scan = clean({ ...parameters, offset: Math.max(-3000, Math.min(3000, druse.y)) });
    const column = Math.round(scan.truth.foveaColumn + druse.x / scan.truth.lateralMicrometres);
    const lifted = (scan.masks.drusen ?? scan.masks.pigmentEpithelialDetachment)!;
    assert.ok(height(lifted, scan, column) * scan.truth.axialMicrometres > 20);
    const { truth } = renderFundus({ ...parameters, size: 128 });
    assert.deepEqual(
      [truth.eye, truth.age, truth.diseases, truth.reasons],
      [scan.truth.eye, scan.truth.age, scan.truth.diseases, scan.truth.reasons],
    );
  });
});

describe('artefacts of a scan', () => {
  test('clipping pushes the retina out of the picture, and its masks with it', () => {
    const whole = renderOct({ seed: 8, artefacts: CLEAN });
    const clipped = renderOct({ seed: 8, artefacts: { ...CLEAN, clipping: 1 } });
    assert.ok(clipped.truth.areas.retina! < whole.truth.areas.retina! * 0.9);
  });

  test('tilt tilts, noise covers, loss of signal darkens', () => {
    const level = (scan: OctPhantom, column: number) => {
      let row = 0;
      while (!scan.masks.rpe![row * scan.width + column]) row++;
      return row;
    };
    const slope = (tilt: number) => {
      const scan = renderOct({ seed: 8, artefacts: { ...CLEAN, tilt } });
      return Math.abs(level(scan, 480) - level(scan, 30));
    };
    assert.ok(slope(1) > slope(0) + 60);
    const above = (artefacts: object) => {
      const scan = renderOct({ seed: 8, artefacts: { ...CLEAN, ...artefacts } });
      const vitreous = new Uint8Array(scan.image.length).fill(255, 0, 60 * scan.width);
      return [grey(scan, vitreous), grey(scan, scan.masks.rpe!)] as const;
    };
    assert.ok(above({ noise: 1 })[0] > above({})[0] + 15);
    assert.ok(above({ signalLoss: 1 })[1] < above({})[1] * 0.7);
  });

  test('white corners belong to no mask', () => {
    const whole = renderOct({ seed: 8, artefacts: CLEAN });
    const scan = renderOct({ seed: 8, artefacts: { ...CLEAN, registration: 1 } });
    const blank = scan.image.map((grey, at) => Number(grey === 255 && whole.image[at]! < 255));
    assert.ok(blank.reduce((sum, one) => sum + one, 0) > 3000);
    for (const [kind, mask] of Object.entries(scan.masks))
      assert.ok(!mask.some((set, at) => set && blank[at]), kind);
  });
});

describe('what no scan can be is refused, with what is allowed', () => {
  for (const [parameters, expected] of [
    [{ seed: 1, scanner: 'ultrasound' }, /spectralis, spectralis-wide, cirrus/],
    [{ seed: 1, offset: 9000 }, /from -3000 to 3000/],
    [{ seed: 1, diseases: { hole: 4 } }, /from 0 to 3/],
    [{ seed: 1, artefacts: { tilt: 2 } }, /from 0 to 1/],
    [{ seed: 1, artefacts: { eyelash: 1 } }, /tilt, clipping/],
    [{ seed: 1.5 }, /whole number/],
  ] as const)
    test(JSON.stringify(parameters), () => {
      assert.throws(
        () => renderOct(parameters as never),
        (error: FoveaError) =>
          error.code === 'PHANTOM_PARAMETER_INVALID' && expected.test(JSON.stringify(error)),
      );
    });
});

/** SHA-256 of the pixels; they change with GENERATOR alone. */
const PINNED = ['e90bb5114dbebbb4', '2e79e437dd7eb04f'];
