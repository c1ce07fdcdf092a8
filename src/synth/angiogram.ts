import { type Random, random } from '../core/random.ts';
import { type Artefacts, drawArtefacts, photograph } from './camera.ts';
import { type Canvas, canvas, markPlaces } from './canvas.ts';
import { paintDisc } from './disc.ts';
import { type PhantomEye, sampleEye } from './eye.ts';
import type { LesionKind } from './lesions.ts';
import { sampleMacula } from './macula.ts';
import { cellNoise, gradientNoise } from './noise.ts';
import { paintLesions } from './paint-lesions.ts';
import { layVessels } from './paint-vessels.ts';
import { drawPalette, type Palette } from './palette.ts';
import { checkParameters, type FundusParameters, oneOf } from './parameters.ts';
import { type Perfusion, samplePerfusion } from './perfusion.ts';
import { blur, clamp, mix, smoothstep } from './plane.ts';
import { type FundusTruth, truthOf } from './truth.ts';
import { aimOf, viewOf } from './view.ts';

/** Phases after the injection: arteries fill (about 12 s), arteries and veins (25 s), the dye leaves (5–10 min). */
export const PHASES = ['arterial', 'arteriovenous', 'late'] as const;
export type Phase = (typeof PHASES)[number];

export interface AngiogramParameters extends FundusParameters {
  /** Default arteriovenous. */
  readonly phase?: Phase;
}

export interface AngiogramTruth extends FundusTruth {
  readonly phase: Phase;
  /** Foveal avascular zone as drawn, mm². */
  readonly avascularZoneArea: number;
  /** Closed capillaries in the field, the foveal avascular zone not among them, mm². */
  readonly nonPerfusionArea: number;
  /** Where dye lies outside vessels in this phase, mm². */
  readonly leakageArea: number;
}

export interface AngiogramPhantom {
  /** Grey, one byte a pixel. */
  readonly image: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Those of the photograph, and `avascularZone`, `nonPerfusion`, `leakage` where there is any. */
  readonly masks: Readonly<Record<string, Uint8Array>>;
  readonly truth: AngiogramTruth;
}

/**
 * Draws a fluorescein angiogram of the eye that `renderFundus` draws of the same parameters, pixel upon pixel: what the
 * two share has the same mask in both.
 *
 * ```ts
 * const { image, masks, truth } = renderAngiogram({ seed: 7, diseases: { dr: 4 }, phase: 'late' });
 * ```
 *
 * @throws FoveaError `PHANTOM_PARAMETER_INVALID`
 */
export function renderAngiogram({
  phase = 'arteriovenous',
  ...parameters
}: AngiogramParameters): AngiogramPhantom {
  checkAngiogram({ phase, ...parameters });
  const aim = aimOf(parameters);
  const eye = sampleEye(parameters, aim);
  const view = viewOf(parameters, eye, aim);
  // The photograph's streams, so that every edge falls where it falls there.
  const stream = random(`fundus/${parameters.seed}`);
  const palette = drawPalette(stream.fork('palette'), eye.pigmentation);
  const artefacts = drawArtefacts(stream.fork('artefacts'), parameters);
  const painting = canvas(view);
  paintLesions(painting, eye, palette, stream.fork('under'), true);
  paintDisc(painting, eye, palette, stream.fork('disc'));
  paintLesions(painting, eye, palette, stream.fork('over'), false);

  const perfusion = samplePerfusion(eye, parameters.seed);
  const own = random(`angiogram/${parameters.seed}`);
  const glow = fluoresce(painting, eye, perfusion, phase, parameters.seed, own);
  markPlaces(painting);
  for (const plane of [painting.red, painting.green, painting.blue]) plane.set(glow);
  const rgb = photograph(painting, eye, GREY, soften(artefacts), own.fork('camera'));
  const image = new Uint8Array(rgb.length / 3);
  for (let at = 0; at < image.length; at++) image[at] = rgb[3 * at + 1]!;

  const pixel = (view.scale / 1000) ** 2;
  const area = (kind: string) =>
    (painting.masks.get(kind)?.reduce((count, value) => count + (value >> 7), 0) ?? 0) * pixel;
  return {
    image,
    width: view.size,
    height: view.size,
    masks: Object.fromEntries([...painting.masks].filter(([, mask]) => mask.includes(255))),
    truth: {
      ...truthOf(eye, aim, view, artefacts),
      phase,
      avascularZoneArea: area('avascularZone'),
      nonPerfusionArea: area('nonPerfusion'),
      leakageArea: area('leakage'),
    },
  };
}

