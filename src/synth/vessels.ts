import type { Random } from '../core/random.ts';
import { ANATOMY } from './anatomy.ts';
import { clamp } from './plane.ts';

/**
 * The two vessel trees of the retina, walked from the disc.
 *
 * Frame of the eye, shared by all of the phantom: micrometres, the fovea at the origin, the disc's centre on the
 * positive x axis, y growing downwards (inferior) in an eye seen as a photograph of a right eye.
 */
export type VesselKind = 'artery' | 'vein';

export interface Vessel {
  readonly kind: VesselKind;
  /** The way of its centre, one point every `STEP` µm. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** Diameter at each point, µm. */
  readonly diameter: Float32Array;
  /** 0 = leaves the disc. */
  readonly generation: number;
  /** Index of the vessel it springs from; −1 = the disc. */
  readonly parent: number;
}

export interface TreePlan {
  readonly disc: { readonly x: number; readonly width: number; readonly height: number };
  /** Height of the temporal arcades above and below the fovea, µm. */
  readonly arcade: number;
  /** Diameter of the foveal avascular zone, µm. */
  readonly avascularZone: number;
  /** Central retinal artery and vein equivalents, µm. */
  readonly equivalents: Readonly<Record<VesselKind, number>>;
  /** 1 = usual. */
  readonly tortuosity: number;
}

/** µm between two points of a vessel. */
export const STEP = 50;

/** Where nothing is photographed any more, µm from the middle between disc and fovea. */
const EDGE = 9500;
/** Narrower vessels are not seen in a fundus photograph. */
const NARROWEST = 18;
/** Wider ones go on to the edge of the picture, µm. [drawn] */
const TRUNK = 58;
const MURRAY = { artery: ANATOMY.murrayArtery.mean, vein: ANATOMY.murrayVein.mean } as const;
/** Knudtson 2003: equivalent² = branch² · (a² + b²). */
export const KNUDTSON = { artery: 0.88, vein: 0.95 } as const;

type Role = 'arcade' | 'nasal' | 'macular' | 'peripheral';

interface Sprout {
  readonly kind: VesselKind;
  readonly role: Role;
  readonly x: number;
  readonly y: number;
  readonly heading: number;
  readonly diameter: number;
  readonly generation: number;
  readonly parent: number;
  /** −1 above the line from disc to fovea, 1 below. */
  readonly side: number;
  /** Curvature of this arcade: temporal distance over height squared, 1/µm. */
  readonly bend: number;
}

/** Draws both trees. Vessels are in the order they were grown, wide before narrow. */
export function growVessels(random: Random, plan: TreePlan): Vessel[] {
  const soil = new Soil();
  const vessels: Vessel[] = [];
  const queue: Sprout[] = trunks(random, plan);
  while (queue.length > 0) {
    let widest = 0;
    for (let i = 1; i < queue.length; i++) if (queue[i]!.diameter > queue[widest]!.diameter) widest = i;
    const [sprout] = queue.splice(widest, 1);
    const vessel = walk(random, plan, sprout!, soil, vessels.length, (child) => queue.push(child));
    if (vessel.x.length > 4) vessels.push(vessel);
    else soil.forget(vessels.length);
    for (let i = queue.length - 1; i >= 0; i--)
      if (queue[i]!.parent === vessels.length && vessel.x.length <= 4) queue.splice(i, 1);
  }
  return vessels;
}

