/**
 * `npm run bench`: how long a reading takes and what it weighs.
 * `npm run bench -- --peer PYTHON`: the same beside the founding paper's own program (`bench/peer.py`: PIL and Keras
 * on TensorFlow), same model, same full-size photographs, in turns within one run.
 *
 * Other options: `--runs N` (default 5), `--images FOLDER` (default ../shared/data/fullres, else a phantom).
 */
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { encodeJpeg } from '../src/image/index.ts';
import { renderFundus } from '../src/synth/index.ts';
import { median, type Run, runProgram } from './program.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values: options } = parseArgs({
  options: {
    peer: { type: 'string' },
    runs: { type: 'string', default: '5' },
    images: { type: 'string', default: join(root, '../shared/data/fullres') },
  },
});

/** Each photograph is read so often in a run, so that most readings are warm. */
const ROUNDS = 6;

const work = mkdtempSync(join(tmpdir(), 'fovea-bench-'));
const photographs = await findPhotographs();
const pictures = Array.from({ length: ROUNDS }, () => photographs).flat();
const model = join(root, 'models/fundus-disease');

const programs: Record<string, () => Promise<Run>> = {
  Fovea: () =>
    runProgram(process.execPath, [join(root, 'bin/fovea.mjs'), 'classify', ...pictures, '--json'], {
      FOVEA_DATA: join(work, 'data'),
    }),
  ...(options.peer && {
    'Keras program': () =>
      runProgram(options.peer!, [join(root, 'bench/peer.py'), join(model, 'keras_model.h5'), ...pictures]),
  }),
};

// The very first start also converts the model; told on its own, for it happens once.
const first = await programs.Fovea!();
const runs = Object.fromEntries(Object.keys(programs).map((name) => [name, [] as Run[]]));
for (let i = 0; i < Number(options.runs); i++) {
  for (const [name, run] of Object.entries(programs)) {
    process.stderr.write(`run ${i + 1} of ${options.runs}: ${name}\n`);
    runs[name]!.push(await run());
  }
}
rmSync(work, { recursive: true });

console.log(`${cpus()[0]?.model.trim()}, ${cpus().length} cores; Node ${process.versions.node}`);
console.log(`${photographs.length} photographs, ${ROUNDS} rounds, median of ${options.runs} runs in turns\n`);
const names = Object.keys(runs);
const ratio = names.length > 1;
console.log(`| | ${names.join(' | ')} |${ratio ? ' ratio |' : ''}`);
console.log(`|---|${names.map(() => '---:|').join('')}${ratio ? '---:|' : ''}`);
const rows: [what: string, unit: string, of: (run: Run) => number][] = [
  ['cold start to first answer', 'ms', (run) => run.coldStart],
  ['decode + preprocess + inference, a photograph', 'ms', (run) => run.perPicture],
  ['peak memory', 'MiB', (run) => run.peakMemory],
];
for (const [what, unit, of] of rows) {
  const medians = names.map((name) => median(runs[name]!.map(of)));
  const cells = medians.map((value) => `${value.toFixed(0)} ${unit}`);
  console.log(
    `| ${[what, ...cells, ...(ratio ? [(medians[0]! / medians[1]!).toFixed(2)] : [])].join(' | ')} |`,
  );
}
console.log(`\nVery first start, with the model converted on the way: ${first.coldStart.toFixed(0)} ms.`);

async function findPhotographs(): Promise<string[]> {
  const found = globSync('*.{jpg,jpeg}', { cwd: options.images }).map((name) => join(options.images, name));
  if (found.length > 0) return found.sort();
  const drawn = join(work, 'phantom.jpg');
  const { image: data, width, height } = renderFundus({ seed: 1, size: 2048 });
  writeFileSync(drawn, await encodeJpeg({ width, height, channels: 3, data }));
  return [drawn];
}
