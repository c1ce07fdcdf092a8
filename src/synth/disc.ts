import type { Random } from '../core/random.ts';
import type { Canvas } from './canvas.ts';
import type { PhantomEye } from './eye.ts';
import { gradientNoise } from './noise.ts';
import type { Palette } from './palette.ts';
import { clamp, mix, smoothstep } from './plane.ts';

/** The optic disc: crescent of atrophy, scleral ring, rim, cup with its lamina. Fills the masks `disc` and `cup`. */
export function paintDisc(canvas: Canvas, eye: PhantomEye, palette: Palette, random: Random): void {
  const { size, red, green, blue, x: xs, y: ys } = canvas;
  const { disc } = eye;
  const noise = gradientNoise(random.fork('edge'));
  const look = random.fork('look');
  const discMask = canvas.mask('disc');
  const cupMask = canvas.mask('cup');
  const atrophyMask = disc.atrophy > 0 ? canvas.mask('peripapillaryAtrophy') : undefined;
  const cos = Math.cos(disc.lean);
  const sin = Math.sin(disc.lean);
  const softness = mix(look.range(0.06, 0.14), 0.42, disc.swelling);
  const ring = look.range(0, 0.16) * (1 - disc.swelling);
  const pores = look.range(0.02, 0.09);
  const pigmentEdge = look.range(0, 0.3);
  const temporalPallor = look.range(0.1, 0.35);
  const cupDepth = look.range(0.55, 1);
  const reach = disc.height * (0.8 + disc.swelling * 0.6) + disc.atrophy * 1.6;
  const { rim, cup } = palette;
  for (let at = 0; at < size * size; at++) {
    const dx = xs[at]! - disc.x;
    const dy = ys[at]!;
    if (dx * dx + dy * dy > reach * reach) continue;
    // In half widths and heights of the disc; u grows towards the nose.
    const u = (2 * (dx * cos + dy * sin)) / disc.width;
    const v = (2 * (dy * cos - dx * sin)) / disc.height;
    const wobble = 1 + 0.03 * noise(u * 0.9 + 9, v * 0.9) + 0.012 * noise(u * 3 + 60, v * 3);
    const r = Math.sqrt(u * u + v * v) * wobble;
    // The nasal margin is blurred by the thicker fibres.
    const edge = softness * (1 + 0.9 * clamp(u));
    const inside = 1 - smoothstep(1 - edge, 1 + edge, r);
    if (r < 1) discMask[at] = 255;

    // Crescent: widest temporally, sclera and large choroidal vessels shining through, a dark line at its border.
    if (disc.atrophy > 0) {
      const angle = Math.atan2(v, -u);
      const wide =
        (disc.atrophy / (disc.width / 2)) *
        Math.exp(-((angle / 1.15) ** 2)) *
        (1 + 0.35 * noise(angle * 1.7, 5));
      const within = 1 - smoothstep(1 + wide - 0.05, 1 + wide + 0.05, r);
      if (r >= 1 && r < 1 + wide && wide > 0.04) atrophyMask![at] = 255;
      const pale = within * 0.62 * (0.85 + 0.3 * noise(u * 5, v * 5));
      red[at] = mix(red[at]!, rim[0] * 0.97, pale);
      green[at] = mix(green[at]!, rim[1] * 0.9, pale);
      blue[at] = mix(blue[at]!, rim[2] * 0.85, pale);
      const border = pigmentEdge * Math.exp(-(((r - 1 - wide) / 0.05) ** 2)) * smoothstep(0.02, 0.1, wide);
      red[at]! *= 1 - border * 0.6;
      green[at]! *= 1 - border;
      blue[at]! *= 1 - border;
    }

    // Rim: pinker nasally, paler temporally; with pallor everywhere.
    const pallor = clamp(disc.pallor + temporalPallor * clamp(-u) * (1 - Math.abs(v)));
    const cu = (u - disc.cupX * 2) / disc.cupWidth;
    const cv = (v - disc.cupY) / disc.cupHeight;
    const rc = Math.sqrt(cu * cu + cv * cv) * (1 + 0.04 * noise(u * 2 + 30, v * 2));
    if (rc < 1 && r < 1) cupMask[at] = 255;
    const inCup = (1 - smoothstep(0.6, 1.25, rc)) * cupDepth * (1 - disc.swelling * 0.85);
    const grain = 1 + 0.03 * noise(u * 7, v * 7 + 50) + inCup * pores * noise(u * 15 + 80, v * 15);
    const bow = 1 - 0.1 * r * r;
    const share = inside * 0.97;
    const toCup = clamp(inCup + pallor * 0.55);
    const light = grain * bow;
    red[at] = mix(red[at]!, mix(rim[0], cup[0], toCup) * light, share);
    green[at] = mix(green[at]!, mix(rim[1], cup[1], toCup) * light, share);
    blue[at] = mix(blue[at]!, mix(rim[2], cup[2], toCup) * light, share);
    const scleral = ring * Math.exp(-(((r - 1.02) / 0.05) ** 2)) * clamp(0.6 - u);
    red[at]! += scleral * 0.8;
    green[at]! += scleral;
    blue[at]! += scleral * 0.8;
  }
}
