import type { Random } from '../core/random.ts';
import type { Canvas } from './canvas.ts';
import type { PhantomEye } from './eye.ts';
import { throughJpeg } from './jpeg.ts';
import { gradientNoise } from './noise.ts';
import type { Palette } from './palette.ts';
import { ARTEFACTS, type Artefact, type Camera, type FundusParameters } from './parameters.ts';
import { blur, clamp, mix, smoothstep } from './plane.ts';

export type Artefacts = Readonly<Record<Artefact, number>>;

/** How often a fault is seen in a usual photograph, and how strong it then is. */
const USUAL: Record<Artefact, readonly [probability: number, low: number, high: number]> = {
  defocus: [1, 0, 0.22],
  chromatic: [1, 0, 0.3],
  haze: [0.6, 0, 0.22],
  vignette: [1, 0.2, 0.85],
  tilt: [1, 0.1, 0.8],
  noise: [1, 0.08, 0.3],
  jpeg: [1, 0.1, 0.4],
  eyelash: [0.03, 0.1, 0.4],
  dust: [0.15, 0.1, 0.4],
  flare: [0.22, 0.1, 0.6],
  overexposure: [0.15, 0, 0.3],
  underexposure: [0.2, 0, 0.35],
};

/** How much stronger than with a table-top camera the usual faults are. [drawn] */
const STRONGER: Record<Camera, Partial<Record<Artefact, number>>> = {
  tabletop: {},
  handheld: { defocus: 1.9, haze: 1.3, vignette: 1.25, tilt: 1.4, noise: 1.7, flare: 1.5, eyelash: 2 },
  smartphone: {
    defocus: 2.4,
    chromatic: 2.2,
    haze: 1.8,
    vignette: 1.5,
    tilt: 1.6,
    noise: 2.2,
    jpeg: 1.6,
    flare: 1.8,
  },
};

/** What was asked for, and for the rest what is usual with this camera and pupil. */
export function drawArtefacts(
  random: Random,
  { artefacts: asked = {}, camera = 'tabletop', pupil = 5 }: FundusParameters,
): Artefacts {
  // Below about 4 mm the ring of the lamp no longer fits in the pupil.
  const narrow = clamp((4 - pupil) / 2);
  const through: Partial<Record<Artefact, number>> = {
    vignette: 0.45 * narrow,
    underexposure: 0.5 * narrow,
    flare: 0.35 * narrow,
    haze: 0.2 * narrow,
  };
  return Object.fromEntries(
    ARTEFACTS.map((name) => {
      const [probability, low, high] = USUAL[name];
      const stream = random.fork(name);
      const usual = stream.chance(probability) ? stream.range(low, high) : 0;
      const drawn = clamp(usual * (STRONGER[camera][name] ?? 1) + (through[name] ?? 0));
      return [name, asked[name] ?? drawn];
    }),
  ) as Artefacts;
}

/** Blur of a well-focused eye and camera, µm (standard deviation). [drawn] */
const OPTICS = 15;
/** Blur of the worst defocus, µm. */
const WORST_DEFOCUS = 190;

