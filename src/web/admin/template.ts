/** The report's template as the settings keep it (docs/report.md). */
export interface Template {
  readonly address?: readonly string[];
  /** `data:image/png;base64,…` or JPEG. */
  readonly logo?: string | null;
  /** `#rrggbb`. */
  readonly colour?: string | null;
  readonly closing?: Readonly<Record<string, string>>;
  readonly language?: string;
}

/** As the server's limits are: what is longer it refuses. */
export const ADDRESS = { lines: 4, line: 120 };
export const CLOSING = 400;
const LOGO_BYTES = 512 * 1024;

/** Lines as they are typed; those that stay empty at the end are none. */
export const linesOf = (text: string): string[] =>
  text.replace(/\n+$/, '').split('\n').slice(0, ADDRESS.lines);

/** A closing is taken out where nothing is left of it. */
export function withClosing(
  closing: Readonly<Record<string, string>>,
  language: string,
  text: string,
): Record<string, string> {
  const { [language]: _, ...others } = closing;
  return text === '' ? others : { ...others, [language]: text };
}

/** @throws Error in words for the page, for what is no logo */
export async function logoOf(file: File): Promise<string> {
  if (!/^image\/(png|jpeg)$/.test(file.type)) throw new Error('A logo is a PNG or a JPEG.');
  if (file.size > LOGO_BYTES) throw new Error('A logo has at most 512 kB.');
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return `data:${file.type};base64,${btoa(binary)}`;
}
