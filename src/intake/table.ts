import { FoveaError } from '../core/errors.ts';
import { parseCsv } from '../formats/csv.ts';
import { birthDayOf, dayOf } from './day.ts';
import { type Eye, eyeOfWord } from './eye.ts';

/** What a table tells of a file. */
export interface TableRow {
  readonly patient?: string;
  readonly name?: string;
  readonly birthDate?: string;
  readonly sex?: 'female' | 'male' | 'other';
  readonly eye?: Eye;
  readonly date?: string;
  readonly camera?: string;
  readonly operator?: string;
}

/** Rows of a table by file. */
export interface FileTable {
  readonly rows: number;
  /** By the whole path first, else by the name alone where that is of one row. */
  of(name: string): TableRow | undefined;
  /** Files that rows speak of and none of these names is. */
  missing(names: Iterable<string>): string[];
}

/** Column → what it is called, in lower case without marks. */
const COLUMNS: Record<'file' | keyof TableRow, readonly string[]> = {
  file: ['file', 'filename', 'image', 'imagename', 'path', 'imageid'],
  patient: ['patient', 'patientid', 'id', 'mrn', 'subject', 'subjectid', 'identifier'],
  name: ['name', 'patientname', 'fullname'],
  birthDate: ['birthdate', 'dateofbirth', 'dob', 'born'],
  sex: ['sex', 'gender', 'patientsex'],
  eye: ['eye', 'laterality', 'side'],
  date: ['date', 'visit', 'visitdate', 'examdate', 'studydate', 'acquisitiondate'],
  camera: ['camera', 'device', 'model'],
  operator: ['operator', 'photographer', 'technician'],
};
const SEXES: Record<string, TableRow['sex']> = {
  ...{ f: 'female', female: 'female', w: 'female', m: 'male', male: 'male' },
  ...{ o: 'other', other: 'other', x: 'other' },
};
/** Problems that a refusal names. */
const NAMED = 5;

/**
 * Reads a table of files: CSV with commas, semicolons or tabs. Nothing in it is passed over in silence.
 *
 * @throws FoveaError `REQUEST_INVALID`, naming rows
 */
export function readFileTable(text: string): FileTable {
  const first = text.slice(0, text.search(/\r?\n|$/));
  const separator = [',', ';', '\t'].reduce((a, b) =>
    first.split(b).length > first.split(a).length ? b : a,
  );
  const [header = [], ...rows] = parseCsv(text, separator);
  const columns = new Map<keyof typeof COLUMNS, number>();
  for (const [column, names] of Object.entries(COLUMNS) as [keyof typeof COLUMNS, string[]][]) {
    const at = header.findIndex((title) => names.includes(title.toLowerCase().replace(/[^a-z]/g, '')));
    if (at >= 0) columns.set(column, at);
  }
  if (!columns.has('file'))
    throw new FoveaError('REQUEST_INVALID', {
      reason: 'the table has no column of files',
      expected: 'columns file, patient, eye, date, name, birth date, sex, camera, operator',
      received: header.join(', ').slice(0, 200) || 'nothing',
    });
  const problems: string[] = [];
  const byPath = new Map<string, TableRow>();
  const byName = new Map<string, TableRow | null>();
  rows.forEach((fields, i) => {
    const cell = (column: keyof typeof COLUMNS) => fields[columns.get(column) ?? -1]?.trim() || undefined;
    // A spreadsheet counts from one, and the header is its first.
    const read = <T>(column: keyof typeof COLUMNS, as: (text: string) => T | undefined) => {
      const given = cell(column);
      const value = given === undefined ? undefined : as(given);
      if (given !== undefined && value === undefined)
        problems.push(
          `row ${i + 2}: "${given.slice(0, 40)}" is no ${column === 'birthDate' ? 'birth date' : column}`,
        );
      return value;
    };
    const file = cell('file');
    if (!file) {
      problems.push(`row ${i + 2} names no file`);
      return;
    }
    const path = file.replaceAll('\\', '/').toLowerCase();
    if (byPath.has(path)) problems.push(`row ${i + 2}: "${file.slice(0, 40)}" is named twice`);
    const row = {
      ...optional('patient', cell('patient')),
      ...optional('name', cell('name')),
      ...optional('birthDate', read('birthDate', birthDayOf)),
      ...optional(
        'sex',
        read('sex', (word) => SEXES[word.toLowerCase()]),
      ),
      ...optional('eye', read('eye', eyeOfWord)),
      ...optional('date', read('date', dayOf)),
      ...optional('camera', cell('camera')),
      ...optional('operator', cell('operator')),
    } as TableRow;
    byPath.set(path, row);
    for (const name of new Set([nameOf(path), nameOf(path).replace(/\.[^.]*$/, '')]))
      byName.set(name, byName.has(name) ? null : row);
  });
  if (problems.length > 0)
    throw new FoveaError('REQUEST_INVALID', {
      reason: `the table has ${problems.length} ${problems.length === 1 ? 'fault' : 'faults'}: ${problems.slice(0, NAMED).join('; ')}`,
      expected: 'days as 2026-01-31, eyes as OD or OS, sex as female, male or other, each file once',
    });
  const of = (name: string) => {
    const path = name.replaceAll('\\', '/').toLowerCase();
    const bare = nameOf(path);
    return byPath.get(path) ?? byName.get(bare) ?? byName.get(bare.replace(/\.[^.]*$/, '')) ?? undefined;
  };
  return {
    rows: rows.length,
    of,
    missing: (names) => {
      const came = new Set<TableRow>();
      for (const name of names) {
        const row = of(name);
        if (row) came.add(row);
      }
      return [...byPath].filter(([, row]) => !came.has(row)).map(([path]) => path);
    },
  };
}

const nameOf = (path: string) => path.split('/').at(-1)!;
const optional = <V>(key: string, value: V | undefined) => (value === undefined ? {} : { [key]: value });