/** Takes the picture of what is painted on the canvas, with every fault of the camera: 8-bit RGB. */
export function photograph(
  canvas: Canvas,
  eye: PhantomEye,
  palette: Palette,
  faults: Artefacts,
  random: Random,
): Uint8Array {
  const { size, red, green, blue, view } = canvas;
  const area = size * size;
  const planes = [red, green, blue] as const;
  const look = random.fork('look');
  const air = gradientNoise(random.fork('air'));
  const lens = eye.lens.haze;

  // 1. Optics: a defocused eye is blurred, more so in blue and red.
  const base = Math.hypot(OPTICS, WORST_DEFOCUS * faults.defocus ** 1.5, 95 * lens ** 1.4);
  const colour = faults.chromatic * 60;
  planes.forEach((plane, c) => {
    blur(plane, size, size, Math.hypot(base, [0.7 * colour, 0, colour][c]!) / view.scale);
  });
  sharpen(
    planes,
    size,
    look.range(0, 0.45) * (1 - lens) * (1 - faults.defocus),
    Math.max(0.8, 34 / view.scale),
  );

  // 2. Light: a lamp that is not quite centred, dimmer towards the margin.
  const towards = look.range(0, 2 * Math.PI);
  const tiltX = Math.cos(towards) * faults.tilt;
  const tiltY = Math.sin(towards) * faults.tilt;
  const falloff = look.range(1.2, 2.8);
  const exposure = 1.1 * (1 + 1.1 * faults.overexposure) * (1 - 0.72 * faults.underexposure);
  const flareAt = look.range(0, 2 * Math.PI);
  const flareWidth = look.range(0.3, 0.9);
  const flareDepth = look.range(0.06, 0.3);
  const flareWarm = look.unit();
  const ghost = look.chance(0.4) ? faults.flare * look.range(0.1, 0.4) : 0;
  const ghostX = look.normal(0, 0.12);
  const ghostY = look.normal(0, 0.12);
  const margin = look.range(0.02, 0.13);
  // Away from where the lamp meets the pupil less red comes back: the margin turns green or blue.
  const tint = look.chance(0.35) ? look.range(0.08, 0.42) : look.range(0, 0.1);
  const tintX = look.normal(0, 0.25);
  const tintY = look.normal(0, 0.25);
  const lash = look.range(-0.5, 0.5);
  const shadow = eye.lens.yellow;
  const hazeAll = clamp(0.72 * faults.haze + 0.62 * lens);
  const middle = (size - 1) / 2;
  const grain = random.fork('grain');
  const noise = faults.noise * 0.058 + 0.002;
  const specks = dust(random.fork('dust'), faults.dust);
  const lashes = eyelashes(random.fork('lashes'), faults.eyelash, lash);
  const softEdge = Math.max(1, view.radius * look.range(0.004, 0.012));
  const out = new Uint8Array(area * 3);
  const yellow = [1, 1 - 0.09 * shadow, 1 - 0.42 * shadow] as const;
  // A cloudy lens spreads the light of the whole fundus over the picture.
  const cloud = palette.veil.map((share, c) => mix(palette.ground[c]! * 1.08, share, 0.35) * yellow[c]!);
  const flareColour = [1, mix(0.95, 0.75, flareWarm), mix(1.05, 0.3, flareWarm)] as const;
  // Demosaicing makes a sensor's noise blotchy: each value leans on its left and upper neighbour.
  const above = new Float32Array(size * 3);
  const left = new Float32Array(3);
  for (let row = 0, at = 0; row < size; row++) {
    left.fill(0);
    const py = (row - middle) / view.radius;
    for (let column = 0; column < size; column++, at++) {
      const lit = clamp(view.inside(column, row) / softEdge + 0.5);
      if (lit === 0) continue;
      const px = (column - middle) / view.radius;
      const r = Math.sqrt(px * px + py * py);
      const drop = 1 - (0.55 * faults.vignette + 0.04) * r ** falloff;
      const lean = tiltX * px + tiltY * py;
      const lamp = Math.max(0.08, drop * (1 + 0.55 * lean) * (1 - 0.35 * faults.tilt * clamp(lean - 0.1)));
      const thin = air(px * 0.9 + 20, py * 0.9 + 20);
      let light = lamp * exposure * (1 + 0.42 * faults.tilt * thin);
      for (const speck of specks) {
        const d = Math.hypot(px - speck.x, py - speck.y) / speck.radius;
        if (d < 1.3)
          light *=
            1 + speck.strength * (1 - smoothstep(0.75, 1.25, d)) * (0.75 + 0.35 * smoothstep(0.4, 0.9, d));
      }
      for (const hair of lashes) {
        if (py <= hair.y) continue;
        const across = (px - hair.x - hair.bend * (py - hair.y) ** 2) / hair.width;
        light *= 1 - hair.depth * Math.exp(-across * across) * smoothstep(0, 0.35, py - hair.y);
      }
      const veiled = hazeAll === 0 ? 0 : clamp(hazeAll * (1 + 0.35 * air(px * 1.3 + 5, py * 1.3)));
      const rim =
        (margin * smoothstep(0.72, 1, r) ** 2 + 0.05 * faults.vignette * smoothstep(0.5, 1, r) ** 2) *
        exposure;
      const cold = tint * smoothstep(0.25, 1.25, Math.hypot(px - tintX, py - tintY));
      let flare = 0;
      if (faults.flare > 0 && r > 1 - flareDepth) {
        const turn = Math.atan2(py, px) - flareAt;
        const off = Math.atan2(Math.sin(turn), Math.cos(turn)) / flareWidth;
        flare = faults.flare * 0.95 * Math.exp(-off * off) * smoothstep(1 - flareDepth, 1.04, r) ** 1.5;
      }
      const inner = ghost > 0 ? ghost * Math.exp(-((px - ghostX) ** 2 + (py - ghostY) ** 2) / 0.012) : 0;
      for (let c = 0; c < 3; c++) {
        let value = mix(planes[c]![at]! * yellow[c]!, cloud[c]!, veiled) * light * (1 - cold * COLD[c]!);
        value += rim * palette.veil[c]! + flare * flareColour[c]! + inner * GHOST[c]!;
        const white = grain.unit() + grain.unit() - 1;
        const blotch = 0.77 * white + 0.3 * left[c]! + 0.3 * above[column * 3 + c]!;
        left[c] = blotch;
        above[column * 3 + c] = blotch;
        value += blotch * noise * GRAIN[c]! * Math.sqrt(Math.max(0.02, value));
        out[at * 3 + c] = Math.round(255 * clamp(shoulder(value)) * lit);
      }
    }
  }
  // libjpeg quality 98 … 22.
  throughJpeg(out, size, size, Math.round(98 - 76 * faults.jpeg));
  return out;
}

