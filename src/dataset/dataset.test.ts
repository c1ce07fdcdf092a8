import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { temporaryFolder } from '../../test/cli.ts';
import { decode, encodeJpeg, type Image, resize } from '../image/index.ts';
import { renderFundus } from '../synth/index.ts';
import { alikePairs, fingerprint } from './alike.ts';
import { readDataset } from './read.ts';
import { neighbourScores, surfaceOf } from './shortcut.ts';
import { joined, splitByGroup } from './split.ts';

describe('reading', () => {
  test('labels are parted by ; or |, patients and columns are kept, a table without labels can be allowed', async (context) => {
    const folder = temporaryFolder(context);
    writeFileSync(join(folder, 'labels.csv'), 'file,labels,patient\na.jpg,D; M,7\nb.jpg,N|N,\n');
    const { items, columns, knowsPatients } = await readDataset(folder);
    assert.deepEqual(
      items.map(({ labels, patient }) => [labels, patient]),
      [
        [['D', 'M'], '7'],
        [['N'], 'b.jpg'],
      ],
    );
    assert.deepEqual([columns, knowsPatients], [['file', 'labels', 'patient'], true]);
    writeFileSync(join(folder, 'labels.csv'), 'file\na.jpg\n');
    await assert.rejects(readDataset(folder), { code: 'DATASET_COLUMN_MISSING' });
    assert.deepEqual((await readDataset(folder, { isLabelled: false })).items[0]!.labels, []);
  });

  test('columns are found by their usual names, in any case', async (context) => {
    const csv = join(temporaryFolder(context), 'all.csv');
    writeFileSync(csv, 'Image,Class,Patient\na.jpg,D,7\n');
    const { items, knowsPatients } = await readDataset(csv);
    const [{ file, labels, patient }] = items as [(typeof items)[0]];
    assert.deepEqual([file, labels, patient, knowsPatients], ['a.jpg', ['D'], '7', true]);
  });

  test('a folder a class; what is none of its pictures is left out by name, with the reason', async (context) => {
    const folder = temporaryFolder(context);
    mkdirSync(join(folder, 'CNV'));
    mkdirSync(join(folder, 'CNV', '.thumbnails'));
    const files = ['CNV/1.png', 'CNV/2.bmp', 'CNV/notes.txt', 'beside.png', 'CNV/.thumbnails/1.png'];
    for (const file of files) writeFileSync(join(folder, file), '');
    writeFileSync(join(folder, 'CNV', 'without-ending'), new Uint8Array([0xff, 0xd8, 0xff]));
    const { items, leftOut } = await readDataset(folder);
    assert.deepEqual(items[0]!.columns, { file: join('CNV', '1.png'), label: 'CNV' });
    assert.deepEqual(
      items.map(({ file }) => basename(file)),
      ['1.png', '2.bmp', 'without-ending'],
    );
    assert.deepEqual(leftOut, [
      { file: 'beside.png', reason: 'NO_CLASS' },
      { file: join('CNV', 'notes.txt'), reason: 'NOT_A_PICTURE' },
    ]);
  });

  test('links to pictures and folders are followed, but not round in a circle', async (context) => {
    const [folder, elsewhere] = [temporaryFolder(context), temporaryFolder(context)];
    writeFileSync(join(elsewhere, '1.png'), '');
    mkdirSync(join(folder, 'CNV'));
    symlinkSync(join(elsewhere, '1.png'), join(folder, 'CNV', 'linked.png'));
    symlinkSync(join(elsewhere, 'gone.png'), join(folder, 'CNV', 'missing.png'));
    symlinkSync(elsewhere, join(folder, 'DME'));
    symlinkSync(folder, join(folder, 'CNV', 'circle'));
    const { items, leftOut } = await readDataset(folder);
    assert.deepEqual(leftOut, [{ file: join('CNV', 'circle'), reason: 'NOT_A_PICTURE' }]);
    assert.deepEqual(
      items.map(({ file, labels }) => [file, labels[0]]),
      [
        [join('CNV', 'linked.png'), 'CNV'],
        [join('CNV', 'missing.png'), 'CNV'],
        [join('DME', '1.png'), 'DME'],
      ],
    );
  });

  test('folders that all link to each other are read once each', async (context) => {
    const folder = temporaryFolder(context);
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    for (const name of names) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, '1.png'), '');
      for (const other of names.filter((one) => one !== name))
        symlinkSync(join(folder, other), join(folder, name, `to ${other}`));
    }
    const { items, leftOut } = await readDataset(folder);
    assert.deepEqual(
      items.map(({ file, labels }) => [file, labels[0]]),
      names.map((name) => [join(name, '1.png'), name]),
    );
    assert.equal(leftOut.length, names.length * (names.length - 1));
  });

  test('pictures beside each other are of no class, and are no data set', async (context) => {
    const folder = temporaryFolder(context);
    writeFileSync(join(folder, 'a.png'), '');
    await assert.rejects(readDataset(folder), /neither a labels\.csv nor a folder for each class/);
  });
});

