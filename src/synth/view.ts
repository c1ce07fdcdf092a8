import { random } from '../core/random.ts';
import { ANATOMY } from './anatomy.ts';
import type { Field, PhantomEye } from './eye.ts';
import type { EyeParameters, FundusParameters } from './parameters.ts';

/**
 * How a camera looks at an eye: an affine map between the eye's frame (µm) and pixels. A left eye is mirrored, the
 * frame is turned by the angle from fovea to disc and by the roll of head and camera.
 */
export interface View {
  readonly size: number;
  /** Radius of the lit field, pixels; its centre is the picture's. */
  readonly radius: number;
  /**
   * How far inside the lit field a pixel is, in pixels: negative outside.
   */
  inside(column: number, row: number): number;
  /** µm per pixel. */
  readonly scale: number;
  /** Eye's frame of a pixel: x = ax·column + bx·row + cx, the same for y. */
  readonly toEye: {
    readonly ax: number;
    readonly bx: number;
    readonly cx: number;
    readonly ay: number;
    readonly by: number;
    readonly cy: number;
  };
  /** Pixel of a place of the eye. */
  project(x: number, y: number): [column: number, row: number];
  /** The eye's direction `angle` in the picture. */
  turn(angle: number): number;
  readonly mirrored: boolean;
}

/** The lit field as a share of half the side. */
const FILL = 0.975;

/** Where the camera is pointed, in the eye's frame; needed before the eye is drawn, so told by the seed alone. */
export function aimOf({ seed, field = 45, centring = 'macula' }: EyeParameters): Field {
  const stream = random(`aim/${seed}`);
  const radius = (field * ANATOMY.micrometresPerDegree.mean) / 2;
  // The patient fixes a lamp, never exactly. At 30° a macular picture is centred on the fovea, else a little nasally,
  // so that the disc is in the picture.
  const jitter = radius * 0.05;
  const x = centring === 'disc' ? ANATOMY.discToFovea.mean : radius * 0.14;
  const meridian = centring === 'disc' ? ANATOMY.discToFovea.mean : 0;
  return { x: x + stream.normal(0, jitter), y: stream.normal(0, jitter), radius, meridian };
}

export function viewOf(parameters: FundusParameters, eye: PhantomEye, aim: Field): View {
  const size = parameters.size ?? 512;
  const radius = (size / 2) * FILL;
  const scale = aim.radius / radius;
  const mirrored = eye.eye === 'OS';
  const side = mirrored ? -1 : 1;
  const roll = random(`roll/${parameters.seed}`).normal(0, 1.5);
  // In a right eye the disc stands to the right and above the fovea: turn against the clock (y grows downwards).
  const angle = (-(eye.foveaBelowDisc + roll) * Math.PI) / 180;
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const middle = size / 2;
  // Pixel (centre at + 0.5) → turned frame → eye's frame.
  const ax = scale * side * cos;
  const bx = scale * sin;
  const ay = -scale * side * sin;
  const by = scale * cos;
  return {
    size,
    radius,
    scale,
    mirrored,
    inside: frameOf(parameters, size, radius),
    toEye: {
      ax,
      bx,
      cx: aim.x - (ax + bx) * (middle - 0.5),
      ay,
      by,
      cy: aim.y - (ay + by) * (middle - 0.5),
    },
    project: (x, y) => {
      const dx = x - aim.x;
      const dy = y - aim.y;
      return [
        middle - 0.5 + (side * (dx * cos - dy * sin)) / scale,
        middle - 0.5 + (dx * sin + dy * cos) / scale,
      ];
    },
    turn: (direction) => {
      const turned = direction + angle;
      return mirrored ? Math.PI - turned : turned;
    },
  };
}

function frameOf({ seed, frame }: FundusParameters, size: number, radius: number): View['inside'] {
  const stream = random(`frame/${seed}`);
  const shape = stream.unit();
  const chosen = frame ?? (shape < 0.55 ? 'circle' : shape < 0.8 ? 'cut' : 'tab');
  const middle = (size - 1) / 2;
  const half = radius * stream.range(0.82, 0.95);
  const towards = -stream.range(0.5, 0.9);
  const [tabX, tabY] = [Math.cos(towards) * radius, Math.sin(towards) * radius];
  const tab = radius * stream.range(0.025, 0.045);
  return (column, row) => {
    const x = column - middle;
    const y = row - middle;
    const circle = radius - Math.hypot(x, y);
    if (chosen === 'cut') return Math.min(circle, half - Math.abs(y));
    if (chosen === 'tab') return Math.max(circle, tab - Math.hypot(x - tabX, y - tabY));
    return circle;
  };
}