/** The vessels that leave the disc: for each kind two arcades, two nasal ones, and small ones to macula and nose. */
function trunks(random: Random, { disc, arcade, equivalents }: TreePlan): Sprout[] {
  const sprouts: Sprout[] = [];
  for (const kind of ['vein', 'artery'] as const) {
    // The two halves make the equivalent, and each half splits in a temporal and a smaller nasal vessel.
    const half = equivalents[kind] / (KNUDTSON[kind] * Math.SQRT2);
    for (const side of [-1, 1]) {
      const share = random.range(0.66, 0.86);
      const temporal = half / (KNUDTSON[kind] * Math.sqrt(1 + share * share));
      // Arteries and veins leave the cup side by side, the artery mostly on the nasal side.
      const apart = kind === 'artery' ? 70 : -50;
      const start = {
        kind,
        generation: 0,
        parent: -1,
        side,
        x: disc.x + disc.width * 0.09 + apart + random.normal(0, 45),
        y: side * random.range(20, 150),
      };
      const height = arcade * random.normal(kind === 'artery' ? 0.95 : 1.03, 0.09);
      sprouts.push({
        ...start,
        role: 'arcade',
        heading: side * (Math.PI / 2 + random.normal(kind === 'artery' ? 0.2 : 0.32, 0.2)),
        diameter: temporal,
        bend: disc.x / (height * height),
      });
      sprouts.push({
        ...start,
        role: 'nasal',
        heading: side * random.range(0.5, 1.35),
        diameter: temporal * share,
        bend: 0,
      });
      if (random.chance(0.85))
        sprouts.push({
          ...start,
          role: 'macular',
          heading: side * (Math.PI - random.range(0.25, 0.75)),
          diameter: random.range(30, 48) * (kind === 'vein' ? 1.15 : 1),
          bend: 0,
        });
      if (random.chance(0.8))
        sprouts.push({
          ...start,
          role: 'nasal',
          heading: side * random.range(0.05, 0.5),
          diameter: random.range(38, 62) * (kind === 'vein' ? 1.15 : 1),
          bend: 0,
        });
    }
  }
  return sprouts;
}

function walk(
  random: Random,
  plan: TreePlan,
  sprout: Sprout,
  soil: Soil,
  index: number,
  grow: (child: Sprout) => void,
): Vessel {
  const { kind, role, side, generation } = sprout;
  const { disc, tortuosity } = plan;
  let { x, y, heading, diameter } = sprout;
  const xs: number[] = [];
  const ys: number[] = [];
  const diameters: number[] = [];
  const trunk = diameter > TRUNK && role !== 'macular';
  // Small vessels go a way in proportion to their width before capillaries take over.
  const longest = trunk
    ? Number.POSITIVE_INFINITY
    : 1500 + diameter * random.range(90, 190) * (role === 'macular' ? 1.5 : 1);
  // Where this one would like to go: macular vessels to somewhere about the fovea, each its own place.
  // Those that come down from an arcade keep about their place along it.
  const fallen = sprout.x < disc.x - 1600 ? clamp((disc.x - 1600 - sprout.x) / 1500, 0, 1) : 0;
  const aim = {
    x: random.normal(-300, 650) * (1 - fallen) + (sprout.x - random.range(-300, 900)) * fallen,
    y: side * random.range(120, 750),
  };
  const fan = random.normal(0, 0.35);
  const firmness = (trunk ? 0.05 : 0.022) * random.range(0.7, 1.3);
  // Waves of the course: two sines of its own phase and length, and a little restlessness.
  const wave = (trunk ? 0.011 : 0.017) * tortuosity * random.range(0.5, 1.5);
  const waveLength = random.range(900, 2100) * (trunk ? 1.25 : 0.85);
  const phase = random.range(0, 6.3);
  let restless = 0;
  let sinceBranch = 0;
  let untilBranch = trunk ? random.range(350, 1000) : random.range(600, 1500);
  let lastSide = random.chance(0.5) ? 1 : -1;
  const murray = MURRAY[kind];

  for (let way = 0; way < longest; way += STEP) {
    xs.push(x);
    ys.push(y);
    diameters.push(diameter);
    soil.take(x, y, kind, index);

    const wanted = direction(role, x, y, heading, side, sprout.bend, disc, aim, fan);
    let turn = firmness * Math.sin(wanted - heading) * (1 + 0.6 * (1 - Math.cos(wanted - heading)));
    restless = restless * 0.9 + random.range(-0.02, 0.02) * tortuosity;
    turn +=
      wave *
      (Math.sin((way / waveLength) * 6.283 + phase) + 0.6 * Math.sin((way / waveLength) * 16 + 2 * phase));
    turn += restless;
    if (!trunk || way > 1200) turn += soil.aside(x, y, heading, kind, index) * (trunk ? 0.02 : 0.055);
    heading += clamp(turn, -0.2, 0.2);
    x += Math.cos(heading) * STEP;
    y += Math.sin(heading) * STEP;
    diameter *= 1 - 0.000_012 * STEP;

    const fromFovea = Math.hypot(x, y);
    if (Math.hypot(x - disc.x / 2, y) > EDGE || diameter < NARROWEST) break;
    // The avascular zone, and the raphe temporal of it, which separates the upper from the lower vessels.
    if (fromFovea < plan.avascularZone / 2 + 60) break;
    if (x < 0 && y * side < 90) break;
    if (role === 'macular' && fromFovea < plan.avascularZone / 2 + 90 + ((sprout.diameter * 7) % 420)) break;
    // There: it has nothing left to feed, and would circle.
    if (role === 'macular' && x > -900 && Math.hypot(x - aim.x, y - aim.y) < 300) break;
    if (!trunk && way > 350 && soil.taken(x, y, kind, index, sprout.parent)) break;

    sinceBranch += STEP;
    const discEdge = Math.hypot((x - disc.x) / disc.width, y / disc.height) * 2;
    if (sinceBranch < untilBranch || discEdge < 1.12) continue;
    sinceBranch = 0;
    // Near the disc few branches leave: most of the retina they would feed lies further out.
    if (trunk && discEdge < 2.4 && random.chance(0.5)) continue;
    untilBranch = trunk ? random.range(420, 1150) : random.range(420, 1250);
    // The freer side gets the branch; where both are free they alternate.
    const free = soil.freer(x, y, heading, kind, index);
    const branchSide = free !== 0 ? free : random.chance(0.75) ? -lastSide : lastSide;
    lastSide = branchSide;
    const ratio = !trunk
      ? random.range(0.5, 0.97)
      : diameter > 75 && way > 1800 && random.chance(0.22)
        ? random.range(0.6, 0.9)
        : Math.max(
            random.chance(0.35) ? random.range(0.2, 0.36) : random.range(0.36, 0.62),
            Math.min(0.56, 31 / diameter),
          );
    const parentWidth = diameter;
    diameter = parentWidth / (1 + ratio ** murray) ** (1 / murray);
    const child = diameter * ratio;
    const [own, other] = bifurcation(parentWidth, diameter, child, random);
    if (child >= NARROWEST) {
      const away = heading + branchSide * other;
      grow({
        kind,
        role: roleOf(role, x, y, away, side, disc.x, generation),
        x,
        y,
        heading: away,
        diameter: child,
        generation: generation + 1,
        parent: index,
        side: y === 0 ? side : Math.sign(y),
        bend: sprout.bend * random.range(0.6, 0.85),
      });
      heading -= branchSide * own;
    }
  }
  return {
    kind,
    x: Float32Array.from(xs),
    y: Float32Array.from(ys),
    diameter: Float32Array.from(diameters),
    generation,
    parent: sprout.parent,
  };
}

