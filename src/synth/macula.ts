import { type Random, random } from '../core/random.ts';
import { draw } from './anatomy.ts';
import type { PhantomEye } from './eye.ts';
import { fibreCourse } from './fibres.ts';
import type { Blob, LesionKind, Wedge } from './lesions.ts';
import { gradientNoise } from './noise.ts';
import { LAYERS, type Layer, layerProfiles, towardsDisc } from './oct-layers.ts';
import { clamp, mix, smoothstep } from './plane.ts';

/**
 * The depth of the eye that the photograph shows from above: heights of the surfaces over Bruch's membrane at each place,
 * and what lies between them. Drusen, exudates, blood, atrophy, hole and membrane are those of {@link PhantomEye}, at the
 * same places; the fluid of macular oedema, which a photograph does not show, is laid beside its exudates.
 */
export interface Macula {
  /** Heights at a place, µm. The same object is handed back each time. */
  at(x: number, y: number): Section;
  readonly pockets: readonly Pocket[];
  readonly foci: readonly Focus[];
  /** Subfoveal, µm. */
  readonly choroid: number;
  /** Height of the membrane's wrinkles, µm; 0 = no membrane. */
  readonly membrane: Blob | undefined;
  readonly hole: Blob | undefined;
}

/** Surfaces, inner to outer: the layers lie between consecutive ones, two spaces may open among them. */
export const SURFACES = {
  ilm: 0,
  /** Outer boundary of the layer of that index in LAYERS, for the first seven. */
  tips: 7,
  rpeTop: 8,
  rpeBase: 9,
  bruch: 10,
} as const;

export interface Section {
  /** µm over Bruch's membrane, eleven surfaces, none below the next. */
  readonly heights: Float64Array;
  /** Of the subretinal space: µm of blood or scar at its floor, the rest is fluid. */
  subretinalMaterial: number;
  /** 0 solid (drusen, scar) to 1 clear fluid: what lifts the pigment epithelium. */
  serous: number;
  /** 1 whole, 0 gone. */
  epithelium: number;
  /** 1 whole, 0 the lines of the photoreceptors are lost. */
  ellipsoid: number;
  /** 0–1, pale swelling of the inner layers where their artery is shut. */
  whitened: number;
  /** µm of blood before the retina. */
  preretinal: number;
  /** µm outside the margin of the disc, negative on it. */
  outward: number;
}

/** Clear fluid in a layer: an ellipsoid about the middle of that layer. */
export interface Pocket {
  readonly layer: Layer;
  readonly x: number;
  readonly y: number;
  /** Half widths along x and y, and half height, µm. */
  readonly rx: number;
  readonly ry: number;
  readonly rz: number;
}

export const FOCI = ['hyperreflectiveFocus', 'hardExudate', 'haemorrhage', 'cottonWoolSpot'] as const;

/** Something bright in the retina. */
export interface Focus {
  readonly kind: (typeof FOCI)[number];
  readonly x: number;
  readonly y: number;
  readonly rx: number;
  readonly ry: number;
  readonly rz: number;
  readonly layer: Layer;
  /** Where in the layer, 0 its inner boundary, 1 its outer. */
  readonly depth: number;
  /** Share of the light behind it that is lost. */
  readonly shadow: number;
}

/** A hill on the pigment epithelium or the photoreceptors' floor. */
interface Hill {
  readonly x: number;
  readonly y: number;
  readonly rx: number;
  readonly ry: number;
  readonly height: number;
  /** Exponent of its edge: 0.5 steep like a dome, 2 gentle. */
  readonly slope: number;
}

const height = ({ x, y, rx, ry, height, slope }: Hill, px: number, py: number) => {
  const dy = (py - y) / ry;
  if (dy * dy >= 1) return 0;
  const dx = (px - x) / rx;
  const left = 1 - dx * dx - dy * dy;
  return left <= 0 ? 0 : height * left ** slope;
};

/** 1 within a blob, 0 outside, soft between. */
const cover = (blob: Blob, px: number, py: number, soft = Math.max(0.15, blob.soft)) => {
  const reach = Math.max(blob.length, blob.width) * 0.5 * (1 + soft);
  const dx = px - blob.x;
  const dy = py - blob.y;
  if (Math.abs(dy) > reach || Math.abs(dx) > reach) return 0;
  const cos = Math.cos(blob.angle);
  const sin = Math.sin(blob.angle);
  const r = Math.hypot((2 * (dx * cos + dy * sin)) / blob.length, (2 * (dy * cos - dx * sin)) / blob.width);
  return 1 - smoothstep(1 - soft / 2, 1 + soft / 2, r);
};

