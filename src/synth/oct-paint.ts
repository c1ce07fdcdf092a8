import type { Random } from '../core/random.ts';
import type { PhantomEye } from './eye.ts';
import { type Focus, type Macula, type Pocket, type Section, SURFACES } from './macula.ts';
import { cellNoise, gradientNoise } from './noise.ts';
import { LAYERS } from './oct-layers.ts';
import type { Scanner } from './oct-parameters.ts';
import { clamp, mix, smoothstep } from './plane.ts';

/** A B-scan being painted. */
export interface BScan {
  readonly scanner: Scanner;
  /** µm below the fovea. */
  readonly offset: number;
  /** 1: nasal is to the right, −1: to the left. */
  readonly side: 1 | -1;
  readonly foveaColumn: number;
  /** Row of Bruch's membrane, a column. */
  readonly bruch: Float32Array;
  /** What the tissue would show, 0–255 as devices display it (about the fourth root of its reflectance). */
  readonly grey: Float32Array;
  /** Share of the light that reaches it. */
  readonly light: Float32Array;
  /** 1 where the picture holds no scan. */
  readonly blank: Uint8Array;
}

/**
 * Display grey of each band, measured on normal scans of ../shared/data/oct (60 scans, flattened on the pigment
 * epithelium, columns off the fovea).
 */
const GREY = {
  innerLimiting: 172,
  rnfl: 152,
  gcl: 102,
  ipl: 110,
  inl: 79,
  opl: 100,
  onl: 56,
  externalLimiting: 92,
  myoid: 58,
  ellipsoid: 196,
  outerSegments: 112,
  interdigitation: 168,
  rpe: 214,
  choroidNear: 118,
  choroidFar: 30,
  fluid: 16,
  vitreous: 0,
};

/** µm in which the choroid's grey falls to 1/e of its rise. */
const CHOROID_FADE = 150;

