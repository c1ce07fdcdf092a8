/**
 * Round marks of an axis that begins at 0 and holds a value: steps of 1, 2 or 5 times a power of ten, of which there
 * are three to six.
 *
 * @param most greatest value, ≥ 0
 */
export function marksUpTo(most: number): number[] {
  const top = most > 0 ? most : 1;
  const rough = top / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough * 0.999) ?? 10 * power;
  const steps = Math.ceil(top / step - 1e-9);
  return Array.from({ length: steps + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

/** A line of points in a box; a gap where there is no value. */
export function linePath(
  values: readonly (number | null)[],
  top: number,
  { width, height }: { readonly width: number; readonly height: number },
): string {
  let isDown = false;
  const parts: string[] = [];
  for (const [i, value] of values.entries()) {
    if (value === null) {
      isDown = false;
      continue;
    }
    parts.push(
      `${isDown ? 'L' : 'M'}${xOf(i, values.length, width).toFixed(1)} ${yOf(value, top, height).toFixed(1)}`,
    );
    isDown = true;
  }
  return parts.join('');
}

export const xOf = (index: number, count: number, width: number): number =>
  count > 1 ? (index / (count - 1)) * width : width / 2;

export const yOf = (value: number, top: number, height: number): number => height - (value / top) * height;
