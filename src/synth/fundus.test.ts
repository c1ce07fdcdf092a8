import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { FoveaError } from '../core/errors.ts';
import { ARTEFACTS, DISEASES, type Disease, type FundusParameters, renderFundus } from './index.ts';
import { QUADRANTS } from './lesions.ts';

/** Small pictures, since their masks are exact at any size. */
const SIZE = 256;
const draw = (parameters: Partial<FundusParameters> = {}) =>
  renderFundus({ seed: 5, size: SIZE, ...parameters });
const area = (mask: Uint8Array | undefined) =>
  (mask ?? new Uint8Array()).reduce((sum, value) => sum + (value && 1), 0);

function box(mask: Uint8Array, size = SIZE) {
  let [left, right, top, bottom] = [size, -1, size, -1];
  mask.forEach((value, at) => {
    if (!value) return;
    left = Math.min(left, at % size);
    right = Math.max(right, at % size);
    top = Math.min(top, Math.floor(at / size));
    bottom = Math.max(bottom, Math.floor(at / size));
  });
  return { width: right - left + 1, height: bottom - top + 1, x: (left + right) / 2, y: (top + bottom) / 2 };
}

describe('a fundus phantom is what it says it is', () => {
  for (const cupToDisc of [0.2, 0.5, 0.8]) {
    test(`the cup is ${cupToDisc} of the disc's height in the masks`, () => {
      const { masks } = draw({ cupToDisc, size: 512, centring: 'disc' });
      const measured = box(masks.cup!, 512).height / box(masks.disc!, 512).height;
      assert.ok(Math.abs(measured - cupToDisc) < 0.05, `measured ${measured}`);
    });
  }

  for (const discHeight of [1500, 2100]) {
    test(`a disc of ${discHeight} µm has that height in the mask`, () => {
      const { masks, truth } = draw({ discHeight, size: 512, centring: 'disc' });
      const measured = box(masks.disc!, 512).height * truth.micrometresPerPixel;
      assert.ok(Math.abs(measured - discHeight) < 0.06 * discHeight, `measured ${measured}`);
    });
  }

  test('disc and fovea lie as far apart as asked, in the masks', () => {
    for (const seed of [1, 2, 3, 4]) {
      const { masks, truth } = draw({ seed, field: 50 });
      const disc = box(masks.disc!);
      const fovea = box(masks.fovea!);
      const measured = Math.hypot(disc.x - fovea.x, disc.y - fovea.y) * truth.micrometresPerPixel;
      assert.ok(
        Math.abs(measured - truth.discToFoveaMicrometres) < 160,
        `${measured}, ${truth.discToFoveaMicrometres}`,
      );
    }
  });

  test('the disc stands to the right in a right eye, to the left in a left eye', () => {
    const right = draw({ eye: 'OD' });
    const left = draw({ eye: 'OS' });
    assert.ok(right.truth.discCentre[0] > right.truth.foveaCentre[0] + 50);
    assert.ok(left.truth.discCentre[0] < left.truth.foveaCentre[0] - 50);
    assert.ok(box(left.masks.disc!).x < SIZE / 2 && box(right.masks.disc!).x > SIZE / 2);
  });

  test('the disc is the brightest, the fovea darker than its surroundings, vessels darker than the fundus', () => {
    for (const seed of [11, 12, 13]) {
      const { image, masks } = draw({ seed, artefacts: { flare: 0, haze: 0, defocus: 0, tilt: 0.1 } });
      const green = (mask: Uint8Array, but?: Uint8Array) => {
        let [sum, n] = [0, 0];
        mask.forEach((value, at) => {
          if (!value || but?.[at]) return;
          sum += image[at * 3 + 1]!;
          n++;
        });
        return sum / n;
      };
      const fundus = green(masks.field!, masks.vessel);
      assert.ok(green(masks.disc!, masks.vessel) > fundus * 1.25);
      assert.ok(green(masks.vessel!, masks.disc) < fundus * 0.95);
      assert.ok(green(masks.fovea!) < green(masks.macula!, masks.fovea));
    }
  });

  test('no vessel enters the avascular zone, none crosses the raphe', () => {
    for (const seed of [1, 2, 3]) {
      const { masks, truth } = draw({ seed });
      const [x, y] = truth.foveaCentre.map(Math.round) as [number, number];
      assert.equal(masks.vessel![y * SIZE + x], 0);
    }
  });

  test('veins are wider than arteries, by about the ratio of the textbooks', () => {
    const ratios = [1, 2, 3, 4, 5, 6].map((seed) => draw({ seed }).truth.avr);
    const mean = ratios.reduce((a, b) => a + b) / ratios.length;
    assert.ok(mean > 0.55 && mean < 0.8, `AVR ${mean}`);
  });
});

