import type { Evidence } from '../server/contract.ts';

/** Values 0–1 over a picture, row by row. */
export interface Grid {
  readonly width: number;
  readonly height: number;
  readonly data: ArrayLike<number>;
}

type Rgb = readonly [red: number, green: number, blue: number];

/**
 * Colour maps of evenly rising lightness, told apart with any colour vision: matplotlib's, at every tenth
 * (https://matplotlib.org/stable/users/explain/colors/colormaps.html). Cividis is also the same to everybody.
 */
export const PALETTES = {
  viridis: '440154 482576 414487 355f8d 2a788e 21918c 22a884 42be71 7ad151 bddf26 fde725',
  cividis: '00224e 0c3470 35456c 4f576c 666970 7d7c78 948e77 ada272 c8b866 e5cf52 fee838',
  inferno: '000004 180c3c 420a68 6a176e 932667 bc3754 dd513a f3761b fca50a f6d746 fcffa4',
} as const;

export type Palette = keyof typeof PALETTES;

const stopsOf = (palette: Palette): readonly Rgb[] =>
  PALETTES[palette].split(' ').map((hex) => {
    const value = Number.parseInt(hex, 16);
    return [value >> 16, (value >> 8) & 255, value & 255] as const;
  });

/** A palette's colour for a value of 0–1. */
export function colourAt(palette: Palette, value: number): Rgb {
  const stops = stopsOf(palette);
  const at = Math.max(0, Math.min(1, value)) * (stops.length - 1);
  const low = Math.min(Math.floor(at), stops.length - 2);
  const [a, b] = [stops[low]!, stops[low + 1]!];
  const mixed = (c: 0 | 1 | 2) => Math.round(a[c] + (b[c] - a[c]) * (at - low));
  return [mixed(0), mixed(1), mixed(2)];
}

/** A palette as a CSS gradient, least to most. */
export const gradientOf = (palette: Palette): string =>
  `linear-gradient(to right, ${stopsOf(palette)
    .map((colour) => `rgb(${colour.join(' ')})`)
    .join(', ')})`;

/**
 * A map with more cells: cubic convolution at their centres (Keys 1981, a = −½), which leaves no creases between them, kept
 * between the least and the largest value that there is.
 */
export function enlarge({ width, height, data }: Grid, toWidth: number, toHeight: number): Grid {
  const columns = tapsOf(width, toWidth);
  const rows = tapsOf(height, toHeight);
  const wide = new Float32Array(toWidth * height);
  for (let y = 0; y < height; y++)
    columns.forEach((taps, x) => {
      for (const [column, weight] of taps) wide[y * toWidth + x]! += data[y * width + column]! * weight;
    });
  let [least, largest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < width * height; i++) {
    least = Math.min(least, data[i]!);
    largest = Math.max(largest, data[i]!);
  }
  const out = new Float32Array(toWidth * toHeight);
  rows.forEach((taps, y) => {
    for (let x = 0; x < toWidth; x++) {
      let sum = 0;
      for (const [row, weight] of taps) sum += wide[row * toWidth + x]! * weight;
      out[y * toWidth + x] = Math.max(least, Math.min(largest, sum));
    }
  });
  return { width: toWidth, height: toHeight, data: out };
}

/** For each new cell the four old ones that it is made of, and their weights; at the edge the last goes on. */
const tapsOf = (size: number, toSize: number) =>
  Array.from({ length: toSize }, (_, i) => {
    const at = Math.max(0, Math.min(size - 1, ((i + 0.5) * size) / toSize - 0.5));
    const low = Math.floor(at);
    return [-1, 0, 1, 2].map((step) => {
      const cell = Math.max(0, Math.min(size - 1, low + step));
      return [cell, keys(at - low - step)] as const;
    });
  });

function keys(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return 1.5 * x ** 3 - 2.5 * x ** 2 + 1;
  return x < 2 ? -0.5 * x ** 3 + 2.5 * x ** 2 - 4 * x + 2 : 0;
}

/** Fine enough that neither colours nor lines show the cells of a coarse map. */
const FINE = 256;

/** A map as it is drawn: never coarser than `FINE`. */
export const fineGrid = (map: Grid): Grid =>
  enlarge(map, Math.max(FINE, map.width), Math.max(FINE, map.height));

/** Pixels of the map alone: each place is as opaque as it is strong, so that the picture stays where there is nothing. */
export function paintMap(grid: Grid, palette: Palette): Uint8ClampedArray<ArrayBuffer> {
  const table = Array.from({ length: 256 }, (_, i) => colourAt(palette, i / 255));
  const out = new Uint8ClampedArray(grid.width * grid.height * 4);
  for (let i = 0; i < grid.width * grid.height; i++) {
    const value = Math.round(Math.max(0, Math.min(1, grid.data[i]!)) * 255);
    out.set(table[value]!, i * 4);
    out[i * 4 + 3] = value;
  }
  return out;
}

/** Shares of the largest value along which lines are drawn. */
export const LEVELS = [0.5, 0.75, 0.9] as const;

/**
 * The line along which a map has a value, as an SVG path in shares of the map's width and height: marching squares
 * (Lorensen and Cline 1987, in two dimensions), a piece for each cell that the line passes.
 */
export function contour(grid: Grid, level: number): string {
  const { width, height, data } = grid;
  const place = (x: number, y: number) =>
    `${((x + 0.5) / width).toFixed(4)} ${((y + 0.5) / height).toFixed(4)}`;
  const pieces: string[] = [];
  for (let y = 0; y < height - 1; y++) {
    for (let x = 0; x < width - 1; x++) {
      const corners = [
        data[y * width + x]!,
        data[y * width + x + 1]!,
        data[(y + 1) * width + x + 1]!,
        data[(y + 1) * width + x]!,
      ] as const;
      const crossings = crossingsOf(corners, level).map(([dx, dy]) => place(x + dx, y + dy));
      for (let i = 0; i + 1 < crossings.length; i += 2) pieces.push(`M${crossings[i]}L${crossings[i + 1]}`);
    }
  }
  return pieces.join('');
}

const CORNERS = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
] as const;

/** Where the level crosses the sides of one cell, in pairs; corners clockwise from the upper left. */
function crossingsOf(corners: readonly [number, number, number, number], level: number) {
  const found: (readonly [x: number, y: number])[] = [];
  for (let side = 0; side < 4; side++) {
    const [from, to] = [corners[side]!, corners[(side + 1) % 4]!];
    if (from >= level === to >= level) continue;
    const share = (level - from) / (to - from);
    const [[ax, ay], [bx, by]] = [CORNERS[side]!, CORNERS[(side + 1) % 4]!];
    found.push([ax + (bx - ax) * share, ay + (by - ay) * share]);
  }
  return found;
}

/** Where the map is strongest, in pixels of the picture. */
export function strongest({ map, extent }: Pick<Evidence, 'map' | 'extent'>): { x: number; y: number } {
  const at = map.data.reduce((best, value, i) => (value > map.data[best]! ? i : best), 0);
  const [column, row] = [at % map.width, Math.floor(at / map.width)];
  return {
    x: extent.left + ((column + 0.5) / map.width) * (extent.right - extent.left),
    y: extent.top + ((row + 0.5) / map.height) * (extent.bottom - extent.top),
  };
}

/** Whether a map shows anything at all. */
export const speaks = ({ map }: Pick<Evidence, 'map'>): boolean => map.data.some((value) => value > 0);
