/** Languages that a report is written in, each by its own name. */
export const REPORT_LANGUAGES: readonly (readonly [code: string, name: string])[] = [
  ['en', 'English'],
  ['es', 'Español'],
  ['fr', 'Français'],
  ['de', 'Deutsch'],
  ['hi', 'हिन्दी'],
  ['ar', 'العربية'],
];

export const languageName = (code: string): string =>
  REPORT_LANGUAGES.find(([known]) => known === code)?.[1] ?? code;
