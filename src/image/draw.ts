import type { Image } from './image.ts';
import { noise, uniform } from './noise.ts';

/** Optic disc, as a fraction of the radius of the field, from its centre. A right eye: the disc stands to the right. */
const DISC = { x: 0.5, y: -0.03, radius: 0.165 };
const FOVEA = { x: -0.09, y: 0.05 };

type Rgb = readonly [red: number, green: number, blue: number];
/** Light, 0–255. */
const FIELD: Rgb = [204, 98, 46];
const DISC_RIM: Rgb = [250, 190, 118];
const CUP: Rgb = [255, 228, 178];
/** Shares of the light that are taken away; below 0: added. */
const VEIN: Rgb = [0.5, 0.66, 0.72];
const ARTERY: Rgb = [0.3, 0.5, 0.58];
const HAEMORRHAGE: Rgb = [0.5, 0.75, 0.75];
const EXUDATE: Rgb = [-0.16, -0.95, -1.1];

/**
 * Draws a fundus photograph that never was of anybody: a lit field on black, optic disc with cup, vessels along the
 * temporal arcades, fovea and a few lesions. The same options give the same bytes.
 *
 * @param seed whole number; chooses vessels, lesions, pigment and laterality
 */
export function drawRetina({ width, height, seed }: { width: number; height: number; seed: number }): Image {
  const random = uniform(seed);
  const radius = Math.min(width, height) * 0.485;
  const laterality = random() < 0.5 ? 1 : -1;
  const left = width / 2;
  const top = height / 2;
  const cloud = noise(random);
  /** Share of light taken away, each colour of each pixel: vessels and lesions are laid down here first. */
  const ink = new Float32Array(width * height * 3);

  /** A soft round spot. The darker of two inks is seen; what shines (a negative share) lies on top. */
  const dab = (x: number, y: number, size: number, colour: Rgb, strength: number) => {
    const cx = left + x * laterality * radius;
    const cy = top + y * radius;
    const reach = size * radius + 1;
    for (let py = Math.max(0, Math.floor(cy - reach)); py <= Math.min(height - 1, cy + reach); py++) {
      for (let px = Math.max(0, Math.floor(cx - reach)); px <= Math.min(width - 1, cx + reach); px++) {
        const cover = strength * clamp((size * radius + 0.9 - Math.hypot(px - cx, py - cy)) / 1.8);
        const at = (py * width + px) * 3;
        for (let c = 0; c < 3; c++) {
          const share = colour[c]!;
          const there = ink[at + c]!;
          ink[at + c] = share < 0 ? mix(there, share, cover) : Math.max(there, share * cover);
        }
      }
    }
  };

  /** A vessel walks in small steps, turned towards its arcade, tapers, and sends out branches. */
  const vessel = (
    x: number,
    y: number,
    angle: number,
    size: number,
    bend: number,
    colour: Rgb,
    depth: number,
  ) => {
    const length = depth === 0 ? 1.7 : 20 * size + 0.25 + random() * 0.45;
    const step = 0.0025;
    let wobble = 0;
    let untilBranch = 0.1 + random() * 0.1;
    for (let way = 0; way < length && Math.hypot(x, y) < 1.02; way += step) {
      wobble = wobble * 0.975 + (random() - 0.5) * 0.035;
      angle +=
        (depth === 0 ? arcadeTurn(x, y, angle, way, bend) : bend * step * Math.max(0.15, 1 - way)) +
        wobble * 0.16;
      // No vessel crosses the fovea: those that come near end there.
      if (Math.hypot(x - FOVEA.x, y - FOVEA.y) < 0.14) return;
      x += Math.cos(angle) * step;
      y += Math.sin(angle) * step;
      const left = size * (1 - way / length) ** 0.55;
      // What is thinner than a pixel is drawn as a pixel, paler.
      dab(x, y, Math.max(left, 0.0012), colour, clamp(0.3 + left / 0.008));
      untilBranch -= step;
      if (untilBranch < 0 && depth < 3) {
        const side = random() < 0.5 ? 1 : -1;
        const turn = angle + side * (0.4 + random() * 0.45);
        vessel(x, y, turn, left * (0.45 + random() * 0.25), -side * 0.7, colour, depth + 1);
        untilBranch = 0.12 + random() * 0.2;
      }
    }
  };

  const jitter = () => (random() - 0.5) * 0.16;
  const pair = [
    [ARTERY, 0.0095, 0.16],
    [VEIN, 0.0135, -0.08],
  ] as const;
  for (const [colour, size, turn] of pair) {
    for (const side of [-1, 1]) {
      // Temporal arcade, then the nasal vessel: up (−) and down (+).
      vessel(DISC.x, DISC.y, side * (Math.PI / 2 + turn + jitter()), size, side, colour, 0);
      vessel(DISC.x, DISC.y, side * (0.75 + turn + jitter()), size * 0.72, -side * 0.5, colour, 1);
    }
  }

  const scatter = (count: number, sizes: readonly [number, number], colour: Rgb, strength: number) => {
    const angle = random() * 2 * Math.PI;
    for (let i = 0; i < count; i++) {
      const away = 0.24 + random() * 0.34;
      const around = angle + (random() - 0.5) * 2.2;
      const size = sizes[0] + random() ** 2 * (sizes[1] - sizes[0]);
      dab(FOVEA.x + Math.cos(around) * away, FOVEA.y + Math.sin(around) * away, size, colour, strength);
    }
  };
  scatter(9, [0.006, 0.016], HAEMORRHAGE, 0.75);
  scatter(16, [0.003, 0.006], HAEMORRHAGE, 0.7);
  scatter(26, [0.003, 0.011], EXUDATE, 0.8);

  const pigment = 0.9 + random() * 0.2;
  const cup = 0.4 + random() * 0.15;
  const data = new Uint8Array(width * height * 3);
  for (let py = 0; py < height; py++) {
    for (let px = 0; px < width; px++) {
      const x = ((px + 0.5 - left) / radius) * laterality;
      const y = (py + 0.5 - top) / radius;
      const far = Math.hypot(x, y);
      const edge = clamp((1 - far) * radius);
      if (edge === 0) continue;
      const texture =
        1 + 0.1 * cloud(x * 3.1, y * 3.1) + 0.05 * cloud(x * 11, y * 11) + 0.03 * cloud(x * 45, y * 45);
      const light = (1.08 - 0.42 * far ** 2.4 + 0.1 * (x * 0.7 - y * 0.3)) * texture * edge;
      const fromFovea = Math.hypot(x - FOVEA.x, y - FOVEA.y);
      const macula = 0.3 * Math.exp(-((fromFovea / 0.2) ** 2)) + 0.26 * Math.exp(-((fromFovea / 0.07) ** 2));
      const fromDisc = Math.hypot((x - DISC.x) * 1.06, y - DISC.y) / DISC.radius;
      const disc = clamp((1.04 - fromDisc) / 0.1);
      const pit = clamp((cup + 0.12 - Math.hypot(fromDisc, 0.02)) / 0.24);
      const halo = 0.16 * Math.exp(-((fromDisc / 1.7) ** 2));
      const at = (py * width + px) * 3;
      for (let c = 0; c < 3; c++) {
        const ground =
          FIELD[c]! * (1 - macula * (0.7 + 0.25 * c)) * (c === 0 ? 1 : pigment) * (1 + halo * (1 + c));
        const nerve = DISC_RIM[c]! + (CUP[c]! - DISC_RIM[c]!) * pit;
        const lit = (ground + (nerve - ground) * disc * 0.92) * light;
        data[at + c] = Math.min(255, lit * (1 - ink[at + c]! * (1 - 0.35 * pit * disc)));
      }
    }
  }
  return { width, height, channels: 3, data };
}

/** How far a main vessel turns at one step to stay on its way around the macula, ever wider; above (−1) or below (1). */
function arcadeTurn(x: number, y: number, angle: number, way: number, side: number): number {
  const [dx, dy] = [x - FOVEA.x, y - FOVEA.y];
  const outwards = Math.hypot(dx, dy) - 0.49 - 0.2 * way;
  const heading = Math.atan2(dy, dx) + side * (Math.PI / 2 + 1.5 * outwards);
  return 0.04 * Math.atan2(Math.sin(heading - angle), Math.cos(heading - angle));
}

const mix = (a: number, b: number, share: number) => a + (b - a) * share;
const clamp = (x: number) => Math.max(0, Math.min(1, x));
