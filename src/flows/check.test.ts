import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { FoveaError } from '../core/errors.ts';
import { random } from '../core/random.ts';
import { encodeOnnx } from '../formats/onnx/encode.ts';
import { encodePng, type Preprocessing } from '../image/index.ts';
import { type Model, openModel, sha256 } from '../model/index.ts';
import { auroc, bestAssignment, mcnemar, wilson } from './agreement.ts';
import { check, sentence } from './check.ts';
import { readLabelledPictures } from './labelled-pictures.ts';

const NAMES = ['amber', 'blue', 'coral', 'dusk'];
/** Mean colour of each class, 0…1; near enough to each other that noise confuses some. */
const COLOURS = [
  [0.62, 0.45, 0.2],
  [0.3, 0.42, 0.6],
  [0.6, 0.3, 0.32],
  [0.25, 0.22, 0.32],
];
const SIZE = 16;
const EACH = 14;

let folder: string;
let onnx: Uint8Array;

/** The picture's mean colour, and how near it is to each class's: softmax of −k |mean − colour|². */
function nearestColour(): Uint8Array {
  const sharpness = 40;
  const kernel = Float32Array.from(
    { length: 12 },
    (_, i) => 2 * sharpness * COLOURS[i % 4]![Math.floor(i / 4)]!,
  );
  const bias = Float32Array.from(COLOURS, (colour) => -sharpness * colour.reduce((sum, c) => sum + c * c, 0));
  return encodeOnnx({
    opset: 17,
    producer: 'test',
    graph: {
      name: 'nearest',
      inputs: [{ name: 'x', dtype: 'float32', shape: [null, SIZE, SIZE, 3] }],
      outputs: [{ name: 'y', dtype: 'float32', shape: [null, 4] }],
      nodes: [
        {
          op: 'ReduceMean',
          name: 'mean',
          inputs: ['x'],
          outputs: ['m'],
          attributes: { axes: [1, 2], keepdims: 0 },
        },
        { op: 'Gemm', name: 'near', inputs: ['m', 'k', 'b'], outputs: ['z'], attributes: {} },
        { op: 'Softmax', name: 'softmax', inputs: ['z'], outputs: ['y'], attributes: { axis: -1 } },
      ],
      initializers: new Map([
        ['k', { dtype: 'float32', shape: [3, 4], data: kernel } as const],
        ['b', { dtype: 'float32', shape: [4], data: bias } as const],
      ]),
    },
  });
}

const CONTRACT: Preprocessing = {
  size: { width: SIZE, height: SIZE },
  crop: 'none',
  resample: 'pil_bilinear',
  rescale_factor: 1 / 255,
  image_mean: [0, 0, 0],
  image_std: [1, 1, 1],
  channel_order: 'RGB',
  data_format: 'channels_last',
};

const opened = (
  preprocessing: Partial<Preprocessing> = {},
  names: readonly string[] = NAMES,
): Promise<Model> =>
  openModel(
    {
      bytes: onnx,
      name: 'nearest',
      fileName: 'model.onnx',
      manifest: {
        name: 'nearest',
        title: 'Nearest colour',
        version: '1',
        file: 'model.onnx',
        sha256: sha256(onnx),
        task: 'multi_class',
        output: 'probabilities',
        modality: 'unknown',
        labels: names.map((name) => ({ label: name, name })),
        preprocessing: { ...CONTRACT, ...preprocessing },
      },
    },
    { cache: join(folder, 'cache'), threads: 1 },
  );

/** Pictures of the classes' colours, each off by chance. */
async function draw(into: string, seed: number): Promise<void> {
  const draws = random(`check ${seed}`);
  for (const [c, colour] of COLOURS.entries()) {
    await mkdir(join(into, NAMES[c]!), { recursive: true });
    for (let i = 0; i < EACH; i++) {
      const own = colour.map((value) => value + draws.normal(0, 0.055));
      const data = new Uint8Array(20 * 20 * 3);
      for (let j = 0; j < data.length; j++)
        data[j] = Math.max(0, Math.min(255, 255 * (own[j % 3]! + draws.normal(0, 0.1))));
      await writeFile(
        join(into, NAMES[c]!, `${i}.png`),
        await encodePng({ width: 20, height: 20, channels: 3, data }),
      );
    }
  }
}

