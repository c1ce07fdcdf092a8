import type { Random } from '../core/random.ts';
import { draw } from './anatomy.ts';
import type { Field } from './eye.ts';
import { fibreDirection } from './fibres.ts';
import type { Blob, LesionKind, Thread } from './lesions.ts';

/** Makers of single lesions and of the patterns they come in. All lengths µm, frame of the eye. */

export interface Ground {
  readonly field: Field;
  readonly disc: { readonly x: number; readonly width: number; readonly height: number };
  readonly avascularZone: number;
}

export type Place = readonly [x: number, y: number];

/** A place that the camera sees, off the disc and off the foveal pit, as `allowed` wants it. */
export function place(
  random: Random,
  ground: Ground,
  allowed: (x: number, y: number) => boolean = () => true,
): Place {
  const { field, disc } = ground;
  for (let tries = 0; tries < 4000; tries++) {
    const reach = field.radius * 0.93 * Math.sqrt(random.unit());
    const around = random.range(0, 2 * Math.PI);
    const x = field.x + Math.cos(around) * reach;
    const y = field.y + Math.sin(around) * reach;
    if (offDisc(x, y, disc) < 1.15 || Math.hypot(x, y) < ground.avascularZone) continue;
    if (allowed(x, y)) return [x, y];
  }
  throw new Error('no place for a lesion in this field');
}

/** Places as lesions choose them: some alone, most near one of a few foci. */
export function clustered(
  random: Random,
  ground: Ground,
  allowed?: (x: number, y: number) => boolean,
): () => Place {
  const foci = Array.from({ length: random.whole(1, 3) }, () => place(random, ground, allowed));
  return () => {
    if (random.chance(0.3)) return place(random, ground, allowed);
    const [fx, fy] = random.pick(foci);
    for (let tries = 0; tries < 30; tries++) {
      const x = fx + random.normal(0, 750);
      const y = fy + random.normal(0, 750);
      const seen = Math.hypot(x - ground.field.x, y - ground.field.y) < ground.field.radius * 0.93;
      const free = offDisc(x, y, ground.disc) > 1.15 && Math.hypot(x, y) > ground.avascularZone;
      if (seen && free && (!allowed || allowed(x, y))) return [x, y];
    }
    return place(random, ground, allowed);
  };
}

/** Distance from the disc's centre in radii of the disc. */
export const offDisc = (x: number, y: number, disc: Ground['disc']) =>
  2 * Math.hypot((x - disc.x) / disc.width, y / disc.height);

function spot(
  random: Random,
  kind: LesionKind,
  [x, y]: Place,
  size: number,
  look: { ragged: number; soft: number; strength: number; ratio?: number; angle?: number },
): Blob {
  return {
    shape: 'blob',
    kind,
    x,
    y,
    length: size,
    width: size * (look.ratio ?? random.range(0.75, 1)),
    angle: look.angle ?? random.range(0, Math.PI),
    ragged: look.ragged,
    soft: look.soft,
    strength: look.strength,
  };
}

export const microaneurysm = (random: Random, at: Place) =>
  spot(random, 'microaneurysm', at, draw(random, 'microaneurysm'), {
    ragged: 0.1,
    soft: 0.5,
    strength: random.range(0.6, 0.95),
    ratio: random.range(0.85, 1),
  });

export const dotBlot = (random: Random, at: Place) => {
  const blot = random.chance(0.32);
  return spot(random, 'dotBlotHaemorrhage', at, draw(random, blot ? 'blotHaemorrhage' : 'dotHaemorrhage'), {
    ragged: blot ? 0.65 : 0.35,
    soft: random.range(0.5, 0.9),
    strength: random.range(0.45, 1),
  });
};

export const flame = (
  random: Random,
  at: Place,
  discX: number,
  kind: LesionKind = 'flameHaemorrhage',
): Blob => ({
  ...spot(random, kind, at, draw(random, 'flameLength'), {
    ragged: 0.75,
    soft: 0.5,
    strength: random.range(0.6, 1),
  }),
  width: draw(random, 'flameWidth'),
  angle: fibreDirection(at[0], at[1], discX) + random.normal(0, 0.08),
});

export const exudate = (random: Random, at: Place, scale = 1) =>
  spot(random, 'hardExudate', at, draw(random, 'hardExudate') * scale, {
    ragged: 0.5,
    soft: 0.35,
    strength: random.range(0.55, 1),
  });

export const cottonWool = (random: Random, at: Place, discX: number): Blob => ({
  ...spot(random, 'cottonWoolSpot', at, draw(random, 'cottonWoolSpot'), {
    ragged: 0.5,
    soft: 1.3,
    strength: random.range(0.6, 0.95),
    ratio: random.range(0.5, 0.8),
  }),
  angle: fibreDirection(at[0], at[1], discX) + Math.PI / 2 + random.normal(0, 0.3),
});

