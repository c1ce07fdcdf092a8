import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { crc32, deflateSync } from 'node:zlib';
import { fovea, root, temporaryFolder } from '../../test/cli.ts';
import { encodePng } from '../image/index.ts';

const picture = join(root, 'test/fixtures/square.jpg');
const tinyModel = join(root, 'test/browser/fixtures/tiny.h5');
const tabularModel = join(root, 'test/fixtures/tabular.h5');
const LFS_POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 2219960\n`;

/** A PNG that is all header: it claims 30000 × 30000 pixels. */
function hugePng(): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'ascii'), data]);
    const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    crc.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, crc]);
  };
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
  header.writeUInt32BE(30000, 0);
  header.writeUInt32BE(30000, 4);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(9))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** What may be named as a picture → its code. */
const BAD_PICTURES: readonly { what: string; name: string; bytes: Uint8Array | string; code: string }[] = [
  { what: '0 bytes', name: 'empty.jpg', bytes: '', code: 'FILE_EMPTY' },
  { what: 'a Git-LFS pointer', name: 'pointer.jpg', bytes: LFS_POINTER, code: 'FILE_IS_LFS_POINTER' },
  { what: 'a text', name: 'text.png', bytes: 'no picture at all', code: 'IMAGE_UNRECOGNISED' },
  {
    what: 'half a JPEG',
    name: 'half.jpg',
    bytes: readFileSync(picture).subarray(0, 4000),
    code: 'IMAGE_DAMAGED',
  },
  { what: '30000 × 30000 pixels', name: 'huge.png', bytes: hugePng(), code: 'IMAGE_TOO_LARGE' },
];

/** The tiny model with a word in it replaced by one of the same length. */
function edited(word: string, by: string): Buffer {
  assert.equal(word.length, by.length);
  return Buffer.from(readFileSync(tinyModel, 'latin1').replaceAll(word, by), 'latin1');
}

/** What may be named as a model → its code. */
const BAD_MODELS: readonly { what: string; name: string; bytes: Uint8Array | string; code: string }[] = [
  { what: '0 bytes', name: 'empty.h5', bytes: '', code: 'FILE_EMPTY' },
  { what: 'a Git-LFS pointer', name: 'pointer.h5', bytes: LFS_POINTER, code: 'FILE_IS_LFS_POINTER' },
  { what: 'a text', name: 'text.h5', bytes: 'no model at all', code: 'MODEL_UNRECOGNISED' },
  {
    what: 'half a model',
    name: 'half.h5',
    bytes: readFileSync(tinyModel).subarray(0, 9000),
    code: 'MODEL_DAMAGED',
  },
  {
    what: 'an .h5 with no model in it',
    name: 'data.h5',
    bytes: edited('model_config', 'm_dell_cfgig'),
    code: 'MODEL_WITHOUT_GRAPH',
  },
  {
    what: 'one with an unknown layer',
    name: 'gate.h5',
    bytes: edited('GlobalAveragePooling2D', 'GlobalMedianePooling2D'),
    code: 'LAYER_UNSUPPORTED',
  },
  {
    what: 'one that reads no picture',
    name: 'tabular.h5',
    bytes: readFileSync(tabularModel),
    code: 'MODEL_INPUT_NOT_IMAGE',
  },
];

/** The fixtures are of the decoder: drawings too plain to pass for an eye. */
const DRAWN = ['--override', 'made for the decoder'];

const codeOf = (error: unknown) => (error as { code: string }).code;

describe('fovea classify', () => {
  test('prints a reading a line, in the order of the files', async (t) => {
    const files = ['square.jpg', 'grey.png', 'turned.jpg'].map((name) => join(root, 'test/fixtures', name));
    const { status, lines } = await fovea(['classify', ...files, '--json', ...DRAWN], temporaryFolder(t));
    assert.equal(status, 0);
    const readings = lines();
    assert.deepEqual(
      readings.map((reading) => reading.file),
      files,
    );
    assert.deepEqual(Object.keys(readings[0]!), [
      'file',
      'sha256',
      'width',
      'height',
      'model',
      'outputs',
      'derived',
      'predicted',
      'set',
      'abstained',
      'operatingPoint',
      'gate',
      'timings',
    ]);
    assert.deepEqual(Object.keys(readings[0]!.timings!), ['decode', 'gate', 'preprocess', 'inference']);
  });

  test('reads the other files of a batch when some are bad, names each refusal, and ends with 1', async (t) => {
    const folder = temporaryFolder(t);
    for (const { name, bytes } of BAD_PICTURES) writeFileSync(join(folder, name), bytes);
    copyFileSync(picture, join(folder, 'good.jpg'));
    writeFileSync(join(folder, 'notes.txt'), 'not a picture, and not said to be one');
    const { status, stderr, lines } = await fovea(
      ['classify', folder, join(folder, 'absent.jpg'), '--json', ...DRAWN],
      folder,
    );
    assert.equal(status, 1);
    assert.match(stderr, /1 files? .* left out/);
    const results = Object.fromEntries(lines().map((line) => [String(line.file).split('/').pop(), line]));
    for (const { name, code } of [...BAD_PICTURES, { name: 'absent.jpg', code: 'FILE_NOT_FOUND' }]) {
      const { error } = results[name] as unknown as {
        error: { code: string; message: string; hint: string };
      };
      assert.equal(error.code, code, name);
      assert.match(error.message, /\.$/, 'a whole sentence');
      assert.ok(error.hint, 'a way out');
    }
    assert.ok(results['good.jpg']!.outputs);
  });

  for (const { what, name, bytes, code } of BAD_MODELS) {
    test(`says of every picture that the model is ${what}`, async (t) => {
      const folder = temporaryFolder(t);
      writeFileSync(join(folder, name), bytes);
      const { status, lines } = await fovea(
        ['classify', picture, '--model', join(folder, name), '--json'],
        folder,
      );
      assert.equal(status, 1);
      assert.deepEqual(
        lines().map(({ file, error }) => [file, codeOf(error)]),
        [[picture, code]],
      );
    });
  }

  test('opens a bare model with the labels beside it', async (t) => {
    const folder = temporaryFolder(t);
    copyFileSync(tinyModel, join(folder, 'tiny.h5'));
    writeFileSync(join(folder, 'labels.txt'), '0 CNV\n1 DME\n2 Drusen\n3 Normal\n');
    const { lines } = await fovea(
      ['classify', picture, '--model', join(folder, 'tiny.h5'), '--json', ...DRAWN],
      folder,
    );
    const [reading] = lines() as unknown as {
      outputs: { label: string; probability: number }[];
      predicted: string[];
    }[];
    assert.deepEqual(
      reading!.outputs.map(({ label }) => label),
      ['CNV', 'DME', 'Drusen', 'Normal'],
    );
    assert.equal(reading!.predicted.length, 1);
    const sum = reading!.outputs.reduce((total, { probability }) => total + probability, 0);
    assert.ok(Math.abs(sum - 1) < 1e-5);
  });

  test('tells a person the answer and that it is for research only', async (t) => {
    const { stdout } = await fovea(['classify', picture, ...DRAWN], temporaryFolder(t));
    assert.match(stdout, /square\.jpg: /);
    assert.match(stdout, /Research use only\. Not a medical device\./);
  });

  test('refuses what is no retina, reads it for a reason, and takes no empty one', async (t) => {
    const folder = temporaryFolder(t);
    const refused = await fovea(['classify', picture, '--json'], folder);
    assert.equal(refused.status, 1);
    assert.equal(codeOf(refused.lines()[0]!.error), 'NOT_A_RETINA');
    const read = await fovea(['classify', picture, ...DRAWN], folder);
    assert.equal(read.status, 0);
    assert.match(read.stdout, /Read against the gate \(NOT_A_RETINA\): made for the decoder/);
    assert.equal((await fovea(['classify', picture, '--override', ' '], folder)).status, 2);
  });
});

describe('wrong usage', () => {
  for (const line of [
    'classify',
    'classify --nonsense a.jpg',
    'nonsense',
    'user',
    'user add',
    'user add somebody --name S --role nobody',
    'audit verify --bogus',
    'calibrate -m M -d D --largest-set abc',
    'calibrate -m M -d D --largest-set 2.5',
    'calibrate -m M -d D --largest-set -1',
    'check M -i D --limit 1',
    'evaluate -d D --limit abc',
    'evaluate -d D --limit -8',
    'evaluate -d D --limit 0',
    'explain a.jpg --masks 1e3',
    'familiar M -d D --limit 2.5',
  ])
    test(`\`fovea ${line}\` ends with 2`, async (t) => {
      assert.equal((await fovea(line.split(' '), temporaryFolder(t))).status, 2);
    });
});

