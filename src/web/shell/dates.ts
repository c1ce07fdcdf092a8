const DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const MOMENT = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});

/** `2026-01-31` → "31 Jan 2026" in the reader's own manner; a day has no time zone. */
export function dayText(day: string): string {
  const [year, month, date] = day.split('-').map(Number);
  return DAY.format(new Date(year!, month! - 1, date!));
}

/** A moment in UTC, in the reader's own time. */
export const momentText = (moment: string): string => MOMENT.format(new Date(moment));

/** Whole years from a birth to a day. */
export function ageAt(birth: string, day: string): number {
  const years = Number(day.slice(0, 4)) - Number(birth.slice(0, 4));
  return day.slice(5) < birth.slice(5) ? years - 1 : years;
}