const SETS = 5;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fovea-check-'));
  onnx = nearestColour();
  for (let seed = 0; seed < SETS; seed++) await draw(join(folder, `set${seed}`), seed);
});
after(() => rm(folder, { recursive: true }));

async function report(
  seed: number,
  preprocessing: Partial<Preprocessing> = {},
  names: readonly string[] = NAMES,
) {
  const model = await opened(preprocessing, names);
  try {
    return await check(model, await readLabelledPictures(join(folder, `set${seed}`), model.manifest.labels));
  } finally {
    await model.close();
  }
}

/** A mistake, and whether a report names it. */
const PLANTS: readonly {
  readonly name: string;
  readonly contract?: Partial<Preprocessing>;
  readonly names?: readonly string[];
}[] = [
  { name: 'x/127.5 − 1', contract: { rescale_factor: 1 / 127.5, image_mean: [1, 1, 1] } },
  { name: 'x as it is', contract: { rescale_factor: 1 } },
  {
    name: 'ImageNet’s mean and deviation',
    contract: { image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] },
  },
  { name: 'BGR', contract: { channel_order: 'BGR' } },
  { name: 'both', contract: { channel_order: 'BGR', rescale_factor: 1 / 127.5, image_mean: [1, 1, 1] } },
  {
    name: 'BGR less the mean',
    contract: { channel_order: 'BGR', rescale_factor: 1, image_mean: [103.939, 116.779, 123.68] },
  },
  { name: 'two labels swapped', names: ['amber', 'coral', 'blue', 'dusk'] },
  { name: 'all labels shifted', names: ['dusk', 'amber', 'blue', 'coral'] },
  {
    name: 'swapped labels and another scale',
    names: ['blue', 'amber', 'coral', 'dusk'],
    contract: { rescale_factor: 1 },
  },
];

describe('fovea check', () => {
  test('finds at least 95 of 100 planted mistakes', async () => {
    const missed: string[] = [];
    for (const { name, contract = {}, names = NAMES } of PLANTS) {
      for (let seed = 0; seed < SETS; seed++) {
        const found = await report(seed, contract, names);
        const { rescale_factor: factor, channel_order: order } = found.fitting.contract;
        const contractFound = Math.abs(factor - 1 / 255) < 1e-6 && order === 'RGB';
        const labels = found.labelOrder ?? names;
        if (!contractFound || labels.join() !== NAMES.join()) missed.push(`${name}, set ${seed}`);
      }
    }
    const share = 1 - missed.length / (PLANTS.length * SETS);
    assert.ok(share >= 0.95, `found ${(100 * share).toFixed(0)} %; missed: ${missed.join('; ')}`);
  });

  test('leaves a right contract alone', async () => {
    for (let seed = 0; seed < SETS; seed++) {
      const { verdict, labelOrder, fitting, present } = await report(seed);
      assert.notEqual(verdict, 'wrong');
      assert.equal(labelOrder, undefined);
      assert.deepEqual(fitting.contract, present.contract);
    }
  });

  test('says what the present contract costs', async () => {
    const found = await report(0, { rescale_factor: 1 });
    assert.match(
      sentence(found),
      /^x as it is instead of x\/255 changes \d+ of 56 answers; accuracy \d+ % → \d+ %\.$/,
    );
    assert.ok(found.fitting.interval![0] > found.present.score);
  });

  test('marks what cannot be read, and says so when nothing can', async () => {
    const broken = join(folder, 'broken');
    await draw(broken, 9);
    await writeFile(join(broken, 'amber', '0.png'), 'not a picture');
    const model = await opened();
    const { unreadable, pictures } = await check(
      model,
      await readLabelledPictures(broken, model.manifest.labels),
    );
    assert.equal(pictures, 4 * EACH - 1);
    assert.deepEqual(
      unreadable.map(({ error }) => error.code),
      ['IMAGE_UNRECOGNISED'],
    );
    await model.close();
  });
});

