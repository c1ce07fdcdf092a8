import { useId } from 'react';
import classes from './line-chart.module.css';
import { linePath, marksUpTo, xOf, yOf } from './scale.ts';

interface Props {
  readonly name: string;
  readonly about: string;
  /** In order of time; null where nothing was measured. */
  readonly points: readonly { readonly at: string; readonly value: number | null }[];
  readonly text: (value: number) => string;
}

const BOX = { width: 300, height: 110 };
/** Room for the marks at the left, and about the line. */
const LEFT = 50;
const ROOM = 8;

/** A line over time, and the same as a table for who reads rather than looks. */
export function LineChart({ name, about, points, text }: Props) {
  const id = useId();
  const values = points.map(({ value }) => value);
  const marks = marksUpTo(Math.max(0, ...values.map((value) => value ?? 0)));
  const top = marks.at(-1)!;
  const last = points.findLast(({ value }) => value !== null);
  return (
    <figure className={classes.chart} aria-labelledby={id}>
      <figcaption id={id}>
        <span>
          <strong>{name}</strong> {about}
        </span>
        {last && <output>{text(last.value!)}</output>}
      </figcaption>
      <svg
        viewBox={`0 0 ${LEFT + BOX.width + ROOM} ${BOX.height + 2 * ROOM + 18}`}
        aria-hidden="true"
        preserveAspectRatio="xMidYMid meet"
      >
        <g transform={`translate(${LEFT} ${ROOM})`}>
          {marks.map((mark) => {
            const y = yOf(mark, top, BOX.height);
            return (
              <g key={mark}>
                <line className={classes.grid} x1="0" x2={BOX.width} y1={y} y2={y} />
                <text className={classes.mark} x="-8" y={y + 4} textAnchor="end">
                  {text(mark)}
                </text>
              </g>
            );
          })}
          <path className={classes.line} d={linePath(values, top, BOX)} />
          {points.map(
            ({ at, value }, i) =>
              value !== null && (
                <circle
                  key={at}
                  className={classes.point}
                  cx={xOf(i, points.length, BOX.width)}
                  cy={yOf(value, top, BOX.height)}
                  r="3"
                >
                  <title>{`${at}: ${text(value)}`}</title>
                </circle>
              ),
          )}
          <text className={classes.mark} x="0" y={BOX.height + 20}>
            {points[0]?.at}
          </text>
          {points.length > 1 && (
            <text className={classes.mark} x={BOX.width} y={BOX.height + 20} textAnchor="end">
              {points.at(-1)?.at}
            </text>
          )}
        </g>
      </svg>
      <details className={classes.figures}>
        <summary>In figures</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">Week of</th>
              <th scope="col">{name}</th>
            </tr>
          </thead>
          <tbody>
            {points.map(({ at, value }) => (
              <tr key={at}>
                <th scope="row">{at}</th>
                <td>{value === null ? '–' : text(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}
