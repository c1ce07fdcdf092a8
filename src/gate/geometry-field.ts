import type { Image } from '../image/index.ts';
import { partSheet } from './geometry-sheet.ts';

/** The lit field of a fundus camera in a picture; pixels of it, the middle of the first pixel at 0. */
export interface LitField {
  /** Centre and radius of the circle, which may reach beyond the picture. */
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** Share of the circle that is missing, 0–1: outside the frame, or cut off straight within it. */
  readonly cut: number;
  /** The box that holds all that is lit of it, within the picture. */
  readonly box: {
    readonly left: number;
    readonly top: number;
    readonly right: number;
    readonly bottom: number;
  };
  /** Round fields in the picture; this is the largest. */
  readonly count: number;
}

/** Samples along the longer side: enough to place a circle within half a percent of its radius. */
const SAMPLES = 200;
/** Fewer pixels than this a side show no field, and no camera takes a picture so long and thin. */
const LEAST_SIDE = 32;
const LONGEST_RATIO = 3;
/** Share of the brightest tones above which a sample is lit: surrounds hold the noise of a sensor and of JPEG. */
const LIT = 0.09;
const LEAST_LIT = 6;
/** Least share of the picture that a field fills. */
const LEAST_SHARE = 0.08;
/** Radii that a field can have, in longer sides: a circle alone in a frame … a picture cut out of its middle. */
const RADII = [0.2, 0.75] as const;
/** Where the middle of a field can be, in sides of the picture: the edge that cuts a field off is often an arc too. */
const MIDDLES = [0.2, 0.8] as const;
/** Samples that a point of the rim may stand from the circle. */
const NEAR = 1.6;
/** Samples off the box of what is lit within which a point can be of an edge that cuts the field off. */
const STRAIGHT = 3;
/** Points of a rim from which a circle is told. */
const LEAST_RIM = 12;
/** Circles tried through three points. */
const TRIALS = 240;
/** Times that the circle is fitted again to the points that lie on it. */
const REFINEMENTS = 2;

/**
 * Finds the round field by its rim against the dark surround. Where no rim is seen (a picture cut out of the middle of a
 * field) or it is not round (a picture that was squeezed) it is the circle that touches the longer sides of what is lit.
 *
 * @returns null where nothing can be a field: too small, too long, or all of it dark
 */
export function findLitField(image: Image): LitField | null {
  const { width, height } = image;
  const [shorter, longer] = [Math.min(width, height), Math.max(width, height)];
  if (shorter < LEAST_SIDE || longer > LONGEST_RATIO * shorter) return null;
  const step = Math.max(1, longer / SAMPLES);
  const columns = Math.floor(width / step);
  const rows = Math.floor(height / step);
  const { count, lit } = partSheet(litSamples(image, columns, rows, step), columns, rows);
  const spans = spansOf(lit, columns, rows);
  if (!spans) return null;
  const circle = circleOf(spans, columns, rows) ?? {
    x: (spans.left + spans.right - 1) / 2,
    y: (spans.top + spans.bottom - 1) / 2,
    radius: Math.max(spans.right - spans.left, spans.bottom - spans.top) / 2,
  };
  const pixels = (sample: number) => (sample + 0.5) * step - 0.5;
  const within = (value: number, size: number) => Math.max(0, Math.min(size, value));
  // Lit specks of the surround lie outside the circle: they are not of the field.
  const box = {
    left: within(Math.max(spans.left, circle.x - circle.radius) * step, width),
    top: within(Math.max(spans.top, circle.y - circle.radius) * step, height),
    right: within(Math.min(spans.right, circle.x + circle.radius + 1) * step, width),
    bottom: within(Math.min(spans.bottom, circle.y + circle.radius + 1) * step, height),
  };
  if ((box.right - box.left) * (box.bottom - box.top) < LEAST_SHARE * width * height) return null;
  const field = { x: pixels(circle.x), y: pixels(circle.y), radius: circle.radius * step };
  return { ...field, cut: missingShare(field, box), box, count };
}