/** @throws FoveaError `PHANTOM_PARAMETER_INVALID` */
export function checkAngiogram({ phase, ...parameters }: AngiogramParameters): void {
  oneOf('phase', phase, PHASES);
  checkParameters(parameters);
}

/** A barrier filter leaves nothing of colour. */
const GREY: Palette = {
  ground: [0.2, 0.2, 0.2],
  rim: [0.5, 0.5, 0.5],
  cup: [0.5, 0.5, 0.5],
  veil: [0.2, 0.2, 0.2],
};

/** Glare of the lamp and its colours are kept out by the filters; faint light is noisier. */
const soften = (artefacts: Artefacts): Artefacts => ({
  ...artefacts,
  flare: artefacts.flare * 0.2,
  tilt: artefacts.tilt * 0.5,
  vignette: artefacts.vignette * 0.8,
  overexposure: artefacts.overexposure * 0.5,
  underexposure: artefacts.underexposure * 0.5,
  noise: clamp(artefacts.noise + 0.2),
});

/** How bright each part is by phase, 1 = the sensor's white. [drawn] */
const BRIGHT: Record<
  Phase,
  {
    choroid: number;
    artery: number;
    vein: number;
    capillary: number;
    disc: number;
    stain: number;
    spread: number;
  }
> = {
  arterial: {
    choroid: 0.11,
    artery: 0.74,
    vein: 0.1,
    capillary: 0.03,
    disc: 0.16,
    stain: 0.05,
    spread: 0.25,
  },
  arteriovenous: {
    choroid: 0.2,
    artery: 0.72,
    vein: 0.84,
    capillary: 0.17,
    disc: 0.3,
    stain: 0.25,
    spread: 0.55,
  },
  late: { choroid: 0.24, artery: 0.32, vein: 0.38, capillary: 0.05, disc: 0.5, stain: 0.75, spread: 1 },
};

