import type { Image } from './image.ts';

/** Level from which a sample counts as white paper: compression leaves it some levels below 255. */
const WHITE = 240;
/** Pixels about white filling that are painted too: JPEG rings for half a block. */
const RING = 4;

/**
 * Paints black what is white and reaches the edge of the picture: the filling that aligning an OCT B-scan leaves, which
 * half of the published scans have and which is no tissue. White within the scan stays.
 *
 * @returns the picture itself where nothing white touches its edge
 */
export function blankWhiteEdges(image: Image): Image {
  const { width, height, channels, data } = image;
  const filling = fillingOf(image);
  if (!filling) return image;
  const out = data.slice();
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (!filling[y * width + x]) continue;
      const [top, bottom] = [Math.max(0, y - RING), Math.min(height - 1, y + RING)];
      const [left, right] = [Math.max(0, x - RING), Math.min(width - 1, x + RING)];
      // Only the rim of the filling has pixels about it that are not painted by their own turn.
      const inner = x > 0 && x < width - 1 && filling[y * width + x - 1] && filling[y * width + x + 1];
      const middle = y > 0 && y < height - 1 && filling[(y - 1) * width + x] && filling[(y + 1) * width + x];
      if (inner && middle) out.fill(0, (y * width + x) * channels, (y * width + x + 1) * channels);
      else
        for (let v = top; v <= bottom; v++)
          out.fill(0, (v * width + left) * channels, (v * width + right + 1) * channels);
    }
  return { ...image, data: out };
}

/** 1 where a pixel is white and hangs together with the edge by white pixels; undefined where there is none. */
function fillingOf({ width, height, channels, data }: Image): Uint8Array | undefined {
  const colours = Math.min(channels, 3);
  const isWhite = (i: number) => {
    for (let c = 0; c < colours; c++) if (data[i * channels + c]! < WHITE) return false;
    return true;
  };
  const filling = new Uint8Array(width * height);
  const queue: number[] = [];
  const visit = (i: number) => {
    if (filling[i] || !isWhite(i)) return;
    filling[i] = 1;
    queue.push(i);
  };
  for (let x = 0; x < width; x++) {
    visit(x);
    visit((height - 1) * width + x);
  }
  for (let y = 0; y < height; y++) {
    visit(y * width);
    visit(y * width + width - 1);
  }
  if (queue.length === 0) return undefined;
  for (let i = queue.pop(); i !== undefined; i = queue.pop()) {
    const x = i % width;
    if (x > 0) visit(i - 1);
    if (x < width - 1) visit(i + 1);
    if (i >= width) visit(i - width);
    if (i < (height - 1) * width) visit(i + width);
  }
  return filling;
}
