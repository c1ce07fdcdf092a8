import { buffer } from 'node:stream/consumers';
import PDFDocument from 'pdfkit';
import { dayIn, momentIn, percentIn, roleIn } from './format.ts';
import { MESSAGES, type Messages } from './messages.ts';
import { isRtl, type ReportData, type ReportEye, type ReportImage } from './report.ts';
import { termIn } from './terms.ts';
import { type Doc, line, lines, registerFaces } from './text.ts';

/** A4 in points (ISO 216), and its margin. */
const [WIDTH, HEIGHT, MARGIN] = [595.28, 841.89, 42];
const COLUMN = (WIDTH - 3 * MARGIN) / 2;
const PICTURE = 190;
/** Side of the map of what the answer rests on, and where the reader's word begins below. */
const MAP = 84;
const REVIEW_AT = 640;
const LOGO: [width: number, height: number] = [113, 44];
const [INK, FAINT, LINE] = ['#1a1a1a', '#5c5c5c', '#c8c8c8'];
/** Okabe–Ito, told apart by the colour-blind; the word beside says the same. */
const COLOURS = { negative: '#00684a', positive: '#a33c00', ungradable: '#5c5c5c' };
/** Findings of an image that fit below it. */
const FINDINGS = 6;

/**
 * The report as one A4 page. The same data make the same bytes.
 *
 * @throws Error where a picture is no JPEG
 */
