import type { Reading } from '../../server/contract.ts';
import { GateLayer } from '../gate-layer.tsx';
import classes from './eye-pane.module.css';

/** With nothing in its middle: the fovea itself stays to be seen. */
const CROSS = 'M-13 0H-5M5 0H13M0 -13V-5M0 5V13';

/** Disc, fovea and field as the gate found them, and the quadrants that cannot be read well. */
export function AnatomyLayer({ reading }: { readonly reading: Reading }) {
  const { geometry } = reading.gate;
  if (!geometry) return null;
  const { width, height } = reading;
  const { field, disc, fovea } = geometry;
  const share = ({ x, y }: { x: number; y: number }) => ({
    left: `${((x + 0.5) / width) * 100}%`,
    top: `${((y + 0.5) / height) * 100}%`,
  });
  return (
    <>
      {/* The gate's places count from the middle of the first pixel. */}
      <svg className={classes.layer} viewBox={`-0.5 -0.5 ${width} ${height}`} aria-hidden="true">
        {field && <Outline className={classes.field} {...field} />}
        {disc && <Outline className={classes.disc} x={disc.x} y={disc.y} radius={disc.diameter / 2} />}
      </svg>
      <GateLayer reading={reading} />
      {disc && (
        <span className={classes.landmark} style={share({ x: disc.x, y: disc.y + disc.diameter / 2 })}>
          disc
        </span>
      )}
      {fovea && (
        <>
          <svg className={classes.cross} style={share(fovea)} viewBox="-14 -14 28 28" aria-hidden="true">
            <path className={classes.casing} d={CROSS} />
            <path className={classes.line} d={CROSS} />
          </svg>
          <span className={classes.landmark} style={share(fovea)} data-below-cross>
            fovea
          </span>
        </>
      )}
    </>
  );
}

interface OutlineProps {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly className: string | undefined;
}

/** Seen on bright and on dark. */
const Outline = ({ x, y, radius, className }: OutlineProps) => (
  <g className={className}>
    <circle className={classes.casing} cx={x} cy={y} r={radius} />
    <circle className={classes.line} cx={x} cy={y} r={radius} />
  </g>
);
