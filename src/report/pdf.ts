import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { buffer } from 'node:stream/consumers';
import PDFDocument from 'pdfkit';
import { MESSAGES, type Messages } from './messages.ts';
import type { ReportData, ReportEye } from './report.ts';

/** A4 in points (ISO 216), and its margin. */
const [WIDTH, HEIGHT, MARGIN] = [595.28, 841.89, 42];
const COLUMN = (WIDTH - 3 * MARGIN) / 2;
const PICTURE = 190;
const LOGO: [width: number, height: number] = [113, 44];
const [INK, FAINT, LINE] = ['#1a1a1a', '#5c5c5c', '#c8c8c8'];
/** Okabe–Ito, told apart by the colour-blind; the word beside says the same. */
const COLOURS = { negative: '#00684a', positive: '#a33c00', ungradable: '#5c5c5c' };
/** Findings of an image that fit below it. */
const FINDINGS = 6;

const require = createRequire(import.meta.url);
const face = (subset: string, weight: number) =>
  readFileSync(require.resolve(`@fontsource/noto-sans/files/noto-sans-${subset}-${weight}-normal.woff`));
/** Alphabets that names are written in, by font; the first one has what all have in common. */
const SUBSETS: readonly [name: string, letters: RegExp][] = [
  [
    'latin',
    /[\u0000-\u00ff\u0131\u0152\u0153\u02bb-\u02bc\u02c6\u02da\u02dc\u2000-\u206f\u20ac\u2122\u2212]/,
  ],
  ['latin-ext', /[\u0100-\u02af\u1e00-\u1eff\u20a0-\u20c0\u2c60-\u2c7f]/],
  ['greek', /[\u0370-\u03ff]/],
  ['cyrillic', /[\u0400-\u045f\u0490-\u0491\u04b0-\u04b1\u2116]/],
];

type Doc = PDFKit.PDFDocument;

/**
 * The report as one A4 page. The same data make the same bytes.
 *
 * @throws Error where a picture is no JPEG
 */
export async function renderPdf(data: ReportData): Promise<Uint8Array> {
  const words = MESSAGES[data.language];
  const doc: Doc = new PDFDocument({
    size: 'A4',
    margin: 0,
    autoFirstPage: true,
    info: {
      Title: words.title,
      Creator: `Fovea ${data.version}`,
      // What a file's identity is made of, too.
      CreationDate: new Date(data.createdAt),
    },
  });
  const bytes = buffer(doc as never);
  for (const [subset] of SUBSETS) {
    doc.registerFont(`${subset}-400`, face(subset, 400));
    doc.registerFont(`${subset}-700`, face(subset, 700));
  }
  drawHead(doc, data, words);
  const below = drawOutcome(doc, data, words, 128);
  const columns = (['OD', 'OS'] as const).map(
    (eye) => data.eyes.find((one) => one.eye === eye) ?? { eye, result: null, level: null, images: [] },
  );
  // The right eye stands on the viewer's left, as everybody reads it who sits across from a patient.
  columns.forEach((eye, i) => {
    drawEye(doc, eye, data, words, MARGIN + i * (COLUMN + MARGIN), below);
  });
  drawReview(doc, data, words);
  drawFoot(doc, data, words);
  doc.end();
  return new Uint8Array(await bytes);
}

interface Line {
  readonly size?: number;
  readonly bold?: boolean;
  readonly colour?: string;
  readonly width?: number;
}

/** Writes one line, cut off with … where it is too long, in the fonts that its letters need. */
function line(
  doc: Doc,
  text: string,
  x: number,
  y: number,
  { size = 9, bold, colour = INK, width = COLUMN }: Line = {},
) {
  doc.fontSize(size).fillColor(colour);
  let at = x;
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, ' ').replace(/\s+/g, ' ');
  for (const { subset, run } of runs(clean)) {
    doc.font(`${subset}-${bold ? 700 : 400}`);
    for (const piece of run.match(/\S+\s*|\s+/g) ?? []) {
      let fitting = piece;
      const isCut = at + doc.widthOfString(piece) > x + width;
      if (isCut) {
        while (fitting && at + doc.widthOfString(`${fitting}…`) > x + width) fitting = fitting.slice(0, -1);
        doc.font(`latin-${bold ? 700 : 400}`);
        doc.text(`${fitting}…`, at, y, { lineBreak: false });
        return;
      }
      doc.text(fitting, at, y, { lineBreak: false });
      at += doc.widthOfString(fitting);
    }
  }
}

