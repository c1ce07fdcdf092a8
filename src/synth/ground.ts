import type { Random } from '../core/random.ts';
import type { Canvas } from './canvas.ts';
import type { PhantomEye } from './eye.ts';
import { fibreCourse } from './fibres.ts';
import { cellNoise, gradientNoise } from './noise.ts';
import type { Palette } from './palette.ts';
import { clamp, smoothstep } from './plane.ts';

/**
 * The fundus behind the vessels: choroid and its vessels, pigment epithelium, macular pigment, sheen of the nerve
 * fibres. Paints every pixel of the canvas.
 */
export function paintGround(canvas: Canvas, eye: PhantomEye, palette: Palette, random: Random): void {
  const { red, green, blue, x: xs, y: ys } = canvas;
  const clouds = gradientNoise(random.fork('clouds'));
  const mottle = gradientNoise(random.fork('mottle'));
  const choroid = cellNoise(random.fork('choroid'), 32);
  const streaks = gradientNoise(random.fork('streaks'));
  const discX = eye.disc.x;
  const youth = clamp((60 - eye.age) / 40);
  const look = random.fork('look');
  const pigmentDepth = look.range(0.05, 0.24) + 0.1 * eye.pigmentation;
  const macularDepth = look.range(0.1, 0.34);
  const pitSize = look.range(300, 480);
  const macularSize = look.range(850, 1500);
  const cloudiness = look.range(0.08, 0.2);
  const striation = (0.02 + 0.07 * youth) * look.range(0.5, 1.3);
  const sheen = youth * youth * look.range(0, 0.09);
  const reflex = look.chance(0.25 + 0.5 * youth) ? look.range(0.05, 0.22) : 0;
  const ridges = eye.tessellation;
  // Seen between the choroid's vessels: pigment, or sclera where there is little of it.
  const between = 0.09 + 0.22 * eye.pigmentation;
  const wedges = eye.lesions.filter((lesion) => lesion.shape === 'wedge');
  const wedgeMask = wedges.length > 0 ? canvas.mask('nerveFibreDefect') : undefined;
  const poleX = discX * 0.42;
  const area = red.length;

  for (let at = 0; at < area; at++) {
    const x = xs[at]!;
    const y = ys[at]!;
    const fovea2 = x * x + y * y;
    const dx = x - discX;
    const discDistance = Math.sqrt(dx * dx + y * y);
    // Clouds of some millimetres, mottling of the epithelium, grain.
    const wide = clouds(x / 5200 + 7, y / 5200 + 3) + 0.5 * clouds(x / 2300, y / 2300 + 40);
    const medium = mottle(x / 760 + 11, y / 760) + 0.6 * mottle(x / 330, y / 330 + 70);
    const fine = mottle(x / 130 + 31, y / 130) + 0.7 * mottle(x / 62, y / 62 + 90);
    let light = 1 + cloudiness * wide + 0.056 * medium + 0.032 * fine;
    let colour = 0.05 * clouds(x / 3900 + 90, y / 3900);

    // Choroidal vessels: ridges of a warped noise, drawn out away from the posterior pole.
    if (ridges > 0.03) {
      const warpX = clouds(x / 2100 + 150, y / 2100) * 330 + mottle(x / 700 + 150, y / 700) * 110;
      const warpY = clouds(x / 2100, y / 2100 + 150) * 330 + mottle(x / 700, y / 700 + 150) * 110;
      const px = x - poleX + warpX;
      const py = y + warpY;
      const away = Math.sqrt(px * px + py * py) + 1;
      const around = Math.atan2(py, px);
      const out = Math.log(away / 1500 + 1) * 2.1;
      const turns = around * (16 / Math.PI);
      // Ribbons on the borders of drawn-out cells: wide ones, and narrower ones between.
      const wideRibbon = 1 - smoothstep(0.1, 0.42, choroid(turns, out));
      const narrow = 1 - smoothstep(0.08, 0.4, choroid(turns * 2 + 7, out * 1.7 + 33));
      const vessel = Math.max(wideRibbon, 0.7 * narrow);
      // The macula's thicker pigment hides them.
      const seen =
        ridges *
        (1 - 0.75 * Math.exp(-fovea2 / (1900 * 1900))) *
        smoothstep(900, 1700, discDistance) *
        smoothstep(300, 2300, away);
      light += seen * ((vessel - 0.55) * (0.1 + 0.8 * between) - 0.03);
      colour += seen * (vessel - 0.45) * 0.16;
    }

    // Nerve fibres: fine pale streaks, brightest where the layer is thick, above and below the disc.
    const course = fibreCourse(x, y, discX);
    const thick = Math.exp(-(discDistance * discDistance) / (3300 * 3300));
    const bundle = Math.exp(-(((course - 0.58) / 0.2) ** 2)) + 0.35;
    const half = y < 0 ? 0 : 77;
    const lines =
      streaks(course * 62 + half, discDistance / 2600) +
      0.7 * streaks(course * 150 + half, discDistance / 1500 + 9);
    let fibres = thick * bundle;
    for (const wedge of wedges) {
      if (wedge.side * y <= 0 || discDistance < eye.disc.height * 0.45) continue;
      const lost = 1 - smoothstep(wedge.spread * 0.7, wedge.spread * 1.3, Math.abs(course - wedge.course));
      if (lost > 0.5 && discDistance < 6500 && x > -3500) wedgeMask![at] = 255;
      fibres *= 1 - lost * wedge.strength;
      light -= lost * wedge.strength * 0.09 * Math.exp(-discDistance / 5200);
    }
    light += fibres * (striation * lines + 0.13);
    const glint =
      sheen > 0
        ? sheen * clamp(clouds(x / 900 + 60, y / 700 + 60) - 0.1) * clamp(medium * 0.5 + 0.5) * thick
        : 0;

    // Macular pigment takes blue, the taller epithelium green.
    const wideMacula = Math.exp(-fovea2 / (2 * macularSize * macularSize)) * macularDepth;
    const pit = Math.exp(-fovea2 / (2 * pitSize * pitSize)) * pigmentDepth;
    const dark = wideMacula + pit;
    const spot = reflex > 0 ? reflex * Math.exp(-((x + 30) ** 2 + (y - 40) ** 2) / (2 * 75 * 75)) : 0;
    const pale = eye.pale;
    const g = palette.ground;
    red[at] = g[0] * light * (1 - 0.72 * dark) * (1 + 0.12 * pale) + glint + spot * 0.5;
    green[at] =
      g[1] * light * (1 + colour) * (1 - 0.95 * dark) * (1 + 0.3 * pale + 0.1 * thick) +
      glint * 1.05 +
      spot * 0.5;
    blue[at] =
      g[2] * light * (1 + 0.6 * colour) * (1 - 0.8 * dark) * (1 + 0.35 * pale + 0.12 * thick) +
      glint * 1.1 +
      spot * 0.45;
  }
}
