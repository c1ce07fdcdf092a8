import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/cli.ts';
import type { Item } from '../dataset/index.ts';
import { encodeJpeg, encodePng, type Image } from '../image/index.ts';
import { renderFundus } from '../synth/index.ts';
import { type Inspected, inspect, reportOn } from './inspect-dataset.ts';

const item = (
  file: string,
  patient: string,
  labels: readonly string[],
  part = 'train',
  path = file,
): Item => ({
  file,
  path,
  patient,
  labels,
  columns: { file, patient, part },
});
const data = {
  columns: ['file', 'patient', 'part'],
  knowsPatients: true,
  leftOut: [{ file: 'notes.txt', reason: 'NOT_A_PICTURE' as const }],
};
const texts = (report: ReturnType<typeof reportOn>) => report.findings.map(({ text }) => text).join('\n');

test('pictures that are missing, damaged, equal or near-duplicates are named, with what differs', async (context) => {
  const folder = temporaryFolder(context);
  const eyes = [1, 2].map((seed): Image => {
    const { image, width, height } = renderFundus({ seed, size: 192, diseases: {} });
    return { width, height, channels: 3, data: image };
  });
  const png = await encodePng(eyes[0]!);
  const files = {
    'one.png': png,
    'same.png': png,
    'again.jpg': await encodeJpeg(eyes[0]!, 70),
    'other.png': await encodePng(eyes[1]!),
    'damaged.png': png.subarray(0, png.length / 2),
  };
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  const at = (file: string, ...rest: [string, string[], string?]) =>
    item(file, rest[0], rest[1], rest[2], join(folder, file));
  const items = [
    at('one.png', 'a', ['N']),
    at('same.png', 'a', ['D'], 'test'),
    at('again.jpg', 'b', ['N']),
    at('other.png', 'c', ['D']),
    at('damaged.png', 'd', ['N']),
    at('missing.png', 'e', []),
  ];
  const all: Inspected[] = [];
  for await (const one of inspect(items)) all.push(one);
  const report = reportOn(data, all, { split: 'part', known: ['N', 'G'] });
  assert.equal(report.schema, 'fovea.dataset/1');
  assert.deepEqual([report.pictures, report.readable, report.patients], [6, 4, 5]);
  assert.deepEqual(
    report.unreadable.map(({ file, code }) => [file, code]),
    [
      ['damaged.png', 'IMAGE_DAMAGED'],
      ['missing.png', 'FILE_NOT_FOUND'],
    ],
  );
  assert.deepEqual(report.duplicates, [
    { files: ['one.png', 'same.png'], labelsDiffer: true, patientsDiffer: false, splitsDiffer: true },
  ]);
  assert.deepEqual(
    report.nearDuplicates.map(({ files: pair, patientsDiffer }) => [pair.join(), patientsDiffer]).sort(),
    [
      ['one.png,again.jpg', true],
      ['same.png,again.jpg', true],
    ],
  );
  assert.deepEqual(report.patientsInSeveralSplits, [{ patient: 'a', splits: ['test', 'train'] }]);
  assert.deepEqual(report.unlabelled, ['missing.png']);
  assert.match(texts(report), /Left out of the folder: 1 NOT_A_PICTURE\./);
  const labels = report.labels.map(({ label, pictures, known, bySplit }) => [
    label,
    pictures,
    known,
    bySplit.train,
  ]);
  assert.deepEqual(labels, [
    ['D', 2, false, 1],
    ['G', 0, true, 0],
    ['N', 3, true, 3],
  ]);
  const said = texts(report);
  for (const code of ['IMAGE_DAMAGED', 'FILE_NOT_FOUND', 'DATASET_CLASS_EMPTY', 'DATASET_LABEL_UNKNOWN'])
    assert.match(said, new RegExp(code));
  assert.match(said, /1 sets of equal files have different labels/);
  assert.match(said, /2 pairs of near-duplicates stand under different patients/);
  assert.match(said, /1 patients stand in more than one split: DATASET_PATIENT_IN_TWO_SPLITS/);
  assert.throws(() => reportOn(data, all, { split: 'fold' }), { code: 'DATASET_COLUMN_MISSING' });
});

/** Pictures that differ in nothing but what is given. */
const pictures = (
  count: number,
  widthOf: (i: number) => number,
  labelOf: (i: number) => string,
): Inspected[] =>
  Array.from({ length: count }, (_, i) => ({
    item: item(`${i}.png`, `p${i >> 1}`, [labelOf(i)]),
    sha256: String(i),
    failure: null,
    seen: {
      // However near the hashes are, the detail has nothing in common.
      hash: i.toString(16).padStart(8, '0').repeat(8),
      detail: Float32Array.from({ length: count }, (_, k) => Number(k === i)),
      surface: {
        fileSize: [((i * 2654435761) % 1000) / 1000],
        dimensions: [Math.log(widthOf(i))],
        border: [0, 0, 0],
        thumbnail: [((i * 40503) % 977) / 977],
      },
    },
  }));

test('an alarm is raised where the width tells the label, and for that alone', () => {
  const labelOf = (i: number) => (i % 2 ? 'DME' : 'NORMAL');
  const report = reportOn(
    data,
    pictures(300, (i) => (i % 2 && i % 5 ? 768 : 512), labelOf),
  );
  const alarms = report.shortcuts.flatMap(({ cue, labels }) =>
    labels.flatMap(({ label, alarm }) => (alarm ? [`${cue} ${label}`] : [])),
  );
  assert.deepEqual(alarms, ['dimensions DME', 'dimensions NORMAL']);
  assert.match(texts(report), /The width, height and their ratio alone tells "DME": AUROC 0\.9/);
  const innocent = reportOn(
    data,
    pictures(300, (i) => (i % 7 ? 768 : 512), labelOf),
  );
  assert.deepEqual(
    innocent.findings.filter(({ alarm }) => alarm),
    [],
  );
});

test('one class only is told, and where there are too few pictures no AUROC is', () => {
  const report = reportOn(
    data,
    pictures(
      12,
      () => 512,
      () => 'N',
    ),
  );
  assert.match(texts(report), /All pictures are of one class, "N": DATASET_ONE_CLASS/);
  assert.ok(report.shortcuts.every(({ labels }) => labels[0]!.auroc === null));
});
