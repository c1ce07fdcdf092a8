import { random } from '../core/random.ts';
import type { PhantomEye } from './eye.ts';
import type { Blob, Lesion } from './lesions.ts';

/** Retina whose capillaries are closed, µm in the eye's frame. A photograph shows it only by what comes of it. */
export interface ClosedPatch {
  readonly x: number;
  readonly y: number;
  readonly rx: number;
  readonly ry: number;
  readonly angle: number;
}

/** How much wider the foveal avascular zone is, by ICDR grade. [drawn] */
const WIDER_ZONE = [1, 1.05, 1.15, 1.35, 1.5];

export interface Perfusion {
  readonly closed: readonly ClosedPatch[];
  /** Diameter of the foveal avascular zone as an angiogram shows it, µm. */
  readonly avascularZone: number;
}

/** Draws where capillaries are closed: with retinopathy from grade 2 on, after vein occlusions, under cotton-wool spots. */
export function samplePerfusion(eye: PhantomEye, seed: number | string): Perfusion {
  const stream = random(`perfusion/${seed}`);
  const { diseases, disc, lesions } = eye;
  const closed: ClosedPatch[] = [];
  const patch = (x: number, y: number, size: number) =>
    closed.push({
      x,
      y,
      rx: size * stream.range(0.8, 1.2),
      ry: size * stream.range(0.6, 1),
      angle: stream.range(0, Math.PI),
    });
  const scattered = (count: number, low: number, high: number) => {
    for (let i = 0; i < count; i++) {
      for (let tries = 0; tries < 100; tries++) {
        const [x, y] = [stream.range(-5200, 6800), stream.range(-5400, 5400)];
        // The macula and the surroundings of the disc are closed last.
        if (Math.hypot(x, y) < 2300 || Math.hypot(x - disc.x, y) < 2100) continue;
        patch(x, y, stream.range(low, high));
        break;
      }
    }
  };
  const dr = diseases.dr ?? 0;
  if (dr === 2) scattered(stream.whole(0, 2), 300, 600);
  if (dr === 3) scattered(stream.whole(4, 8), 500, 1100);
  if (dr === 4) scattered(stream.whole(6, 12), 600, 1400);
  if (diseases.crvo === 3) scattered(stream.whole(6, 12), 600, 1300);
  const blobs = (test: (blob: Blob & Pick<Lesion, 'of'>) => boolean) =>
    lesions.filter((l): l is Blob => l.shape === 'blob' && test(l));
  const branch = blobs(({ of, kind }) => of === 'brvo' && kind !== 'cottonWoolSpot');
  if ((diseases.brvo ?? 0) >= 2 && branch.length > 0)
    for (let i = stream.whole(3, 7); i > 0; i--) {
      const { x, y } = stream.pick(branch);
      patch(x, y, stream.range(350, 800));
    }
  for (const { x, y, length } of blobs(({ kind }) => kind === 'cottonWoolSpot')) patch(x, y, length * 0.6);
  return { closed, avascularZone: eye.avascularZone * WIDER_ZONE[dr]! };
}