/** Paints the eye along the scan; the masks of what was painted. */
export function paintScan(
  scan: BScan,
  eye: PhantomEye,
  macula: Macula,
  random: Random,
): Record<string, Uint8Array> {
  const { scanner, foveaColumn, side, offset, bruch, grey, light } = scan;
  const { width, height, lateral, axial } = scanner;
  const planes = new Map<string, Uint8Array>();
  const mask = (name: string): Uint8Array => {
    const plane = planes.get(name) ?? new Uint8Array(width * height);
    planes.set(name, plane);
    return plane;
  };
  const layerMasks = LAYERS.map(mask);
  const retina = mask('retina');
  const choroid = mask('choroid');
  const grain = gradientNoise(random.fork('grain'));
  const lumens = cellNoise(random.fork('lumens'));
  const shadows = vesselShadows(eye, scan);
  const near = <T extends { y: number; ry: number }>(things: readonly T[]) =>
    things.filter(({ y, ry }) => Math.abs(y - offset) < ry);
  const pockets = near(macula.pockets);
  const foci = near(macula.foci);
  const wrinkle = macula.membrane ? 5 + 4 * (eye.diseases.erm ?? 0) : 0;
  const hyaloid = posteriorHyaloid(random.fork('hyaloid'), scan, macula);

  for (let column = 0; column < width; column++) {
    const x = (column - foveaColumn) * lateral * side;
    const section = macula.at(x, offset);
    const { heights } = section;
    const covered = macula.membrane ? membraneAt(macula, x, offset) : 0;
    if (covered > 0 && heights[0]! - heights[SURFACES.rpeTop]! > 60) {
      // Drawn into folds: the inner surface more than what lies deeper.
      const fold = wrinkle * covered * grain(x / 150, 7.7);
      for (let i = 0; i < 4; i++) heights[i]! += fold * (1 - i / 4);
    }
    const zero = bruch[column]!;
    const toRow = (z: number) => zero - z / axial;
    const paint = (from: number, to: number, what: (z: number, at: number) => void) => {
      // Pixels whose middle lies between the heights, from above down.
      const first = Math.max(0, Math.ceil(toRow(from)));
      const last = Math.min(height - 1, Math.ceil(toRow(to)) - 1);
      for (let row = first; row <= last; row++) what((zero - row) * axial, row * width + column);
    };

    const top = heights[SURFACES.ilm]!;
    if (section.outward < 0) paintNerveHead(section, paint, mask('opticNerveHead'), grey, grain, x);
    else {
      for (let i = 0; i < LAYERS.length; i++) {
        const layer = LAYERS[i]!;
        const upper = layer === 'rpe' ? heights[SURFACES.rpeTop]! : heights[i]!;
        const lower = layer === 'rpe' ? heights[SURFACES.rpeBase]! : heights[i + 1]!;
        const thick = upper - lower;
        if (thick <= 0) continue;
        const plane = layerMasks[i]!;
        paint(upper, lower, (z, at) => {
          plane[at] = 255;
          retina[at] = 255;
          grey[at] = layerGrey(i, (upper - z) / thick, thick, section, x) * mottled(x, z);
        });
      }
      paintSpaces(section, paint, mask, grey, retina, grain, x, lateral);
      paintChoroid(section, x);
    }
    // The inner limiting membrane shows as a fine line.
    if (top - heights[SURFACES.rpeTop]! > 40)
      paint(top, top - 1.2 * axial, (_, at) => {
        grey[at] = Math.max(
          grey[at]!,
          GREY.innerLimiting - 26 * (1 - clamp((heights[0]! - heights[1]!) / 30)),
        );
      });
    if (covered > 0.4 && top - heights[SURFACES.rpeTop]! > 60) {
      const bridge = 7 * clamp(grain(x / 150, 7.7) * -2);
      const plane = mask('epiretinalMembrane');
      paint(top + bridge + 2.2 * axial, top + bridge, (_, at) => {
        plane[at] = 255;
        grey[at] = 200;
      });
    }
    if (section.preretinal > 0) {
      const plane = mask('preretinalHaemorrhage');
      paint(top + section.preretinal, top, (z, at) => {
        plane[at] = 255;
        grey[at] = 128 + 22 * grain(x / 60, z / 40);
      });
      dim(column, toRow(top + section.preretinal), 0.04, section.preretinal / axial);
    }
    for (const pocket of pockets) paintPocket(pocket, section, x, paint);
    for (const focus of foci) paintFocus(focus, section, x, column, paint, toRow);
    const { subretinalMaterial: material } = section;
    if (material > 15)
      dim(column, toRow(heights[SURFACES.tips]!), mix(1, 0.3, clamp((material - 15) / 90)), material / axial);
    // Solid matter over the choroid takes light, a missing epithelium lets more through.
    const bare = 1 - section.epithelium;
    if (bare > 0.02 && section.outward > 0) dim(column, zero, 1 + 7 * bare, 3);
    const lifted = heights[SURFACES.rpeBase]!;
    if (lifted > 20)
      dim(
        column,
        toRow(lifted),
        mix(1, 0.3, clamp((lifted - 20) / 250) * (1 - section.serous)),
        lifted / axial,
      );
    hyaloid(column, toRow(top));
    for (const shadow of shadows) paintVessel(shadow, column, toRow(top));
  }
  return Object.fromEntries([...planes].filter(([name, plane]) => name === 'retina' || plane.includes(255)));

  /** Tissue is uneven in grains of some 40 × 15 µm, longer along the layers. */
  function mottled(x: number, z: number): number {
    return 1 + 0.12 * grain(x / 52, z / 17) + 0.05 * grain(x / 170 + 50, z / 40);
  }

  /** Light below a row falls to `share`, within `over` rows. */
  function dim(column: number, fromRow: number, share: number, over: number): void {
    for (let row = Math.max(0, Math.ceil(fromRow)); row < height; row++)
      light[row * width + column]! *= mix(1, share, clamp((row - fromRow) / Math.max(1, over)));
  }

  /** @param depth 0 at the layer's inner boundary, 1 at its outer */
  function layerGrey(i: number, depth: number, thick: number, section: Section, x: number): number {
    const { ellipsoid, epithelium, whitened } = section;
    switch (LAYERS[i]) {
      case 'rnfl':
        return mix(GREY.gcl + 6, GREY.rnfl, clamp(thick / 16)) - 14 * depth + 24 * whitened;
      case 'gcl':
        return GREY.gcl - 3 + 34 * whitened;
      case 'ipl':
        return GREY.ipl + 34 * whitened;
      case 'inl':
        return GREY.inl + 30 * whitened;
      case 'opl':
        return GREY.opl + 6;
      case 'onl':
        // Henle's fibres, inner part: their brightness turns with the angle of the beam.
        return GREY.onl + 9 * smoothstep(0.45, 0.1, depth) * (1 + grain(x / 900, 3.3)) - 4 * depth;
      case 'photoreceptors': {
        const line = depth * thick < 7 ? GREY.externalLimiting : 0;
        if (line) return mix(GREY.onl, line, ellipsoid);
        const band =
          depth < 0.36
            ? GREY.myoid
            : depth < 0.6
              ? GREY.ellipsoid
              : depth < 0.84
                ? GREY.outerSegments
                : GREY.interdigitation;
        return mix(90, band, ellipsoid);
      }
      default:
        return mix(150, GREY.rpe, epithelium);
    }
  }

  function paintChoroid({ epithelium }: Section, x: number): void {
    const column = Math.round(x / lateral / side + foveaColumn);
    const zero = bruch[column]!;
    // Thinner towards the disc. [drawn]
    const deep = macula.choroid * (1 - 0.28 * smoothstep(0, 4000, x)) * (1 + 0.07 * grain(x / 900, 19));
    for (let row = Math.max(0, Math.ceil(zero)); row < height; row++) {
      const below = (row - zero) * axial;
      const at = row * width + column;
      const inside = 1 - smoothstep(deep - 18, deep + 18, below);
      if (below <= deep) choroid[at] = 255;
      const tissue = inside > 0 ? vesselled(x, below, inside) : 1;
      const fading = Math.exp(-below / (CHOROID_FADE * mix(1.9, 1, epithelium)));
      const first = 78 * Math.exp(-below / 17) * epithelium;
      grey[at] =
        first + (GREY.choroidFar + (GREY.choroidNear - GREY.choroidFar) * fading) * mix(1, tissue, inside);
      // Beyond the reach of the light.
      grey[at]! *= mix(0.25, 1, Math.exp(-Math.max(0, below - 350) / 420));
    }
  }

  /** Vessels of the choroid grow with depth: capillaries under Bruch's membrane, Sattler's layer, Haller's. */
  function vesselled(x: number, below: number, inside: number): number {
    const u = x + 34 * grain(x / 90, below / 60 + 40) + 70 * grain(x / 400, below / 150 + 80);
    const v = below + 22 * grain(x / 110 + 30, below / 50);
    const deeper = smoothstep(50, 130, below);
    const small = deeper < 1 ? smoothstep(0.1, 0.5, lumens(u / 120 + 31, v / 46)) : 0;
    const large = deeper > 0 ? smoothstep(0.08, 0.45, lumens(u / 310 + 7.7, v / 105 + 13)) : 0;
    const lumen = mix(small, large, deeper);
    return 1 - (0.34 + 0.2 * grain(x / 260, below / 130)) * lumen * smoothstep(8, 45, below) * inside;
  }

  function paintPocket(pocket: Pocket, { heights }: Section, x: number, paint: Painter): void {
    const dx = (x - pocket.x) / pocket.rx;
    const dy = (offset - pocket.y) / pocket.ry;
    const d = dx * dx + dy * dy;
    if (d >= 1) return;
    const i = LAYERS.indexOf(pocket.layer);
    const upper = heights[i]!;
    const lower = heights[i + 1]!;
    // A rim of tissue stays: 5 µm on each side.
    const half = Math.min(pocket.rz * Math.sqrt(1 - d), (upper - lower) / 2 - 5);
    if (half < 2) return;
    const middle = (upper + lower) / 2;
    const plane = mask('intraretinalFluid');
    paint(middle + half, middle - half, (_, at) => {
      plane[at] = 255;
      grey[at] = GREY.fluid;
    });
  }

  function paintFocus(
    focus: Focus,
    { heights }: Section,
    x: number,
    column: number,
    paint: Painter,
    toRow: (z: number) => number,
  ): void {
    const dx = (x - focus.x) / Math.max(focus.rx, lateral * 0.6);
    const dy = (offset - focus.y) / focus.ry;
    const d = dx * dx + dy * dy;
    if (d >= 1) return;
    const i = LAYERS.indexOf(focus.layer);
    const middle = mix(heights[i]!, heights[i + 1]!, focus.depth);
    const half = Math.max(focus.rz * Math.sqrt(1 - d) * (1 + 0.3 * grain(x / 40, focus.x)), axial * 0.6);
    const plane = mask(focus.kind);
    const bright = focus.kind === 'haemorrhage' ? 142 : focus.kind === 'hardExudate' ? 214 : 188;
    paint(middle + half, middle - half, (_, at) => {
      plane[at] = 255;
      grey[at] = Math.max(grey[at]!, bright);
    });
    dim(column, toRow(middle - half), 1 - focus.shadow * Math.sqrt(1 - d), 4);
  }

  function paintVessel(vessel: VesselShadow, column: number, topRow: number): void {
    const off = Math.abs(column - vessel.column) / vessel.half;
    if (off > 1.6) return;
    const inside = Math.sqrt(Math.max(0, 1 - off * off));
    const deep = vessel.diameter / axial;
    // The lumen lies among nerve fibres and ganglion cells: a bright wall above, a dark core.
    for (let row = Math.ceil(topRow + 2); row < topRow + 2 + deep * inside && row < height; row++) {
      if (row < 0) continue;
      const share = (row - topRow - 2) / deep;
      grey[row * width + column] = share < 0.3 ? 165 : mix(120, 92, share);
    }
    dim(column, topRow + 2 + deep * 0.6, 1 - vessel.strength * (1 - smoothstep(0.55, 1.5, off)), deep);
  }
}

