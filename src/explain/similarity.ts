/** How alike two maps are, whatever their scale. */

/** Pearson's correlation, −1 to 1; 0 where one of them is the same everywhere. */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const mean = (values: ArrayLike<number>) => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[i]!;
    return sum / values.length;
  };
  const [ma, mb] = [mean(a), mean(b)];
  let [product, va, vb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [da, db] = [a[i]! - ma, b[i]! - mb];
    product += da * db;
    va += da * da;
    vb += db * db;
  }
  return va > 0 && vb > 0 ? product / Math.sqrt(va * vb) : 0;
}

/** Spearman's rank correlation, −1 to 1; equal values share their mean rank. */
export const spearman = (a: ArrayLike<number>, b: ArrayLike<number>): number => pearson(ranks(a), ranks(b));

function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((i, j) => values[i]! - values[j]!);
  const out = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let i = from; i < to; i++) out[order[i]!] = (from + to - 1) / 2;
    from = to;
  }
  return out;
}

/** Constants of SSIM for values from 0 to 1, and the side of its window (Wang et al. 2004, section III-B). */
const SSIM_C1 = 0.01 ** 2;
const SSIM_C2 = 0.03 ** 2;
const SSIM_WINDOW = 7;

/** Structural similarity, −1 to 1, the mean over all windows; a map smaller than a window is one window. */
export function ssim(a: ArrayLike<number>, b: ArrayLike<number>, width: number, height: number): number {
  const side = Math.min(SSIM_WINDOW, width, height);
  let sum = 0;
  for (let y = 0; y + side <= height; y++)
    for (let x = 0; x + side <= width; x++) sum += windowSsim(a, b, y * width + x, side, width);
  return sum / ((height - side + 1) * (width - side + 1));
}

function windowSsim(a: ArrayLike<number>, b: ArrayLike<number>, from: number, side: number, width: number) {
  const n = side * side;
  let [sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const at = from + Math.floor(i / side) * width + (i % side);
    const [va, vb] = [a[at]!, b[at]!];
    sa += va;
    sb += vb;
    saa += va * va;
    sbb += vb * vb;
    sab += va * vb;
  }
  const [ma, mb] = [sa / n, sb / n];
  const [vara, varb, cov] = [saa / n - ma * ma, sbb / n - mb * mb, sab / n - ma * mb];
  return (
    ((2 * ma * mb + SSIM_C1) * (2 * cov + SSIM_C2)) /
    ((ma * ma + mb * mb + SSIM_C1) * (vara + varb + SSIM_C2))
  );
}
