import type { Random } from '../core/random.ts';
import type { Canvas } from './canvas.ts';
import type { PhantomEye } from './eye.ts';
import type { Blob, LesionKind, Thread } from './lesions.ts';
import { cellNoise, gradientNoise, type Noise } from './noise.ts';
import type { Palette, Rgb } from './palette.ts';
import { clamp, mix } from './plane.ts';

/**
 * How each kind looks. `absorb`: shares of red, green, blue taken from the light; `reflect`: a colour laid over, as a
 * multiple of the disc's rim; neither: told by the mask alone, what is seen is drawn elsewhere. `under`: beneath the
 * retinal vessels. `uneven`: texture within, 0–1.
 */
interface Look {
  readonly absorb?: Rgb;
  readonly reflect?: Rgb;
  readonly under?: boolean;
  readonly uneven: number;
}

const LOOKS: Record<LesionKind, Look> = {
  microaneurysm: { absorb: [0.14, 0.46, 0.36], uneven: 0 },
  dotBlotHaemorrhage: { absorb: [0.27, 0.6, 0.5], uneven: 0.3 },
  flameHaemorrhage: { absorb: [0.19, 0.54, 0.44], uneven: 0.5 },
  discHaemorrhage: { absorb: [0.2, 0.58, 0.46], uneven: 0.4 },
  preretinalHaemorrhage: { absorb: [0.34, 0.8, 0.74], uneven: 0.15 },
  subretinalHaemorrhage: { absorb: [0.4, 0.62, 0.46], under: true, uneven: 0.35 },
  hardExudate: { reflect: [1.02, 1.14, 0.85], uneven: 0.15 },
  cottonWoolSpot: { reflect: [0.9, 1.1, 1.6], uneven: 0.3 },
  venousBeading: { uneven: 0 },
  arteriovenousNicking: { uneven: 0 },
  irma: { absorb: [0.16, 0.5, 0.4], uneven: 0 },
  neovascularisationDisc: { absorb: [0.16, 0.52, 0.42], uneven: 0 },
  neovascularisationElsewhere: { absorb: [0.16, 0.52, 0.42], uneven: 0 },
  laserScar: { reflect: [0.9, 0.98, 0.95], under: true, uneven: 0.5 },
  drusen: { reflect: [0.96, 0.98, 0.66], under: true, uneven: 0.2 },
  pigment: { absorb: [0.5, 0.55, 0.45], under: true, uneven: 0.4 },
  geographicAtrophy: { reflect: [0.98, 1.12, 0.88], under: true, uneven: 0.35 },
  patchyAtrophy: { reflect: [1.0, 1.16, 1.45], under: true, uneven: 0.5 },
  lacquerCrack: { reflect: [0.98, 0.98, 0.75], under: true, uneven: 0.2 },
  peripapillaryAtrophy: { under: true, uneven: 0 },
  nerveFibreDefect: { under: true, uneven: 0 },
  retinalWhitening: { reflect: [0.84, 1.0, 1.2], under: true, uneven: 0.25 },
  subretinalFluid: { reflect: [0.72, 0.78, 0.72], under: true, uneven: 0.3 },
  macularHole: { absorb: [0.08, 0.3, 0.3], under: true, uneven: 0.15 },
  epiretinalMembrane: { reflect: [0.8, 0.95, 1.15], uneven: 0.7 },
};

/** Share of a lesion's body that a reflecting kind covers, however strong: something of the fundus shines through. */
const COVER: Partial<Record<LesionKind, number>> = {
  drusen: 0.5,
  hardExudate: 0.92,
  cottonWoolSpot: 0.72,
  geographicAtrophy: 0.6,
  retinalWhitening: 0.55,
  subretinalFluid: 0.35,
  laserScar: 0.7,
  lacquerCrack: 0.5,
  epiretinalMembrane: 0.3,
};