type Painter = (from: number, to: number, what: (z: number, at: number) => void) => void;

/** Between photoreceptors and pigment epithelium, and beneath the epithelium. */
function paintSpaces(
  { heights, subretinalMaterial, serous }: Section,
  paint: Painter,
  mask: (name: string) => Uint8Array,
  grey: Float32Array,
  retina: Uint8Array,
  grain: (x: number, y: number) => number,
  x: number,
  lateral: number,
): void {
  const floor = heights[SURFACES.rpeTop]!;
  const tips = heights[SURFACES.tips]!;
  if (subretinalMaterial > 0) {
    const plane = mask('subretinalHyperreflectiveMaterial');
    paint(floor + subretinalMaterial, floor, (z, at) => {
      plane[at] = retina[at] = 255;
      grey[at] = 146 + 30 * grain(x / (lateral * 7), z / 26);
    });
  }
  if (tips > floor + subretinalMaterial) {
    const plane = mask('subretinalFluid');
    paint(tips, floor + subretinalMaterial, (_, at) => {
      plane[at] = retina[at] = 255;
      grey[at] = GREY.fluid;
    });
  }
  const base = heights[SURFACES.rpeBase]!;
  if (base > 0) {
    const plane = mask(base > 130 || serous > 0 ? 'pigmentEpithelialDetachment' : 'drusen');
    paint(base, 0, (z, at) => {
      plane[at] = retina[at] = 255;
      // Solid matter is grey, fluid nearly black; Bruch's membrane shows as a line beneath.
      grey[at] = z < 5 ? 128 : mix(104 + 20 * grain(x / 90, z / 40), GREY.fluid + 14, serous);
    });
  }
}