/** The light of the dye at each pixel; fills the masks of vessels, avascular zone, non-perfusion and leakage. */
function fluoresce(
  painting: Canvas,
  eye: PhantomEye,
  perfusion: Perfusion,
  phase: Phase,
  seed: number | string,
  random: Random,
): Float32Array {
  const { size, view, x: xs, y: ys, masks } = painting;
  const area = size * size;
  const bright = BRIGHT[phase];
  const closed = closedCapillaries(painting, perfusion, gradientNoise(random.fork('closed')));
  const kinds = ['artery', 'vein'] as const;
  const [arteries, veins] = kinds.map((kind) =>
    layVessels(
      painting,
      eye.vessels.filter((vessel) => vessel.kind === kind),
      painting.mask(kind),
    ),
  ) as [ReturnType<typeof layVessels>, ReturnType<typeof layVessels>];
  const vessel = painting.mask('vessel');
  for (let at = 0; at < area; at++) vessel[at] = painting.mask('artery')[at]! | painting.mask('vein')[at]!;

  /** A lesion's cover, softened by so many µm. */
  const soft = (micrometres: number, ...of: LesionKind[]): Float32Array | undefined => {
    const found = of.flatMap((kind) => masks.get(kind) ?? []);
    if (found.length === 0) return undefined;
    const plane = new Float32Array(area);
    for (const mask of found) for (let at = 0; at < area; at++) if (mask[at]) plane[at] = 1;
    blur(plane, size, size, micrometres / view.scale);
    return plane;
  };
  const blocked = soft(18, 'dotBlotHaemorrhage', 'flameHaemorrhage', 'discHaemorrhage', 'pigment');
  const deepBlood = soft(40, 'subretinalHaemorrhage');
  const pool = soft(25, 'preretinalHaemorrhage');
  const veil = soft(40, 'hardExudate', 'cottonWoolSpot');
  const dots = soft(14, 'microaneurysm');
  const dotLeak = soft(90 + 90 * bright.spread, 'microaneurysm');
  const threads = soft(8, 'neovascularisationDisc', 'neovascularisationElsewhere');
  const shunts = soft(8, 'irma');
  const newVessels = soft(60 + 330 * bright.spread, 'neovascularisationDisc', 'neovascularisationElsewhere');
  const druse = soft(20, 'drusen');
  const bare = soft(
    35,
    'geographicAtrophy',
    'patchyAtrophy',
    'peripapillaryAtrophy',
    'lacquerCrack',
    'macularHole',
  );
  const scars = soft(30, 'laserScar');
  const scarRims = soft(90, 'laserScar');
  const serous = eye.diseases.amd === 4 ? soft(120, 'subretinalFluid') : undefined;
  const cysts = fluidSeen(painting, eye, seed, phase);

  const capillaries = cellNoise(random.fork('capillaries'));
  const mottle = gradientNoise(random.fork('mottle'));
  const pigment = 0.35 + 0.3 * eye.pigmentation;
  const artery =
    bright.artery * (1 - 0.55 * clamp(((eye.diseases.crao ?? 0) * (phase === 'late' ? 0.3 : 1)) / 3));
  const vein =
    bright.vein * (1 - 0.5 * clamp((eye.diseases.crvo ?? 0) / 4) * Number(phase === 'arteriovenous'));
  const { disc } = eye;
  const zone = perfusion.avascularZone / 2;
  const zoneMask = painting.mask('avascularZone');
  const leakage = painting.mask('leakage');
  const glow = new Float32Array(area);
  for (let at = 0; at < area; at++) {
    const x = xs[at]!;
    const y = ys[at]!;
    const away = Math.hypot(x, y);
    // Choroid, veiled by the pigment epithelium and, at the fovea, by the yellow of the macula.
    const xanthophyll = 0.46 * Math.exp(-0.5 * (away / 850) ** 2) + 0.25 * Math.exp(-0.5 * (away / 330) ** 2);
    const fill = phase === 'arterial' ? 0.75 + 0.9 * mottle(x / 900 + 40, y / 900) : 1;
    let light =
      bright.choroid *
      (1 - pigment * 0.5) *
      Math.max(0.1, fill) *
      (1 + 0.22 * mottle(x / 230, y / 230) + 0.12 * mottle(x / 80, y / 80)) *
      (1 - xanthophyll);
    // Capillaries: a net that ends at a scalloped border about the fovea.
    const scallop = zone * (1 + 0.14 * mottle(x / 130 + 9, y / 130));
    if (away <= scallop && Math.hypot(x, y) < zone * 1.3) zoneMask[at] = 255;
    const open = smoothstep(scallop, scallop + 60, away) * (1 - closed[at]!);
    const near = 1 + 0.9 * Math.exp(-(((away - zone) / 900) ** 2));
    const net = 1 - smoothstep(0.02, 0.3, capillaries(x / 95, y / 95));
    light += bright.capillary * open * near * (0.45 + 0.75 * net);
    light *= 1 - 0.3 * closed[at]!;

    const rim = 2 * Math.hypot((x - disc.x) / disc.width, y / disc.height);
    const inDisc = 1 - smoothstep(0.9, 1.12, rim);
    // The disc fills with the arteries; late its edge is stained, a swollen one leaks.
    const stained =
      phase === 'late' ? 0.55 + 0.45 * smoothstep(0.45, 1, rim) : 1 - 0.4 * smoothstep(0.5, 0, rim);
    light = mix(light, bright.disc * stained * (1 + 0.25 * mottle(x / 110, y / 110)), inDisc);
    light += disc.swelling * bright.spread * 0.55 * (1 - smoothstep(0.9, 1.6, rim));

    // Bare choroid: its vessels and sclera are seen through the window.
    if (bare) light = mix(light, bright.choroid * (2 + 0.9 * mottle(x / 190 + 5, y / 190)), 0.85 * bare[at]!);
    if (druse) light += druse[at]! * (0.06 + 0.3 * bright.stain);
    if (scars)
      light =
        mix(light, 0.05, 0.8 * scars[at]!) +
        0.9 * bright.stain * Math.max(0, scarRims![at]! - 0.75 * scars[at]!);
    if (deepBlood) light *= 1 - 0.82 * deepBlood[at]!;

    let leaked = 0;
    if (serous) leaked += serous[at]! * bright.spread * 0.5 * (1 + 0.3 * mottle(x / 300, y / 300));
    if (cysts) leaked += cysts[at]!;
    if (newVessels) leaked += Math.min(1, newVessels[at]! * (1.1 + 2.4 * bright.spread));
    if (dotLeak && eye.diseases.dme)
      leaked += Math.min(0.5, dotLeak[at]! * 2.5 * bright.spread * smoothstep(3600, 2200, away));
    if (deepBlood) leaked *= 1 - 0.7 * deepBlood[at]!;

    // Vessels lie over it; the thinnest are lost where the capillaries are.
    for (const [layer, full] of [
      [veins, vein],
      [arteries, artery],
    ] as const) {
      const depth = layer.depth[at]!;
      if (depth === 0) continue;
      const kept = 1 - closed[at]! * smoothstep(62, 38, layer.diameter[at]!);
      const dense = (1 - Math.exp(-depth / 38)) * kept * clamp(1 - 0.35 * (1 - smoothstep(0, 0.6, rim)));
      light = mix(light, Math.max(full, light * 0.9), dense);
    }
    if (veil) light *= 1 - 0.3 * veil[at]!;
    if (blocked) light *= 1 - 0.85 * blocked[at]!;
    if (threads) light = Math.max(light, Math.min(1, threads[at]! * 2.2) * mix(0.2, 0.95, bright.spread));
    // Dilated capillaries fill and empty with the veins, and do not leak.
    if (shunts) light = Math.max(light, Math.min(1, shunts[at]! * 1.8) * vein * 0.9);
    if (dots) light = Math.max(light, Math.min(1, dots[at]! * 1.7) * (phase === 'arterial' ? 0.35 : 0.9));
    light += leaked * (1 - light * 0.6);
    if (pool) light *= 1 - 0.95 * pool[at]!;
    if (leaked > 0.12 && !(pool && pool[at]! > 0.5)) leakage[at] = 255;
    glow[at] = light;
  }
  return glow;
}

