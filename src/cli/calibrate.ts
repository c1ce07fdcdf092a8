import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { FoveaError } from '../core/errors.ts';
import { readDataset } from '../dataset/index.ts';
import { fitCalibration } from '../flows/calibrate.ts';
import { DISCLAIMER } from '../flows/disclaimer.ts';
import { casesOf } from '../flows/evaluate.ts';
import type { Calibration } from '../model/index.ts';
import { answersOf } from './answers.ts';
import { type Done, EXIT } from './exit.ts';
import { wholeNumber } from './numbers.ts';
import { chosenModel, openRegistry } from './registry.ts';
import { labelMap, select, tellLeftOut } from './rows.ts';
import { percent } from './text.ts';

interface Options {
  readonly model: string;
  readonly data: string;
  readonly labels?: string;
  readonly fileColumn?: string;
  readonly labelColumn?: string;
  readonly patientColumn?: string;
  readonly root?: string;
  readonly splitColumn?: string;
  readonly method?: Calibration['map']['kind'];
  readonly coverage: string;
  readonly largestSet?: number;
  readonly out: string;
}

/** `fovea calibrate --model FOLDER|NAME --data D [--split-column COLUMN=VALUE]` */
export const calibrateCommand = (done: Done): Command =>
  new Command('calibrate')
    .description("Make a model's probabilities mean what they say, on patients that it was not taught with.")
    .requiredOption('-m, --model <name|folder>', 'a model of yours by name, or a folder with model.json')
    .requiredOption('-d, --data <folder|csv>', 'one folder a class, or a table of files, labels and patients')
    .option('--labels <from=to,…>', "labels of the data by the model's names")
    .option('--file-column <name>', 'default: file')
    .option('--label-column <name>', 'default: labels or label')
    .option('--patient-column <name>', 'default: patient')
    .option('--root <folder>', 'where the files of the table stand')
    .option('--split-column <column=value>', 'these rows only')
    .addOption(
      new Option('--method <method>', 'default: temperature for classes, platt for labels').choices([
        'temperature',
        'platt',
        'isotonic',
      ]),
    )
    .option('--coverage <share>', 'of the conformal sets, 0 to 1', '0.9')
    .option(
      '--largest-set <n>',
      'with more labels open than this the model names none; default: half of them',
      wholeNumber('--largest-set'),
    )
    .option('-o, --out <folder>', 'where the cache of answers goes', 'evaluation')
    .action(async (options: Options) => {
      const coverage = Number(options.coverage);
      if (!(coverage > 0 && coverage < 1))
        throw new RangeError(`--coverage must be between 0 and 1, not "${options.coverage}".`);
      const { items, leftOut } = await readDataset(options.data, options);
      tellLeftOut(leftOut);
      const chosen = select(items, options.splitColumn);
      if (chosen.length === 0) throw new FoveaError('DATASET_INVALID', { reason: 'no row is chosen' });
      const registry = openRegistry();
      try {
        const model = await chosenModel(registry, options.model);
        // Before the answers, which take minutes.
        const write = await registry.calibrating(options.model);
        const answers = await answersOf(chosen, model, { out: options.out, gate: false });
        const { manifest } = model;
        const names = manifest.labels.map(({ label }) => label);
        const cases = casesOf(chosen, answers, names, labelMap(options.labels));
        const calibration = fitCalibration(cases, manifest, {
          coverage,
          data: `${options.data}${options.splitColumn ? `, ${options.splitColumn}` : ''}`,
          ...(options.method && { method: options.method }),
          ...(options.largestSet !== undefined && { largestSet: options.largestSet }),
        });
        const path = await write(calibration);
        await writeFile(join(options.out, 'calibration.json'), `${JSON.stringify(calibration, null, 1)}\n`);
        const left = cases.length - calibration.pictures;
        console.log(
          `${calibration.pictures} pictures of ${calibration.patients} patients${left > 0 ? `, ${left} left out` : ''}; ${calibration.map.kind}.`,
        );
        for (const { name, thresholds } of calibration.operatingPoints)
          for (const { label, threshold, sensitivity, specificity } of thresholds)
            console.log(
              `  ${name.padEnd(18)} ${label.padEnd(12)} ≥ ${threshold.toPrecision(3).padEnd(8)} sensitivity ${percent(sensitivity)}, specificity ${percent(specificity)}`,
            );
        console.log(`${path}\n${DISCLAIMER}`);
      } finally {
        await registry.close();
      }
      done(EXIT.allDone);
    });