describe('diabetic retinopathy has the grade asked for, by the ICDR rules and in the masks', () => {
  const cases = [1, 2, 3, 4].flatMap((grade) => [1, 2, 3].map((seed) => ({ grade, seed })));
  for (const { grade, seed } of cases) {
    test(`grade ${grade}, seed ${seed}`, () => {
      const { masks, truth } = draw({
        seed,
        diseases: { dr: grade },
        centring: seed % 2 ? 'macula' : 'disc',
      });
      assert.equal(truth.drGrade, grade, truth.reasons.join());
      assert.ok(area(masks.microaneurysm) > 0);
      const haemorrhage = area(masks.dotBlotHaemorrhage) + area(masks.flameHaemorrhage);
      assert.equal(haemorrhage > 0, grade > 1);
      const news =
        area(masks.neovascularisationDisc) +
        area(masks.neovascularisationElsewhere) +
        area(masks.preretinalHaemorrhage);
      assert.equal(news > 0, grade === 4);
    });
  }

  test('grade 2 never has what makes grade 3: the 4-2-1 rule', () => {
    for (let seed = 20; seed < 32; seed++) {
      const { truth } = draw({ seed, size: 64, diseases: { dr: 2 } });
      const crowded = QUADRANTS.filter((quadrant) => {
        const { dotBlotHaemorrhage = 0, flameHaemorrhage = 0 } = truth.countsByQuadrant[quadrant];
        return dotBlotHaemorrhage + flameHaemorrhage > 20;
      });
      assert.ok(crowded.length < 4);
      assert.equal(truth.counts.irma, undefined);
    }
  });

  test('the counts of the truth are the spots of the mask, where they do not touch', () => {
    const { masks, truth } = draw({ seed: 3, size: 1024, diseases: { dr: 1 } });
    assert.equal(spots(masks.microaneurysm!, 1024), truth.counts.microaneurysm);
  });
});

/** Connected patches, diagonals included. */
function spots(mask: Uint8Array, size: number): number {
  const left = mask.slice();
  let count = 0;
  left.forEach((value, start) => {
    if (!value) return;
    count++;
    const stack = [start];
    left[start] = 0;
    while (stack.length > 0) {
      const at = stack.pop()!;
      for (const step of [-size - 1, -size, -size + 1, -1, 1, size - 1, size, size + 1]) {
        if (!left[at + step]) continue;
        left[at + step] = 0;
        stack.push(at + step);
      }
    }
  });
  return count;
}

/** Disease → what it must and must not show. */
const SIGNS: readonly [
  diseases: NonNullable<FundusParameters['diseases']>,
  shown: readonly string[],
  labels: string,
][] = [
  [{ dme: 3 }, ['hardExudate', 'microaneurysm'], 'D'],
  [{ amd: 1 }, ['drusen'], 'A'],
  [{ amd: 2 }, ['drusen', 'pigment'], 'A'],
  [{ amd: 3 }, ['geographicAtrophy'], 'A'],
  [{ amd: 4 }, ['subretinalHaemorrhage', 'subretinalFluid'], 'A'],
  [{ hypertensive: 3 }, ['flameHaemorrhage', 'cottonWoolSpot'], 'H'],
  [{ hypertensive: 4 }, ['hardExudate', 'flameHaemorrhage'], 'H'],
  [{ myopia: 3 }, ['patchyAtrophy', 'peripapillaryAtrophy'], 'M'],
  [{ crvo: 2 }, ['flameHaemorrhage'], 'O'],
  [{ brvo: 2 }, ['flameHaemorrhage'], 'O'],
  [{ crao: 3 }, ['retinalWhitening'], 'O'],
  [{ brao: 3 }, ['retinalWhitening'], 'O'],
  [{ dr: 2, glaucoma: 2, cataract: 1 }, ['microaneurysm'], 'D;G;C'],
  [{}, [], 'N'],
];

