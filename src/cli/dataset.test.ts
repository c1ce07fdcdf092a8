import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { fovea, root, temporaryFolder } from '../../test/cli.ts';
import { parseCsv } from '../formats/csv.ts';
import { encodePng } from '../image/index.ts';
import { renderFundus } from '../synth/index.ts';

/** Twelve eyes of six patients, every third with diabetic retinopathy. */
const ROWS = Array.from({ length: 12 }, (_, i) => ({
  file: `${i}.png`,
  patient: `p${i >> 1}`,
  label: i % 3 ? 'N' : 'D',
  split: i < 8 ? 'train' : 'test',
}));
const pngs: Uint8Array[] = [];
before(async () => {
  for (const [i, { label }] of ROWS.entries()) {
    const { image, width, height } = renderFundus({
      seed: `data set ${i}`,
      size: 160,
      diseases: label === 'D' ? { dr: 3 } : {},
    });
    pngs.push(await encodePng({ width, height, channels: 3, data: image }));
  }
});

const table = (rows: readonly Record<string, string>[]) =>
  `${Object.keys(rows[0]!).join()}\n${rows.map((row) => `${Object.values(row).join()}\n`).join('')}`;

/** The data set in a folder of its own: `data/labels.csv` and its pictures. */
function eyes(context: { after(clean: () => void): void }) {
  const folder = temporaryFolder(context);
  const data = join(folder, 'data');
  mkdirSync(data);
  for (const [i, { file }] of ROWS.entries()) writeFileSync(join(data, file), pngs[i]!);
  writeFileSync(join(data, 'labels.csv'), table(ROWS));
  return { folder, data, csv: join(data, 'labels.csv') };
}

const predictions = (p: (i: number) => string) =>
  `file,D,N\n${ROWS.map(({ file }, i) => `${file},${p(i)}\n`).join('')}`;
const read = (path: string) => readFileSync(path, 'utf8');

describe('fovea dataset', () => {
  test('counts, findings and an exit status for what cannot be read; splits by patient', async (context) => {
    const { folder, data } = eyes(context);
    copyFileSync(join(data, '0.png'), join(data, '1.png'));
    writeFileSync(join(data, '5.png'), 'no picture');
    const out = join(folder, 'split.csv');
    const { status, stdout } = await fovea(
      ['dataset', data, '--split-column', 'split', '--split', out, '--shares', 'a=0.5,b=0.5', '--seed', '3'],
      folder,
    );
    assert.equal(status, 1);
    assert.match(stdout, /^12 pictures, 11 readable, 6 patients$/m);
    assert.match(stdout, /^label +pictures +patients +test +train$/m);
    assert.match(stdout, /5\.png: IMAGE_UNRECOGNISED/);
    assert.match(stdout, /! 1 sets of equal files have different labels/);
    assert.match(stdout, /Research use only/);
    const [head, ...rows] = parseCsv(read(out));
    assert.deepEqual(head, ['file', 'patient', 'label', 'split']);
    assert.equal(rows.length, 12);
    const splitOf = new Map(rows.map(([, patient, , split]) => [patient, split]));
    for (const [, patient, , split] of rows) assert.equal(split, splitOf.get(patient));
    assert.deepEqual(new Set(splitOf.values()), new Set(['a', 'b']));
  });

  test('as JSON, of the rows that are chosen', async (context) => {
    const { folder, data } = eyes(context);
    const { status, lines } = await fovea(
      ['dataset', data, '--json', '--split-column', 'split=test'],
      folder,
    );
    assert.equal(status, 0);
    const [report] = lines() as unknown as [{ schema: string; pictures: number; shortcuts: unknown[] }];
    assert.deepEqual([report.schema, report.pictures, report.shortcuts.length], ['fovea.dataset/1', 4, 4]);
  });

  test('shares that are none are wrong usage', async (context) => {
    const { folder, data } = eyes(context);
    assert.equal((await fovea(['dataset', data, '--shares', 'train=-1'], folder)).status, 2);
  });
});