function paintNerveHead(
  { heights }: Section,
  paint: Painter,
  plane: Uint8Array,
  grey: Float32Array,
  grain: (x: number, y: number) => number,
  x: number,
): void {
  const top = heights[SURFACES.ilm]!;
  const lamina = Math.min(top - 60, -330);
  paint(top, lamina, (z, at) => {
    plane[at] = 255;
    const fading = Math.exp((z - top) / 320);
    grey[at] = 50 + 85 * fading + 12 * grain(x / 70, z / 60);
  });
  paint(lamina, -4000, (z, at) => {
    grey[at] = 105 * Math.exp((z - lamina) / 210) + 12;
  });
}

interface VesselShadow {
  readonly column: number;
  /** Half width, columns. */
  readonly half: number;
  readonly diameter: number;
  /** Share of the light that it takes. */
  readonly strength: number;
}

/** Where the eye's vessels cross the scan. */
function vesselShadows(eye: PhantomEye, { scanner, offset, side, foveaColumn }: BScan): VesselShadow[] {
  const shadows: VesselShadow[] = [];
  for (const { kind, x, y, diameter } of eye.vessels) {
    for (let i = 0; i + 1 < x.length; i++) {
      const [a, b] = [y[i]! - offset, y[i + 1]! - offset];
      if (a === b || a > 0 === b > 0) continue;
      const share = a / (a - b);
      const wide = diameter[i]!;
      const angle = Math.atan2(Math.abs(b - a), Math.abs(x[i + 1]! - x[i]!));
      // A vessel that runs along the scan is met on a long way.
      const half = wide / 2 / Math.max(0.3, Math.sin(angle)) / scanner.lateral;
      shadows.push({
        column: foveaColumn + (mix(x[i]!, x[i + 1]!, share) * side) / scanner.lateral,
        half: Math.max(0.7, half),
        diameter: wide,
        strength: clamp((wide / 95) * (kind === 'vein' ? 0.9 : 0.8), 0.4, 0.9),
      });
    }
  }
  return shadows;
}