/**
 * Angles that two daughters turn from their mother's way: least volume (Murray 1926), in which the wider one turns less,
 * scaled so that an even split has the measured 78°.
 */
function bifurcation(
  mother: number,
  wide: number,
  narrow: number,
  random: Random,
): [own: number, other: number] {
  const angle = (a: number, b: number) =>
    Math.acos(clamp((mother ** 4 + a ** 4 - b ** 4) / (2 * mother ** 2 * a ** 2), -1, 1));
  const own = angle(wide, narrow);
  const other = angle(narrow, wide);
  const measured = (ANATOMY.bifurcation.mean * Math.PI) / 180;
  const scale = Math.min(1.2, (measured / Math.max(0.5, own + other)) * random.normal(1, 0.12));
  return [own * scale * 0.7, clamp(other * scale, 0.35, 1.35)];
}

function roleOf(
  role: Role,
  x: number,
  y: number,
  heading: number,
  side: number,
  discX: number,
  generation: number,
): Role {
  if (role === 'nasal' || x > discX + 300) return 'nasal';
  if (role === 'arcade' || role === 'peripheral') {
    const towardsAxis = Math.sin(heading) * Math.sign(y || side) < 0;
    if (!towardsAxis) return 'peripheral';
    return x < -6800 || generation > 4 ? 'peripheral' : 'macular';
  }
  return role;
}

