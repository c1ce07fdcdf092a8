import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { writeZip } from '../formats/zip-writer.ts';
import {
  guessPattern,
  inMemory,
  knownOf,
  localDay,
  openArchive,
  readFileTable,
  readName,
  readPattern,
  safeName,
  watchFolder,
} from './index.ts';

const bytes = Buffer.from('no picture');

describe('a name tells, where nobody said how', () => {
  for (const [name, expected] of [
    ['123_left.jpg', { patient: '123', eye: 'OS' }],
    ['10_right.jpeg', { patient: '10', eye: 'OD' }],
    ['P0012-OS.png', { patient: 'P0012', eye: 'OS' }],
    ['subject12_R_20240131.tif', { patient: 'subject12', eye: 'OD', date: '2024-01-31' }],
    ['A7_2024-01-31_OD_2.jpg', { patient: 'A7', eye: 'OD', date: '2024-01-31' }],
    ['camp/0815/2024-01-31/OD1.jpg', { patient: '0815', eye: 'OD', date: '2024-01-31' }],
    ['camp\\0815\\left.jpg', { patient: '0815', eye: 'OS' }],
    // Nobody's number: everybody's "fundus" would become one patient.
    ['fundus_left.jpg', {}],
    ['IMG_0001.jpg', {}],
    ['12_rightmost.jpg', {}],
  ] as const) {
    test(name, async () => {
      const { patient, eye, date } = await knownOf(name, bytes, {});
      assert.deepEqual(JSON.parse(JSON.stringify({ patient, eye, date })), expected);
    });
  }
});

describe('a pattern', () => {
  test('reads patient, eye, date and field', () =>
    assert.deepEqual(
      readName('x/Müller 7__le__20240229__macula.jpg', readPattern('{patient}__{eye}__{date}__{field}')),
      {
        ...{ patient: 'Müller 7', eye: 'OS', date: '2024-02-29', field: 'macula' },
      },
    ));
  test('does not fit a day that there is not', () =>
    assert.equal(readName('7_20230229.jpg', readPattern('{patient}_{date}')), undefined));
  test('takes all else as it stands', () =>
    assert.equal(readName('7xOD.jpg', readPattern('{patient}.{eye}')), undefined));
  for (const wrong of ['', 'abc', '{eye}', '{patient}{patient}', '{patient}{name}', '{patient}*********'])
    test(`${wrong || 'nothing'} is refused`, () =>
      assert.throws(() => readPattern(wrong), { code: 'REQUEST_INVALID' }));
  test('is guessed from names', () => {
    const { pattern, matched, of, examples } = guessPattern(['1_left.jpg', '1_right.jpg', 'x.jpg']);
    assert.deepEqual([pattern, matched, of], ['{patient}_{eye}*', 2, 3]);
    assert.deepEqual(examples[1], { name: '1_right.jpg', patient: '1', eye: 'OD', date: null });
  });
  test('answers at once, whatever the name', () =>
    fc.assert(
      fc.property(fc.string({ maxLength: 1200 }), (name) => {
        readName(name, readPattern('{patient}_{field}_*_{eye}*'));
      }),
    ));
});

describe('a table', () => {
  const text =
    '\ufeffFile;Patient ID;Eye;Date;Name;DOB;Sex\r\nA.jpg;7;left;31.01.2024;"Zoë; B";1950-02-03;F\r\n';
  test('tells of files by name, whatever its separators and titles', () =>
    assert.deepEqual(readFileTable(text).of('dir/a.jpg'), {
      ...{
        patient: '7',
        name: 'Zoë; B',
        birthDate: '1950-02-03',
        sex: 'female',
        eye: 'OS',
        date: '2024-01-31',
      },
    }));
  test('is believed before the name', async () => {
    const known = await knownOf('9_right.jpg', bytes, {
      table: readFileTable('file,patient,eye\n9_right.jpg,8,OS\n'),
    });
    assert.deepEqual([known.patient, known.eye, known.eyeSource], ['8', 'OS', 'table']);
  });
  for (const [what, wrong, says] of [
    ['without files', 'a,b\n1,2\n', /no column of files/],
    [
      'with a day that can be read in two ways',
      'file,date\nx,01/02/2024\n',
      /row 2: "01\/02\/2024" is no date/,
    ],
    ['with somebody not yet born', 'file,dob\nx,2190-01-01\n', /row 2: "2190-01-01" is no birth date/],
    ['with a file twice', 'file\nx\nX\n', /named twice/],
    ['with an eye that is none', 'file,eye\nx,both\n', /row 2: "both" is no eye/],
  ] as const)
    test(`${what} is refused`, () =>
      assert.throws(() => readFileTable(wrong), { code: 'REQUEST_INVALID', message: says }));
});

test('a name that is shown holds no tricks', () => {
  assert.equal(safeName('../../etc/pass\u202ewd\u0000'), 'etc/passwd');
  assert.equal(safeName('..\\'), 'unnamed');
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (name) => {
      const safe = safeName(name);
      assert.ok(safe.length > 0 && safe.length <= 500 && !/\p{Cc}/u.test(safe));
      assert.ok(!safe.split('/').includes('..') && !safe.startsWith('/'));
      assert.equal(safeName(safe), safe);
    }),
  );
});

