import type { CSSProperties } from 'react';
import { count } from '../format.ts';
import classes from './performance-page.module.css';

const WORDS = ['Negative', 'Positive', 'Not gradable'];

/** The model's patient result against the human's: what lies on the diagonal agrees. */
export function Agreement({ matrix }: { readonly matrix: readonly (readonly number[])[] }) {
  const most = Math.max(1, ...matrix.flat());
  return (
    <section className={classes.section}>
      <h2>Agreement</h2>
      <table className={classes.matrix}>
        <caption>Visits by what the model said (rows) and what the reader signed (columns)</caption>
        <thead>
          <tr>
            <td />
            {WORDS.map((word) => (
              <th key={word} scope="col">
                <small>reader</small> {word}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {WORDS.map((word, row) => (
            <tr key={word}>
              <th scope="row">
                <small>model</small> {word}
              </th>
              {WORDS.map((other, column) => {
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
