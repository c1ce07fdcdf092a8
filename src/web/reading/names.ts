import type { Eye } from './pair-view.ts';

export const EYE_NAMES: Readonly<Record<Eye, string>> = { OD: 'Right eye', OS: 'Left eye' };

/** `2026-01-31` as the reader writes days. */
export const day = (date: string): string =>
  new Date(`${date}T00:00:00`).toLocaleDateString(undefined, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  });

/** The same where there is little room. */
export const month = (date: string): string =>
  new Date(`${date}T00:00:00`).toLocaleDateString(undefined, { month: 'short', year: 'numeric' });
