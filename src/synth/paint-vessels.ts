import type { Random } from '../core/random.ts';
import type { Canvas } from './canvas.ts';
import type { PhantomEye } from './eye.ts';
import { gradientNoise } from './noise.ts';
import { clamp, smoothstep } from './plane.ts';
import type { Vessel, VesselKind } from './vessels.ts';

/**
 * Optical density of a column of blood 100 µm deep, in red, green, blue: a first prototype's shares of light let
 * through (vein .36/.68/.52, artery .22/.55/.45 taken) turned into densities, then fitted beside photographs.
 */
const DENSITY = { vein: [0.2, 0.6, 0.42], artery: [0.1, 0.5, 0.36] } as const;

/** Density does not grow in proportion to depth, because the fundus behind lights the blood from within. */
const DEPTH_EXPONENT = 0.75;

/** The vessel nearest to each pixel: how deep its blood is and where across the vessel the pixel lies. */
export interface VesselLayer {
  /** µm of blood along the line of sight; 0 = none. */
  readonly depth: Float32Array;
  /** 0 on the axis to 1 at the wall, of the deepest vessel. */
  readonly across: Float32Array;
  /** µm, of the deepest vessel. */
  readonly diameter: Float32Array;
}

/** Stamps capsules of blood. Narrower than a pixel they are drawn a pixel wide, and shallower for it. */
export function layVessels(canvas: Canvas, vessels: readonly Vessel[], mask: Uint8Array): VesselLayer {
  const { size, view } = canvas;
  const depth = new Float32Array(size * size);
  const across = new Float32Array(size * size);
  const diameterAt = new Float32Array(size * size);
  for (const { x, y, diameter } of vessels) {
    for (let i = 0; i + 1 < x.length; i++) {
      const [x0, y0] = view.project(x[i]!, y[i]!);
      const [x1, y1] = view.project(x[i + 1]!, y[i + 1]!);
      const true0 = diameter[i]! / 2 / view.scale;
      const true1 = diameter[i + 1]! / 2 / view.scale;
      const reach = Math.max(true0, true1, 0.75) + 1;
      const left = Math.max(0, Math.floor(Math.min(x0, x1) - reach));
      const right = Math.min(size - 1, Math.ceil(Math.max(x0, x1) + reach));
      const top = Math.max(0, Math.floor(Math.min(y0, y1) - reach));
      const bottom = Math.min(size - 1, Math.ceil(Math.max(y0, y1) + reach));
      if (left > right || top > bottom) continue;
      const dx = x1 - x0;
      const dy = y1 - y0;
      const long = dx * dx + dy * dy || 1;
      for (let py = top; py <= bottom; py++) {
        for (let px = left; px <= right; px++) {
          const t = clamp(((px - x0) * dx + (py - y0) * dy) / long);
          const ex = px - x0 - t * dx;
          const ey = py - y0 - t * dy;
          const away2 = ex * ex + ey * ey;
          const real = true0 + (true1 - true0) * t;
          const drawn = real < 0.75 ? 0.75 : real;
          if (away2 <= drawn * drawn) mask[py * size + px] = 255;
          const outer = drawn + 0.35;
          if (away2 >= outer * outer) continue;
          const away = Math.sqrt(away2);
          // Chord of a round column, softened at the wall by the pixel's own width.
          const chord = Math.sqrt(1 - (away / outer) ** 2) * 2 * real * (real / drawn) * view.scale;
          const at = py * size + px;
          if (chord <= depth[at]!) continue;
          depth[at] = chord;
          across[at] = away / drawn;
          diameterAt[at] = 2 * real * view.scale;
        }
      }
    }
  }
  return { depth, across, diameter: diameterAt };
}

/** Lays the blood over the fundus; fills the masks `artery`, `vein` and `vessel`. */
export function paintVessels(canvas: Canvas, eye: PhantomEye, random: Random): void {
  const { size, red, green, blue, x, y } = canvas;
  const look = random.fork('look');
  const contrast = look.normal(1, 0.14, 2);
  const reflexStrength = look.range(0.04, 0.2) * (eye.age > 60 ? 0.8 : 1.1);
  const arteryLight = look.range(0.75, 0.98);
  const patchy = gradientNoise(random.fork('patchy'));
  const layers: Record<VesselKind, VesselLayer> = {
    vein: layVessels(
      canvas,
      eye.vessels.filter(({ kind }) => kind === 'vein'),
      canvas.mask('vein'),
    ),
    artery: layVessels(
      canvas,
      eye.vessels.filter(({ kind }) => kind === 'artery'),
      canvas.mask('artery'),
    ),
  };
  const { disc } = eye;
  for (let at = 0; at < size * size; at++) {
    const deepest = Math.max(layers.vein.depth[at]!, layers.artery.depth[at]!);
    if (deepest === 0) continue;
    // In the depth of the cup the trunks are seen less clearly.
    const fromDisc = 2 * Math.hypot((x[at]! - disc.x) / disc.width, y[at]! / disc.height);
    const onDisc = 1 - smoothstep(0.85, 1.1, fromDisc);
    const clear = 1 - 0.3 * (1 - smoothstep(0.05, 0.35, fromDisc)) + (0.3 - 0.6 * disc.swelling) * onDisc;
    const uneven = contrast * clear * (1 + 0.12 * patchy(x[at]! / 700, y[at]! / 700));
    let [r, g, b] = [0, 0, 0];
    for (const kind of ['vein', 'artery'] as const) {
      const depth = layers[kind].depth[at]!;
      if (depth === 0) continue;
      // The artery lies on the vein and hides most of it.
      const hidden = kind === 'vein' && layers.artery.depth[at]! > 0 ? 0.45 : 1;
      const dense = (depth / 100) ** DEPTH_EXPONENT * uneven * hidden * (kind === 'artery' ? arteryLight : 1);
      const density = DENSITY[kind];
      r += density[0] * dense;
      g += density[1] * dense;
      b += density[2] * dense;
      const diameter = layers[kind].diameter[at]!;
      if (diameter > 45) {
        const stripe = Math.exp(-((layers[kind].across[at]! / 0.3) ** 2)) * smoothstep(45, 95, diameter);
        const shine = stripe * reflexStrength * (kind === 'artery' ? 1 : 0.3) * hidden;
        r -= shine * 0.7;
        g -= shine * 1.25;
        b -= shine * 1.1;
      }
    }
    red[at]! *= Math.exp(-r);
    green[at]! *= Math.exp(-g);
    blue[at]! *= Math.exp(-b);
  }
  const both = canvas.mask('vessel');
  const artery = canvas.mask('artery');
  const vein = canvas.mask('vein');
  for (let at = 0; at < both.length; at++) both[at] = artery[at]! | vein[at]!;
}
