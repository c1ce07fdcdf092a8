import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Image } from '../image/index.ts';
import { type FundusTruth, renderFundus } from '../synth/index.ts';
import { findGeometry } from './geometry.ts';
import { cropSquare, squareAbout } from './geometry-crop.ts';
import { findLitField } from './geometry-field.ts';

interface Case {
  readonly image: Image;
  readonly truth: FundusTruth;
}

const SIZE = 256;

function phantom(parameters: Partial<Parameters<typeof renderFundus>[0]> = {}): Case {
  const { image, width, height, truth } = renderFundus({
    seed: 3,
    size: SIZE,
    frame: 'circle',
    ...parameters,
  });
  return { image: { width, height, channels: 3, data: image }, truth };
}

/** A picture whose pixel x, y is another's at `from(x, y)`; black where that lies outside. */
function moved(
  image: Image,
  from: (x: number, y: number) => readonly [number, number],
  size: Partial<Image> = {},
) {
  const { width = image.width, height = image.height } = size;
  const data = new Uint8Array(width * height * image.channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = from(x, y).map(Math.round) as [number, number];
      if (u < 0 || v < 0 || u >= image.width || v >= image.height) continue;
      for (let c = 0; c < image.channels; c++)
        data[(y * width + x) * image.channels + c] = image.data[(v * image.width + u) * image.channels + c]!;
    }
  }
  return { width, height, channels: image.channels, data };
}

const filled = (width: number, height: number, tone: (i: number) => number, channels: 1 | 3 = 3): Image => ({
  width,
  height,
  channels,
  data: Uint8Array.from({ length: width * height * channels }, (_, i) => tone(i)),
});

const discDiameter = ({ discHeightMicrometres, micrometresPerPixel }: FundusTruth) =>
  discHeightMicrometres / micrometresPerPixel;

const distance = (place: { x: number; y: number } | null, [x, y]: readonly [number, number]) =>
  place ? Math.hypot(place.x - x, place.y - y) : Number.POSITIVE_INFINITY;

async function assertFound({ image, truth }: Case): Promise<void> {
  const { disc, fovea, laterality } = await findGeometry(image);
  assert.ok(distance(disc, truth.discCentre) < discDiameter(truth) / 2, `disc ${JSON.stringify(disc)}`);
  assert.ok(distance(fovea, truth.foveaCentre) < discDiameter(truth) / 2, `fovea ${JSON.stringify(fovea)}`);
  assert.equal(laterality?.eye, truth.eye);
}