export function paintLesions(
  canvas: Canvas,
  eye: PhantomEye,
  palette: Palette,
  random: Random,
  under: boolean,
): void {
  const noises = { rough: gradientNoise(random.fork('lesions')), ribbons: cellNoise(random.fork('ribbons')) };
  eye.lesions.forEach((lesion, index) => {
    const look = LOOKS[lesion.kind];
    if (Boolean(look.under) !== under || lesion.shape === 'wedge') return;
    if (lesion.shape === 'blob') paintBlob(canvas, lesion, look, palette, noises, index);
    else paintThread(canvas, lesion, look, palette);
  });
}

function paintBlob(
  canvas: Canvas,
  blob: Blob,
  look: Look,
  palette: Palette,
  { rough: noise, ribbons }: { rough: Noise; ribbons: Noise },
  index: number,
): void {
  const { size, view, x: xs, y: ys } = canvas;
  // Below two pixels a lesion would vanish between them: it is drawn that wide, and paler.
  const least = 1.7 * view.scale;
  const a = Math.max(blob.length, least) / 2;
  const b = Math.max(blob.width, least) / 2;
  const fade = Math.sqrt(Math.min(1, blob.length / least) * Math.min(1, blob.width / least));
  const [cx, cy] = view.project(blob.x, blob.y);
  const bound = (Math.max(a, b) * (1.15 + 0.45 * blob.ragged) * (1 + blob.soft * 0.5)) / view.scale + 1.5;
  const left = Math.max(0, Math.floor(cx - bound));
  const right = Math.min(size - 1, Math.ceil(cx + bound));
  const top = Math.max(0, Math.floor(cy - bound));
  const bottom = Math.min(size - 1, Math.ceil(cy + bound));
  if (left > right || top > bottom) return;
  const cos = Math.cos(blob.angle);
  const sin = Math.sin(blob.angle);
  const mask = canvas.mask(blob.kind);
  const ox = (index * 37.7) % 200;
  const oy = (index * 17.3) % 200;
  // Fibres fray the ends of what lies among them.
  const frayed =
    blob.kind === 'flameHaemorrhage' || blob.kind === 'discHaemorrhage' || blob.kind === 'cottonWoolSpot';
  const soft = Math.max(blob.soft, (0.8 * view.scale) / Math.min(a, b));
  const texture = Math.max(a, b) / 1.6;
  // Where the pigment epithelium is gone, the choroid's vessels are seen.
  const bare = blob.kind === 'geographicAtrophy' || blob.kind === 'patchyAtrophy';
  const small = bare || blob.kind === 'subretinalHaemorrhage' ? 0.1 : 0.22;
  for (let row = top; row <= bottom; row++) {
    for (let column = left; column <= right; column++) {
      const at = row * size + column;
      const dx = xs[at]! - blob.x;
      const dy = ys[at]! - blob.y;
      const u = (dx * cos + dy * sin) / a;
      const v = (dy * cos - dx * sin) / b;
      const r = Math.sqrt(u * u + v * v);
      if (r > 1.7) continue;
      let edge = 1;
      if (blob.ragged > 0 && r > 0.2) {
        const bumps =
          noise(ox + (u / r) * 0.8, oy + (v / r) * 0.8) +
          0.45 * noise(ox + u * 1.7 + 20, oy + v * 1.7) +
          small * noise(ox + u * 4.1 + 40, oy + v * 4.1);
        edge += blob.ragged * 0.55 * bumps;
        if (frayed) edge += blob.ragged * 0.4 * noise(ox + v * 5, oy + 50) * Math.abs(u);
      }
      let cover = 1 - clamp((r - edge) / soft + 0.5);
      if (cover <= 0) continue;
      if (blob.level !== undefined && ys[at]! < blob.level) continue;
      if (blob.spared !== undefined) {
        const spared = clamp((Math.hypot(xs[at]!, ys[at]!) - blob.spared) / (blob.spared * 0.6));
        cover *= spared;
      }
      if (cover >= 0.5) mask[at] = 255;
      cover = cover * cover * (3 - 2 * cover);
      const inner = look.uneven * noise(xs[at]! / texture + ox, ys[at]! / texture + oy);
      lay(
        canvas,
        at,
        look,
        palette,
        clamp(cover * blob.strength * fade * (1 + inner)),
        COVER[blob.kind] ?? 0.95,
      );
      if (bare) {
        const x = xs[at]! + 260 * noise(ys[at]! / 900, ox);
        const y = ys[at]! + 260 * noise(xs[at]! / 900 + 70, oy);
        const vessel = 1 - clamp((ribbons(x / 1500 + ox, y / 430 + oy) - 0.02) / 0.3);
        const rim = blob.kind === 'patchyAtrophy' ? 0.35 : 0.1;
        const border =
          rim * Math.exp(-(((r - edge) / 0.1) ** 2)) * clamp(noise(ox + u + 9, oy + v) * 2 + 0.3);
        canvas.red[at]! *= 1 - cover * (0.03 * vessel + border);
        canvas.green[at]! *= 1 - cover * (0.09 * vessel + border);
        canvas.blue[at]! *= 1 - cover * (0.1 * vessel + border);
      }
      if (blob.kind === 'laserScar') scar(canvas, at, r, edge, blob.strength);
    }
  }
}

