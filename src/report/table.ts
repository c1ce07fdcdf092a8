import writeExcelFile from 'write-excel-file/node';

/** Rows of a spreadsheet. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/** A spreadsheet runs what begins so (owasp.org, CSV injection); the mark before it makes it text. */
const FORMULA = /^[=+\-@\t\r]/;

const field = (value: string | number | null): string => {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** CSV (RFC 4180) with a byte order mark, without which Excel takes it for an old alphabet. */
export const toCsv = ({ columns, rows }: Table): string =>
  `\ufeff${[columns, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('')}`;

/** An Excel sheet whose texts are texts, whatever they begin with. */
export async function toXlsx({ columns, rows }: Table, title: string): Promise<Uint8Array> {
  // What Excel forbids in a sheet's name, and its length (ECMA-376, 18.2.19).
  const sheet =
    title
      .replace(/[\\/*?:[\]]/g, ' ')
      .trim()
      .slice(0, 31) || 'Fovea';
  const data = [
    columns.map((column) => ({ value: column, fontWeight: 'bold' as const })),
    ...rows.map((row) =>
      row.map((value) =>
        value === null ? null : typeof value === 'number' ? { value, type: Number } : { value, type: String },
      ),
    ),
  ];
  return new Uint8Array(await writeExcelFile(data, { sheet }).toBuffer());
}
