import { asFoveaError, type FoveaError } from '../core/errors.ts';
import { describeLoggable, loggable } from '../core/loggable.ts';
import { EXIT } from './exit.ts';

/** An error as a person reads it in a terminal: what, expected, received, the way out, the code. */
export function describeError(error: FoveaError): string {
  const { code, message, expected, received, hint } = error.toJSON();
  return [
    `${message} [${code}]`,
    ...(expected ? [`  expected: ${expected}`] : []),
    ...(received ? [`  received: ${received}`] : []),
    ...(hint ? [`  ${hint}`] : []),
    ...(code === 'INTERNAL' && error.cause instanceof Error ? [describeLoggable(loggable(error.cause))] : []),
  ].join('\n');
}

/** Ends the process for an error that nobody caught. Node itself would write down all that it carries. */
export function lastWords(thrown: unknown): never {
  console.error(describeError(asFoveaError(thrown)));
  process.exit(EXIT.someFailed);
}

/** 0.873 → "87.3 %". */
export const percent = (probability: number): string => `${(probability * 100).toFixed(1)} %`;

/** One JSON object a line. Whoever has read enough of them, as `head` has, ends the command without a word. */
export const printJson = (value: unknown): boolean =>
  process.stdout.write(`${JSON.stringify(value)}\n`, (failure: NodeJS.ErrnoException | null | undefined) => {
    if (failure?.code === 'EPIPE') process.exit(EXIT.someFailed);
  });
