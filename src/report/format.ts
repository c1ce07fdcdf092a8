import type { Messages } from './messages.ts';
import type { Language } from './report.ts';

/** Days, moments and figures as the readers of a language write them. */
export const dayIn = (language: Language, iso: string): string =>
  new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(
    new Date(`${iso.slice(0, 10)}T00:00:00Z`),
  );

export const momentIn = (language: Language, iso: string): string =>
  `${new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }).format(new Date(iso))} UTC`;

/** Never rounded to certainty. @param probability 0–1 */
export function percentIn(language: Language, probability: number): string {
  const { format } = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  if (probability > 0 && probability < LEAST) return `< ${format(LEAST)}`;
  if (probability < 1 && probability > 1 - LEAST) return `> ${format(1 - LEAST)}`;
  return format(probability);
}
const LEAST = 0.001;

/** What somebody may do, in a word; a role that nobody knows stands as it is. */
export const roleIn = (words: Messages, role: string): string =>
  ({ technician: words.technician, reader: words.reader, senior: words.senior, admin: words.admin })[role] ??
  role;
