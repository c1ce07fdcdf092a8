import type { Field } from './eye.ts';
import type { Thread } from './lesions.ts';
import { STEP, type Vessel } from './vessels.ts';

/** Changes that disease makes to the calibre of vessels already grown. */
export type VesselEdit = (vessels: readonly Vessel[]) => readonly Vessel[];

export interface Crossing {
  readonly x: number;
  readonly y: number;
  readonly vein: number;
  readonly veinPoint: number;
  /** µm. */
  readonly arteryDiameter: number;
  readonly veinDiameter: number;
}

/** Where an artery crosses a vein, both at least `widest` µm wide. */
export function crossings(vessels: readonly Vessel[], widest: number): Crossing[] {
  const found: Crossing[] = [];
  const arteries = vessels.filter(({ kind }) => kind === 'artery');
  vessels.forEach((vein, v) => {
    if (vein.kind !== 'vein') return;
    for (const artery of arteries) {
      for (let i = 2; i + 1 < vein.x.length; i++) {
        if (vein.diameter[i]! < widest) break;
        for (let j = 2; j + 1 < artery.x.length; j++) {
          if (artery.diameter[j]! < widest) break;
          const dx = Math.abs(vein.x[i]! - artery.x[j]!);
          if (dx > STEP || Math.abs(vein.y[i]! - artery.y[j]!) > STEP) continue;
          if (!crosses(vein, i, artery, j)) continue;
          found.push({
            x: vein.x[i]!,
            y: vein.y[i]!,
            vein: v,
            veinPoint: i,
            arteryDiameter: artery.diameter[j]!,
            veinDiameter: vein.diameter[i]!,
          });
        }
      }
    }
  });
  return found;
}

function crosses(a: Vessel, i: number, b: Vessel, j: number): boolean {
  const side = (px: number, py: number, qx: number, qy: number, rx: number, ry: number) =>
    (qx - px) * (ry - py) - (qy - py) * (rx - px);
  const a0 = [a.x[i]!, a.y[i]!, a.x[i + 1]!, a.y[i + 1]!] as const;
  const b0 = [b.x[j]!, b.y[j]!, b.x[j + 1]!, b.y[j + 1]!] as const;
  return (
    side(...a0, b0[0], b0[1]) * side(...a0, b0[2], b0[3]) < 0 &&
    side(...b0, a0[0], a0[1]) * side(...b0, a0[2], a0[3]) < 0
  );
}

/** Pinches veins where arteries cross them to this share of their width. */
export const nick =
  (places: readonly Crossing[], share: number): VesselEdit =>
  (vessels) =>
    vessels.map((vessel, index) => {
      const here = places.filter(({ vein }) => vein === index);
      if (here.length === 0) return vessel;
      const diameter = vessel.diameter.map((width, i) => {
        let factor = 1;
        for (const { veinPoint, arteryDiameter } of here) {
          const away = (Math.abs(i - veinPoint) * STEP) / (arteryDiameter * 1.5 + 60);
          factor = Math.min(factor, 1 - (1 - share) * Math.exp(-away * away));
        }
        return width * factor;
      });
      return { ...vessel, diameter };
    });

/** Stretches of wide vein that can be beaded: pieces of `length` points, in view, with where they lie. */
export interface Stretch {
  readonly vessel: number;
  readonly from: number;
  readonly to: number;
  readonly x: number;
  readonly y: number;
}

export function wideVeins(vessels: readonly Vessel[], field: Field, discX: number): Stretch[] {
  const points = 24;
  const stretches: Stretch[] = [];
  vessels.forEach((vessel, index) => {
    if (vessel.kind !== 'vein') return;
    for (let from = 0; from + points < vessel.x.length; from += points) {
      const x = vessel.x[from + points / 2]!;
      const y = vessel.y[from + points / 2]!;
      const seen = Math.hypot(x - field.x, y - field.y) < field.radius * 0.85;
      const offTheDisc = Math.hypot(vessel.x[from]! - discX, vessel.y[from]!) > 1300;
      if (seen && offTheDisc && vessel.diameter[from + points]! > 55)
        stretches.push({ vessel: index, from, to: from + points, x, y });
    }
  });
  return stretches;
}

/** Beads: the width swells and shrinks along the stretch. */
export const bead =
  (stretch: Stretch, phase: number): VesselEdit =>
  (vessels) =>
    vessels.map((vessel, index) => {
      if (index !== stretch.vessel) return vessel;
      const diameter = vessel.diameter.map((width, i) => {
        if (i < stretch.from || i > stretch.to) return width;
        return width * (1.05 + 0.4 * Math.sin(((i - stretch.from) * STEP * 2 * Math.PI) / 330 + phase));
      });
      return { ...vessel, diameter };
    });

/** The mask of a beaded stretch. */
export const beadedThread = (vessels: readonly Vessel[], { vessel, from, to }: Stretch): Thread => ({
  shape: 'thread',
  kind: 'venousBeading',
  x: Array.from(vessels[vessel]!.x.subarray(from, to + 1)),
  y: Array.from(vessels[vessel]!.y.subarray(from, to + 1)),
  diameter: vessels[vessel]!.diameter[from]! * 1.3,
  strength: 1,
});
