import { renderHtml } from './html.ts';
import { MESSAGES } from './messages.ts';
import { renderPdf } from './pdf.ts';
import type { ReportData } from './report.ts';
import { toCsv } from './table.ts';

export const FORMATS = ['pdf', 'html', 'json', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

export const MEDIA_TYPES: Readonly<Record<Format, string>> = {
  pdf: 'application/pdf',
  html: 'text/html; charset=utf-8',
  json: 'application/json',
  csv: 'text/csv; charset=utf-8',
};

/** The report in a format. JSON is the data without the pictures; CSV is a row an image. Each says that it is for research. */
export async function renderReport(data: ReportData, format: Format): Promise<Uint8Array> {
  const { disclaimer } = MESSAGES[data.language];
  switch (format) {
    case 'pdf':
      return renderPdf(data);
    case 'html':
      return Buffer.from(renderHtml(data));
    case 'json':
      return Buffer.from(
        JSON.stringify(
          { ...data, disclaimer },
          (key, value) => (key === 'jpeg' || key === 'template' ? undefined : value),
          2,
        ),
      );
    case 'csv':
      return Buffer.from(toCsv(tableOf(data, disclaimer)));
  }
}

/** The disclaimer is a column: a line of its own would be no row of the table. */
function tableOf({ patient, date, eyes, review, outcome }: ReportData, disclaimer: string) {
  const columns = [
    'patient',
    'date',
    'eye',
    'file',
    'sha256',
    'quality',
    'result',
    'level',
    'reader',
    'decision',
    'disclaimer',
  ];
  const rows = eyes.flatMap(({ eye, result, level, images }) => {
    const said = (eye && review?.grades[eye]) || { result, level };
    return images.map(({ fileName, sha256, quality }) => [
      ...[patient.identifier, date, eye, fileName, sha256, quality],
      ...[
        said.result ?? outcome?.result ?? null,
        said.level,
        review?.reader ?? null,
        review?.decision ?? null,
        disclaimer,
      ],
    ]);
  });
  return { columns, rows };
}