describe('each disease shows its signs', () => {
  for (const [diseases, shown, labels] of SIGNS) {
    test(JSON.stringify(diseases), () => {
      const { masks, truth } = draw({ diseases });
      for (const kind of shown) assert.ok(area(masks[kind]) > 0, `no ${kind}`);
      assert.equal(truth.labels, labels);
      assert.equal(truth.reasons.length, Object.keys(diseases).length);
    });
  }

  test('a healthy eye shows no lesion', () => {
    for (const seed of [1, 2, 3]) {
      const { counts } = draw({ seed, size: 64 }).truth;
      assert.deepEqual(
        Object.keys(counts).filter((kind) => kind !== 'peripapillaryAtrophy'),
        [],
      );
    }
  });

  test('glaucoma has a larger cup with each grade; hypertension narrower arteries', () => {
    const cups = [0, 1, 2, 3].map(
      (glaucoma) => draw({ size: 64, seed: 8, diseases: { glaucoma } }).truth.cupToDisc,
    );
    assert.deepEqual(
      cups,
      [...cups].sort((a, b) => a - b),
    );
    const avr = [0, 2, 4].map(
      (hypertensive) => draw({ size: 64, seed: 8, diseases: { hypertensive } }).truth.avr,
    );
    assert.ok(avr[2]! < avr[1]! && avr[1]! < avr[0]!, String(avr));
  });

  test('a branch vein occlusion keeps to one side of the raphe', () => {
    const { countsByQuadrant } = draw({ diseases: { brvo: 3 } }).truth;
    const bleeding = QUADRANTS.filter((quadrant) => (countsByQuadrant[quadrant].flameHaemorrhage ?? 0) > 5);
    assert.equal(new Set(bleeding.map((quadrant) => quadrant.slice(0, 3))).size, 1);
  });
});

describe('the camera', () => {
  test('a small pupil and a lesser camera darken, veil and blur', () => {
    const faults = (parameters: object) => renderFundus({ seed: 2, size: 64, ...parameters }).truth.artefacts;
    const usual = faults({});
    const narrow = faults({ pupil: 2 });
    assert.ok(narrow.vignette > usual.vignette + 0.1 && narrow.underexposure > usual.underexposure + 0.3);
    const phone = faults({ camera: 'smartphone' });
    assert.ok(phone.noise > 1.5 * usual.noise && phone.defocus > 1.5 * usual.defocus);
    assert.deepEqual(faults({ camera: 'tabletop', pupil: 5 }), usual);
    assert.equal(faults({ camera: 'smartphone', artefacts: { noise: 0.1 } }).noise, 0.1);
  });

  test('defocus lowers the contrast of edges, underexposure and overexposure move the brightness', () => {
    const clean = {
      defocus: 0,
      haze: 0,
      noise: 0,
      jpeg: 0,
      flare: 0,
      dust: 0,
      overexposure: 0,
      underexposure: 0,
    };
    const mean = (image: Uint8Array) => image.reduce((a, b) => a + b) / image.length;
    const edges = (image: Uint8Array) => {
      let sum = 0;
      for (let at = 4; at < image.length; at += 3) sum += Math.abs(image[at]! - image[at - 3]!);
      return sum;
    };
    const sharp = draw({ artefacts: clean }).image;
    assert.ok(edges(draw({ artefacts: { ...clean, defocus: 0.8 } }).image) < 0.8 * edges(sharp));
    assert.ok(mean(draw({ artefacts: { ...clean, underexposure: 0.8 } }).image) < 0.7 * mean(sharp));
    assert.ok(mean(draw({ artefacts: { ...clean, overexposure: 0.8 } }).image) > 1.15 * mean(sharp));
  });

  test('outside the field it is black, inside lit; a wider field shows more of the eye', () => {
    const { image, masks } = draw({ frame: 'circle' });
    for (const corner of [0, SIZE - 1, SIZE * SIZE - 1])
      assert.deepEqual([...image.subarray(corner * 3, corner * 3 + 3)], [0, 0, 0]);
    const share = area(masks.field) / (SIZE * SIZE);
    assert.ok(share > 0.7 && share < 0.79);
    assert.ok(area(draw({ field: 30 }).masks.fovea) > 1.9 * area(draw({ field: 45 }).masks.fovea));
  });
});