const whole = (section: Section) => section.heights[SURFACES.ilm]! - section.heights[SURFACES.bruch]!;

/** Thickness of the retina as OCT devices give it: inner limiting membrane to Bruch's membrane, µm. */
export const retinalThickness = (macula: Macula, x: number, y: number) => whole(macula.at(x, y));

/** Height of drusen by their width: about a third, as B-scans show them. [drawn] */
const DRUSE_HEIGHT = 0.36;

/** Share of the ganglion cells' layers left, by grade of glaucoma. [drawn] */
const GLAUCOMA_LEFT = [1, 0.86, 0.72, 0.58];

/**
 * Draws the depth of an eye.
 *
 * @param seed the eye's
 */
export function sampleMacula(eye: PhantomEye, seed: number | string): Macula {
  const root = random(`macula/${seed}`);
  const { diseases, disc } = eye;
  const thickness = draw(root.fork('thickness'), 'retinalThickness') * (1 - (eye.age - 55) * 0.0006);
  const profiles = layerProfiles(draw(root.fork('pit'), 'pitRadius'));
  const uneven = gradientNoise(root.fork('uneven'));
  const blobs = (...kinds: LesionKind[]) =>
    eye.lesions.filter((l): l is Blob => l.shape === 'blob' && kinds.includes(l.kind));
  const wedges = eye.lesions.filter((l): l is Wedge => l.shape === 'wedge');
  const hole = blobs('macularHole')[0];
  const membrane = blobs('epiretinalMembrane')[0];
  const fluid = fluidOf(root.fork('fluid'), eye, hole);
  const foci = fociOf(root.fork('foci'), eye, fluid.pockets);
  const swelling = new Map(LAYERS.map((layer) => [layer, fluid.pockets.filter((p) => p.layer === layer)]));

  const bumps = root.fork('drusen');
  const drusen: Hill[] = blobs('drusen').map(({ x, y, length, width }) => ({
    x,
    y,
    rx: Math.max(35, length * 0.62),
    ry: Math.max(35, width * 0.62),
    height: Math.min(130, width * DRUSE_HEIGHT * bumps.range(0.75, 1.25) + 6),
    slope: 1.15,
  }));
  const atrophies = blobs('geographicAtrophy', 'patchyAtrophy', 'laserScar');
  const blood = blobs('subretinalHaemorrhage');
  const preretinal = blobs('preretinalHaemorrhage');
  const wool = blobs('cottonWoolSpot');
  const white = blobs('retinalWhitening');
  const ganglion = GLAUCOMA_LEFT[diseases.glaucoma ?? 0]! + root.fork('glaucoma').normal(0, 0.02);
  const filled = membraneFill(diseases.erm ?? 0, hole);
  const rough = diseases.amd === 4 ? 0.5 : 0;

  const section: Section = {
    heights: new Float64Array(11),
    subretinalMaterial: 0,
    serous: 0,
    epithelium: 1,
    ellipsoid: 1,
    whitened: 0,
    preretinal: 0,
    outward: 0,
  };
  const thick = new Float64Array(LAYERS.length);

  const at = (x: number, y: number): Section => {
    const r = Math.hypot(x, y);
    const rim = 2 * Math.hypot((x - disc.x) / disc.width, y / disc.height);
    const outward = (rim - 1) * (disc.width / 2);
    const kept = towardsDisc(outward);
    let gone = 0;
    // The outer layers thin before they end.
    let thinned = 0;
    for (const patch of atrophies) {
      gone = Math.max(gone, cover(patch, x, y, 0.12));
      thinned = Math.max(thinned, cover(patch, x, y, 0.7));
    }
    let whitened = 0;
    for (const patch of white) {
      const spared = patch.spared === undefined ? 1 : smoothstep(patch.spared, patch.spared * 1.6, r);
      whitened = Math.max(whitened, cover(patch, x, y, 0.4) * patch.strength * spared);
    }
    let lost = 0;
    for (const { course, spread, side, strength } of wedges)
      if (Math.sign(y) === side && Math.abs(fibreCourse(x, y, disc.x) - course) < spread)
        lost = Math.max(lost, strength * 0.8);

    // Two radii: the pit as it is, and as a membrane or a hole's edge fills it.
    const away =
      filled.share > 0 ? mix(r, Math.max(r, filled.as), filled.share * Math.exp(-((r / 900) ** 2))) : r;
    for (let i = 0; i < LAYERS.length; i++) {
      const layer = LAYERS[i]!;
      const inner = i < 4;
      let t = profiles[layer](inner ? away : r) * thickness;
      t *= 1 + 0.045 * uneven(x / 620 + i * 17.3, y / 620 + i * 5.1);
      if (layer === 'rnfl') {
        // The bundle between macula and disc: thicker nasally by about a third, and thickest at the disc's margin.
        t *= 1 + 0.35 * (r > 1 ? (x / r) * Math.min(1, r / 900) : 0);
        t += 200 * Math.exp(-Math.max(0, outward) / 420);
        t *= ganglion * (1 - lost);
        for (const spot of wool) t += 75 * spot.strength * cover(spot, x, y, 1);
      } else if (i < 3) t *= ganglion * (1 - lost * 0.6) * kept;
      else t *= kept;
      if (layer === 'onl') t *= (1 - 0.62 * thinned) * (1 + filled.outer * Math.exp(-((r / 420) ** 2)));
      if (layer === 'photoreceptors') t *= mix(1, 0.12, 0.3 * gone + 0.7 * thinned);
      if (layer === 'rpe') t *= mix(1, 0.25, gone);
      if (inner) t *= 1 + 0.16 * whitened;
      thick[i] = t;
    }
    if (fluid.pockets.length > 0) swell(thick, swelling, fluid.spongy, x, y);
    if (hole) openHole(thick, hole, x, y);

    let lift = 0;
    let cubed = 0;
    for (const druse of drusen) {
      const h = height(druse, x, y);
      cubed += h * h * h;
    }
    lift += Math.cbrt(cubed);
    yieldTo(thick, lift);
    let serous = 0;
    for (const dome of fluid.detachments) {
      const h = height(dome, x, y) * (1 + rough * 0.3 * uneven(x / 240 + 61, y / 240));
      if (h > 0) serous = Math.max(serous, dome.serous * clamp(h / (h + lift)));
      lift = Math.max(lift, h);
    }
    let material = 0;
    for (const patch of blood)
      material = Math.max(
        material,
        cover(patch, x, y, 0.9) * patch.strength * 170 * (1 + 0.28 * uneven(x / 300 + 31, y / 300)),
      );
    let space = 0;
    for (const dome of fluid.subretinal) space = Math.max(space, height(dome, x, y));
    if (hole) {
      const edge = Math.hypot(x - hole.x, y - hole.y) - hole.length / 2;
      if (edge > -200)
        space = Math.max(space, 42 * Math.exp(-Math.max(0, edge) / 150) * smoothstep(-40, 60, edge));
    }
    // On the disc itself there is nothing beneath the nerve fibres.
    const present = outward > 0 ? 1 : 0;
    lift *= present;
    const opened = Math.max(space, material + 0.5 * space) * present * kept;

    const { heights } = section;
    heights[SURFACES.bruch] = 0;
    heights[SURFACES.rpeBase] = lift;
    heights[SURFACES.rpeTop] = lift + thick[7]! * present;
    heights[SURFACES.tips] = heights[SURFACES.rpeTop]! + opened;
    for (let i = 6; i >= 0; i--)
      heights[i] = heights[i + 1]! + thick[i]! * (i === 0 || present === 1 ? 1 : 0);
    if (outward < 0) cupInto(heights, eye, rim);
    section.subretinalMaterial = Math.min(opened, material * present);
    section.serous = serous;
    section.epithelium = 1 - gone;
    section.ellipsoid = clamp(
      (1 - gone) * (1 - 0.6 * smoothstep(30, 110, lift)) * (1 - 0.8 * smoothstep(20, 90, material)),
    );
    section.whitened = whitened;
    section.outward = outward;
    section.preretinal = 0;
    for (const pool of preretinal)
      if (pool.level === undefined || y > pool.level)
        section.preretinal = Math.max(section.preretinal, 320 * Math.sqrt(cover(pool, x, y, 0.6)));
    return section;
  };

  return { at, pockets: fluid.pockets, foci, choroid: choroidOf(root.fork('choroid'), eye), membrane, hole };
}