function runs(text: string): { subset: string; run: string }[] {
  const found: { subset: string; run: string }[] = [];
  for (const letter of text) {
    const subset = SUBSETS.find(([, letters]) => letters.test(letter))?.[0];
    const [name, shown] = [subset ?? 'latin', subset ? letter : '?'];
    const last = found.at(-1);
    if (last?.subset === name) last.run += shown;
    else found.push({ subset: name, run: shown });
  }
  return found;
}

/** Breaks a text into so many lines at most. */
function lines(doc: Doc, text: string, x: number, y: number, most: number, style: Line): number {
  const { size = 9, width = COLUMN } = style;
  doc.font('latin-400').fontSize(size);
  const rows: string[] = [''];
  for (const word of text.replace(/\s+/g, ' ').split(' ')) {
    const longer = rows.at(-1) ? `${rows.at(-1)} ${word}` : word;
    if (rows.length < most && rows.at(-1) && doc.widthOfString(longer) > width) rows.push(word);
    else rows[rows.length - 1] = longer;
  }
  rows.forEach((row, i) => {
    line(doc, row, x, y + i * size * 1.4, style);
  });
  return y + rows.length * size * 1.4;
}

const rule = (doc: Doc, y: number) =>
  doc
    .moveTo(MARGIN, y)
    .lineTo(WIDTH - MARGIN, y)
    .lineWidth(0.5)
    .strokeColor(LINE)
    .stroke();

const day = (iso: string, language: string) =>
  new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(
    new Date(`${iso.slice(0, 10)}T00:00:00Z`),
  );
const moment = (iso: string, language: string) =>
  `${new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }).format(new Date(iso))} UTC`;

function drawHead(doc: Doc, data: ReportData, words: Messages): void {
  const { clinic, patient, date, language, template } = data;
  const width = WIDTH - 2 * MARGIN;
  const [logoWidth] = LOGO;
  const beside = template.logo ? width - logoWidth - 12 : width;
  line(doc, words.title, MARGIN, 36, {
    ...{ size: 18, bold: true, width: beside, colour: template.colour ?? INK },
  });
  line(doc, [clinic, ...template.address].filter(Boolean).join(' · '), MARGIN, 62, {
    ...{ size: 10, colour: FAINT, width: beside },
  });
  if (template.logo)
    doc.image(Buffer.from(template.logo), WIDTH - MARGIN - logoWidth, 32, {
      ...{ fit: LOGO, align: 'right', valign: 'center' },
    });
  rule(doc, 82);
  const about = [
    patient.birthDate && `${words.born} ${day(patient.birthDate, language)}`,
    patient.sex && words[patient.sex],
  ].filter(Boolean);
  line(doc, `${words.patient} ${patient.identifier}${patient.name ? ` · ${patient.name}` : ''}`, MARGIN, 90, {
    ...{ size: 11, bold: true, width },
  });
  line(doc, [...about, `${words.visit} ${day(date, language)}`].join(' · '), MARGIN, 107, {
    width,
    colour: FAINT,
  });
}

function drawOutcome(doc: Doc, { outcome, review }: ReportData, words: Messages, y: number): number {
  const width = WIDTH - 2 * MARGIN;
  const result = review ? review.result : outcome?.result;
  line(doc, result ? words[result] : review ? words.retake : '–', MARGIN, y, {
    ...{ size: 20, bold: true, width, colour: COLOURS[result ?? 'ungradable'] },
  });
  let at = y + 30;
  if (!review) {
    line(doc, words.unsigned, MARGIN, at, { size: 11, bold: true, colour: COLOURS.positive, width });
    at += 18;
  }
  if (outcome) {
    const text = `${words.byModels}: ${words[outcome.result]}. ${outcome.say} ${outcome.next} (${outcome.rule})`;
    at = lines(doc, text, MARGIN, at, 3, { width, colour: FAINT });
  }
  return at + 10;
}

