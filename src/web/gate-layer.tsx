import type { Reading } from '../server/contract.ts';
import classes from './gate-layer.module.css';

/** Where each quadrant of the field begins, in quarter turns clockwise from three o'clock. */
const TURNS: Readonly<Record<string, number>> = {
  'bottom right': 0,
  'bottom left': 1,
  'top left': 2,
  'top right': 3,
};

/** Outlines the quadrants of the field that cannot be read well. Nothing where all of it is bad. */
export function GateLayer({ reading: { gate, width, height } }: { readonly reading: Reading }) {
  const field = gate.geometry?.field;
  if (!field || !gate.quality) return null;
  const bad = [...new Set(gate.quality.reasons.flatMap(({ where }) => where))].filter(
    (name) => name in TURNS,
  );
  if (bad.length === 4) return null;
  return (
    <svg className={classes.layer} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {bad.map((name) => (
        <path key={name} className={classes.bad} d={quadrantOf(field, TURNS[name]!)} />
      ))}
    </svg>
  );
}

/** A quarter of the field, a little smaller than it, so that neighbours keep apart. */
function quadrantOf({ x, y, radius }: { x: number; y: number; radius: number }, turn: number): string {
  const gap = radius * 0.012;
  const reach = radius - gap;
  const signs = [
    [1, 1],
    [-1, 1],
    [-1, -1],
    [1, -1],
  ] as const;
  const [sx, sy] = signs[turn]!;
  const along = Math.sqrt(reach * reach - gap * gap);
  const corner = [x + sx * gap, y + sy * gap];
  const side = [x + sx * along, y + sy * gap];
  const end = [x + sx * gap, y + sy * along];
  const sweep = sx * sy > 0 ? 1 : 0;
  return `M${corner} L${side} A${reach} ${reach} 0 0 ${sweep} ${end} Z`;
}
