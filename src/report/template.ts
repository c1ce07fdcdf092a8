import { FoveaError } from '../core/errors.ts';
import { LANGUAGES, type Language } from './report.ts';

/** What a clinic changes of its reports. */
export interface Template {
  /** Lines below the clinic's name. */
  readonly address: readonly string[];
  /** PNG or JPEG. */
  readonly logo: Uint8Array | null;
  /** Of the title, `#rrggbb`. */
  readonly colour: string | null;
  /** What stands above the foot, by language. */
  readonly closing: Readonly<Partial<Record<Language, string>>>;
  /** Of reports for which nobody chooses one. */
  readonly language: Language;
}

const MOST_LINES = 4;
const LONGEST = { line: 120, closing: 400 };
/** A logo is printed 40 mm wide: 600 dpi of that, and its file. */
const LOGO = { side: 2000, bytes: 512 * 1024 };
const KEYS = ['address', 'logo', 'colour', 'closing', 'language'];

export const PLAIN: Template = { address: [], logo: null, colour: null, closing: {}, language: 'en' };

/**
 * Reads a template as it is kept in the settings, e.g.
 * `{ "address": ["1 High Street"], "logo": "data:image/png;base64,…", "colour": "#0a5c8a", "closing": { "en": "…" } }`.
 *
 * @throws FoveaError `REQUEST_INVALID`
 */
export function readTemplate(value: unknown): Template {
  if (value === null || value === undefined) return PLAIN;
  if (!isPlain(value)) throw refused('it is no object', '{…}', value);
  for (const key of Object.keys(value))
    if (!KEYS.includes(key)) throw refused(`it knows no "${key.slice(0, 40)}"`, KEYS.join(', '), key);
  const { address = [], logo = null, colour = null, closing = {}, language = PLAIN.language } = value;
  if (
    !Array.isArray(address) ||
    address.length > MOST_LINES ||
    !address.every((one) => isText(one, LONGEST.line))
  )
    throw refused('address', `up to ${MOST_LINES} lines of ${LONGEST.line} letters`, address);
  if (colour !== null && !(typeof colour === 'string' && /^#[0-9a-f]{6}$/i.test(colour)))
    throw refused('colour', '#rrggbb', colour);
  if (!isPlain(closing)) throw refused('closing', '{"en": "…"}', closing);
  for (const [language, text] of Object.entries(closing)) {
    if (!isLanguage(language)) throw refused('language of closing', LANGUAGES.join(', '), language);
    if (!isText(text, LONGEST.closing)) throw refused('closing', `up to ${LONGEST.closing} letters`, text);
  }
  if (!isLanguage(language)) throw refused('language', LANGUAGES.join(', '), language);
  return { address, colour, closing, language, logo: logo === null ? null : readLogo(logo) };
}

const isLanguage = (value: unknown): value is Language => LANGUAGES.some((known) => known === value);

function readLogo(value: unknown): Uint8Array {
  const found =
    typeof value === 'string' && /^data:image\/(?:png|jpeg);base64,([A-Za-z0-9+/]+=*)$/.exec(value);
  if (!found) throw refused('logo', 'data:image/png;base64,… or data:image/jpeg;base64,…', value);
  const bytes = Buffer.from(found[1]!, 'base64');
  const size = sizeOf(bytes);
  if (!size) throw refused('logo', 'a PNG or JPEG', `${bytes.length} bytes of something else`);
  if (bytes.length > LOGO.bytes || Math.max(...size) > LOGO.side || Math.min(...size) < 1)
    throw refused(
      'logo',
      `at most ${LOGO.side} × ${LOGO.side} pixels and ${LOGO.bytes / 1024} kB`,
      `${size.join(' × ')} pixels, ${Math.ceil(bytes.length / 1024)} kB`,
    );
  return bytes;
}

/** Pixels of a PNG (its IHDR comes first: ISO/IEC 15948, 11.2.2) or JPEG (in its frame header: ITU-T T.81, B.2.2). */
function sizeOf(bytes: Buffer): readonly [width: number, height: number] | undefined {
  if (
    bytes.length > 33 &&
    bytes.readUInt32BE(0) === 0x89504e47 &&
    bytes.toString('latin1', 12, 16) === 'IHDR'
  )
    return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return undefined;
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes[at + 1]!;
    // Baseline, extended, progressive: what pdfkit embeds.
    if (marker >= 0xc0 && marker <= 0xc2) return [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)];
  }
  return undefined;
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value.length <= longest;

const refused = (reason: string, expected: string, received: unknown) =>
  new FoveaError('REQUEST_INVALID', {
    reason: `the template of the report: ${reason}`,
    expected,
    received: (typeof received === 'string' ? received : JSON.stringify(received)).slice(0, 100),
    hint: 'See docs/report.md for what it may hold.',
  });