function drawEye(doc: Doc, eye: ReportEye, data: ReportData, words: Messages, x: number, y: number): void {
  line(doc, words[eye.eye ?? 'unknownEye'], x, y, { size: 12, bold: true });
  const signed = eye.eye && data.review?.grades[eye.eye];
  const said = signed ?? eye;
  line(doc, said.result ? `${words[said.result]}${said.level ? ` · ${said.level}` : ''}` : '–', x, y + 17, {
    colour: COLOURS[said.result ?? 'ungradable'],
  });
  const [image, ...more] = eye.images;
  const top = y + 34;
  if (!image) {
    doc.rect(x, top, COLUMN, PICTURE).lineWidth(0.5).strokeColor(LINE).stroke();
    line(doc, words.noImage, x + 12, top + PICTURE / 2 - 6, { colour: FAINT });
    return;
  }
  doc.rect(x, top, COLUMN, PICTURE).fill('#000000');
  doc.image(Buffer.from(image.jpeg), x, top, { fit: [COLUMN, PICTURE], align: 'center', valign: 'center' });
  let at = top + PICTURE + 6;
  const name = `${image.fileName}${more.length > 0 ? ` (+${more.length})` : ''}`;
  line(doc, name, x, at, { size: 8, colour: FAINT });
  at += 13;
  if (image.quality) {
    line(doc, `${words.quality}: ${words[image.quality as 'good'] ?? image.quality}`, x, at);
    at += 15;
  }
  if (image.refusal) {
    lines(doc, `${words.notRead}: ${image.refusal}`, x, at, 3, {});
    return;
  }
  const percent = new Intl.NumberFormat(data.language, { style: 'percent', maximumFractionDigits: 1 });
  for (const { name: finding, probability } of image.findings.slice(0, FINDINGS)) {
    line(doc, finding, x, at, { width: COLUMN * 0.55 });
    doc.rect(x + COLUMN * 0.57, at + 3, COLUMN * 0.25, 5).fill('#ececec');
    doc
      .rect(x + COLUMN * 0.57, at + 3, COLUMN * 0.25 * Math.min(1, Math.max(0, probability)), 5)
      .fill('#3d5a80');
    line(doc, percent.format(probability), x + COLUMN * 0.84, at, { width: COLUMN * 0.2 });
    at += 14;
  }
  lines(doc, words.probabilities, x, at + 2, 2, { size: 7, colour: FAINT });
}

function drawReview(doc: Doc, { review, language }: ReportData, words: Messages): void {
  if (!review) return;
  const y = 640;
  const width = WIDTH - 2 * MARGIN;
  rule(doc, y);
  line(
    doc,
    `${words.byReader}: ${review.reader} (${review.role}) · ${words[review.decision]}`,
    MARGIN,
    y + 10,
    {
      ...{ size: 11, bold: true, width },
    },
  );
  line(doc, `${words.signed} ${moment(review.signedAt, language)}`, MARGIN, y + 28, { width, colour: FAINT });
  if (review.comment) lines(doc, `${words.comment}: ${review.comment}`, MARGIN, y + 46, 5, { width });
}

function drawFoot(doc: Doc, data: ReportData, words: Messages): void {
  const width = WIDTH - 2 * MARGIN;
  const y = HEIGHT - 74;
  const closing = data.template.closing[data.language];
  if (closing) lines(doc, closing, MARGIN, y - 30, 2, { width });
  rule(doc, y);
  line(doc, words.disclaimer, MARGIN, y + 8, { bold: true, width, size: 8 });
  if (data.language !== 'en')
    line(doc, MESSAGES.en.disclaimer, MARGIN, y + 20, { width, size: 7, colour: FAINT });
  const images = data.eyes.flatMap(({ images }) => images);
  const models = new Set(
    images.flatMap(({ model }) =>
      model ? `${model.name} ${model.version} ${model.sha256.slice(0, 8)}` : [],
    ),
  );
  const text = [
    `Fovea ${data.version}`,
    ...models,
    ...images.map(({ sha256 }) => `SHA-256 ${sha256.slice(0, 12)}…`),
    `${words.made} ${moment(data.createdAt, data.language)}`,
  ].join(' · ');
  lines(doc, text, MARGIN, y + 31, 2, { width, size: 7, colour: FAINT });
}
