/** A part of a picture, in its pixels, with fractions: x to the right, y down, from the upper left corner. */
export type Region =
  | { readonly shape: 'circle'; readonly x: number; readonly y: number; readonly radius: number }
  | {
      readonly shape: 'box';
      readonly left: number;
      readonly top: number;
      readonly right: number;
      readonly bottom: number;
    };

/** Interleaved bytes, changed in place: a decoded picture, or a canvas's. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  /** 1, 3, or 4 with alpha. */
  readonly channels: 1 | 3 | 4;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** Places around a region whose colours flow into it. */
const BORDER_SAMPLES = 96;
/** Cells a side at which the fill is reckoned; between them it is interpolated. */
const CELLS = 24;
/** Share of the region over which the picture goes over into the fill: a hard edge would be a sign of its own. */
const FEATHER = 0.12;

/** The smallest box of whole pixels within the picture that holds a region; empty (right ≤ left) where it lies outside. */
export function boundsOf(region: Region, { width, height }: Pick<Canvas, 'width' | 'height'>) {
  const [left, top, right, bottom] =
    region.shape === 'box'
      ? [region.left, region.top, region.right, region.bottom]
      : [
          region.x - region.radius,
          region.y - region.radius,
          region.x + region.radius,
          region.y + region.radius,
        ];
  return {
    left: Math.max(0, Math.floor(left)),
    top: Math.max(0, Math.floor(top)),
    right: Math.min(width, Math.ceil(right)),
    bottom: Math.min(height, Math.ceil(bottom)),
  };
}

/**
 * Takes a region away: what lay in it gives way to the colours around it, which flow in from the border. In a circle
 * that is the membrane that solves Laplace's equation: Poisson's kernel of a disc is, but for a factor that every place
 * of the border shares, one over the squared distance. No edge and no texture are added for a model to answer to.
 */
export function takeAway(picture: Canvas, region: Region): void {
  const { left, top, right, bottom } = boundsOf(region, picture);
  if (right <= left || bottom <= top) return;
  const { width, channels, data } = picture;
  const fill = membrane(picture, borderOf(region), left, top, right, bottom);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const share = Math.min(1, depth(region, x + 0.5, y + 0.5) / FEATHER);
      if (share <= 0) continue;
      const at = (y * width + x) * channels;
      for (let c = 0; c < Math.min(channels, 3); c++)
        data[at + c] = Math.round(data[at + c]! * (1 - share) + fill(x + 0.5, y + 0.5, c) * share);
    }
  }
}

/** How deep a place lies in a region: 0 on its border, 1 in its middle, below 0 outside. */
function depth(region: Region, x: number, y: number): number {
  if (region.shape === 'circle') return 1 - Math.hypot(x - region.x, y - region.y) / region.radius;
  const { left, top, right, bottom } = region;
  const half = Math.min(right - left, bottom - top) / 2;
  return Math.min(x - left, right - x, y - top, bottom - y) / half;
}

interface Border {
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Half the side of the square over which a colour is the mean. */
  readonly reach: number;
}

/** Places evenly spread around a region, a little outside of it. */
function borderOf(region: Region): Border {
  if (region.shape === 'circle') {
    const reach = Math.max(0.5, region.radius * 0.07);
    const radius = region.radius + reach;
    const points = Array.from({ length: BORDER_SAMPLES }, (_, i) => {
      const angle = (i / BORDER_SAMPLES) * 2 * Math.PI;
      return [region.x + radius * Math.cos(angle), region.y + radius * Math.sin(angle)] as const;
    });
    return { points, reach };
  }
  const { left, top, right, bottom } = region;
  const reach = Math.max(0.5, Math.min(right - left, bottom - top) * 0.035);
  const side = BORDER_SAMPLES / 4;
  const points = Array.from({ length: side }, (_, i) => (i + 0.5) / side).flatMap((share) => {
    const [x, y] = [left + share * (right - left), top + share * (bottom - top)];
    return [
      [x, top - reach],
      [x, bottom + reach],
      [left - reach, y],
      [right + reach, y],
    ] as const;
  });
  return { points, reach };
}

/** The fill at any place of a box: colours of the border, each by one over its squared distance. */
function membrane(
  picture: Canvas,
  { points, reach }: Border,
  left: number,
  top: number,
  right: number,
  bottom: number,
): (x: number, y: number, channel: number) => number {
  const colours = points.map(([x, y]) => meanAround(picture, x, y, reach));
  const side = CELLS + 1;
  const grid = new Float32Array(side * side * 3);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const x = left + ((right - left) * column) / CELLS;
      const y = top + ((bottom - top) * row) / CELLS;
      let total = 0;
      const sum = [0, 0, 0];
      points.forEach(([px, py], i) => {
        const weight = 1 / ((px - x) ** 2 + (py - y) ** 2 + 1e-3);
        total += weight;
        for (let c = 0; c < 3; c++) sum[c]! += weight * colours[i]![c]!;
      });
      for (let c = 0; c < 3; c++) grid[(row * side + column) * 3 + c] = sum[c]! / total;
    }
  }
  return (x, y, channel) => {
    const u = ((x - left) / (right - left)) * CELLS;
    const v = ((y - top) / (bottom - top)) * CELLS;
    const column = Math.min(CELLS - 1, Math.floor(u));
    const row = Math.min(CELLS - 1, Math.floor(v));
    const [fu, fv] = [u - column, v - row];
    const cell = (r: number, c: number) => grid[((row + r) * side + column + c) * 3 + channel]!;
    return (
      (cell(0, 0) * (1 - fu) + cell(0, 1) * fu) * (1 - fv) + (cell(1, 0) * (1 - fu) + cell(1, 1) * fu) * fv
    );
  };
}

/** Mean colour of a small square; of what lies outside the picture the nearest pixels count. */
function meanAround({ width, height, channels, data }: Canvas, x: number, y: number, reach: number) {
  const within = (value: number, size: number) => Math.max(0, Math.min(size - 1, Math.floor(value)));
  const [x0, x1] = [within(x - reach, width), within(x + reach, width)];
  const [y0, y1] = [within(y - reach, height), within(y + reach, height)];
  const sum = [0, 0, 0];
  for (let py = y0; py <= y1; py++)
    for (let px = x0; px <= x1; px++)
      for (let c = 0; c < 3; c++) sum[c]! += data[(py * width + px) * channels + Math.min(c, channels - 1)]!;
  const count = (x1 - x0 + 1) * (y1 - y0 + 1);
  return sum.map((value) => value / count);
}