/** Where a vessel of this role would head for from here, radians. */
function direction(
  role: Role,
  x: number,
  y: number,
  heading: number,
  side: number,
  bend: number,
  disc: TreePlan['disc'],
  aim: { x: number; y: number },
  fan: number,
): number {
  const temporal = disc.x - x;
  const height = Math.max(1, y * side);
  if (role === 'arcade') {
    // The parabola temporal = bend · height²: its tangent, turned towards it where the vessel has strayed.
    const tangent = Math.atan2(1, 2 * bend * height);
    const off = (temporal - bend * height * height) / (1 + 2 * bend * height);
    // Past the fovea the arcades close again about the macula.
    const closing = clamp((-x + 300) / 4200, 0, 1);
    const climb = tangent * (1 - closing) + (1 - closing) * clamp(off / 1300, -0.7, 0.7) - 0.42 * closing;
    return Math.atan2(Math.sin(climb) * side, -Math.cos(climb));
  }
  if (role === 'macular') {
    // Around the avascular zone, not into it: temporal of the fovea they run along the raphe.
    const target = x < -900 ? { x: Math.min(aim.x, x - 250), y: y * 0.2 } : aim;
    return Math.atan2(target.y - y, target.x - x);
  }
  if (role === 'nasal') return Math.atan2(y * 0.75, Math.max(400, x - disc.x)) + fan * 0.5;
  // Peripheral: away from the disc, wheeling about the macula temporally.
  const out = Math.atan2(y * 1.15, x - disc.x * 0.55);
  return out + fan * 0.6 + 0.15 * Math.sin(heading - out);
}

/** What ground is taken: vessels of one kind keep a distance from each other; the two kinds may cross. */
class Soil {
  private static readonly CELL = 110;
  private static readonly SIDE = 200;
  private readonly cells = { artery: Soil.empty(), vein: Soil.empty() };

  private static empty() {
    return new Int16Array(Soil.SIDE * Soil.SIDE).fill(-1);
  }

  private static index(x: number, y: number): number {
    const column = Math.floor((x + 9000) / Soil.CELL);
    const row = Math.floor((y + 11000) / Soil.CELL);
    return column < 0 || row < 0 || column >= Soil.SIDE || row >= Soil.SIDE ? -1 : row * Soil.SIDE + column;
  }

  take(x: number, y: number, kind: VesselKind, vessel: number): void {
    const at = Soil.index(x, y);
    if (at >= 0) this.cells[kind][at] = vessel;
  }

  forget(vessel: number): void {
    for (const cells of [this.cells.artery, this.cells.vein])
      for (let i = 0; i < cells.length; i++) if (cells[i] === vessel) cells[i] = -1;
  }

  /** Whether another vessel of this kind, not the mother, holds this place. */
  taken(x: number, y: number, kind: VesselKind, vessel: number, mother: number): boolean {
    const at = Soil.index(x, y);
    if (at < 0) return false;
    const there = this.cells[kind][at]!;
    return there >= 0 && there !== vessel && there !== mother;
  }

  /** How crowded it is in this direction: same kind counts in full, the other kind half. */
  private crowd(x: number, y: number, heading: number, kind: VesselKind, vessel: number): number {
    let sum = 0;
    const other = kind === 'artery' ? 'vein' : 'artery';
    for (const distance of [200, 330, 480, 640]) {
      const at = Soil.index(x + Math.cos(heading) * distance, y + Math.sin(heading) * distance);
      if (at < 0) continue;
      const weight = 1.4 - distance / 640;
      const same = this.cells[kind][at]!;
      if (same >= 0 && same !== vessel) sum += weight;
      if (this.cells[other][at]! >= 0) sum += 0.55 * weight;
    }
    return sum;
  }

  /** Which way to turn to find free ground: −1 to 1. */
  aside(x: number, y: number, heading: number, kind: VesselKind, vessel: number): number {
    const left = this.crowd(x, y, heading - 0.6, kind, vessel);
    const right = this.crowd(x, y, heading + 0.6, kind, vessel);
    return clamp(left - right, -1, 1);
  }

  /** The freer side for a branch: −1 left, 1 right, 0 no difference. */
  freer(x: number, y: number, heading: number, kind: VesselKind, vessel: number): number {
    const count = (turn: number) =>
      this.crowd(x, y, heading + turn * 0.7, kind, vessel) +
      this.crowd(x, y, heading + turn * 1.3, kind, vessel);
    const left = count(-1);
    const right = count(1);
    return Math.abs(left - right) < 0.3 ? 0 : left < right ? -1 : 1;
  }
}