/** The nerve head: its surface falls from the rim into the cup, below the level of Bruch's membrane. */
function cupInto(heights: Float64Array, { disc }: PhantomEye, rim: number): void {
  const margin = heights[SURFACES.ilm]!;
  const cup = disc.cupHeight;
  const floor = -(60 + 380 * cup) * (1 - disc.swelling);
  const up = smoothstep(Math.max(0, cup - 0.22), Math.min(1, cup + 0.4), rim);
  heights[SURFACES.ilm] = mix(floor, Math.min(margin, 260 + 240 * disc.swelling), up);
  // Tissue down to the lamina; Bruch's membrane has its opening here.
  for (let i = 1; i < heights.length; i++) heights[i] = Math.min(0, heights[SURFACES.ilm]! - 1);
}

/** What the pit is filled to: the thickness at the radius `as`, by this share. */
function membraneFill(grade: number, hole: Blob | undefined): { share: number; as: number; outer: number } {
  if (hole) return { share: 1, as: 700, outer: 0.2 };
  // Govetto 2017: 2 the pit is lost and the outer nuclear layer drawn up, 3 inner layers cross the fovea.
  return {
    share: [0, 0.25, 0.8, 1, 1][grade]!,
    as: [0, 300, 420, 780, 1000][grade]!,
    outer: [0, 0.05, 0.6, 0.25, 0.3][grade]!,
  };
}

