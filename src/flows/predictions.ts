import { FoveaError } from '../core/errors.ts';
import { parseCsv } from '../formats/csv.ts';
import type { Answer } from './evaluate.ts';

export type Task = 'multi_class' | 'multi_label';

/** What some program said of pictures. */
export interface Predictions {
  readonly labels: readonly string[];
  readonly task: Task;
  readonly answers: ReadonlyMap<string, Answer>;
}

/** How far the probabilities of classes may be from 1 in all: programs round them. */
const ROUNDING = 1e-3;

/**
 * Reads a CSV with the column `file` and one column a label, probabilities 0–1. What is no probability marks its row:
 * `OUTPUT_NOT_FINITE` (empty, NaN, infinite, no number), `PREDICTION_NOT_A_PROBABILITY` (below 0 or above 1).
 *
 * @param task default: `multi_class` where there are two labels or more and each row that counts adds up to 1
 * @throws FoveaError `PREDICTIONS_INVALID`
 */
export function parsePredictions(text: string, task?: Task): Predictions {
  const [head = [], ...rows] = parseCsv(text);
  const names = head.map((name) => name.trim());
  const invalid = (reason: string, received: string) =>
    new FoveaError('PREDICTIONS_INVALID', { reason, received });
  const fileColumn = names.indexOf('file');
  if (fileColumn < 0) throw invalid('it has no column "file"', names.join(', '));
  const labels = names.filter((_, c) => c !== fileColumn);
  if (labels.length === 0) throw invalid('it has no column of a label', names.join(', '));
  const twice = labels.find((label, i) => labels.indexOf(label) !== i);
  if (twice !== undefined) throw invalid('a label has two columns', twice);
  if (rows.length === 0) throw invalid('it has no row', 'the head alone');
  const answers = new Map<string, Answer>();
  for (const [i, row] of rows.entries()) {
    const file = (row[fileColumn] ?? '').trim();
    if (file === '') throw invalid(`row ${i + 2} names no file`, row.join(',').slice(0, 80));
    if (answers.has(file)) throw invalid(`row ${i + 2} names a file a second time`, file);
    const numbers = names.flatMap((_, c) => (c === fileColumn ? [] : [numberOf(row[c])]));
    const excluded = !numbers.every(Number.isFinite)
      ? 'OUTPUT_NOT_FINITE'
      : numbers.some((p) => p < 0 || p > 1)
        ? 'PREDICTION_NOT_A_PROBABILITY'
        : null;
    const probabilities = excluded ? null : numbers;
    answers.set(file, { file, sha256: null, probabilities, excluded, width: null, gate: null });
  }
  return { labels, task: task ?? taskOf([...answers.values()]), answers };
}

/** `Number` takes nothing for 0. */
const numberOf = (text = '') => (text.trim() === '' ? Number.NaN : Number(text));

function taskOf(answers: readonly Answer[]): Task {
  const known = answers.flatMap(({ probabilities }) => (probabilities ? [probabilities] : []));
  const isOne = (row: readonly number[]) =>
    row.length > 1 && Math.abs(row.reduce((sum, p) => sum + p, 0) - 1) <= ROUNDING;
  return known.length > 0 && known.every(isOne) ? 'multi_class' : 'multi_label';
}
