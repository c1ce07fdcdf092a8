/** Grey levels, one a pixel, rows top to bottom. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export interface ClaheOptions {
  /** How many times its even share a grey level may have of a tile before it is clipped; greater = stronger. */
  readonly clipLimit: number;
  /** Tiles along each side. */
  readonly tiles: number;
}

/** OpenCV's tiling (8 × 8), and the clip limit that its tutorial uses; both are usual for fundus photographs. */
export const USUAL_CLAHE: ClaheOptions = { clipLimit: 2, tiles: 8 };

const LEVELS = 256;

/**
 * Contrast-limited adaptive histogram equalisation (Zuiderveld, Graphics Gems IV, 1994), as OpenCV's `createCLAHE` does
 * it, to the grey level: https://github.com/opencv/opencv/blob/4.x/modules/imgproc/src/clahe.cpp.
 */
export function clahe(plane: Plane, { clipLimit, tiles }: ClaheOptions = USUAL_CLAHE): Plane {
  const { width, height, data } = plane;
  const isEven = width % tiles === 0 && height % tiles === 0;
  // OpenCV lengthens both sides as soon as one of them cannot be divided, by a whole row of pixels where it could.
  const tileWidth = (width + (isEven ? 0 : tiles - (width % tiles))) / tiles;
  const tileHeight = (height + (isEven ? 0 : tiles - (height % tiles))) / tiles;
  const tables = tablesOf(plane, tiles, tileWidth, tileHeight, clipLimit);

  const columns = spansOf(width, tileWidth, tiles);
  const rows = spansOf(height, tileHeight, tiles);
  const out = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const above = rows.low[y]! * tiles;
    const below = rows.high[y]! * tiles;
    const down = rows.share[y]!;
    for (let x = 0; x < width; x++) {
      const level = data[y * width + x]!;
      const left = columns.low[x]!;
      const right = columns.high[x]!;
      const across = columns.share[x]!;
      const upper = between(
        tables[(above + left) * LEVELS + level]!,
        tables[(above + right) * LEVELS + level]!,
        across,
      );
      const lower = between(
        tables[(below + left) * LEVELS + level]!,
        tables[(below + right) * LEVELS + level]!,
        across,
      );
      out[y * width + x] = rounded(between(upper, lower, down));
    }
  }
  return { width, height, data: out };
}

const { fround } = Math;

/** In single precision, as OpenCV reckons: a half is often met, and must be the same half. */
const between = (a: number, b: number, share: number) =>
  fround(fround(a * fround(1 - share)) + fround(b * share));

/** To the nearest whole number, halves to the even one. */
function rounded(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 === 1) ? low + 1 : low;
}

/** Grey level → grey level for every tile, row by row. */
function tablesOf(
  { width, height, data }: Plane,
  tiles: number,
  tileWidth: number,
  tileHeight: number,
  clipLimit: number,
): Uint8Array {
  const tables = new Uint8Array(tiles * tiles * LEVELS);
  const limit = Math.max(1, Math.trunc((clipLimit * tileWidth * tileHeight) / LEVELS));
  const scale = fround((LEVELS - 1) / (tileWidth * tileHeight));
  const counts = new Int32Array(LEVELS);
  for (let tile = 0; tile < tiles * tiles; tile++) {
    const [left, top] = [(tile % tiles) * tileWidth, Math.floor(tile / tiles) * tileHeight];
    counts.fill(0);
    for (let y = top; y < top + tileHeight; y++) {
      const row = reflected(y, height) * width;
      for (let x = left; x < left + tileWidth; x++) counts[data[row + reflected(x, width)]!]!++;
    }
    clip(counts, limit);
    let sum = 0;
    for (let level = 0; level < LEVELS; level++) {
      sum += counts[level]!;
      tables[tile * LEVELS + level] = rounded(fround(sum * scale));
    }
  }
  return tables;
}

/** Beyond the edge the picture is seen in a mirror that stands on its last pixel (OpenCV's `BORDER_REFLECT_101`). */
function reflected(at: number, length: number): number {
  if (at < length || length === 1) return Math.min(at, length - 1);
  const period = 2 * (length - 1);
  const within = at % period;
  return within < length ? within : period - within;
}

/** Cuts the peaks off, and spreads what was cut evenly over all levels. */
function clip(counts: Int32Array, limit: number): void {
  let cut = 0;
  for (let level = 0; level < LEVELS; level++) {
    cut += Math.max(0, counts[level]! - limit);
    counts[level] = Math.min(limit, counts[level]!);
  }
  const each = Math.trunc(cut / LEVELS);
  let rest = cut - each * LEVELS;
  for (let level = 0; level < LEVELS; level++) counts[level]! += each;
  const step = Math.max(1, Math.trunc(LEVELS / rest));
  for (let level = 0; level < LEVELS && rest > 0; level += step, rest--) counts[level]!++;
}

/** Between which two tiles every pixel of a side lies, and how near to the second. */
function spansOf(length: number, tile: number, tiles: number) {
  const low = new Uint16Array(length);
  const high = new Uint16Array(length);
  const share = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    const at = fround(fround(i * fround(1 / tile)) - 0.5);
    low[i] = Math.max(0, Math.floor(at));
    high[i] = Math.min(tiles - 1, Math.floor(at) + 1);
    share[i] = at - Math.floor(at);
  }
  return { low, high, share };
}
