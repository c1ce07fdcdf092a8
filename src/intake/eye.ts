/** Right eye (oculus dexter) or left eye (oculus sinister). */
export type Eye = 'OD' | 'OS';

const WORDS: Record<string, Eye> = {
  od: 'OD',
  os: 'OS',
  r: 'OD',
  l: 'OS',
  re: 'OD',
  le: 'OS',
  right: 'OD',
  left: 'OS',
  'right eye': 'OD',
  'left eye': 'OS',
};

/** A word that names an eye, with no letter after it. */
export const EYE_PATTERN = '(right eye|left eye|right|left|od|os|re|le|r|l)(?![a-z])';

/** `left` → OS; undefined for what is no eye. */
export const eyeOfWord = (word: string): Eye | undefined => WORDS[word.trim().toLowerCase()];
