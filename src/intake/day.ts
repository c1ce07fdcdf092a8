/**
 * A day as people write it: `2026-01-31`, `20260131`, `2026_01_31`, `31.01.2026`. What could be read in two ways
 * (`01/02/2026`) is not read.
 *
 * @returns ISO 8601; undefined for what is no day
 */
export function dayOf(text: string): string | undefined {
  const trimmed = text.trim();
  const [, year, month, day] =
    /^(\d{4})[-_./]?(\d{2})[-_./]?(\d{2})$/.exec(trimmed) ??
    (([, d, m, y]) => ['', y, m, d])(/^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(trimmed) ?? []);
  if (!year || !month || !day) return undefined;
  const iso = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const date = new Date(`${iso}T00:00:00Z`);
  // The 31st of February becomes March.
  const isReal = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(iso);
  return isReal && Number(year) >= 1900 && Number(year) < 2200 ? iso : undefined;
}

/** A day on which somebody can have been born: none that is still to come. */
export function birthDayOf(text: string): string | undefined {
  const day = dayOf(text);
  return day !== undefined && day <= localDay() ? day : undefined;
}

const two = (number: number) => String(number).padStart(2, '0');

/** The day it is where this machine stands (`TZ`): a picture taken in the evening in Delhi is not of London's day. */
export const localDay = (moment = new Date()): string =>
  `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