describe('labelled pictures', () => {
  const labels = NAMES.map((name) => ({ label: name, name }));
  const refused = (path: string, reason: RegExp, names = labels) =>
    assert.rejects(readLabelledPictures(path, names), (error: FoveaError) => {
      assert.ok(['DATASET_INVALID', 'DATASET_COLUMN_MISSING', 'FILE_NOT_FOUND'].includes(error.code));
      assert.match(error.message, reason);
      return true;
    });
  const made = async (name: string, files: Readonly<Record<string, string>>) => {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(join(folder, name, path, '..'), { recursive: true });
      await writeFile(join(folder, name, path), text);
    }
    return join(folder, name);
  };

  test('come from folders, or from a labels.csv', async () => {
    const fromFolders = await readLabelledPictures(join(folder, 'set0'), labels);
    assert.equal(fromFolders.pictures.length, 4 * EACH);
    const path = await made('csv', {
      'labels.csv': 'file,labels\na.png,Blue\nb.png,"amber;dusk"\n',
      'a.png': '',
      'b.png': '',
    });
    const { pictures } = await readLabelledPictures(path, labels);
    assert.deepEqual(
      pictures.map(({ truth }) => truth),
      [[1], [0, 3]],
    );
  });

  test('are of alphabetical classes where the model names none', async () => {
    const numbered = NAMES.map((_, i) => ({ label: `Class ${i}`, name: `Class ${i}` }));
    const { alphabetical, names } = await readLabelledPictures(join(folder, 'set0'), numbered);
    assert.ok(alphabetical);
    assert.deepEqual(names, NAMES);
  });

  test('are refused where they tell nothing', async () => {
    await refused(join(folder, 'nowhere'), /no file/);
    await refused(await made('flat', { 'a.png': '' }), /neither a labels.csv nor a folder/);
    await refused(await made('empty', { 'amber/readme.txt': '' }), /no picture/);
    await refused(await made('one', { 'amber/a.png': '', 'amber/b.png': '' }), /all of one class/);
    await refused(await made('other', { 'amber/a.png': '', 'green/b.png': '' }), /no label called "green"/);
    await refused(await made('columns', { 'labels.csv': 'picture,what\n' }), /column/);
    await refused(
      await made('gone', { 'labels.csv': 'file,label\na.png,blue\n' }),
      /1 files of labels.csv are not there/,
    );
  });
});

describe('measures of agreement', () => {
  test('the area under the curve counts ties half', () => {
    assert.equal(auroc([0.1, 0.4, 0.35, 0.8], [false, false, true, true]), 0.75);
    assert.equal(auroc([1, 1, 1, 1], [true, false, true, false]), 0.5);
    assert.ok(Number.isNaN(auroc([1, 2], [true, true])));
  });

  test('McNemar and Wilson give the textbook’s numbers', () => {
    assert.ok(Math.abs(mcnemar(2, 10) - 0.03857421875) < 1e-12);
    assert.equal(mcnemar(0, 0), 1);
    assert.ok(Math.abs(mcnemar(600, 500) - 0.00257) < 2e-4);
    const [low, high] = wilson(8, 10);
    assert.ok(Math.abs(low - 0.4902) < 1e-4 && Math.abs(high - 0.9433) < 1e-4);
  });

  test('the assignment has the largest sum of all', () => {
    const draws = random('assignment');
    for (let n = 1; n <= 6; n++) {
      const gains = Array.from({ length: n }, () => Array.from({ length: n }, () => draws.unit()));
      const sum = (columns: readonly number[]) =>
        columns.reduce((total, c, row) => total + gains[row]![c]!, 0);
      const all = (left: number[], taken: number[]): number[][] =>
        left.length === 0
          ? [taken]
          : left.flatMap((c) =>
              all(
                left.filter((other) => other !== c),
                [...taken, c],
              ),
            );
      const most = Math.max(...all([...Array(n).keys()], []).map(sum));
      assert.ok(Math.abs(sum(bestAssignment(gains)) - most) < 1e-12);
    }
  });
});