describe('an archive', () => {
  const inside = (zip: Uint8Array) => openArchive(inMemory(zip));

  test('gives its files, but for hidden ones and those of systems', async () => {
    const files = await inside(
      writeZip({
        ...{ 'a/1.jpg': bytes, '__MACOSX/a': bytes, '.DS_Store': bytes, 'a/Thumbs.db': bytes },
        '../2.jpg': bytes,
      }),
    );
    assert.deepEqual(
      files.map(({ name }) => name),
      ['a/1.jpg', '../2.jpg'],
    );
    assert.deepEqual(Buffer.from(await files[0]!.open()), bytes);
  });
  test('on the disk is read in parts: its directory, then what is asked for', async () => {
    const zip = writeZip({ 'a.jpg': new Uint8Array(5_000_000), 'b.jpg': bytes });
    let read = 0;
    const source = {
      size: zip.length,
      read: async (at: number, length: number) => {
        read += length;
        return zip.subarray(at, at + length);
      },
    };
    const files = await openArchive(source);
    assert.deepEqual(Buffer.from(await files[1]!.open()), bytes);
    assert.ok(read < 70_000, `${read} bytes read`);
  });
  test('that is a bomb is refused before anything is unpacked', async () => {
    const zip = Buffer.from(writeZip({ 'a.jpg': bytes }));
    // What the directory says that it unpacks to (APPNOTE.TXT 4.3.12).
    zip.writeUInt32LE(1_000_000_000, zip.indexOf('PK\x01\x02') + 24);
    await assert.rejects(inside(zip), { code: 'ARCHIVE_TOO_LARGE' });
  });
  test('that is a bomb and lies about its size is stopped at that size', async () => {
    const zip = Buffer.from(zipSync({ 'a.jpg': new Uint8Array(50_000_000) }, { level: 9 }));
    for (const [record, at] of [
      ['PK\x01\x02', 24],
      ['PK\x03\x04', 22],
    ] as const)
      zip.writeUInt32LE(1000, zip.indexOf(record) + at);
    const [file] = await inside(zip);
    const before = process.memoryUsage().arrayBuffers;
    await assert.rejects(file!.open(), { code: 'ARCHIVE_DAMAGED' });
    const taken = process.memoryUsage().arrayBuffers - before;
    assert.ok(taken < 30_000_000, `${taken} bytes taken`);
  });
  test('with a link gives neither what it says nor what it leads to', async () => {
    const link = [Buffer.from('/etc/passwd'), { os: 3, attrs: 0o120777 << 16 }] as const;
    const [file, other] = await inside(zipSync({ 'a.jpg': [...link], 'b.jpg': bytes }));
    await assert.rejects(file!.open(), { code: 'FILE_IS_LINK' });
    assert.deepEqual(Buffer.from(await other!.open()), bytes);
  });
  test('of too many files is refused', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 20_001 }, (_, i) => [`${i}`, bytes.subarray(0, 1)]),
    );
    await assert.rejects(inside(writeZip(files)), { code: 'ARCHIVE_TOO_LARGE' });
  });
  test('that is cut off is refused', () =>
    assert.rejects(inside(writeZip({ a: bytes }).subarray(0, 40)), { code: 'ARCHIVE_DAMAGED' }));
  test('with an altered file is refused at that file', async () => {
    const zip = writeZip({ 'a.jpg': Buffer.from('0123456789'.repeat(10)) });
    zip[40]! ^= 0xff;
    const [file] = await inside(zip);
    await assert.rejects(file!.open(), { code: 'ARCHIVE_DAMAGED' });
  });
});

test('the day is that of the place, not of Greenwich', (t) => {
  const zone = process.env.TZ;
  t.after(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });
  const evening = new Date('2026-01-31T20:30:00Z');
  for (const [place, day] of [
    ['Asia/Kolkata', '2026-02-01'],
    ['Europe/London', '2026-01-31'],
    ['Pacific/Honolulu', '2026-01-31'],
    ['Pacific/Kiritimati', '2026-02-01'],
  ] as const) {
    process.env.TZ = place;
    assert.equal(localDay(evening), day, place);
  }
});

test('a watched folder is not left by a link', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fovea-watch-'));
  const outside = await mkdtemp(join(tmpdir(), 'fovea-outside-'));
  await writeFile(join(outside, 'secret.jpg'), 'x');
  await symlink(outside, join(folder, 'a'));
  await symlink(join(outside, 'secret.jpg'), join(folder, 'b.jpg'));
  await writeFile(join(folder, 'c.jpg'), 'x');
  const stop = new AbortController();
  const names: string[] = [];
  setTimeout(() => stop.abort(), 500);
  for await (const { name } of watchFolder(folder, { settle: 20, every: 10, signal: stop.signal }))
    names.push(name);
  assert.deepEqual(names, ['c.jpg']);
  await Promise.all([folder, outside].map((each) => rm(each, { recursive: true })));
});

test('a watched folder gives each file once it is whole, and waits for the folder to come back', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fovea-watch-'));
  const stop = new AbortController();
  const watched = watchFolder(folder, { settle: 60, every: 20, signal: stop.signal });
  await writeFile(join(folder, 'a.jpg'), 'one');
  const first = watched.next();
  await appendFile(join(folder, 'a.jpg'), ' two');
  assert.equal((await first).value?.name, 'a.jpg');
  await rm(folder, { recursive: true });
  const second = watched.next();
  await mkdir(join(folder, 'sub'), { recursive: true });
  await writeFile(join(folder, 'sub', 'b.jpg'), 'x');
  assert.equal((await second).value?.name, 'sub/b.jpg');
  const end = watched.next();
  stop.abort();
  assert.equal((await end).done, true);
  await rm(folder, { recursive: true });
});