describe('what no eye can be is refused with the allowed range', () => {
  const refused: readonly [Record<string, unknown>, RegExp, RegExp][] = [
    [{ cupToDisc: 1.2 }, /cupToDisc 1.2/, /0.05 to 0.95/],
    [{ diseases: { dr: 9 } }, /grade of dr 9/, /0 to 4/],
    [{ diseases: { dr: 1.5 } }, /grade of dr/, /whole/],
    [{ diseases: { measles: 1 } }, /measles/, /glaucoma/],
    [{ size: 0 }, /size 0/, /64 to 2048/],
    [{ size: 100_000 }, /size 100000/, /64 to 2048/],
    [{ size: 100.5 }, /size/, /whole/],
    [{ eye: 'left' }, /eye left/, /OD, OS/],
    [{ field: 90 }, /field 90/, /30, 45, 50/],
    [{ age: -3 }, /age -3/, /20 to 90/],
    [{ artefacts: { haze: 2 } }, /haze 2/, /0 to 1/],
    [{ artefacts: { rain: 1 } }, /rain/, /eyelash/],
    [{ pigmentation: Number.NaN }, /pigmentation NaN/, /0 to 1/],
    [{ centring: 'disc', field: 30, diseases: { amd: 2 } }, /30° and amd/, /macula/],
    [{ seed: 1.5 }, /seed/, /whole number or text/],
  ];
  for (const [parameters, message, expected] of refused) {
    test(JSON.stringify(parameters), () => {
      assert.throws(
        () => draw(parameters as Partial<FundusParameters>),
        (error) =>
          error instanceof FoveaError &&
          error.code === 'PHANTOM_PARAMETER_INVALID' &&
          message.test(error.message) &&
          expected.test(error.details.expected ?? ''),
      );
    });
  }
});

describe('whatever is asked for within the ranges is drawn', () => {
  const diseases = fc
    .uniqueArray(fc.constantFrom(...(Object.keys(DISEASES) as Disease[])), { maxLength: 3 })
    .chain((names) =>
      fc.record(
        Object.fromEntries(
          names.map((name) => [name, fc.integer({ min: 0, max: DISEASES[name].grades[1] })]),
        ),
      ),
    );
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const parameters = fc.record({
    seed: fc.nat(),
    size: fc.constantFrom(64, 97),
    eye: fc.constantFrom('OD' as const, 'OS' as const),
    field: fc.constantFrom(30 as const, 45 as const, 50 as const),
    centring: fc.constantFrom('macula' as const, 'disc' as const),
    diseases,
    pigmentation: share,
    tessellation: share,
    age: fc.integer({ min: 20, max: 90 }),
    cupToDisc: fc.double({ min: 0.05, max: 0.95, noNaN: true }),
    artefacts: fc.record(Object.fromEntries(ARTEFACTS.map((name) => [name, share]))),
  });

  test('every mask lies in the field, the field is lit, the grade is the one asked for', () => {
    fc.assert(
      fc.property(parameters, (asked) => {
        const blind = asked.field === 30 && asked.centring === 'disc';
        fc.pre(
          !(
            blind && (['amd', 'dme', 'crao', 'brao'] as const).some((name) => (asked.diseases[name] ?? 0) > 0)
          ),
        );
        const { image, masks, truth } = renderFundus(asked);
        assert.equal(image.length, asked.size ** 2 * 3);
        for (const mask of Object.values(masks))
          assert.ok(mask.every((value, at) => value === 0 || masks.field![at] === 255));
        assert.equal(truth.eye, asked.eye);
        assert.equal(truth.drGrade, asked.diseases.dr ?? 0);
      }),
      { numRuns: 25, seed: 1 },
    );
  });
});

const GOLDEN: readonly [Partial<FundusParameters>, string][] = [
  [{ seed: 1 }, '13bb307cf9ca31b4'],
  [{ seed: 2, diseases: { dr: 4 }, eye: 'OS' }, '89d174f1ac1a4ec5'],
  [{ seed: 'a', diseases: { amd: 4, glaucoma: 2 }, centring: 'disc' }, '7f42ab902b15b302'],
  [{ seed: 3, diseases: { myopia: 4 }, field: 30 }, 'de54550c7da695c4'],
  [
    { seed: 4, diseases: { hypertensive: 4, cataract: 1 }, artefacts: { dust: 1, eyelash: 1, flare: 1 } },
    '58a6790e510c7be6',
  ],
];

describe('the same parameters give the same bytes', () => {
  const fingerprint = (parameters: Partial<FundusParameters>) => {
    const { image, masks } = draw({ size: 128, ...parameters });
    const hash = createHash('sha256').update(image);
    for (const name of Object.keys(masks).sort()) hash.update(name).update(masks[name]!);
    return hash.digest('hex').slice(0, 16);
  };
  // A change of pixels is meant: then `GENERATOR` is raised and these are written anew.
  for (const [parameters, expected] of GOLDEN) {
    test(JSON.stringify(parameters), () => assert.equal(fingerprint(parameters), expected));
  }
});
