import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import { FoveaError } from '../core/errors.ts';
import { random } from '../core/random.ts';
import { DISCLAIMER } from '../flows/disclaimer.ts';
import {
  CAMERAS,
  checkPhantom,
  DISEASES,
  type Disease,
  itemsOf,
  labelsCsv,
  MODALITIES,
  type Modality,
  PHASES,
  type Phantom,
  PUPIL_RANGE,
  SCANNERS,
  type SetItem,
  truthLines,
} from '../synth/index.ts';
import { type Done, EXIT } from './exit.ts';
import type { PhantomJob } from './phantom-job.ts';

interface Options {
  readonly modality: string;
  readonly disease: string;
  readonly grade: string;
  readonly eye?: string;
  readonly seed: string;
  readonly size: string;
  readonly field: string;
  readonly centring: string;
  readonly camera?: string;
  readonly pupil?: string;
  readonly age?: string;
  readonly pigmentation?: string;
  readonly artefacts?: string;
  readonly scanner?: string;
  readonly offset?: string;
  readonly phase?: string;
  readonly count: string;
  readonly out: string;
  readonly masks?: boolean;
}

/** `fovea phantom --disease dr --grade 3 --count 100 --out DIR [--masks]` */
export const phantomCommand = (done: Done): Command =>
  new Command('phantom')
    .description('Draw labelled retinal images of nobody, with exact masks.')
    .option(
      '--modality <names>',
      `${Object.keys(MODALITIES).join(', ')}; with commas between, each eye in each`,
      'fundus',
    )
    .option(
      '--disease <names>',
      `normal, mixed, or one or more of ${Object.keys(DISEASES).join(', ')}, commas between`,
      'normal',
    )
    .option('--grade <numbers>', 'grade of each disease, commas between', '2')
    .option('--eye <OD|OS>', 'default: drawn')
    .option('--seed <number>', 'the same seed gives the same files', '1')
    .option('--size <pixels>', 'side of the square picture (not of OCT)', '512')
    .option('--field <degrees>', 'field of view: 30, 45 or 50', '45')
    .option('--centring <place>', 'macula or disc', 'macula')
    .option('--age <years>', 'default: drawn')
    .option('--pigmentation <share>', 'of the fundus, 0 blond to 1 dark (default: drawn)')
    .option('--camera <name>', `${Object.keys(CAMERAS).join(', ')} (default: tabletop)`)
    .option('--pupil <mm>', `from ${PUPIL_RANGE.join(' to ')} (default: 5)`)
    .option('--artefacts <list>', 'faults from 0 to 1, as haze=0.4,defocus=0.2 (default: usual ones)')
    .option('--scanner <name>', `of OCT: ${Object.keys(SCANNERS).join(', ')} (default: spectralis)`)
    .option(
      '--offset <µm>',
      'of OCT: where the scan passes below the fovea (default: through what there is to see)',
    )
    .option('--phase <name>', `of FA: ${PHASES.join(', ')} (default: arteriovenous)`)
    .option('--count <number>', 'how many', '1')
    .requiredOption('-o, --out <folder>', 'images/, labels.csv and truth.jsonl are written there')
    .option('--masks', 'write masks/KIND/NAME.png too')
    .action(async (options: Options) => {
      const items = chosen(options);
      await mkdir(options.out, { recursive: true });
      const bar = process.stderr.isTTY ? progressBar(items.length) : undefined;
      const jobs = items.map(({ name, parameters }) => ({
        name,
        parameters,
        folder: options.out,
        masks: Boolean(options.masks),
      }));
      const truths = await drawAll(jobs, () => bar?.increment());
      bar?.stop();
      await writeFile(join(options.out, 'labels.csv'), labelsCsv(items, truths));
      await writeFile(join(options.out, 'truth.jsonl'), truthLines(items, truths));
      console.log(`${jobs.length} synthetic images in ${options.out}. ${DISCLAIMER}`);
      done(EXIT.allDone);
    });

/** More pictures than this in one run is a slip of the finger: at half a second each it is two days. */
const MOST = 1_000_000;

