import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import bidiFactory from 'bidi-js';

// Its types say `default`, which a CommonJS module does not have in Node.
const bidi = (bidiFactory as unknown as typeof bidiFactory.default)();
const require = createRequire(import.meta.url);

/** A PDF that knows in which direction its language runs. */
export type Doc = PDFKit.PDFDocument & { readonly isRtl: boolean };

interface Face {
  readonly name: string;
  /** Package of the font's files. */
  readonly from: string;
  readonly letters: RegExp;
}

/** Alphabets that are written, by font; the first one has what all have in common. */
const FACES: readonly Face[] = [
  {
    ...{ name: 'latin', from: 'noto-sans' },
    letters:
      /[\u0000-\u00ff\u0131\u0152\u0153\u02bb-\u02bc\u02c6\u02da\u02dc\u2000-\u206f\u20ac\u2122\u2212]/,
  },
  { name: 'latin-ext', from: 'noto-sans', letters: /[\u0100-\u02af\u1e00-\u1eff\u20a0-\u20c0\u2c60-\u2c7f]/ },
  { name: 'greek', from: 'noto-sans', letters: /[\u0370-\u03ff]/ },
  { name: 'cyrillic', from: 'noto-sans', letters: /[\u0400-\u045f\u0490-\u0491\u04b0-\u04b1\u2116]/ },
  { name: 'devanagari', from: 'noto-sans-devanagari', letters: /[\u0900-\u097f\ua8e0-\ua8ff]/ },
  {
    ...{ name: 'arabic', from: 'noto-sans-arabic' },
    letters: /[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]/,
  },
];
/** Zero-width (non-)joiners: part of the word that they stand in. */
const JOINERS = /[\u200c\u200d]/;

const faceName = (face: string, isBold: boolean) => `${face}-${isBold ? 700 : 400}`;

/** Makes the fonts known to a document; what is not used is not embedded. */
export function registerFaces(doc: Doc): void {
  for (const { name, from } of FACES)
    for (const weight of [400, 700])
      doc.registerFont(
        `${name}-${weight}`,
        readFileSync(require.resolve(`@fontsource/${from}/files/${from}-${name}-${weight}-normal.woff`)),
      );
}

/** What is drawn in one go, from left to right. */
interface Piece {
  readonly face: string;
  readonly text: string;
}

/** Without what could turn or hide the text around it, and on one line. */
const cleaned = (text: string) =>
  text
    // Marks of direction say what the algorithm finds by itself.
    .replace(/[\u061c\u200e\u200f]/g, '')
    .replace(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}]/gu, ' ')
    .replace(/\s+/g, ' ');

/**
 * A line of text as words in the order in which they stand on paper (Unicode Standard Annex 9, rule L2, word by word: within
 * a word the font's own shaping puts letters in their order).
 */
export function piecesOf(text: string, isRtl: boolean): Piece[] {
  const embedding = bidi.getEmbeddingLevels(text, isRtl ? 'rtl' : 'ltr');
  const { levels } = embedding;
  const mirrored = bidi.getMirroredCharactersMap(text, embedding.levels);
  const words: { face: string; text: string; level: number }[] = [];
  let at = 0;
  for (const letter of text) {
    const level = levels[at] ?? 0;
    const last = words.at(-1);
    const own = FACES.find(({ letters }) => letters.test(letter))?.name;
    const face = JOINERS.test(letter) ? (last?.face ?? 'latin') : (own ?? 'latin');
    const shown = own ? (mirrored.get(at) ?? letter) : JOINERS.test(letter) ? letter : '?';
    // Spaces stand for themselves: in a word that runs to the left one at its end would be at the wrong side.
    const isApart = letter === ' ' || last?.text === ' ';
    if (last && !isApart && last.level === level && last.face === face) last.text += shown;
    else words.push({ face, text: shown, level });
    at += letter.length;
  }
  for (let level = Math.max(0, ...words.map((word) => word.level)); level > 0; level--) {
    for (let i = 0; i < words.length; i++) {
      if (words[i]!.level < level) continue;
      let end = i;
      while (end < words.length && words[end]!.level >= level) end++;
      words.splice(i, end - i, ...words.slice(i, end).reverse());
      i = end;
    }
  }
  return words.map((word) => ({
    face: word.face,
    // A font that knows of no direction is told the letters as they stand.
    text: word.level % 2 === 1 && word.face !== 'arabic' ? [...word.text].reverse().join('') : word.text,
  }));
}

export interface Style {
  readonly size?: number;
  readonly bold?: boolean;
  readonly colour?: string;
  readonly width?: number;
  /** Names of files and versions, and English: these run to the right in every language. */
  readonly isLtr?: boolean;
}

/** Of Noto Sans, in heights of its letters: all faces stand on one line, whatever room they take above it. */
const ASCENT = 1.069;

const INK = '#1a1a1a';

function widthOf(doc: Doc, pieces: readonly Piece[], isBold: boolean): number {
  return pieces.reduce(
    (sum, { face, text }) => sum + doc.font(faceName(face, isBold)).widthOfString(text),
    0,
  );
}

/** Writes one line into a box, at the side where its language begins; cut off with … where it is too long. */
export function line(
  doc: Doc,
  given: string,
  x: number,
  y: number,
  { size = 9, bold = false, colour = INK, width = 0, isLtr = false }: Style = {},
): void {
  doc.fontSize(size).fillColor(colour);
  const pieces = fitting(doc, cleaned(given).trim(), width, bold, doc.isRtl && !isLtr);
  let at = doc.isRtl ? x + width - widthOf(doc, pieces, bold) : x;
  for (const { face, text } of pieces) {
    doc
      .font(faceName(face, bold))
      .text(text, at, y + size * ASCENT, { lineBreak: false, baseline: 'alphabetic' });
    at += doc.widthOfString(text);
  }
}

/** Letters beyond which nothing is measured: no line of A4 holds them. */
const LONGEST = 600;

function fitting(doc: Doc, text: string, width: number, isBold: boolean, isRtl: boolean): Piece[] {
  const letters = [...text.slice(0, LONGEST)];
  const whole = piecesOf(letters.join(''), isRtl);
  if (text.length <= LONGEST && widthOf(doc, whole, isBold) <= width) return whole;
  const cut = (count: number) => piecesOf(`${letters.slice(0, count).join('').trimEnd()}…`, isRtl);
  let [fits, over] = [0, letters.length];
  while (over - fits > 1) {
    const middle = (fits + over) >> 1;
    if (widthOf(doc, cut(middle), isBold) <= width) fits = middle;
    else over = middle;
  }
  return cut(fits);
}

/** Breaks a text into so many lines at most; the height where the next may begin. */
export function lines(doc: Doc, given: string, x: number, y: number, most: number, style: Style): number {
  const { size = 9, width = 0, bold = false } = style;
  doc.fontSize(size);
  const rows: string[] = [''];
  for (const word of cleaned(given).trim().split(' ')) {
    const longer = rows.at(-1) ? `${rows.at(-1)} ${word}` : word;
    const isFull =
      rows.length < most &&
      rows.at(-1) &&
      widthOf(doc, piecesOf(longer.slice(0, LONGEST), doc.isRtl), bold) > width;
    if (isFull) rows.push(word);
    else rows[rows.length - 1] = longer;
    // What the last row cannot hold is not looked at.
    if (rows.length === most && longer.length > LONGEST) break;
  }
  rows.forEach((row, i) => {
    line(doc, row, x, y + i * size * 1.4, style);
  });
  return y + rows.length * size * 1.4;
}
