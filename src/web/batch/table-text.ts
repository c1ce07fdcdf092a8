/** What somebody typed of a file. */
export interface Typed {
  readonly patient: string;
  readonly eye: string;
  readonly date: string;
}

/** Quoted where it must be (RFC 4180). */
const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** The CSV of what was typed, a line for each file of which anything was; empty where nothing was. */
export function tableText(typed: ReadonlyMap<string, Typed>): string {
  const rows = [...typed]
    .filter(([, { patient, eye, date }]) => patient || eye || date)
    .map(([name, { patient, eye, date }]) => [name, patient.trim(), eye, date].map(cell).join(','));
  return rows.length > 0 ? `${['file,patient,eye,date', ...rows].join('\r\n')}\r\n` : '';
}