function membraneAt({ membrane }: Macula, x: number, y: number): number {
  const { x: mx, y: my, length } = membrane!;
  return 1 - smoothstep(0.75, 1.05, (2 * Math.hypot(x - mx, y - my)) / length);
}

/** The back of the vitreous: in some eyes a faint line before the retina, always before a hole's edge. */
function posteriorHyaloid(
  random: Random,
  { scanner, grey }: BScan,
  { hole }: Macula,
): (column: number, topRow: number) => void {
  const { width, height, axial } = scanner;
  if (!hole && !random.chance(0.35)) return () => {};
  const noise = gradientNoise(random.fork('line'));
  const away = random.range(60, 420) / axial;
  const touching = random.range(0.05, 0.95) * width;
  const bright = random.range(44, 86);
  let before: number | undefined;
  return (column, topRow) => {
    const apart = away * smoothstep(0, width * 0.42, Math.abs(column - touching));
    const wave = (14 / axial) * noise(column / 70, 4.2);
    // It spans dips of the surface: it follows them slowly.
    before = before === undefined ? topRow : before + clamp(topRow - before, -0.5, 0.5);
    const row = Math.min(topRow - 2, before - apart + wave);
    for (const [dy, share] of [
      [0, 1],
      [1, 0.6],
    ] as const) {
      const at = Math.round(row) + dy;
      if (at >= 0 && at < height && at < topRow - 1) {
        const index = at * width + column;
        grey[index] = Math.max(grey[index]!, bright * share * (0.8 + 0.4 * noise(column / 25, 9)));
      }
    }
  };
}
