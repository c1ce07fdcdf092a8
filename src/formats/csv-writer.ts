/**
 * Comma-separated values (RFC 4180), lines ending in LF: a field with a comma, a quote or an end of line stands in
 * quotes. `parseCsv` reads it back; of a table with one column its empty rows are lost.
 */
export const writeCsv = (rows: readonly (readonly string[])[]): string =>
  rows.map((row) => `${row.map(field).join(',')}\n`).join('');

const field = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
