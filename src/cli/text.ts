import type { FoveaError } from '../core/errors.ts';

/** An error as a person reads it in a terminal: what, expected, received, the way out, the code. */
export function describeError(error: FoveaError): string {
  const { code, message, expected, received, hint } = error.toJSON();
  return [
    `${message} [${code}]`,
    ...(expected ? [`  expected: ${expected}`] : []),
    ...(received ? [`  received: ${received}`] : []),
    ...(hint ? [`  ${hint}`] : []),
    ...(code === 'INTERNAL' && error.cause instanceof Error ? [String(error.cause.stack)] : []),
  ].join('\n');
}

/** 0.873 → "87.3 %". */
export const percent = (probability: number): string => `${(probability * 100).toFixed(1)} %`;

/** One JSON object a line. */
export const printJson = (value: unknown): boolean => process.stdout.write(`${JSON.stringify(value)}\n`);