export const druse = (random: Random, at: Place, size: 'smallDruse' | 'mediumDruse' | 'largeDruse') =>
  spot(random, 'drusen', at, draw(random, size), {
    ragged: 0.3,
    soft: size === 'largeDruse' ? 0.8 : 0.6,
    strength: random.range(0.45, 0.9),
  });

export const pigmentClump = (random: Random, at: Place, size = random.range(60, 200)) =>
  spot(random, 'pigment', at, size, { ragged: 0.8, soft: 0.6, strength: random.range(0.4, 0.85) });

export const laser = (random: Random, at: Place) =>
  spot(random, 'laserScar', at, draw(random, 'laserScar'), {
    ragged: 0.25,
    soft: 0.35,
    strength: random.range(0.45, 0.9),
  });

export const patch = (
  random: Random,
  kind: LesionKind,
  at: Place,
  size: number,
  look: { ragged: number; soft: number; strength: number; ratio?: number; angle?: number },
) => spot(random, kind, at, size, look);

/** Exudates in a ring about a leak, denser on one side, or in a loose cluster. */
export function exudateGroup(
  random: Random,
  [x, y]: Place,
  count: number,
  radius: number,
  ring: boolean,
): Blob[] {
  const dense = random.range(0, 2 * Math.PI);
  return Array.from({ length: count }, () => {
    const around = ring ? dense + random.normal(0, 1.3) : random.range(0, 2 * Math.PI);
    const away = ring ? radius * random.normal(1, 0.16) : radius * Math.abs(random.normal(0, 0.55));
    const scale = random.chance(0.12) ? random.range(1.5, 2.6) : random.range(0.6, 1.15);
    return exudate(random, [x + Math.cos(around) * away, y + Math.sin(around) * away], scale);
  });
}

/** Exudates in Henle's layer: broken spokes about the fovea, most of them on the side of the disc. */
export function macularStar(random: Random): Blob[] {
  const blobs: Blob[] = [];
  const spokes = random.whole(13, 19);
  for (let spoke = 0; spoke < spokes; spoke++) {
    const around = (spoke / spokes) * 2 * Math.PI + random.normal(0, 0.12);
    if (!random.chance(0.55 + 0.4 * Math.cos(around))) continue;
    const inner = random.range(300, 560);
    const outer = inner + random.range(120, 800) * (0.65 + 0.35 * Math.cos(around));
    for (let away = inner; away < outer; away += random.range(50, 130)) {
      const bent = around + random.normal(0, 0.05);
      const blob = exudate(random, [Math.cos(bent) * away, Math.sin(bent) * away], random.range(0.4, 0.85));
      blobs.push({
        ...blob,
        length: blob.length * random.range(1, 1.9),
        width: blob.width * 0.75,
        angle: bent,
      });
    }
  }
  return blobs;
}

/** A thin wandering vessel. */
export function thread(
  random: Random,
  kind: LesionKind,
  [x, y]: Place,
  heading: number,
  length: number,
  diameter: number,
  restless: number,
): Thread {
  const xs = [x];
  const ys = [y];
  let turn = 0;
  for (let way = 0; way < length; way += 25) {
    turn = turn * 0.8 + random.normal(0, restless);
    heading += turn;
    x += Math.cos(heading) * 25;
    y += Math.sin(heading) * 25;
    xs.push(x);
    ys.push(y);
  }
  return { shape: 'thread', kind, x: xs, y: ys, diameter, strength: random.range(0.6, 1) };
}

/** A lacy frond of new vessels: a fan of threads that branch and curl. */
export function frond(random: Random, kind: LesionKind, at: Place, heading: number, size: number): Thread[] {
  const threads: Thread[] = [];
  const stems = random.whole(6, 10);
  for (let stem = 0; stem < stems; stem++) {
    const main = thread(
      random,
      kind,
      at,
      heading + random.normal(0, 0.75),
      size * random.range(0.5, 1),
      random.range(22, 34),
      0.075,
    );
    threads.push(main);
    for (let twig = random.whole(2, 4); twig > 0; twig--) {
      const from = random.whole(3, main.x.length - 1);
      const start = [main.x[from]!, main.y[from]!] as const;
      threads.push(
        thread(
          random,
          kind,
          start,
          random.range(0, 2 * Math.PI),
          size * random.range(0.15, 0.4),
          random.range(17, 24),
          0.16,
        ),
      );
    }
  }
  return threads;
}

/** Blood before the retina, settled with a level top. */
export function preretinal(random: Random, [x, y]: Place): Blob {
  const length = random.range(1500, 2900);
  return {
    ...spot(random, 'preretinalHaemorrhage', [x, y], length, {
      ragged: 0.2,
      soft: 0.08,
      strength: 0.97,
      angle: random.normal(0, 0.08),
    }),
    width: length * random.range(0.6, 0.8),
    level: y - length * random.range(0.02, 0.14),
  };
}
