import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseCsv } from '../formats/csv.ts';
import { encodeJpeg } from '../image/index.ts';
import { LANGUAGES, PLAIN, type ReportData, readTemplate, renderReport } from './index.ts';
import { piecesOf } from './text.ts';

const jpeg = await encodeJpeg({
  width: 32,
  height: 32,
  channels: 3,
  data: new Uint8Array(32 * 32 * 3).fill(90),
});
const data = (over: Partial<ReportData> = {}): ReportData => ({
  ...{
    language: 'en',
    clinic: 'Eye clinic',
    template: PLAIN,
    date: '2026-01-31',
    version: '1.2.3',
    createdAt: '2026-02-01T10:00:00.000Z',
  },
  patient: { identifier: 'P7', name: 'Zoë Łukasz Ψ Ж', birthDate: '1950-02-03', sex: 'female' },
  outcome: { result: 'positive', say: 'Moderate.', next: 'refer', rule: 'ICDR 1' },
  eyes: [
    {
      ...{ eye: 'OD', result: 'positive', level: 'moderate' },
      images: [
        {
          ...{ fileName: '=7_right.jpg', sha256: 'a'.repeat(64), jpeg, quality: 'good', refusal: null },
          model: { name: 'm', version: '1', sha256: 'b'.repeat(64) },
          findings: [{ name: 'Diabetic retinopathy', probability: 0.873 }],
          explanation: { jpeg, text: 'The map points to <the> disc.' },
        },
      ],
    },
  ],
  review: {
    ...{
      reader: 'Dr Anna',
      role: 'reader',
      decision: 'changed',
      result: 'negative',
      comment: 'Drusen only.',
    },
    grades: { OD: { result: 'negative', level: 'none' } },
    signedAt: '2026-02-01T09:00:00.000Z',
  },
  ...over,
});
const text = async (of: ReportData, format: 'html' | 'json' | 'csv') =>
  Buffer.from(await renderReport(of, format)).toString();
const pages = (pdf: Uint8Array) =>
  Buffer.from(pdf)
    .toString('latin1')
    .match(/\/Type \/Page\b/g)?.length;

