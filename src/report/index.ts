/** What leaves the house: tables and reports. */
export { FORMATS, type Format, MEDIA_TYPES, renderReport } from './render.ts';
export { LANGUAGES, type Language, type ReportData, type ReportEye, type ReportImage } from './report.ts';
export { type Table, toCsv, toXlsx } from './table.ts';
export { PLAIN, readTemplate, type Template } from './template.ts';