/** 1 where a sample is lit. */
function litSamples({ width, channels, data }: Image, columns: number, rows: number, step: number) {
  const tones = new Uint8Array(columns * rows);
  const counts = new Uint32Array(256);
  for (let row = 0, at = 0; row < rows; row++) {
    const line = Math.floor((row + 0.5) * step) * width;
    for (let column = 0; column < columns; column++, at++) {
      const pixel = (line + Math.floor((column + 0.5) * step)) * channels;
      const tone = channels === 1 ? data[pixel]! : Math.max(data[pixel]!, data[pixel + 1]!, data[pixel + 2]!);
      tones[at] = tone;
      counts[tone]!++;
    }
  }
  // Without the brightest 3 %: a flare must not make the rest dark.
  let left = tones.length * 0.03;
  let bright = 255;
  while (bright > 0 && left > counts[bright]!) left -= counts[bright--]!;
  const threshold = Math.max(LEAST_LIT, bright * LIT);
  for (let at = 0; at < tones.length; at++) tones[at] = tones[at]! > threshold ? 1 : 0;
  return tones;
}

type Point = readonly [x: number, y: number];

interface Spans {
  /** First and last lit sample of every row and column, but those at the edge of the picture. */
  readonly rim: readonly Point[];
  /** Box of the lines of which a good part is lit; right and bottom exclusive. */
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Lit samples that a line must hold to be of the field: specks and letters of the surround hold fewer. */
const LEAST_LINE = 0.06;

function spansOf(lit: Uint8Array, columns: number, rows: number): Spans | null {
  const rim: Point[] = [];
  const [top, bottom] = along(lit, rows, columns, columns, 1, columns, rim);
  const [left, right] = along(lit, columns, rows, 1, columns, columns, rim);
  return right > left && bottom > top ? { rim, left, top, right, bottom } : null;
}

/**
 * Walks along lines, and adds where they are lit first and last to `rim`.
 *
 * @param lineStep from one line to the next in `lit`
 * @param step along a line
 * @returns first line of which a good part is lit, and the one after the last
 */
function along(
  lit: Uint8Array,
  lines: number,
  length: number,
  lineStep: number,
  step: number,
  columns: number,
  rim: Point[],
): readonly [from: number, to: number] {
  let [from, to] = [lines, 0];
  for (let line = 0; line < lines; line++) {
    const start = line * lineStep;
    let count = 0;
    let first = -1;
    let last = -1;
    // Two in a row, so that a speck of the surround is not taken for the field.
    for (let at = 1, before = lit[start]!; at < length; at++) {
      const now = lit[start + at * step]!;
      count += now;
      if (now && before) {
        if (first < 0) first = at - 1;
        last = at;
      }
      before = now;
    }
    if (first < 0) continue;
    if (count >= LEAST_LINE * length) {
      from = Math.min(from, line);
      to = line + 1;
    }
    for (const at of [...(first > 1 ? [first] : []), ...(last < length - 2 ? [last] : [])]) {
      const index = start + at * step;
      rim.push([index % columns, Math.floor(index / columns)]);
    }
  }
  return [from, to];
}

interface Circle {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** The circle that the rim lies on, if there is one. */
function circleOf(spans: Spans, columns: number, rows: number): Circle | undefined {
  const { rim } = spans;
  if (rim.length < LEAST_RIM) return undefined;
  let circle = bestCircle(spans, columns, rows);
  for (let turn = 0; circle && turn < REFINEMENTS; turn++) {
    const { x, y, radius } = circle;
    const on = rim.filter((point) => Math.abs(Math.hypot(point[0] - x, point[1] - y) - radius) < NEAR);
    const finer = circleNearest(on);
    if (finer && isField(finer, columns, rows)) circle = finer;
  }
  return circle;
}

const isField = ({ x, y, radius }: Circle, columns: number, rows: number): boolean => {
  const longer = Math.max(columns, rows);
  const isMiddle = (share: number) => share >= MIDDLES[0] && share <= MIDDLES[1];
  return (
    radius >= RADII[0] * longer && radius <= RADII[1] * longer && isMiddle(x / columns) && isMiddle(y / rows)
  );
};

/**
 * The circle through three points of the rim that most of the others lie on, if a quarter of them do. Points well inside
 * it speak against it, but for those of a straight edge that cuts the field off.
 */
function bestCircle(
  { rim, left, top, right, bottom }: Spans,
  columns: number,
  rows: number,
): Circle | undefined {
  let best: Circle | undefined;
  let most = rim.length * 0.25;
  const { length } = rim;
  const [xs, ys] = [Float64Array.from(rim, ([x]) => x), Float64Array.from(rim, ([, y]) => y)];
  const isBent = rim.map(([x, y]) => Math.min(x - left, right - 1 - x, y - top, bottom - 1 - y) > STRAIGHT);
  // Strides that share no small factor walk through the triples evenly, the same way every time.
  for (let turn = 0; turn < TRIALS; turn++) {
    const circle = circleThrough(
      rim[(turn * 7919) % length]!,
      rim[(turn * 104_729 + Math.floor(length / 3)) % length]!,
      rim[(turn * 15_485 + Math.floor((2 * length) / 3)) % length]!,
    );
    if (!circle || !isField(circle, columns, rows)) continue;
    let score = 0;
    for (let i = 0; i < length; i++) {
      const dx = xs[i]! - circle.x;
      const dy = ys[i]! - circle.y;
      const inside = circle.radius - Math.sqrt(dx * dx + dy * dy);
      if (Math.abs(inside) < NEAR) score++;
      else if (inside > 3 * NEAR && isBent[i]) score--;
    }
    if (score > most) [most, best] = [score, circle];
  }
  return best;
}

function circleThrough([ax, ay]: Point, [bx, by]: Point, [cx, cy]: Point): Circle | undefined {
  const d = 2 * (ax * (by - cy) + bx * (cy - ay) + cx * (ay - by));
  if (Math.abs(d) < 1e-6) return undefined;
  const [a, b, c] = [ax * ax + ay * ay, bx * bx + by * by, cx * cx + cy * cy];
  const x = (a * (by - cy) + b * (cy - ay) + c * (ay - by)) / d;
  const y = (a * (cx - bx) + b * (ax - cx) + c * (bx - ax)) / d;
  return { x, y, radius: Math.hypot(ax - x, ay - y) };
}

/**
 * The circle nearest to points, by linear least squares (I. Kåsa, IEEE Trans. Instrum. Meas. 25:8, 1976): the x, y and c
 * that make x² + y² − 2x·px − 2y·py + c smallest.
 */
function circleNearest(points: readonly Point[]): Circle | undefined {
  const n = points.length;
  if (n < LEAST_RIM) return undefined;
  const mx = points.reduce((sum, [x]) => sum + x, 0) / n;
  const my = points.reduce((sum, [, y]) => sum + y, 0) / n;
  let [uu, uv, vv, us, vs] = [0, 0, 0, 0, 0];
  for (const [x, y] of points) {
    const [u, v] = [x - mx, y - my];
    const s = u * u + v * v;
    uu += u * u;
    uv += u * v;
    vv += v * v;
    us += u * s;
    vs += v * s;
  }
  const d = 2 * (uu * vv - uv * uv);
  if (d < 1e-6) return undefined;
  const [u, v] = [(us * vv - vs * uv) / d, (vs * uu - us * uv) / d];
  return { x: u + mx, y: v + my, radius: Math.sqrt(u * u + v * v + (uu + vv) / n) };
}

/** Share of a circle that lies outside a box, by rows of the circle. */
function missingShare({ x, y, radius }: Circle, box: LitField['box']): number {
  const ROWS = 400;
  let whole = 0;
  let inside = 0;
  for (let i = 0; i < ROWS; i++) {
    const dy = ((i + 0.5) / ROWS) * 2 - 1;
    const half = Math.sqrt(1 - dy * dy) * radius;
    whole += 2 * half;
    const row = y + 0.5 + dy * radius;
    if (row < box.top || row > box.bottom) continue;
    inside += Math.max(0, Math.min(box.right, x + 0.5 + half) - Math.max(box.left, x + 0.5 - half));
  }
  const missing = 1 - inside / whole;
  // Less than the box's own error of a sample each side is nothing.
  return missing < 0.015 ? 0 : missing;
}