describe('a report', () => {
  for (const language of LANGUAGES)
    test(`in ${language} is one page, and the same bytes each time`, async () => {
      const pdf = await renderReport(data({ language }), 'pdf');
      assert.equal(pages(pdf), 1);
      assert.deepEqual(await renderReport(data({ language }), 'pdf'), pdf);
      assert.match(await text(data({ language }), 'html'), /<html lang="/);
    });

  test('stays one page, whatever is written into it', async () => {
    const long = `<script>alert(1)</script> \u202e\u0000 ${'word '.repeat(3000)}${'x'.repeat(9000)}`;
    const { patient, review, eyes } = data();
    const hostile = data({
      ...{ clinic: long, patient: { ...patient, name: long }, review: { ...review!, comment: long } },
      eyes: [
        {
          ...eyes[0]!,
          images: Array.from({ length: 30 }, () => ({ ...eyes[0]!.images[0]!, fileName: long })),
        },
      ],
    });
    assert.equal(pages(await renderReport(hostile, 'pdf')), 1);
    const html = await text(hostile, 'html');
    assert.doesNotMatch(html, /<script|\u202e|\u0000/);
  });

  test('says the reader’s word, and the models’ beside it', async () => {
    const html = await text(data(), 'html');
    assert.match(html, /<strong>Negative<\/strong>/);
    assert.match(html, /Models and rule: Positive/);
    assert.match(html, /Dr Anna \(reader\) · overruled/);
    assert.match(html, /Research use only/);
    assert.match(html, /Where the model looked.*The map points to &#60;the&#62; disc\./);
    assert.doesNotMatch(html, /UNSIGNED/);
  });

  test('that nobody signed says so', async () =>
    assert.match(await text(data({ review: null }), 'html'), /UNSIGNED DRAFT/));

  test('as JSON and CSV holds no pictures and begins no formula', async () => {
    const json = JSON.parse(await text(data(), 'json'));
    assert.deepEqual([json.patient.identifier, json.eyes[0].images[0].jpeg], ['P7', undefined]);
    assert.match(
      await text(data(), 'csv'),
      /P7,2026-01-31,OD,'=7_right\.jpg,a{64},good,negative,none,Dr Anna,changed/,
    );
  });

  test('says in each format that it is for research, in its own language', async () => {
    const json = JSON.parse(await text(data(), 'json'));
    assert.match(json.disclaimer, /^Research use only\. Not a medical device\./);
    const [head, ...rows] = parseCsv(await text(data({ language: 'de' }), 'csv'));
    assert.deepEqual([head!.at(-1), rows.length, rows[0]!.length], ['disclaimer', 1, head!.length]);
    assert.match(rows[0]!.at(-1)!, /Forschung/);
  });

  test('wears what the clinic’s template says', async () => {
    const logo = `data:image/jpeg;base64,${Buffer.from(jpeg).toString('base64')}`;
    const template = readTemplate({
      ...{ address: ['1 <High> Street', 'Town'], logo, colour: '#0a5c8a' },
      closing: { en: 'Bring this page along.' },
    });
    const html = await text(data({ template }), 'html');
    assert.match(html, /1 &#60;High&#62; Street<br>Town/);
    assert.match(html, /<h1 style="color:#0a5c8a">/);
    assert.match(html, /Bring this page along\./);
    assert.ok(html.includes(logo));
    const pdf = await renderReport(data({ template }), 'pdf');
    assert.equal(pages(pdf), 1);
    assert.notDeepEqual(await renderReport(data(), 'pdf'), pdf);
  });

  test('has no template that could bring in anything else', () => {
    for (const [template, expected] of [
      ['text', /no object/],
      [{ script: 'x' }, /knows no "script"/],
      [{ address: ['a', 'b', 'c', 'd', 'e'] }, /address/],
      [{ colour: 'red;background:url(//x)' }, /colour/],
      [{ logo: 'https://example.org/logo.png' }, /logo/],
      [{ logo: 'data:image/svg+xml;base64,PHN2Zz4=' }, /logo/],
      [{ logo: `data:image/png;base64,${Buffer.from('<script>'.repeat(20)).toString('base64')}` }, /logo/],
      [{ closing: { xx: 'a' } }, /language of closing/],
      [{ closing: { en: 'x'.repeat(401) } }, /closing/],
      [{ language: 'xx' }, /language/],
    ] as const)
      assert.throws(() => readTemplate(template), { code: 'REQUEST_INVALID', message: expected });
  });

  test('writes days, moments, figures and roles as its language does, on paper and on the page alike', async () => {
    const html = await text(data({ language: 'de' }), 'html');
    assert.match(html, /Geboren 3\. Februar 1950 · weiblich · Untersuchung 31\. Januar 2026/);
    assert.match(html, /<td>87,3\s%<\/td>/);
    assert.match(html, /Dr Anna \(Befunder\) · geändert · Unterschrieben 01\.02\.2026, 09:00 UTC/);
    assert.match(html, /Erstellt 01\.02\.2026, 10:00 UTC/);
  });

  test('stands on paper in the order in which it is read', () => {
    const shown = (text: string, isRtl: boolean) =>
      piecesOf(text, isRtl)
        .map((piece) => piece.text)
        .join('');
    assert.equal(shown('Patient (P7)', false), 'Patient (P7)');
    // From the right: the Arabic word, then the Latin one in brackets that open towards it.
    assert.equal(shown('مريض (P7) 12', true), '12 (P7) مريض');
    assert.equal(shown('Name فاطمة الزهراء, 3', false), 'Name 3 ,الزهراء فاطمة');
    // Letters of no font that is there.
    assert.equal(shown('視', false), '?');
    // Joiners stay in their word.
    assert.deepEqual(piecesOf('क्\u200dष', false), [{ face: 'devanagari', text: 'क्\u200dष' }]);
  });

  test('in Arabic runs from right to left, with the right eye at the left all the same', async () => {
    const html = await text(data({ language: 'ar' }), 'html');
    assert.match(html, /<html lang="ar" dir="rtl">/);
    assert.match(html, /main\{direction:ltr\}/);
    assert.match(html, /<section dir="rtl">/);
  });

  test('says what the shipped models and rules say in its own language, and what others say as they say it', async () => {
    const { eyes } = data();
    const image = eyes[0]!.images[0]!;
    const mixed = data({
      ...{ language: 'de', review: null },
      eyes: [
        {
          ...eyes[0]!,
          images: [{ ...image, findings: [...image.findings, { name: 'Own class', probability: 0.1 }] }],
        },
      ],
    });
    const html = await text(mixed, 'html');
    assert.match(html, /Positiv · mäßig/);
    assert.match(html, /Diabetische Retinopathie/);
    assert.match(html, /Own class/);
  });
});