/** Old burns have a rim and islands of pigment. */
function scar(canvas: Canvas, at: number, r: number, edge: number, strength: number): void {
  const rim =
    Math.exp(-(((r - edge * 0.95) / 0.16) ** 2)) +
    0.9 * Math.exp(-((r / 0.25) ** 2)) * (strength > 0.7 ? 1 : 0);
  const dark = 0.42 * strength * clamp(rim);
  canvas.red[at]! *= 1 - dark;
  canvas.green[at]! *= 1 - dark;
  canvas.blue[at]! *= 1 - dark * 0.8;
}

function lay(canvas: Canvas, at: number, look: Look, palette: Palette, cover: number, most: number): void {
  const { red, green, blue } = canvas;
  if (look.absorb) {
    red[at]! *= 1 - look.absorb[0] * cover;
    green[at]! *= 1 - look.absorb[1] * cover;
    blue[at]! *= 1 - look.absorb[2] * cover;
  } else if (look.reflect) {
    const share = cover * most;
    // Never darker than the fundus beneath.
    red[at] = mix(red[at]!, Math.max(red[at]!, palette.rim[0] * look.reflect[0]), share);
    green[at] = mix(green[at]!, Math.max(green[at]!, palette.rim[1] * look.reflect[1]), share);
    blue[at] = mix(blue[at]!, Math.max(blue[at]!, palette.rim[2] * look.reflect[2]), share);
  }
}

function paintThread(canvas: Canvas, thread: Thread, look: Look, palette: Palette): void {
  const { size, view } = canvas;
  const mask = canvas.mask(thread.kind);
  const cover = new Map<number, number>();
  const real = thread.diameter / 2 / view.scale;
  const drawn = Math.max(real, 0.7);
  for (let i = 0; i + 1 < thread.x.length; i++) {
    const [x0, y0] = view.project(thread.x[i]!, thread.y[i]!);
    const [x1, y1] = view.project(thread.x[i + 1]!, thread.y[i + 1]!);
    const dx = x1 - x0;
    const dy = y1 - y0;
    const long = dx * dx + dy * dy || 1;
    for (
      let py = Math.max(0, Math.floor(Math.min(y0, y1) - drawn - 1));
      py <= Math.min(size - 1, Math.max(y0, y1) + drawn + 1);
      py++
    ) {
      for (
        let px = Math.max(0, Math.floor(Math.min(x0, x1) - drawn - 1));
        px <= Math.min(size - 1, Math.max(x0, x1) + drawn + 1);
        px++
      ) {
        const t = clamp(((px - x0) * dx + (py - y0) * dy) / long);
        const away = Math.hypot(px - x0 - t * dx, py - y0 - t * dy);
        const at = py * size + px;
        if (away <= Math.max(0.5, real)) mask[at] = 255;
        const here = clamp(drawn + 0.5 - away) * Math.sqrt(real / drawn);
        if (here > (cover.get(at) ?? 0)) cover.set(at, here);
      }
    }
  }
  for (const [at, here] of cover)
    lay(canvas, at, look, palette, here * thread.strength, COVER[thread.kind] ?? 0.95);
}