export async function renderPdf(data: ReportData): Promise<Uint8Array> {
  const words = MESSAGES[data.language];
  const plain = new PDFDocument({
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
  const doc: Doc = Object.assign(plain, { isRtl: isRtl(data.language) });
  const bytes = buffer(doc as never);
  registerFaces(doc);
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

const rule = (doc: Doc, y: number) =>
  doc
    .moveTo(MARGIN, y)
    .lineTo(WIDTH - MARGIN, y)
    .lineWidth(0.5)
    .strokeColor(LINE)
    .stroke();

function drawHead(doc: Doc, data: ReportData, words: Messages): void {
  const { clinic, patient, date, language, template } = data;
  const width = WIDTH - 2 * MARGIN;
  const [logoWidth] = LOGO;
  const beside = template.logo ? width - logoWidth - 12 : width;
  // The logo stands at the end of the line, the text at its beginning.
  const [textAt, logoAt] = doc.isRtl
    ? [WIDTH - MARGIN - beside, MARGIN]
    : [MARGIN, WIDTH - MARGIN - logoWidth];
  line(doc, words.title, textAt, 36, {
    ...{ size: 18, bold: true, width: beside, colour: template.colour ?? INK },
  });
  line(doc, [clinic, ...template.address].filter(Boolean).join(' · '), textAt, 62, {
    ...{ size: 10, colour: FAINT, width: beside },
  });
  if (template.logo)
    doc.image(Buffer.from(template.logo), logoAt, 32, {
      ...{ fit: LOGO, align: doc.isRtl ? undefined : 'right', valign: 'center' },
    });
  rule(doc, 82);
  const about = [
    patient.birthDate && `${words.born} ${dayIn(language, patient.birthDate)}`,
    patient.sex && words[patient.sex],
  ].filter(Boolean);
  line(doc, `${words.patient} ${patient.identifier}${patient.name ? ` · ${patient.name}` : ''}`, MARGIN, 90, {
    ...{ size: 11, bold: true, width },
  });
  line(doc, [...about, `${words.visit} ${dayIn(language, date)}`].join(' · '), MARGIN, 107, {
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
  const width = COLUMN;
  line(doc, words[eye.eye ?? 'unknownEye'], x, y, { size: 12, bold: true, width });
  const signed = eye.eye && data.review?.grades[eye.eye];
  const said = signed ?? eye;
  line(
    doc,
    said.result ? `${words[said.result]}${said.level ? ` · ${termIn(data.language, said.level)}` : ''}` : '–',
    x,
    y + 17,
    {
      ...{ colour: COLOURS[said.result ?? 'ungradable'], width },
    },
  );
  const [image, ...more] = eye.images;
  const top = y + 34;
  if (!image) {
    doc.rect(x, top, COLUMN, PICTURE).lineWidth(0.5).strokeColor(LINE).stroke();
    line(doc, words.noImage, x + 12, top + PICTURE / 2 - 6, { colour: FAINT, width: width - 24 });
    return;
  }
  doc.rect(x, top, COLUMN, PICTURE).fill('#000000');
  doc.image(Buffer.from(image.jpeg), x, top, { fit: [COLUMN, PICTURE], align: 'center', valign: 'center' });
  let at = top + PICTURE + 6;
  const name = `${image.fileName}${more.length > 0 ? ` (+${more.length})` : ''}`;
  line(doc, name, x, at, { size: 8, colour: FAINT, width, isLtr: true });
  at += 13;
  if (image.quality) {
    line(doc, `${words.quality}: ${words[image.quality as 'good'] ?? image.quality}`, x, at, { width });
    at += 15;
  }
  if (image.refusal) {
    lines(doc, `${words.notRead}: ${image.refusal}`, x, at, 3, { width });
    return;
  }
  // Shares of the column, from where the language begins.
  const box = (from: number, share: number) => ({
    left: x + COLUMN * (doc.isRtl ? 1 - from - share : from),
    width: COLUMN * share,
  });
  const [nameBox, barBox, figureBox] = [box(0, 0.55), box(0.57, 0.25), box(0.84, 0.16)];
  for (const { name: finding, probability } of image.findings.slice(0, FINDINGS)) {
    line(doc, termIn(data.language, finding), nameBox.left, at, { width: nameBox.width });
    doc.rect(barBox.left, at + 3, barBox.width, 5).fill('#ececec');
    const filled = barBox.width * Math.min(1, Math.max(0, probability));
    doc
      .rect(doc.isRtl ? barBox.left + barBox.width - filled : barBox.left, at + 3, filled, 5)
      .fill('#3d5a80');
    line(doc, percentIn(data.language, probability), figureBox.left, at, { width: figureBox.width });
    at += 14;
  }
  at = lines(doc, words.probabilities, x, at + 2, 2, { size: 7, colour: FAINT, width }) + 6;
  if (image.explanation) drawExplanation(doc, image.explanation, words, x, at);
}

function drawExplanation(
  doc: Doc,
  { jpeg, text }: NonNullable<ReportImage['explanation']>,
  words: Messages,
  x: number,
  y: number,
): void {
  const height = REVIEW_AT - 8 - y;
  if (height < 24) return;
  const side = jpeg ? Math.min(MAP, height) : 0;
  const beside = side > 0 ? side + 8 : 0;
  if (jpeg)
    doc.image(Buffer.from(jpeg), doc.isRtl ? x + COLUMN - side : x, y, {
      fit: [side, side],
      align: 'center',
    });
  const [textAt, width] = [doc.isRtl ? x : x + beside, COLUMN - beside];
  line(doc, words.explanation, textAt, y, { size: 8, bold: true, width });
  lines(doc, text, textAt, y + 12, Math.floor((height - 12) / 10), {
    ...{ size: 7, colour: FAINT, width, isLtr: true },
  });
}

function drawReview(doc: Doc, { review, language }: ReportData, words: Messages): void {
  if (!review) return;
  const y = REVIEW_AT;
  const width = WIDTH - 2 * MARGIN;
  rule(doc, y);
  line(
    doc,
    `${words.byReader}: ${review.reader} (${roleIn(words, review.role)}) · ${words[review.decision]}`,
    MARGIN,
    y + 10,
    {
      ...{ size: 11, bold: true, width },
    },
  );
  line(doc, `${words.signed} ${momentIn(language, review.signedAt)}`, MARGIN, y + 28, {
    width,
    colour: FAINT,
  });
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
    line(doc, MESSAGES.en.disclaimer, MARGIN, y + 20, { width, size: 7, colour: FAINT, isLtr: true });
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
    `${words.made} ${momentIn(data.language, data.createdAt)}`,
  ].join(' · ');
  lines(doc, text, MARGIN, y + 31, 2, { width, size: 7, colour: FAINT, isLtr: true });
}