/** 1 where capillaries are closed; fills the mask. */
function closedCapillaries(
  painting: Canvas,
  { closed }: Perfusion,
  noise: (x: number, y: number) => number,
): Float32Array {
  const { size, view, x: xs, y: ys } = painting;
  const plane = new Float32Array(size * size);
  if (closed.length === 0) return plane;
  const mask = painting.mask('nonPerfusion');
  for (const { x, y, rx, ry, angle } of closed) {
    const [cx, cy] = view.project(x, y);
    const reach = (Math.max(rx, ry) * 1.6) / view.scale;
    const cos = Math.cos(angle);
    const sin = Math.sin(angle);
    for (let row = Math.max(0, Math.floor(cy - reach)); row <= Math.min(size - 1, cy + reach); row++) {
      for (
        let column = Math.max(0, Math.floor(cx - reach));
        column <= Math.min(size - 1, cx + reach);
        column++
      ) {
        const at = row * size + column;
        const dx = xs[at]! - x;
        const dy = ys[at]! - y;
        const r = Math.hypot((dx * cos + dy * sin) / rx, (dy * cos - dx * sin) / ry);
        const edge =
          1 + 0.38 * noise(xs[at]! / 420, ys[at]! / 420) + 0.14 * noise(xs[at]! / 140, ys[at]! / 140);
        const inside = 1 - smoothstep(edge - 0.16, edge + 0.12, r);
        if (inside > plane[at]!) plane[at] = inside;
        if (r < edge) mask[at] = 255;
      }
    }
  }
  return plane;
}

/** The cysts that OCT cuts, seen from above: late they fill, about the fovea in petals. */
function fluidSeen(
  { size, view }: Canvas,
  eye: PhantomEye,
  seed: number | string,
  phase: Phase,
): Float32Array | undefined {
  const { pockets, hole } = sampleMacula(eye, seed);
  const filled = phase === 'late' ? 0.75 : phase === 'arteriovenous' ? 0.22 : 0;
  if (hole || filled === 0 || pockets.length === 0) return undefined;
  const plane = new Float32Array(size * size);
  for (const { x, y, rx, ry, rz } of pockets) {
    const [cx, cy] = view.project(x, y);
    const [px, py] = [rx / view.scale, ry / view.scale];
    const reach = Math.max(px, py, 1);
    for (let row = Math.max(0, Math.floor(cy - reach)); row <= Math.min(size - 1, cy + reach); row++)
      for (
        let column = Math.max(0, Math.floor(cx - reach));
        column <= Math.min(size - 1, cx + reach);
        column++
      ) {
        // The head's roll turns the ellipse by some degrees: too little to matter for a cyst.
        const d = ((column - cx) / px) ** 2 + ((row - cy) / py) ** 2;
        if (d < 1)
          plane[row * size + column] = Math.max(plane[row * size + column]!, filled * clamp(rz / 60, 0.3, 1));
      }
  }
  blur(plane, size, size, 34 / view.scale);
  return plane;
}