describe('fovea prepare', () => {
  test('as a model wants them, or by size; neither and both are wrong usage', async (context) => {
    const { folder, csv } = eyes(context);
    const out = join(folder, 'out');
    const args = ['prepare', '--data', csv, '--out', out];
    const { status, stdout } = await fovea(
      [...args, '--size', '40x30', '--crop', 'field_of_view', '--grey'],
      folder,
    );
    assert.equal(status, 0);
    assert.match(stdout, /^12 × 30 × 40 × 1 uint8 in /);
    assert.equal(read(join(out, 'rows.csv')).split('\n')[12], '11.png,p5,N,test,11,');
    assert.match(
      (await fovea([...args, '--model', 'fundus-disease'], folder)).stdout,
      /^12 × (\d+) × \1 × 3 uint8/,
    );
    assert.equal((await fovea(args, folder)).status, 2);
    assert.equal((await fovea([...args, '--size', '9', '--model', 'oct'], folder)).status, 2);
    assert.match((await fovea([...args, '--size', '0'], folder)).stderr, /CONTRACT_INVALID/);
  });
});

describe('fovea evaluate', () => {
  test('a shipped model on labelled pictures: metrics and reports', async (context) => {
    const { folder, csv } = eyes(context);
    const out = join(folder, 'out');
    const { status, stdout } = await fovea(
      ['evaluate', '--data', csv, '--model', 'fundus-disease', '--no-gate', '--out', out],
      folder,
    );
    assert.equal(status, 0, stdout);
    const metrics = JSON.parse(read(join(out, 'metrics.json')));
    assert.deepEqual([metrics.schema, metrics.counts.counted], ['fovea.metrics/1', 12]);
    assert.equal(metrics.model.name, 'fundus-disease');
    for (const report of ['report.html', 'report.md']) {
      assert.match(read(join(out, report)), /By label: decisions/);
      assert.match(read(join(out, report)), /Research use only/);
    }
  });

  test('what of a folder is no row of the data stands in all three reports', async (context) => {
    const folder = temporaryFolder(context);
    const [data, out] = [join(folder, 'data'), join(folder, 'out')];
    for (const [i, { file, label }] of ROWS.entries()) {
      mkdirSync(join(data, label), { recursive: true });
      writeFileSync(join(data, label, file), pngs[i]!);
    }
    for (const stray of ['beside.png', 'N/notes.txt', 'D/list.csv']) writeFileSync(join(data, stray), '');
    const said = join(folder, 'said.csv');
    const rows = ROWS.map(({ file, label }, i) => `${label}/${file},${i / 12},${1 - i / 12}\n`);
    writeFileSync(said, `file,D,N\n${rows.join('')}`);
    const { status, stdout } = await fovea(
      ['evaluate', '--data', data, '--predictions', said, '--out', out],
      folder,
    );
    assert.equal(status, 0);
    const told = /Files of the folder that are no row of the data: 1 NO_CLASS, 2 NOT_A_PICTURE\./;
    for (const text of [stdout, read(join(out, 'report.html')), read(join(out, 'report.md'))])
      assert.match(text, told);
    assert.deepEqual(JSON.parse(read(join(out, 'metrics.json'))).leftOut, { NO_CLASS: 1, NOT_A_PICTURE: 2 });
  });

  test('pictures that cannot be read are counted, and the status says so', async (context) => {
    const { folder, csv, data } = eyes(context);
    const out = join(folder, 'out');
    const args = ['evaluate', '--data', csv, '--no-gate', '--out', out];
    writeFileSync(join(data, '0.png'), 'no picture');
    const some = await fovea(args, folder);
    assert.equal(some.status, 1);
    assert.match(some.stdout, /^11 of 12 pictures; mean AUROC/m);
    assert.match(some.stdout, /^Left out: 1 IMAGE_UNRECOGNISED$/m);
    const none = await fovea([...args, '--root', join(folder, 'elsewhere')], folder);
    assert.equal(none.status, 1);
    assert.match(none.stdout, /^Left out: 12 FILE_NOT_FOUND$/m);
  });

  test('predictions of any program, without a model; what is no probability or missing is counted', async (context) => {
    const { folder, csv, data } = eyes(context);
    const file = join(folder, 'said.csv');
    const out = join(folder, 'out');
    const good = predictions((i) => (i % 3 ? '0.2,0.8' : '0.7,0.3'))
      .trim()
      .split('\n');
    const marked = [...good.slice(0, 10), '9.png,NaN,0.5', '10.png,1.5,-0.5'];
    writeFileSync(file, `${marked.join('\n')}\n`);
    const args = ['evaluate', '--data', csv, '--predictions', file, '--out', out];
    const { status, stdout } = await fovea(args, folder);
    assert.equal(status, 0);
    const metrics = JSON.parse(read(join(out, 'metrics.json')));
    assert.equal(metrics.task, 'multi_class');
    assert.deepEqual(metrics.counts.excluded, {
      OUTPUT_NOT_FINITE: 1,
      PREDICTION_NOT_A_PROBABILITY: 1,
      NO_PREDICTION: 1,
    });
    assert.equal(metrics.labels[0].figures.auroc.value, 1);
    assert.deepEqual(metrics.taint, { checked: false, pictures: null, patients: null, alike: null });
    assert.match(stdout, /Left out: 1 NO_PREDICTION/);
    assert.match(read(join(out, 'report.html')), /Overlap with the training was not checked/);

    const hashes = join(folder, 'training-hashes.txt');
    await fovea(['dataset', data, '--split-column', 'split=train', '--training-hashes', hashes], folder);
    assert.match(read(hashes), /^sha256 [0-9a-f]{16}$/m);
    const told = await fovea([...args, '--training-hashes', hashes], folder);
    assert.match(told.stdout, /TAINTED: of 12 pictures 8 were in the training/);
    assert.match(read(join(out, 'report.md')), /TAINTED: of 12 pictures 8 were/);
    const refused = await fovea([...args, '--training-hashes', hashes, '--strict'], folder);
    assert.match(refused.stderr, /EVALUATION_TAINTED/);
    const apart = await fovea(
      [...args, '--training-hashes', hashes, '--strict', '--split-column', 'split=test'],
      folder,
    );
    assert.equal(apart.status, 0, apart.stderr);
  });

  const one = { file: '0.png', patient: 'a', label: 'D' };
  for (const [code, rows, more] of [
    ['DATASET_LABEL_UNKNOWN', [one, { ...one, file: '1.png', label: 'X' }], []],
    ['DATASET_ONE_CLASS', [one, { ...one, file: '1.png' }], []],
    ['DATASET_INVALID', [one, { ...one, file: '1.png', label: 'D;N' }], ['--task', 'multi_class']],
    [
      'DATASET_PATIENT_IN_TWO_SPLITS',
      [
        { ...one, part: 'x' },
        { ...one, file: '1.png', label: 'N', part: 'y' },
      ],
      ['--split-column', 'part=x', '--validation', 'part=y'],
    ],
    ['DATASET_COLUMN_MISSING', [one], ['--split-column', 'part=x']],
    ['FILE_NOT_FOUND', [one], ['--predictions', '/nowhere.csv']],
  ] as const)
    test(`refused: ${code}`, async (context) => {
      const folder = temporaryFolder(context);
      const csv = join(folder, 'labels.csv');
      const file = join(folder, 'said.csv');
      writeFileSync(csv, table(rows));
      writeFileSync(
        file,
        predictions(() => '0.5,0.5'),
      );
      const args = ['evaluate', '--data', csv, '--predictions', file, '--out', join(folder, 'out'), ...more];
      const { status, stderr } = await fovea(args, folder);
      assert.equal(status, 1);
      assert.match(stderr, new RegExp(code));
      assert.ok(!existsSync(join(folder, 'out', 'metrics.json')));
    });
});

