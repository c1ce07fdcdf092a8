/** What leaves the house: tables and reports. */
export { type Table, toCsv, toXlsx } from './table.ts';