/** All layers end at the hole: a rounded, swollen lip, narrowest between the plexiform layers, bell-shaped below. */
function openHole(thick: Float64Array, { x: hx, y: hy, length }: Blob, x: number, y: number): void {
  const edge = Math.hypot(x - hx, y - hy) - length / 2;
  const swollen = 1 + 0.45 * Math.exp(-((Math.max(0, edge - 220) / 330) ** 2));
  for (let i = 0; i < 7; i++) {
    const flare = Math.max(0, i - 3) * 22;
    const t = clamp((edge - flare) / (i < 5 ? 340 - 50 * i : 60));
    thick[i]! *= (t * (2 - t)) ** 0.8 * (i > 2 && i < 6 ? swollen : 1);
  }
}

/**
 * Makes room for cysts in their layers. The inner surface rises as one hill: where cysts are large the layers before them
 * are pressed thin, between them the tissue is sodden.
 */
function swell(
  thick: Float64Array,
  cysts: ReadonlyMap<Layer, readonly Pocket[]>,
  hills: readonly Hill[],
  x: number,
  y: number,
): void {
  let local = 0;
  LAYERS.forEach((layer, i) => {
    const pockets = cysts.get(layer)!;
    if (pockets.length === 0) return;
    const more = swellingAt(pockets, x, y);
    thick[i]! += more;
    local += more;
  });
  let hill = 0;
  for (const one of hills) hill = Math.max(hill, height(one, x, y));
  if (hill >= local) {
    thick[4]! += (hill - local) * 0.35;
    thick[5]! += (hill - local) * 0.65;
  } else press(thick, local - hill, [0, 1, 2, 3], 0.6);
}

/** What rises from below narrowly is taken up by the outer layers: the inner surface hardly shows it. */
const yieldTo = (thick: Float64Array, lift: number) => press(thick, 0.8 * lift, [5, 4, 3, 6], 0.72);

/** Takes µm from layers in proportion to their thickness, at most a share of it. */
function press(thick: Float64Array, micrometres: number, layers: readonly number[], most: number): void {
  let sum = 0;
  for (const i of layers) sum += thick[i]!;
  if (sum <= 0 || micrometres <= 0) return;
  const left = 1 - Math.min(most, micrometres / sum);
  for (const i of layers) thick[i]! *= left;
}

function swellingAt(pockets: readonly Pocket[], x: number, y: number): number {
  let cubed = 0;
  for (const p of pockets) {
    const dx = (x - p.x) / p.rx;
    const dy = (y - p.y) / p.ry;
    const d = dx * dx + dy * dy;
    if (d > 6) continue;
    const h = 2 * p.rz * Math.exp(-0.75 * d);
    cubed += h * h * h;
  }
  return Math.cbrt(cubed);
}

interface Fluid {
  readonly pockets: Pocket[];
  readonly subretinal: Hill[];
  readonly detachments: (Hill & { readonly serous: number })[];
  readonly spongy: Hill[];
}