describe('disc, fovea and eye of a phantom', () => {
  for (const eye of ['OD', 'OS'] as const) {
    test(`${eye}, macula-centred`, async () => {
      const made = phantom({ eye });
      await assertFound(made);
      const { centring, field, disc, laterality, fieldAngle } = await findGeometry(made.image);
      assert.equal(centring, 'macula');
      assert.ok(laterality!.confidence > 0.9);
      assert.ok(Math.abs(field!.x - 127.5) < 2 && Math.abs(field!.y - 127.5) < 2);
      assert.ok(Math.abs(field!.radius - 124.8) < 2.5);
      assert.equal(field!.cut, 0);
      assert.ok(Math.abs(Math.log(disc!.diameter / discDiameter(made.truth))) < 0.3);
      assert.ok(Math.abs(fieldAngle! - 45) < 8, `${fieldAngle}°`);
    });
    test(`${eye}, disc-centred`, async () => {
      const made = phantom({ eye, centring: 'disc', seed: 5 });
      await assertFound(made);
      assert.equal((await findGeometry(made.image)).centring, 'disc');
    });
  }

  test('a grey picture: the green light alone, as a red-free photograph', async () => {
    const { image, truth } = phantom({ seed: 8 });
    const data = Uint8Array.from({ length: SIZE * SIZE }, (_, i) => image.data[i * 3 + 1]!);
    await assertFound({ image: { ...image, channels: 1, data }, truth });
  });

  for (const degrees of [-12, 12]) {
    test(`turned by ${degrees}°`, async () => {
      const { image, truth } = phantom({ seed: 8 });
      const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
      const middle = (SIZE - 1) / 2;
      const turn = (x: number, y: number, s: number): [number, number] => [
        middle + (x - middle) * cos - s * (y - middle) * sin,
        middle + s * (x - middle) * sin + (y - middle) * cos,
      ];
      const places = {
        discCentre: turn(...truth.discCentre, 1),
        foveaCentre: turn(...truth.foveaCentre, 1),
      };
      await assertFound({ image: moved(image, (x, y) => turn(x, y, -1)), truth: { ...truth, ...places } });
    });
  }

  test('mirrored left to right it is the other eye', async () => {
    const { image, truth } = phantom({ eye: 'OD' });
    const mirrored = moved(image, (x, y) => [SIZE - 1 - x, y]);
    const { disc, laterality } = await findGeometry(mirrored);
    assert.equal(laterality?.eye, 'OS');
    const [x, y] = truth.discCentre;
    assert.ok(distance(disc, [SIZE - 1 - x, y]) < discDiameter(truth) / 2);
  });

  test('turned by half it looks more upside down than upright, in most eyes', async () => {
    let more = 0;
    const seeds = [1, 2, 3, 4, 5];
    for (const seed of seeds) {
      const { image } = phantom({ seed });
      const upright = await findGeometry(image);
      const turned = await findGeometry(moved(image, (x, y) => [SIZE - 1 - x, SIZE - 1 - y]));
      if ((turned.inverted ?? 0) > (upright.inverted ?? 1)) more++;
    }
    assert.ok(more >= 4, `${more} of ${seeds.length}`);
  });

  test('where the frame around it is wider, everything moves with it', async () => {
    const { image } = phantom();
    const small = await findGeometry(image);
    const large = await findGeometry(moved(image, (x, y) => [x - 60, y - 20], { width: 400, height: 300 }));
    for (const part of ['field', 'disc', 'fovea'] as const)
      assert.ok(distance(large[part], [small[part]!.x + 60, small[part]!.y + 20]) < 3, part);
    assert.deepEqual([large.laterality?.eye, large.centring], [small.laterality?.eye, small.centring]);
  });
});

describe('the lit field', () => {
  test('cut above and below by the frame, its circle reaches beyond it', () => {
    const { image } = phantom();
    const field = findLitField(moved(image, (x, y) => [x, y + 40], { height: SIZE - 80 }))!;
    assert.ok(Math.abs(field.x - 127.5) < 2.5 && Math.abs(field.y - 87.5) < 2.5, `${field.x}, ${field.y}`);
    assert.ok(Math.abs(field.radius - 124.8) < 3, `${field.radius}`);
    // Two segments of a circle of 124.8 beyond lines 88 off its middle.
    const [r, d] = [124.8, 88];
    const missing = (2 * (r * r * Math.acos(d / r) - d * Math.sqrt(r * r - d * d))) / (Math.PI * r * r);
    assert.ok(Math.abs(field.cut - missing) < 0.03, `${field.cut} for ${missing}`);
  });

  test('without a rim: the circle that touches the longer sides', () => {
    const { image } = phantom();
    const field = findLitField(moved(image, (x, y) => [x + 64, y + 64], { width: 128, height: 120 }))!;
    assert.equal(field.radius, 64);
    assert.ok(Math.abs(field.x - 63.5) < 0.01 && Math.abs(field.y - 59.5) < 0.01);
  });

  test('of any frame around a circle that is not tiny in it the circle is found', () => {
    const random = fc.record({
      width: fc.integer({ min: 120, max: 700 }),
      height: fc.integer({ min: 120, max: 700 }),
      share: fc.double({ min: 0.6, max: 1, noNaN: true }),
      channels: fc.constantFrom<1 | 3>(1, 3),
    });
    fc.assert(
      fc.property(random, ({ width, height, share, channels }) => {
        const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
        const radius = (Math.min(width, height) / 2) * share;
        fc.pre(radius > 0.22 * Math.max(width, height));
        const field = findLitField(
          filled(
            width,
            height,
            (i) => {
              const pixel = Math.floor(i / channels);
              return Math.hypot((pixel % width) - cx, Math.floor(pixel / width) - cy) < radius ? 120 : 2;
            },
            channels,
          ),
        );
        assert.ok(field);
        const error = Math.max(2, 0.02 * Math.max(width, height));
        assert.ok(Math.abs(field.x - cx) < error && Math.abs(field.y - cy) < error);
        assert.ok(Math.abs(field.radius - radius) < error);
      }),
      { numRuns: 40 },
    );
  });
});