/** Shares of red, green, blue that a cold margin loses. [drawn] */
const COLD = [1, 0.4, 0.12] as const;

/** Bluish reflex of the lens; noise of the three colours (blue is amplified most). [drawn] */
const GHOST = [0.5, 0.62, 0.72] as const;
const GRAIN = [1.36, 1.45, 1.87] as const;

/** Film-like: linear up to three quarters, then rolls off, so that discs and exudates keep their shading. */
const shoulder = (x: number) => (x < 0.72 ? x : 0.72 + 0.28 * (1 - Math.exp(-(x - 0.72) / 0.28)));

function sharpen(planes: readonly Float32Array[], size: number, amount: number, sigma: number): void {
  if (amount < 0.03) return;
  for (const plane of planes) {
    const soft = plane.slice();
    blur(soft, size, size, sigma);
    for (let at = 0; at < plane.length; at++) plane[at]! += amount * (plane[at]! - soft[at]!);
  }
}

/** Grains on the lens, far out of focus; in radii of the field. */
function dust(random: Random, amount: number) {
  const count = amount === 0 ? 0 : Math.round(1 + amount * 14);
  return Array.from({ length: count }, () => {
    const away = Math.sqrt(random.unit()) * 0.95;
    const around = random.range(0, 2 * Math.PI);
    return {
      x: Math.cos(around) * away,
      y: Math.sin(around) * away,
      radius: random.range(0.012, 0.05),
      strength: random.chance(0.6) ? random.range(0.05, 0.28) : -random.range(0.05, 0.3),
    };
  });
}

/** Lashes hang into the lower margin, blurred. */
function eyelashes(random: Random, amount: number, middle: number) {
  const count = amount === 0 ? 0 : Math.round(2 + amount * 9);
  return Array.from({ length: count }, () => ({
    x: middle + random.normal(0, 0.32),
    y: mix(0.75, 0.05, amount) + random.normal(0, 0.1),
    bend: random.normal(0, 0.5),
    width: random.range(0.02, 0.06),
    depth: (0.35 + 0.5 * amount) * random.range(0.5, 1),
  }));
}