describe('fovea convert', () => {
  test('writes the graph and says what it is', async (t) => {
    const folder = temporaryFolder(t);
    const output = join(folder, 'tiny.onnx');
    const { status, lines } = await fovea(['convert', tinyModel, '-o', output, '--json'], folder);
    assert.equal(status, 0);
    const [about] = lines() as unknown as { size: number; inputs: unknown[]; layers: unknown[] }[];
    assert.equal(readFileSync(output).length, about!.size);
    assert.equal(about!.inputs.length, 1);
    const readings = await fovea(['classify', picture, '-m', output, '--json', ...DRAWN], folder);
    assert.equal(readings.status, 0, 'and the graph reads a picture');
  });

  test('lists the layers', async (t) => {
    const folder = temporaryFolder(t);
    const output = join(folder, 'tiny.onnx');
    const { stdout } = await fovea(['convert', tinyModel, '-o', output, '--layers'], folder);
    assert.match(stdout, /^edges +Conv2D +\[\?, 15, 15, 4\] +112$/m);
    assert.match(stdout, /4 layers, 132 parameters/);
    assert.match(stdout, /^sha256 {2}[0-9a-f]{64}$/m);
  });

  test('names what it refuses', async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, 'text.h5');
    writeFileSync(file, 'no model at all');
    const { status, lines } = await fovea(['convert', file, '--json'], folder);
    assert.equal(status, 1);
    assert.equal(codeOf(lines()[0]!.error), 'MODEL_UNRECOGNISED');
  });
});

