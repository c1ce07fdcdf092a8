/** A line of a chart; x and y from 0 to 1 unless the chart says otherwise. */
export interface Line {
  readonly points: readonly (readonly [number, number])[];
  readonly className?: string;
}

const SIZE = 220;
const MARGIN = 46;
/** Points of a drawn line at most: a curve of thousands looks no different. */
const MAX_POINTS = 300;

/** A square chart as SVG text, coloured by the page's own variables. `yMin` and `yMax` default to 0 and 1. */
export function chart(
  title: string,
  [xName, yName]: readonly [string, string],
  lines: readonly Line[],
  { yMin = 0, yMax = 1 } = {},
): string {
  const x = (value: number) => (MARGIN + value * SIZE).toFixed(1);
  const y = (value: number) =>
    (10 + SIZE * (1 - (Math.min(yMax, Math.max(yMin, value)) - yMin) / (yMax - yMin))).toFixed(1);
  const paths = lines.map(({ points, className = 'line' }) => {
    const step = Math.max(1, Math.ceil(points.length / MAX_POINTS));
    const kept = points.filter((_, i) => i % step === 0 || i === points.length - 1);
    const d = kept.map(([a, b], i) => `${i ? 'L' : 'M'}${x(a)} ${y(b)}`).join('');
    return `<path class="${className}" d="${d}"/>`;
  });
  const ticks = [0, 0.5, 1].map((at) => {
    const value = yMin + at * (yMax - yMin);
    return `<text x="${x(at)}" y="${SIZE + 24}" text-anchor="middle">${at}</text><text x="${MARGIN - 5}" y="${y(value)}" dy="4" text-anchor="end">${Number(value.toFixed(2))}</text>`;
  });
  return `<figure><figcaption>${title}</figcaption><svg viewBox="0 0 ${SIZE + MARGIN + 12} ${SIZE + 44}" role="img" aria-label="${title}"><rect class="frame" x="${MARGIN}" y="10" width="${SIZE}" height="${SIZE}"/>${paths.join('')}${ticks.join('')}<text x="${MARGIN + SIZE / 2}" y="${SIZE + 40}" text-anchor="middle">${xName}</text><text transform="translate(9 ${10 + SIZE / 2}) rotate(-90)" text-anchor="middle">${yName}</text></svg></figure>`;
}
