/** Small helpers on planes of numbers, row by row. */

export const clamp = (x: number, low = 0, high = 1) => (x < low ? low : x > high ? high : x);
export const mix = (a: number, b: number, share: number) => a + (b - a) * share;

/** 0 below `low`, 1 above `high`, smooth between. */
export const smoothstep = (low: number, high: number, x: number) => {
  const t = clamp((x - low) / (high - low));
  return t * t * (3 - 2 * t);
};

/**
 * Gaussian blur, in place, edges repeated. Three box blurs of fractional width, whose sum of variances is the
 * Gaussian's: for sigma above 0.4 within 3 % of it, in a time that does not grow with sigma.
 *
 * @param sigma pixels; below 0.2 nothing is done
 */
export function blur(plane: Float32Array, width: number, height: number, sigma: number): void {
  if (sigma < 0.2) return;
  // A box that reaches r whole pixels to each side and a share w of the next has the variance below; three make sigma².
  const wanted = (sigma * sigma) / 3;
  let r = 0;
  const variance = (reach: number) => (reach * (reach + 1)) / 3;
  while (variance(r + 1) <= wanted) r++;
  // Solve (Σ_{i≤r} 2i² + 2w(r+1)²) / (2r + 1 + 2w) = wanted for the share w.
  const inner = (r * (r + 1) * (2 * r + 1)) / 3;
  const w = (wanted * (2 * r + 1) - inner) / (2 * ((r + 1) * (r + 1) - wanted));
  const scratch = new Float32Array(Math.max(width, height) + 2 * (r + 1));
  for (let pass = 0; pass < 3; pass++) {
    for (let y = 0; y < height; y++) boxLine(plane, y * width, 1, width, r, w, scratch);
    for (let x = 0; x < width; x++) boxLine(plane, x, width, height, r, w, scratch);
  }
}

/** One line; `scratch` holds it with its ends repeated `r + 1` times. */
function boxLine(
  plane: Float32Array,
  start: number,
  stride: number,
  length: number,
  r: number,
  w: number,
  scratch: Float32Array,
): void {
  const pad = r + 1;
  const first = plane[start]!;
  const last = plane[start + (length - 1) * stride]!;
  for (let i = 0; i < pad; i++) {
    scratch[i] = first;
    scratch[pad + length + i] = last;
  }
  for (let i = 0, at = start; i < length; i++, at += stride) scratch[pad + i] = plane[at]!;
  const share = 1 / (2 * r + 1 + 2 * w);
  let sum = 0;
  for (let i = 1; i <= 2 * r + 1; i++) sum += scratch[i]!;
  for (let i = 0, at = start; i < length; i++, at += stride) {
    const before = scratch[i]!;
    const after = scratch[i + 2 * r + 2]!;
    plane[at] = (sum + w * (before + after)) * share;
    sum += after - scratch[i + 1]!;
  }
}