test('the way out of patients in two splits is one', async (context) => {
  const { folder, csv } = eyes(context);
  const torn = ['--split-column', 'label=D', '--validation', 'label=N'];
  const { stderr } = await fovea(['evaluate', '--data', csv, ...torn, '--out', folder], folder);
  const [, advice] = /DATASET_PATIENT_IN_TWO_SPLITS.*`fovea dataset … (.*)`/s.exec(stderr)!;
  const out = join(folder, 'split.csv');
  const { status } = await fovea(['dataset', csv, ...advice!.replace('split.csv', out).split(' ')], folder);
  assert.equal(status, 0);
  assert.match(read(out), /^file,patient,label,split\n/);
});

test('a table whose files are missing is told, row by row, and nothing is dropped', async (context) => {
  const folder = temporaryFolder(context);
  copyFileSync(join(root, 'test/fixtures/square.jpg'), join(folder, 'a.jpg'));
  writeFileSync(join(folder, 'labels.csv'), 'file,label\na.jpg,N\nb.jpg,D\n');
  const { status, lines } = await fovea(['dataset', folder, '--json'], folder);
  assert.equal(status, 1);
  const [report] = lines() as unknown as [{ pictures: number; unreadable: { file: string; code: string }[] }];
  assert.equal(report.pictures, 2);
  assert.deepEqual(
    report.unreadable.map(({ file, code }) => [file, code]),
    [['b.jpg', 'FILE_NOT_FOUND']],
  );
});