describe('near-duplicates', () => {
  const eyes = [1, 2, 3, 4].map((seed): Image => {
    const { image, width, height } = renderFundus({
      seed,
      eye: 'OD',
      size: 256,
      camera: 'tabletop',
      diseases: {},
    });
    return { width, height, channels: 3, data: image };
  });
  const [eye] = eyes as [Image];
  const scaled = (image: Image, side: number): Image => ({
    width: side,
    height: side,
    channels: 3,
    data: resize(image, { width: side, height: side }, 'pil_bicubic').data as Uint8Array,
  });
  const surrounded: Image = { width: 320, height: 256, channels: 3, data: new Uint8Array(320 * 256 * 3) };
  for (let y = 0; y < 256; y++)
    surrounded.data.set(eye.data.subarray(y * 768, (y + 1) * 768), (y * 320 + 32) * 3);
  const copies: Record<string, () => Promise<Image> | Image> = {
    compressed: async () => decode(await encodeJpeg(eye, 50)),
    scaled: () => scaled(eye, 180),
    darker: () => ({ ...eye, data: eye.data.map((v) => v * 0.7) }),
    'with a wider surround': () => surrounded,
  };
  for (const [how, copy] of Object.entries(copies))
    test(`a copy is found: ${how}; other eyes are none`, async () => {
      const pairs = alikePairs([...eyes, await copy()].map(fingerprint));
      assert.deepEqual(
        pairs.map(({ pair }) => pair),
        [[0, 4]],
      );
    });

  test('a chain of pairs is one group', () => {
    assert.deepEqual(
      joined(6, [
        [4, 1],
        [1, 2],
        [3, 5],
      ]),
      [0, 1, 1, 3, 1, 3],
    );
  });
});

describe('what tells a label without medicine', () => {
  const flat = (width: number, height: number, tone: number): Image => ({
    width,
    height,
    channels: 1,
    data: new Uint8Array(width * height).fill(tone),
  });

  test('size, dimensions, border and thumbnail, of grey and of colour', () => {
    const image = flat(40, 20, 90);
    image.data.fill(200, 0, 40);
    const { fileSize, dimensions, border, thumbnail } = surfaceOf(image, 1000);
    assert.deepEqual(fileSize, [Math.log(1000)]);
    assert.deepEqual(dimensions, [Math.log(40), Math.log(20), Math.log(2)]);
    // One pixel thick: 40 of 200; 40 + 18 + 18 of 90.
    for (const channel of border) assert.ok(Math.abs(channel - (40 * 200 + 76 * 90) / 116) < 1e-9);
    assert.equal(thumbnail.length, 256);
  });

  test('a label that goes with the width is told by other patients; one that does not is not', () => {
    const n = 300;
    const truth = Array.from({ length: n }, (_, i) => [i % 3 === 0, (i * 7) % 11 < 5]);
    const patients = truth.map((_, i) => `p${i >> 1}`);
    const { scores } = neighbourScores(
      truth.map(([told]) => [told ? 768 : 512]),
      patients,
      truth,
      1,
    );
    for (const [i, [told]] of scores.entries()) assert.equal(told, truth[i]![0] ? 1 : 0);
    assert.ok(scores.every(([, other]) => other! > 0.2 && other! < 0.7));
  });

  test('a patient does not answer for himself', () => {
    const { scores } = neighbourScores(
      [[1], [1], [5], [9]],
      ['a', 'a', 'b', 'c'],
      [[true], [true], [false], [false]],
      2,
    );
    assert.deepEqual([scores[0], scores[1]], [[0], [0]]);
  });
});

describe('splitting', () => {
  const shares = new Map([
    ['train', 0.8],
    ['val', 0.1],
    ['test', 0.1],
  ]);

  test('groups stay whole, whatever they are, and a seed gives one answer', () => {
    const picture = fc.record({
      group: fc.integer({ min: 0, max: 30 }),
      labels: fc.uniqueArray(fc.constantFrom('A', 'B', 'C')),
    });
    fc.assert(
      fc.property(fc.array(picture, { maxLength: 120 }), fc.integer(), (pictures, seed) => {
        const splits = splitByGroup(pictures, shares, seed);
        assert.deepEqual(splits, splitByGroup(pictures, shares, seed));
        const seen = new Map<number, string>();
        for (const [i, { group }] of pictures.entries()) {
          assert.ok(shares.has(splits[i]!));
          assert.equal(splits[i], seen.get(group) ?? splits[i]);
          seen.set(group, splits[i]!);
        }
      }),
    );
  });

  test('labels stand in each split as in all, the rare one too', () => {
    const pictures = Array.from({ length: 1000 }, (_, i) => ({
      group: i >> 1,
      labels: i % 50 < 2 ? ['rare'] : i % 3 ? ['N'] : ['D'],
    }));
    const splits = splitByGroup(pictures, shares, 7);
    const share = (label: string, split: string) => {
      const of = pictures.flatMap(({ labels }, i) => (labels.includes(label) ? [splits[i]] : []));
      return of.filter((one) => one === split).length / of.length;
    };
    for (const label of ['rare', 'N', 'D'])
      for (const [split, wanted] of shares) assert.ok(Math.abs(share(label, split) - wanted) <= 0.05, label);
  });
});
