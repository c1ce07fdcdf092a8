import { FoveaError } from '../core/errors.ts';
import { dayOf } from './day.ts';
import { EYE_PATTERN, type Eye, eyeOfWord } from './eye.ts';

/** What a file's name tells. */
export interface NameHints {
  readonly patient?: string;
  readonly eye?: Eye;
  /** ISO 8601 day. */
  readonly date?: string;
  readonly field?: string;
}

/** A way of naming files, as a person types it: `{patient}_{eye}_{date}*`. */
export interface Pattern {
  readonly text: string;
  /** Folders that it speaks of. */
  readonly depth: number;
  readonly expression: RegExp;
}

const TOKENS = {
  patient: '([^/]+?)',
  eye: EYE_PATTERN,
  date: String.raw`(\d{4}[-_.]?\d{2}[-_.]?\d{2})(?!\d)`,
  field: '([^/]+?)',
} as const;
type Token = keyof typeof TOKENS;

/** More of them would make matching slow, and a name too long for any file system is no name. */
const MOST_WILD = 8;
const LONGEST_NAME = 1000;

/**
 * Reads a pattern: `{patient}`, `{eye}`, `{date}`, `{field}`, `*` for anything, all else as it stands, in any case. One
 * without `/` is of the file's name alone. What follows the last `.` of a name need not be said.
 *
 * @throws FoveaError `REQUEST_INVALID`
 */
export function readPattern(text: string): Pattern {
  const parts = text.trim().match(/\{[^}]*\}|\*|[^{*]+|\{/g) ?? [];
  const tokens = parts.filter((part) => part.startsWith('{')).map((part) => part.slice(1, -1));
  const refuse = (reason: string): never => {
    throw new FoveaError('REQUEST_INVALID', {
      reason,
      expected: 'a pattern such as {patient}_{eye}_{date}*',
      received: text.slice(0, 100),
    });
  };
  for (const token of tokens) if (!(token in TOKENS)) refuse(`a pattern knows no {${token.slice(0, 20)}}`);
  if (new Set(tokens).size < tokens.length) refuse('a pattern says each thing once');
  if (!tokens.includes('patient')) refuse('a pattern says where the patient is');
  if (parts.filter((part) => part === '*' || part.startsWith('{')).length > MOST_WILD)
    refuse(`a pattern has at most ${MOST_WILD} parts`);
  const source = parts
    .map((part) => {
      if (part === '*') return '.*?';
      if (!part.startsWith('{')) return part.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
      const token = part.slice(1, -1) as Token;
      return TOKENS[token].replace('(', `(?<${token}>`);
    })
    .join('');
  return {
    text: text.trim(),
    depth: text.split('/').length - 1,
    expression: new RegExp(String.raw`^${source}(\.[^./]*)?$`, 'i'),
  };
}

/** What a name tells by a pattern; undefined where it does not fit. */
export function readName(name: string, pattern: Pattern): NameHints | undefined {
  if (name.length > LONGEST_NAME) return undefined;
  const path = name.replaceAll('\\', '/').split('/');
  const found = pattern.expression.exec(path.slice(-1 - pattern.depth).join('/'))?.groups;
  if (!found) return undefined;
  const date = found.date && dayOf(found.date);
  if (found.date && !date) return undefined;
  const patient = found.patient?.trim();
  if (!patient) return undefined;
  const eye = found.eye && eyeOfWord(found.eye);
  return {
    patient,
    ...(eye && { eye }),
    ...(date && { date }),
    ...(found.field && { field: found.field }),
  };
}

/** Ways in which cameras and archives name files, those that tell most first. */
const USUAL = [
  '{patient}/{date}/{eye}*',
  '{patient}/{date}/*{eye}',
  '{patient}_{eye}_{date}*',
  '{patient}_{date}_{eye}*',
  '{patient}-{eye}-{date}*',
  '{patient}-{date}-{eye}*',
  '{patient} {eye} {date}*',
  '{patient} {date} {eye}*',
  '{patient}/{eye}*',
  '{patient}_{eye}*',
  '{patient}-{eye}*',
  '{patient} {eye}*',
  '{patient}.{eye}*',
].map(readPattern);

/** A patient's number has a digit: the "fundus" of `fundus_left.jpg` is nobody, and would be everybody. */
const isNumbered = (hints: NameHints | undefined): hints is NameHints => /\d/.test(hints?.patient ?? '');

/** What a pattern makes of names. */
export interface Guess {
  /** Null where none fits any name. */
  readonly pattern: string | null;
  readonly matched: number;
  readonly of: number;
  /** Every name, and what it makes of it. */
  readonly examples: readonly {
    readonly name: string;
    readonly patient: string | null;
    readonly eye: Eye | null;
    readonly date: string | null;
  }[];
}

/** The usual pattern that fits most of the names; of equals the one that tells more. */
export function guessPattern(names: readonly string[]): Guess {
  const fits = USUAL.map((pattern) => ({
    pattern,
    matched: names.filter((name) => isNumbered(readName(name, pattern))).length,
  }));
  const best = fits.reduce((a, b) => (b.matched > a.matched ? b : a));
  return {
    pattern: best.matched > 0 ? best.pattern.text : null,
    matched: best.matched,
    of: names.length,
    examples: names.map((name) => {
      const hints = best.matched > 0 ? readName(name, best.pattern) : undefined;
      return { name, patient: hints?.patient ?? null, eye: hints?.eye ?? null, date: hints?.date ?? null };
    }),
  };
}

/** What a name tells where nobody said how: by the first usual pattern that it fits. */
export function readUsualName(name: string): NameHints | undefined {
  for (const pattern of USUAL) {
    const hints = readName(name, pattern);
    if (isNumbered(hints)) return hints;
  }
  return undefined;
}
