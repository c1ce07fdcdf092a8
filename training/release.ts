/**
 * What makes a trained package whole, by the product's own commands: calibration, figures, card, list of what it was
 * taught with, what is familiar to it, and what its maps are worth.
 *
 *     node training/release.ts fundus-disease fundus-dr-grade oct [--data ../shared/data] [--only calibrate,evaluate,…]
 *
 * `parts.csv` of the recipes says which photograph was in which part. The card's figures can be had again by the
 * commands that this prints.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { encodePng } from '../src/image/index.ts';
import { renderEye } from '../src/synth/index.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const work = process.env.FOVEA_TRAINING ?? '/tmp/fovea-training';
const STEPS = ['calibrate', 'evaluate', 'hashes', 'familiar', 'evidence'] as const;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string', default: join(root, '../shared/data') },
    only: { type: 'string', default: STEPS.join() },
  },
});

interface Package {
  readonly recipe: string;
  readonly labelColumn: string;
  readonly calibrate: string;
  /** With more open than this nothing is named; default: half. */
  readonly largestSet?: number;
  /** Title on the card → rows. */
  readonly measure: Readonly<Record<string, string>>;
  /** A phantom to explain, by the most exact methods. */
  readonly modality: 'fundus' | 'oct';
}

const PACKAGES: Readonly<Record<string, Package>> = {
  'fundus-disease': {
    recipe: 'fundus',
    labelColumn: 'labels',
    calibrate: 'part=odir dev',
    measure: { 'ODIR, patients never seen': 'part=odir test' },
    modality: 'fundus',
  },
  'fundus-dr-grade': {
    recipe: 'fundus',
    labelColumn: 'grade',
    calibrate: 'role=dev',
    // Neighbouring grades are hardly told apart: half of the eyes would get no answer.
    largestSet: 4,
    measure: {
      'ODIR, patients never seen': 'part=odir test',
      'EyePACS, patients never seen': 'part=eyepacs test',
    },
    modality: 'fundus',
  },
  oct: {
    recipe: 'oct',
    labelColumn: 'label',
    calibrate: 'part=dev',
    measure: { 'OCT2017, patients never seen': 'part=test' },
    modality: 'oct',
  },
};
/** Cheap and exact where the head allows it; the others take minutes a map. */
const METHODS = [
  'cam',
  'grad-cam',
  'grad-cam++',
  'hires-cam',
  'eigen-cam',
  'input-gradient',
  'integrated-gradients',
];

const steps = values.only.split(',');
for (const name of positionals) {
  const about = PACKAGES[name];
  if (!about) throw new Error(`${name} is none of ${Object.keys(PACKAGES).join(', ')}`);
  const folder = join('models', name);
  const parts = join(work, about.recipe, 'parts.csv');
  const out = join(work, about.recipe, `evaluation-${name}`);
  const rows = ['--data', parts, '--root', values.data, '--label-column', about.labelColumn];
  const largest = about.largestSet === undefined ? [] : ['--largest-set', String(about.largestSet)];
  if (steps.includes('calibrate'))
    fovea(
      'calibrate',
      '--model',
      folder,
      ...rows,
      '--split-column',
      about.calibrate,
      ...largest,
      '--out',
      out,
    );
  if (steps.includes('evaluate')) {
    const figures = Object.entries(about.measure).map(([title, where], i) => {
      const to = join(out, String(i));
      fovea('evaluate', '--model', folder, ...rows, '--split-column', where, '--out', to, '--no-gate');
      return `${title}=${join(to, 'metrics.json')}`;
    });
    run(process.execPath, 'training/card.ts', folder, ...figures);
  }
  if (steps.includes('hashes'))
    fovea(
      'dataset',
      parts,
      '--root',
      values.data,
      '--label-column',
      about.labelColumn,
      '--split-column',
      about.recipe === 'oct' ? 'part=train' : 'role=train',
      '--training-hashes',
      join(folder, 'training-hashes.txt'),
    );
  if (steps.includes('familiar'))
    fovea(
      'familiar',
      folder,
      '--data',
      parts,
      '--root',
      values.data,
      '--label-column',
      about.labelColumn,
      '--where',
      about.recipe === 'oct' ? 'part=train' : 'role=train',
      '--source',
      'its training pictures',
    );
  if (steps.includes('evidence')) {
    const { image, width, height, channels } = renderEye({
      modality: about.modality,
      seed: 'release',
      size: 512,
      diseases: about.modality === 'oct' ? { dme: 3 } : { dr: 3 },
    } as Parameters<typeof renderEye>[0]);
    const eye = join(out, 'eye.png');
    mkdirSync(dirname(eye), { recursive: true });
    writeFileSync(eye, await encodePng({ width, height, channels, data: image }));
    const data = join(out, 'home');
    for (const method of METHODS) fovea('explain', eye, '--model', name, '--method', method, '--check');
    const cache = join(data, 'cache/evidence');
    for (const file of readdirSync(cache)) copyFileSync(join(cache, file), join(root, 'evidence', file));

    function fovea(...args: string[]) {
      run(join(root, 'bin/fovea.mjs'), ...args, { FOVEA_DATA: data });
    }
  }
}

// What was measured of a network that is no longer shipped.
const shipped = Object.keys(PACKAGES).map(
  (name) => JSON.parse(readFileSync(join(root, 'models', name, 'model.json'), 'utf8')).sha256 as string,
);
for (const file of readdirSync(join(root, 'evidence')))
  if (!shipped.some((sha256) => file.startsWith(sha256))) rmSync(join(root, 'evidence', file));

function fovea(...args: string[]): void {
  run(join(root, 'bin/fovea.mjs'), ...args);
}

function run(command: string, ...args: (string | Record<string, string>)[]): void {
  const words = args.filter((arg) => typeof arg === 'string');
  const environment = args.find((arg) => typeof arg !== 'string');
  console.log(`$ ${[command.replace(root, ''), ...words].join(' ')}`);
  const { status } = spawnSync(command, words, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  if (status !== 0) throw new Error(`${words[0]} ended with ${status}`);
}
