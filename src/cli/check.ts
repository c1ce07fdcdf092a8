import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import { type CheckReport, check, sentence } from '../flows/check.ts';
import { DISCLAIMER } from '../flows/disclaimer.ts';
import { type LabelledPictures, readLabelledPictures } from '../flows/labelled-pictures.ts';
import type { Manifest } from '../model/index.ts';
import { type Done, EXIT } from './exit.ts';
import { wholeNumber } from './numbers.ts';
import { asRefusal } from './refusal.ts';
import { chosenModel, openRegistry } from './registry.ts';
import { tellLeftOut } from './rows.ts';
import { describeError, percent, printJson } from './text.ts';

interface Options {
  readonly images: string;
  readonly limit: number;
  readonly save?: boolean;
  readonly json?: boolean;
}

/** `fovea check MODEL --images FOLDER [--limit N] [--save] [--json]` */
export const checkCommand = (done: Done): Command =>
  new Command('check')
    .description('Try how a model wants its pictures prepared, against pictures whose labels are known.')
    .argument('<model>', 'a model by name, or a .h5, .keras or .onnx file or its folder')
    .requiredOption('-i, --images <folder>', 'one folder of pictures a class, or pictures with a labels.csv')
    .option(
      '-l, --limit <n>',
      'at most so many pictures, as many of each class as can be',
      wholeNumber('--limit', 2),
      200,
    )
    .option('--save', "write what fits into the user's model")
    .option('--json', 'one JSON object')
    .action(async (name: string, { images, limit, save, json }: Options) => {
      const registry = openRegistry();
      try {
        const model = await chosenModel(registry, name);
        const labelled = await readLabelledPictures(images, model.manifest.labels);
        tellLeftOut(labelled.leftOut);
        const chosen = evenly(labelled, limit);
        const bar = process.stderr.isTTY && !json ? progressBar() : undefined;
        const report = await check(model, chosen, { onProgress: (at, total) => bar?.update(at / total) });
        bar?.stop();
        const fragment = fragmentOf(report, model.manifest);
        if (json) printJson({ model: model.manifest.name, ...report, sentence: sentence(report), fragment });
        else print(report, labelled);
        if (fragment && save) await registry.update(model.manifest.name, fragment);
        else if (fragment && !json) {
          console.log('\nTo use it, `--save`, or in model.json:');
          console.log(JSON.stringify(fragment, null, 2));
        }
        if (!json) console.log(`\n${DISCLAIMER}`);
        done(EXIT.allDone);
      } catch (thrown) {
        const error = asRefusal(thrown);
        if (json) printJson({ model: name, error });
        else console.error(describeError(error));
        done(EXIT.someFailed);
      } finally {
        await registry.close();
      }
    });

/** As many pictures of each class as the limit allows, in their order. */
function evenly(labelled: LabelledPictures, most: number): LabelledPictures {
  const classes = new Set(labelled.pictures.map(({ truth }) => truth.join()));
  const each = Math.max(1, Math.floor(most / classes.size));
  const taken = new Map<string, number>();
  const pictures = labelled.pictures.filter(({ truth }) => {
    const count = (taken.get(truth.join()) ?? 0) + 1;
    taken.set(truth.join(), count);
    return count <= each;
  });
  return { ...labelled, pictures };
}

/** What would have to be changed in the manifest, or undefined where nothing. */
function fragmentOf(
  { verdict, fitting, labelOrder }: CheckReport,
  { labels }: Manifest,
): Partial<Pick<Manifest, 'preprocessing' | 'labels'>> | undefined {
  if (verdict !== 'wrong' && !labelOrder) return undefined;
  const ordered = labelOrder?.map(
    (name) => labels.find((label) => (label.name || label.label) === name) ?? { label: name, name },
  );
  return {
    ...(verdict === 'wrong' && { preprocessing: fitting.contract }),
    ...(ordered && { labels: ordered }),
  };
}

function print(report: CheckReport, { alphabetical }: LabelledPictures): void {
  const { pictures, classes, unreadable, measure, present, fitting, tried, verdict } = report;
  const value = (score: number) => (measure === 'accuracy' ? percent(score) : score.toFixed(3));
  const counts = classes.filter((c) => c.pictures > 0).map((c) => `${c.name} ${c.pictures}`);
  console.log(`${pictures} pictures: ${counts.join(', ')}`);
  for (const { file, error } of unreadable)
    console.error(`left out: ${file}: ${error.message} [${error.code}]`);
  if (alphabetical)
    console.log(
      'The model does not name its classes: they are taken in the alphabetical order of the folders.',
    );
  const line = (name: string, { words, score, interval }: CheckReport['present']) => {
    const range = interval ? `  (95 %: ${interval.map(percent).join(' to ')})` : '';
    console.log(`${name.padEnd(9)} ${words.join(', ')}   ${measure} ${value(score)}${range}`);
  };
  console.log();
  line('present', present);
  if (verdict === 'wrong') line('fits', fitting);
  console.log(`\n${sentence(report)}`);
  if (report.labelOrder) {
    const before = value(report.scoreAsLabelled!);
    console.log(`The labels stand in another order: ${report.labelOrder.join(', ')}.`);
    console.log(`As they are given, ${measure} is ${before}; all figures here are under that order.`);
  }
  console.log('\nThe best of those tried:');
  for (const { words, score, changed, p } of tried.slice(0, 6)) {
    console.log(
      `  ${value(score).padStart(7)}  ${words.join(', ')}   ${changed} answers changed, p ${p.toPrecision(2)}`,
    );
  }
}

function progressBar(): SingleBar {
  const bar = new SingleBar({
    format: '{bar} {percentage} %',
    stream: process.stderr,
    clearOnComplete: true,
  });
  bar.start(1, 0);
  return bar;
}