function chosen(options: Options): SetItem[] {
  const count = wholeNumber('count', options.count);
  if (!(count >= 1 && count <= MOST))
    throw new FoveaError('PHANTOM_PARAMETER_INVALID', {
      parameter: 'count',
      received: options.count,
      expected: `from 1 to ${MOST}`,
    });
  const shared = {
    field: wholeNumber('field', options.field),
    centring: options.centring,
    ...(options.eye && { eye: options.eye }),
    ...(options.age && { age: Number(options.age) }),
    ...(options.pigmentation && { pigmentation: Number(options.pigmentation) }),
    ...(options.artefacts && { artefacts: artefactsOf(options.artefacts) }),
  };
  const flat = {
    size: wholeNumber('size', options.size),
    ...(options.camera && { camera: options.camera }),
    ...(options.pupil && { pupil: Number(options.pupil) }),
  };
  const deep = {
    ...(options.scanner && { scanner: options.scanner }),
    ...(options.offset && { offset: Number(options.offset) }),
  };
  const modalities = options.modality.split(',').map((name) => name.trim()) as Modality[];
  const items = itemsOf({ seed: options.seed, count, modalities }, (seed, modality) => ({
    ...(modality === 'oct' ? deep : flat),
    ...(modality === 'fa' && options.phase && { phase: options.phase }),
    ...shared,
    diseases: diseasesOf(options, seed),
  }));
  // But for the diseases of a mixed set, all eyes are asked for alike.
  for (const { parameters } of options.disease === 'mixed' ? items : items.slice(0, modalities.length))
    checkPhantom(parameters);
  return items;
}

/** `haze=0.4,defocus=0.2` */
const artefactsOf = (list: string): Record<string, number> =>
  Object.fromEntries(
    list.split(',').map((part) => {
      const [name = '', strength] = part.split('=').map((text) => text.trim());
      return [name, Number(strength)];
    }),
  );

function diseasesOf({ disease, grade }: Options, seed: string): Record<string, number> {
  if (disease === 'normal') return {};
  if (disease === 'mixed') return mixed(seed);
  const names = disease.split(',').map((name) => name.trim());
  const grades = grade.split(',').map((text) => wholeNumber('grade', text));
  return Object.fromEntries(names.map((name, i) => [name, grades[Math.min(i, grades.length - 1)]!]));
}

/** A third healthy, the rest with one disease, every seventh of them with a second. */
function mixed(seed: string): Record<string, number> {
  const stream = random(`mixed/${seed}`);
  if (stream.chance(1 / 3)) return {};
  const names = Object.keys(DISEASES) as Disease[];
  const chosen = [
    stream.chance(0.4) ? 'dr' : stream.pick(names),
    ...(stream.chance(1 / 7) ? [stream.pick(names)] : []),
  ] as Disease[];
  return Object.fromEntries(chosen.map((name) => [name, stream.whole(1, DISEASES[name].grades[1])]));
}

function wholeNumber(parameter: string, text: string): number {
  if (!/^\d+$/.test(text.trim()))
    throw new FoveaError('PHANTOM_PARAMETER_INVALID', {
      parameter,
      received: text,
      expected: 'a whole number',
    });
  return Number(text);
}

/** Draws on every core; the answers are in the order of the jobs. */
async function drawAll(jobs: readonly PhantomJob[], onDrawn: () => void): Promise<Phantom['truth'][]> {
  const truths: Phantom['truth'][] = [];
  let next = 0;
  // Built, the files are .js; run from source, .ts.
  const script = new URL(import.meta.url.replace(/phantom(\.[jt]s)$/, 'phantom-worker$1'));
  const lane = async () => {
    const worker = new Worker(script);
    try {
      while (next < jobs.length) {
        const index = next++;
        truths[index] = await new Promise<Phantom['truth']>((resolve, reject) => {
          worker.once('error', reject);
          worker.once('message', ({ truth, failure }: { truth?: Phantom['truth']; failure?: string }) => {
            worker.off('error', reject);
            if (truth) resolve(truth);
            else reject(new Error(failure));
          });
          worker.postMessage(jobs[index]);
        });
        onDrawn();
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), jobs.length) }, lane));
  return truths;
}

function progressBar(total: number): SingleBar {
  const bar = new SingleBar({
    format: '{bar} {value}/{total}  {eta_formatted} left',
    stream: process.stderr,
  });
  bar.start(total, 0);
  return bar;
}