describe('fovea models', () => {
  test('lists the shipped models, and says of a broken one of the user nothing that breaks the list', async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, 'models/broken'), { recursive: true });
    writeFileSync(join(folder, 'models/broken/model.json'), '{');
    const { status, lines } = await fovea(['models', '--json'], folder);
    assert.equal(status, 0);
    assert.deepEqual(
      lines().map(({ name, isDefault }) => [name, isDefault]),
      [
        ['fundus-disease', true],
        ['fundus-dr-grade', false],
        ['oct', false],
      ],
    );
  });
});

describe('fovea check', () => {
  test('tries contracts on labelled pictures, and says what it found', async (t) => {
    const folder = temporaryFolder(t);
    for (const [i, name] of ['a', 'b', 'c', 'd'].entries()) {
      mkdirSync(join(folder, 'pictures', name), { recursive: true });
      const data = new Uint8Array(32 * 32 * 3).fill(40 + 50 * i);
      const png = await encodePng({ width: 32, height: 32, channels: 3, data });
      writeFileSync(join(folder, 'pictures', name, '1.png'), png);
    }
    const args = ['check', tinyModel, '--images', join(folder, 'pictures')];
    const { status, lines } = await fovea([...args, '--json'], folder);
    assert.equal(status, 0);
    const [report] = lines() as unknown as { pictures: number; verdict: string; tried: unknown[] }[];
    assert.equal(report!.pictures, 4);
    assert.notEqual(report!.verdict, 'wrong', 'four pictures tell nothing');
    assert.ok(report!.tried.length > 20);
    const { stdout } = await fovea(args, folder);
    assert.match(stdout, /alphabetical order of the folders/);
    assert.match(stdout, /Research use only/);
  });

  test('names what it cannot use', async (t) => {
    const folder = temporaryFolder(t);
    const { status, lines } = await fovea(['check', tinyModel, '-i', folder, '--json'], folder);
    assert.equal(status, 1);
    const [refusal] = lines() as unknown as { error: { code: string } }[];
    assert.equal(refusal!.error.code, 'DATASET_INVALID');
  });
});

describe('fovea explain', () => {
  test('writes the picture with the map over it, and says what the map is worth', async (t) => {
    const folder = temporaryFolder(t);
    const out = join(folder, 'map.png');
    const { status, lines } = await fovea(['explain', picture, '-o', out, '--json', ...DRAWN], folder);
    assert.equal(status, 0);
    const [about] = lines() as unknown as {
      method: string;
      evidence: boolean | null;
      why: string;
      probability: number;
      map: number[];
      name: string;
    }[];
    // By what evidence/ holds.
    assert.equal(about!.method, 'cam');
    assert.equal(about!.evidence, true);
    assert.match(about!.why, /default/);
    assert.ok(about!.probability > 0 && about!.probability < 1);
    assert.equal(Math.max(...about!.map), 1);
    const png = readFileSync(out).toString('latin1');
    assert.match(png, /Evidence.*Passed its check/s);
    assert.match(png, /Caveat.*Exact for this model/s);
    assert.match(png, /Research use only/);
  });

  test('names what it cannot explain', async (t) => {
    const folder = temporaryFolder(t);
    const { status, lines } = await fovea(['explain', picture, '-c', 'nothing', '--json', ...DRAWN], folder);
    assert.equal(status, 1);
    const [refusal] = lines() as unknown as { error: { code: string } }[];
    assert.equal(refusal!.error.code, 'LABEL_UNKNOWN');
  });
});
