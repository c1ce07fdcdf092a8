import type { CSSProperties } from 'react';
import { count } from '../format.ts';
import classes from './performance-page.module.css';

/** The classes of a result, in the order of the server's matrix. */
export const RESULTS = ['Negative', 'Positive', 'Not gradable'];

interface Props {
  readonly title: string;
  /** What is counted. */
  readonly what: string;
  readonly names: readonly string[];
  readonly matrix: readonly (readonly number[])[];
}

/** What the model said against what the human signed: what lies on the diagonal agrees. */
export function Agreement({ title, what, names, matrix }: Props) {
  const most = Math.max(1, ...matrix.flat());
  return (
    <section className={classes.section}>
      <h2>{title}</h2>
      <table className={classes.matrix}>
        <caption>{what} by what the model said (rows) and what the reader signed (columns)</caption>
        <thead>
          <tr>
            <td />
            {names.map((word) => (
              <th key={word} scope="col">
                <small>reader</small> {word}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((word, row) => (
            <tr key={word}>
              <th scope="row">
                <small>model</small> {word}
              </th>
              {names.map((other, column) => {
                const visits = matrix[row]?.[column] ?? 0;
                return (
                  <td
                    key={other}
                    data-agrees={row === column || undefined}
                    style={{ '--share': `${(visits / most) * 34}%` } as CSSProperties}
                  >
                    {count(visits)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
