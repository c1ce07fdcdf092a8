import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { decode } from '../image/index.ts';
import { renderEye } from '../synth/index.ts';
import { main } from './main.ts';

const folder = mkdtempSync(join(tmpdir(), 'fovea-phantom-'));
after(() => rmSync(folder, { recursive: true }));

const phantom = (...args: string[]) => main(['node', 'fovea', 'phantom', '--size', '96', ...args]);

describe('fovea phantom', () => {
  const out = join(folder, 'set');

  test('writes pictures, masks and labels', async () => {
    assert.equal(
      await phantom(
        '--disease',
        'dr,glaucoma',
        '--grade',
        '3,1',
        '--eye',
        'OD',
        '--seed',
        '7',
        '--count',
        '5',
        '--masks',
        '-o',
        out,
      ),
      0,
    );
    const rows = readFileSync(join(out, 'labels.csv'), 'utf8').trim().split('\n');
    assert.equal(
      rows[0],
      'file,patient,eye,labels,split,age,dr_grade,cup_to_disc,keywords,seed,modality,oct_class,central_subfield_um',
    );
    assert.equal(rows.length, 6);
    assert.match(
      rows[1]!,
      /^images\/phantom-7-0001\.png,phantom-7-0001,OD,D;G,train,\d+,3,0\.\d+,dr 3 \+ glaucoma 1,7-1,fundus,,$/,
    );
    assert.match(rows[5]!, /,val,/);
    assert.equal(readdirSync(join(out, 'images')).length, 5);
    for (const kind of ['vessel', 'disc', 'cup', 'microaneurysm', 'dotBlotHaemorrhage'])
      assert.equal(readdirSync(join(out, 'masks', kind)).length, 5, kind);
    assert.equal(readFileSync(join(out, 'truth.jsonl'), 'utf8').trim().split('\n').length, 5);
  });

  test('a picture is the one that its parameters give, and says that it is synthetic', async () => {
    const file = readFileSync(join(out, 'images', 'phantom-7-0002.png'));
    const text = file.toString('utf8');
    assert.match(text, /iTXtSoftware\0\0\0\0\0fovea-phantom \d+/);
    assert.match(text, /Synthetic image of no person\. Research use only, not a medical device\./);
    const parameters = JSON.parse(/iTXtParameters\0{5}(\{.*?\}\})/.exec(text)![1]!);
    assert.deepEqual(new Uint8Array((await decode(file)).data), renderEye(parameters).image);
  });

  test('what cannot be drawn is refused before anything is written', async () => {
    const target = join(folder, 'none');
    for (const args of [
      ['--disease', 'dr', '--grade', '9'],
      ['--size', '0'],
      ['--count', '0'],
      ['--disease', 'measles'],
      ['--modality', 'xray'],
      ['--seed', '1', '--field', 'wide'],
      ['--modality', 'oct', '--scanner', 'ultrasound'],
      ['--modality', 'oct', '--offset', '9000'],
      ['--modality', 'fundus,fa', '--phase', 'venous'],
      ['--camera', 'obscura'],
      ['--pupil', '12'],
      ['--artefacts', 'haze=much'],
      ['--age', 'old'],
    ])
      assert.equal(await phantom(...args, '-o', target), 1, args.join(' '));
    assert.throws(() => readdirSync(target));
  });

  test('an eye in several modalities is one patient with one truth', async () => {
    const both = join(folder, 'both');
    assert.equal(
      await phantom(
        '--disease',
        'dme',
        '--grade',
        '3',
        '--modality',
        'fundus,oct,fa',
        '--count',
        '2',
        '--masks',
        '-o',
        both,
      ),
      0,
    );
    const rows = readFileSync(join(both, 'labels.csv'), 'utf8').trim().split('\n').slice(1);
    assert.deepEqual(
      rows.map((row) => row.split(',').slice(0, 2)),
      [
        ['images/phantom-1-0001-fundus.png', 'phantom-1-0001'],
        ['images/phantom-1-0001-oct.png', 'phantom-1-0001'],
        ['images/phantom-1-0001-fa.png', 'phantom-1-0001'],
        ['images/phantom-1-0002-fundus.png', 'phantom-1-0002'],
        ['images/phantom-1-0002-oct.png', 'phantom-1-0002'],
        ['images/phantom-1-0002-fa.png', 'phantom-1-0002'],
      ],
    );
    assert.match(rows[1]!, /,oct,DME,\d{3}\.\d$/);
    const truths = readFileSync(join(both, 'truth.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.equal(truths[0].age, truths[1].age);
    assert.equal(truths[0].eye, truths[1].eye);
    const scan = await decode(readFileSync(join(both, rows[1]!.split(',')[0]!)));
    assert.deepEqual([scan.width, scan.height], [512, 496]);
    assert.equal(readdirSync(join(both, 'masks', 'intraretinalFluid')).length, 2);
  });

  test('a mixed set has healthy and diseased eyes', async () => {
    const mixed = join(folder, 'mixed');
    assert.equal(await phantom('--disease', 'mixed', '--count', '14', '--size', '64', '-o', mixed), 0);
    const labels = readFileSync(join(mixed, 'labels.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((row) => row.split(',')[3]!);
    assert.ok(labels.includes('N'));
    assert.ok(new Set(labels).size >= 4, labels.join());
  });
});