describe('several photographs on one sheet', () => {
  test('are counted, and the eye is told of the largest', async () => {
    const [one, other] = [phantom({ eye: 'OD' }).image, phantom({ eye: 'OS', seed: 9, size: 230 }).image];
    const sheet = moved(one, (x, y) => [x, y], { width: 520, height: SIZE });
    const beside = moved(other, (x, y) => [x - 280, y - 10], { width: 520, height: SIZE });
    const both = { ...sheet, data: sheet.data.map((value, i) => Math.max(value, beside.data[i]!)) };
    const { fields, laterality, disc } = await findGeometry(both);
    const alone = await findGeometry(one);
    assert.equal(fields, 2);
    assert.equal(laterality?.eye, 'OD');
    assert.ok(distance(disc, [alone.disc!.x, alone.disc!.y]) < 6);
  });

  test('a dark shadow through one photograph does not make it two', async () => {
    const { image } = phantom();
    const data = image.data.map((value, i) => {
      const row = Math.floor(i / 3 / SIZE);
      return row > 110 && row < 140 ? 0 : value;
    });
    assert.equal((await findGeometry({ ...image, data })).fields, 1);
  });
});

describe('the crop', () => {
  test('a grey picture and the same in colour give the same planes', () => {
    const grey = filled(90, 70, (i) => (i * 37) % 256, 1);
    const colour = filled(90, 70, (i) => (Math.floor(i / 3) * 37) % 256);
    const square = squareAbout({ box: { left: 10, top: 0, right: 80, bottom: 70 } }, 0.1);
    assert.deepEqual(cropSquare(grey, square, 32), cropSquare(colour, square, 32));
  });

  test('outside the picture it is black, inside it is the mean of what it covers', () => {
    const planes = cropSquare(
      filled(4, 4, () => 255),
      { left: -4, top: 0, side: 8 },
      4,
    );
    assert.deepEqual([...planes.subarray(0, 4)], [0, 0, 1, 1]);
    assert.deepEqual([...planes.subarray(8, 12)], [0, 0, 0, 0]);
  });
});

describe('pictures with no eye in them', () => {
  let state = 1;
  const noise = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  };
  const pictures: readonly [name: string, image: Image][] = [
    ['black', filled(300, 300, () => 0)],
    ['white', filled(300, 300, () => 255)],
    ['grey, one channel', filled(300, 200, () => 128, 1)],
    ['noise', filled(300, 300, noise)],
    ['noise, one channel', filled(200, 300, noise, 1)],
    ['10 × 10', filled(10, 10, noise)],
    ['1 × 4000', filled(1, 4000, noise)],
    ['4000 × 1', filled(4000, 1, noise)],
    ['1 × 1', filled(1, 1, () => 200, 1)],
  ];
  for (const [name, image] of pictures) {
    test(`${name}: no disc, no fovea, no eye`, async () => {
      const { disc, fovea, laterality, centring, inverted, fieldAngle } = await findGeometry(image);
      assert.deepEqual(
        { disc, fovea, laterality, centring, inverted, fieldAngle },
        { disc: null, fovea: null, laterality: null, centring: null, inverted: null, fieldAngle: null },
      );
    });
  }

  test('too small, too long or all dark: no field either', async () => {
    for (const image of [filled(10, 10, noise), filled(1, 4000, noise), filled(300, 300, () => 0)])
      assert.equal((await findGeometry(image)).field, null);
  });

  test('any picture of any size answers, and with finite numbers', async () => {
    const sizes = fc.record({
      width: fc.integer({ min: 1, max: 90 }),
      height: fc.integer({ min: 1, max: 90 }),
      channels: fc.constantFrom<1 | 3>(1, 3),
      scale: fc.integer({ min: 0, max: 255 }),
    });
    await fc.assert(
      fc.asyncProperty(sizes, async ({ width, height, channels, scale }) => {
        const geometry = await findGeometry(filled(width, height, (i) => (i * scale) % 256, channels));
        // JSON writes null for what is not finite: nothing may change on the way.
        assert.deepEqual(JSON.parse(JSON.stringify(geometry)), geometry);
      }),
      { numRuns: 40 },
    );
  });
});
