import { FoveaError } from '../core/errors.ts';
import { countLeftOut, type Item, type LeftOut } from '../dataset/index.ts';

/** `a=b` in two, at the first `=`: there may be more of them in the second part, which is undefined where there is none. */
export function parts(text: string): readonly [first: string, second: string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/**
 * The rows of a data set whose column has a value.
 *
 * @param wanted `column=value`; all rows where there is none
 * @throws FoveaError `DATASET_COLUMN_MISSING`
 */
export function select(items: readonly Item[], wanted: string | undefined): readonly Item[] {
  if (wanted === undefined) return items;
  const [column, value] = parts(wanted);
  if (!(column in items[0]!.columns))
    throw new FoveaError('DATASET_COLUMN_MISSING', {
      column,
      received: Object.keys(items[0]!.columns).join(', '),
    });
  return items.filter(({ columns }) => columns[column] === value);
}

/** Says on standard error what of the folder is no row of the data. */
export function tellLeftOut(leftOut: readonly LeftOut[]): void {
  for (const [reason, count] of Object.entries(countLeftOut(leftOut)))
    console.error(`Left out: ${count} ${reason}`);
}

/** `from=to,…` of `--labels`: labels of the data by the model's names. */
export const labelMap = (text = ''): ReadonlyMap<string, string> =>
  new Map(
    text
      .split(',')
      .filter(Boolean)
      .map((pair) => parts(pair) as [string, string]),
  );