function fluidOf(random: Random, eye: PhantomEye, hole: Blob | undefined): Fluid {
  const { diseases } = eye;
  const fluid: Fluid = { pockets: [], subretinal: [], detachments: [], spongy: [] };
  const dme = diseases.dme ?? 0;
  if (dme > 0) {
    const exudates = eye.lesions.filter((l): l is Blob => l.kind === 'hardExudate' && l.of === 'dme');
    for (let leak = 0; leak < dme; leak++) {
      const { x, y } = exudates.length > 0 ? random.pick(exudates) : { x: 1200, y: 0 };
      cysts(random, fluid, [x * 0.9, y * 0.9], 0.45 + 0.15 * dme);
    }
    if (dme === 3) {
      cysts(random, fluid, [random.normal(0, 90), random.normal(0, 90)], random.range(0.9, 1.5));
      if (random.chance(0.4))
        fluid.subretinal.push(pool(random, [0, 0], random.range(700, 1300), random.range(50, 140)));
    }
  }
  const vein = Math.max(diseases.crvo ?? 0, diseases.brvo ?? 0);
  if (vein >= 2) {
    cysts(random, fluid, [random.normal(0, 80), random.normal(0, 80)], vein === 3 ? 1.5 : 1);
    if (random.chance(0.5))
      fluid.subretinal.push(pool(random, [0, 0], random.range(700, 1200), random.range(60, 160)));
  }
  if (diseases.hypertensive === 4)
    fluid.subretinal.push(
      pool(random, [random.normal(300, 150), random.normal(0, 150)], 1500, random.range(90, 200)),
    );
  if (diseases.erm === 4) cysts(random, fluid, [0, 0], 0.5);
  if (hole) {
    // Cysts in the hole's edge.
    const from = hole.length / 2;
    for (let i = 0; i < 14; i++) {
      const around = (i / 14) * 2 * Math.PI + random.normal(0, 0.1);
      const away = from + random.range(190, 380);
      fluid.pockets.push({
        layer: random.pick(['inl', 'onl'] as const),
        x: hole.x + Math.cos(around) * away,
        y: hole.y + Math.sin(around) * away,
        rx: random.range(50, 110),
        ry: random.range(50, 110),
        rz: random.range(16, 42),
      });
    }
  }
  if (diseases.amd === 4) neovascular(random, fluid, eye);
  return fluid;
}

/** A cluster of cysts: large ones in the outer nuclear layer near its centre, small ones in the inner about it. */
function cysts(
  random: Random,
  { pockets, spongy }: Fluid,
  [x, y]: readonly [number, number],
  size: number,
): void {
  const high = random.range(45, 95) * size;
  // Petals about the centre, septa between them.
  for (const [ring, from] of [
    [random.whole(5, 8), 210],
    [random.whole(7, 12), 460],
  ] as const) {
    const turn = random.range(0, 6.3);
    for (let i = 0; i < ring; i++) {
      if (random.chance(0.25)) continue;
      const around = turn + (i / ring) * 2 * Math.PI + random.normal(0, 0.1);
      const away = from * (0.65 + 0.35 * size) * random.range(0.8, 1.2);
      const wide = ((Math.PI * away) / ring) * random.range(0.6, 0.95);
      pockets.push({
        layer: 'onl',
        x: x + Math.cos(around) * away,
        y: y + Math.sin(around) * away,
        rx: wide * random.range(0.75, 1.1),
        ry: wide,
        rz: high * (from < 300 ? 1 : 0.6) * random.range(0.55, 1.15),
      });
    }
  }
  if (random.chance(0.6))
    pockets.push({ layer: 'onl', x, y, rx: 110 * size, ry: 110 * size, rz: high * random.range(1, 1.4) });
  for (let i = random.whole(16, 38); i > 0; i--) {
    const around = random.range(0, 2 * Math.PI);
    const away = 260 + Math.abs(random.normal(0, 480)) * size;
    pockets.push({
      layer: random.chance(0.7) ? 'inl' : 'opl',
      x: x + Math.cos(around) * away,
      y: y + Math.sin(around) * away,
      rx: random.range(28, 85),
      ry: random.range(28, 85),
      rz: random.range(8, 26) * (0.6 + 0.4 * size),
    });
  }
  spongy.push({
    x,
    y,
    rx: 1150 * (0.6 + 0.4 * size),
    ry: 1050 * (0.6 + 0.4 * size),
    height: 2 * high,
    slope: 1.5,
  });
}

const pool = (random: Random, [x, y]: readonly [number, number], width: number, high: number): Hill => ({
  x,
  y,
  rx: width / 2,
  ry: (width / 2) * random.range(0.8, 1.05),
  height: high,
  slope: 1.3,
});

