import { readFile } from 'node:fs/promises';
import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import { asFoveaError, FoveaError } from '../core/errors.ts';
import { classify, type ReadingOptions } from '../flows/classify.ts';
import { DISCLAIMER } from '../flows/disclaimer.ts';
import type { Reading } from '../flows/reading.ts';
import { classifyWithRightModel } from '../flows/right-model.ts';
import { type Model, Registry } from '../model/index.ts';
import { type Done, EXIT } from './exit.ts';
import { describeGate, eyeOption, overrideOption } from './gate.ts';
import { describeMeaning, operatingPointOption, prevalenceOption } from './meaning.ts';
import { findPictures } from './pictures.ts';
import { chosenModel, openRegistry } from './registry.ts';
import { describeError, percent, printJson } from './text.ts';

interface Options extends ReadingOptions {
  readonly model?: string;
  readonly json?: boolean;
}

/** `fovea classify FILE|FOLDER… [--model NAME|PATH] [--eye OD|OS] [--override REASON] [--json]` */
export const classifyCommand = (done: Done): Command =>
  new Command('classify')
    .description('Read pictures: which disease, how probable.')
    .argument('<file|folder...>', 'pictures, or folders with pictures below them')
    .option(
      '-m, --model <name|path>',
      'a model by name (`fovea models`), or a .h5, .keras or .onnx file or its folder',
    )
    .addOption(eyeOption())
    .addOption(overrideOption())
    .addOption(operatingPointOption())
    .addOption(prevalenceOption())
    .option('--json', 'one JSON object a line')
    .action(async (paths: string[], options: Options) => {
      const { paths: pictures, leftOut } = await findPictures(paths);
      if (leftOut > 0) console.error(`${leftOut} files in the folders are not pictures and were left out.`);
      if (pictures.length === 0) throw new RangeError('There is no picture to read.');
      const registry = openRegistry();
      // A model that does not open is why none of the pictures is read.
      const model =
        options.model === undefined
          ? registry
          : await chosenModel(registry, options.model).catch(asFoveaError);
      done((await readAll(pictures, model, options)) ? EXIT.allDone : EXIT.someFailed);
      await registry.close();
    });

/** Pictures being read at once: libvips decodes the next ones while a model answers for this one. */
const AHEAD = 3;

/** Prints each picture's result in the order of the paths; true when all were read. */
async function readAll(
  paths: readonly string[],
  model: Model | Registry | FoveaError,
  { json, ...options }: Options,
): Promise<boolean> {
  if (model instanceof FoveaError && !json) {
    console.error(describeError(model));
    return false;
  }
  const print = json ? printJson : printForPerson;
  const bar = paths.length > 1 && process.stderr.isTTY ? progressBar(paths.length) : undefined;
  const begun: Promise<Reading | FoveaError>[] = [];
  let allRead = true;
  for (const [i, path] of paths.entries()) {
    for (let next = i + begun.length; begun.length < AHEAD && next < paths.length; next++) {
      begun.push(readOne(paths[next]!, model, options));
    }
    const result = (await begun.shift())!;
    if (result instanceof FoveaError) allRead = false;
    print(result instanceof FoveaError ? { file: path, error: result } : result);
    bar?.increment();
  }
  bar?.stop();
  if (!json) console.log(DISCLAIMER);
  return allRead;
}

async function readOne(
  path: string,
  model: Model | Registry | FoveaError,
  options: ReadingOptions,
): Promise<Reading | FoveaError> {
  if (model instanceof FoveaError) return model;
  try {
    const bytes = await readFile(path).catch(() => {
      throw new FoveaError('FILE_NOT_FOUND', { path });
    });
    const picture = { name: path, bytes };
    return await (model instanceof Registry
      ? classifyWithRightModel(picture, model, options)
      : classify(picture, model, options));
  } catch (thrown) {
    return asFoveaError(thrown);
  }
}

function printForPerson(result: Reading | { file: string; error: FoveaError }): void {
  if ('error' in result) {
    console.error(`${result.file}: ${describeError(result.error)}\n`);
    return;
  }
  const { file, outputs, predicted, model, gate, abstained } = result;
  const answer =
    predicted.length > 0
      ? predicted.map((p) => nameOf(p, outputs)).join(', ')
      : !gate.effect.positive
        ? 'not gradable'
        : abstained
          ? 'too uncertain to name one'
          : 'nothing above its threshold';
  console.log(`${file}: ${answer}   (${model.name} ${model.version})`);
  for (const line of describeGate(gate)) console.log(`  ${line}`);
  const width = Math.max(...outputs.map(({ name }) => name.length));
  for (const { label, name, probability, calibrated } of outputs) {
    const meant = calibrated ?? probability;
    const bar = '█'.repeat(Math.round(meant * 30)).padEnd(30, '·');
    console.log(
      `  ${predicted.includes(label) ? '▸' : ' '} ${name.padEnd(width)} ${bar} ${percent(meant).padStart(7)}`,
    );
  }
  for (const line of describeMeaning(result)) console.log(`  ${line}`);
  console.log();
}

const nameOf = (label: string, outputs: Reading['outputs']) =>
  outputs.find((o) => o.label === label)?.name ?? label;

function progressBar(total: number): SingleBar {
  const bar = new SingleBar({
    format: '{bar} {value}/{total} pictures · {eta_formatted} left',
    stream: process.stderr,
    clearOnComplete: true,
  });
  bar.start(total, 0);
  return bar;
}
