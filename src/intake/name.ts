/** Control characters, and marks by which text is made to read backwards (Unicode TR 36). */
const TRICKS = /[\p{Cc}\p{Zl}\p{Zp}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;
/** Longest path of most file systems is 4096 bytes; a list shows far less. */
const LONGEST = 500;

/** A file's name as it is shown and stored: never a path that anything is opened by. */
export function safeName(name: string): string {
  const parts = name
    .toWellFormed()
    .normalize('NFC')
    .replace(TRICKS, '')
    .split(/[/\\]/)
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== '.' && part !== '..');
  return parts.join('/').slice(-LONGEST).toWellFormed() || 'unnamed';
}