/** New vessels under the macula: the pigment epithelium raised, fluid beside and above it. */
function neovascular(random: Random, fluid: Fluid, eye: PhantomEye): void {
  const wet = eye.lesions.find((l): l is Blob => l.kind === 'subretinalFluid');
  const at = [wet?.x ?? 0, wet?.y ?? 0] as const;
  const width = wet?.length ?? 2400;
  fluid.subretinal.push(pool(random, at, width, random.range(70, 210)));
  const serous = random.chance(0.3) ? random.range(0.75, 1) : random.range(0, 0.35);
  fluid.detachments.push({
    x: at[0] + random.normal(0, 180),
    y: at[1] + random.normal(0, 180),
    rx: width * random.range(0.22, 0.4),
    ry: width * random.range(0.2, 0.36),
    height: serous > 0.5 ? random.range(190, 420) : random.range(80, 260),
    slope: serous > 0.5 ? 0.75 : 1.1,
    serous,
  });
  if (random.chance(0.55)) cysts(random, fluid, [at[0] * 0.6, at[1] * 0.6], random.range(0.5, 1.1));
}

/** What is bright in the retina, at the places where the photograph shows it. */
function fociOf(random: Random, eye: PhantomEye, pockets: readonly Pocket[]): Focus[] {
  const foci: Focus[] = [];
  for (const lesion of eye.lesions) {
    if (lesion.shape !== 'blob') continue;
    const { x, y } = lesion;
    const flat = { x, y, rx: lesion.length / 2, ry: lesion.width / 2 };
    if (lesion.kind === 'hardExudate')
      foci.push({
        ...flat,
        kind: 'hardExudate',
        rz: Math.min(26, lesion.width * 0.35),
        layer: 'opl',
        depth: random.range(0, 1.4),
        shadow: 0.6,
      });
    else if (lesion.kind === 'dotBlotHaemorrhage')
      foci.push({
        ...flat,
        kind: 'haemorrhage',
        rz: Math.min(55, lesion.width * 0.4),
        layer: 'inl',
        depth: random.range(0.2, 1),
        shadow: 0.65,
      });
    else if (lesion.kind === 'flameHaemorrhage') {
      // Along the fibres in the photograph, flat in depth.
      const wide =
        Math.hypot(lesion.length * Math.cos(lesion.angle), lesion.width * Math.sin(lesion.angle)) / 2;
      const deep =
        Math.hypot(lesion.length * Math.sin(lesion.angle), lesion.width * Math.cos(lesion.angle)) / 2;
      foci.push({
        kind: 'haemorrhage',
        x,
        y,
        rx: wide,
        ry: deep,
        rz: 16,
        layer: 'rnfl',
        depth: 0.7,
        shadow: 0.6,
      });
    } else if (lesion.kind === 'microaneurysm')
      foci.push({
        ...flat,
        kind: 'hyperreflectiveFocus',
        rz: lesion.width * 0.4,
        layer: 'inl',
        depth: random.range(0, 1),
        shadow: 0.35,
      });
    else if (lesion.kind === 'pigment')
      foci.push({
        ...flat,
        rx: 26,
        ry: 26,
        kind: 'hyperreflectiveFocus',
        rz: 16,
        layer: 'onl',
        depth: random.range(0.6, 1.1),
        shadow: 0.55,
      });
  }
  // Lipid about the cysts.
  for (const pocket of pockets) {
    if (!random.chance(0.5)) continue;
    foci.push({
      kind: 'hyperreflectiveFocus',
      x: pocket.x + random.normal(0, pocket.rx * 1.6),
      y: pocket.y + random.normal(0, 60),
      rx: random.range(10, 20),
      ry: random.range(10, 20),
      rz: random.range(6, 11),
      layer: random.pick(['inl', 'opl', 'onl'] as const),
      depth: random.range(0.1, 0.9),
      shadow: 0.15,
    });
  }
  return foci;
}

function choroidOf(random: Random, eye: PhantomEye): number {
  const myopia = eye.diseases.myopia ?? 0;
  // [drawn] Thinner with age and with the length of the eye.
  const drawn = draw(random, 'subfovealChoroid') - (eye.age - 55) * 1.5;
  return clamp(drawn * [1, 0.7, 0.5, 0.4, 0.3][myopia]!, 45, 550);
}
