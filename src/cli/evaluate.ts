import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { FoveaError } from '../core/errors.ts';
import { type Item, readDataset } from '../dataset/index.ts';
import { evaluate, html, markdown } from '../evaluate/index.ts';
import { DISCLAIMER } from '../flows/disclaimer.ts';
import { behindGate, casesOf, meantAnswers, measuredAs, tainted } from '../flows/evaluate.ts';
import { answersOf } from './answers.ts';
import { type Done, EXIT } from './exit.ts';
import { chosenModel, openRegistry } from './registry.ts';
import { labelMap, select } from './rows.ts';

interface Options {
  readonly model?: string;
  readonly data: string;
  readonly labels?: string;
  readonly labelColumn?: string;
  readonly fileColumn?: string;
  readonly patientColumn?: string;
  readonly root?: string;
  readonly splitColumn?: string;
  readonly validation?: string;
  readonly groups: string;
  readonly prevalence?: string;
  readonly limit?: string;
  readonly trainingHashes?: string;
  readonly strict?: boolean;
  readonly gate: boolean;
  readonly ordinal?: boolean;
  readonly out: string;
}

/** `fovea evaluate --data D [--model M] [--split-column COLUMN=VALUE] [--out DIR]` */
export const evaluateCommand = (done: Done): Command =>
  new Command('evaluate')
    .description('How good a model is on labelled pictures: metrics.json, report.html, report.md.')
    .requiredOption('-d, --data <folder|csv>', 'one folder a class, or a table of files, labels and patients')
    .option('-m, --model <name|path>', 'a model by name, or its file or folder')
    .option('--labels <from=to,…>', "labels of the data by the model's names")
    .option('--file-column <name>', 'default: file')
    .option('--label-column <name>', 'default: labels or label')
    .option('--patient-column <name>', 'default: patient')
    .option('--root <folder>', 'where the files of the table stand')
    .option('--split-column <column=value>', 'measure these rows only')
    .option('--validation <column=value>', 'choose operating points on these rows')
    .option('--groups <columns>', 'sub-groups', 'sex,age,eye,source')
    .option('--prevalence <share>', 'for predictive values, 0 to 1')
    .option('--limit <n>', 'the first n pictures only')
    .option('--training-hashes <file>', 'training-hashes.txt of the model; default: the one in its folder')
    .option('--no-gate', 'do not ask the gate, which takes longer than many a model')
    .option('--strict', 'refuse data that were in the training')
    .option('--ordinal', 'the classes are grades, in order')
    .option('-o, --out <folder>', 'where results and the cache go', 'evaluation')
    .action(async (options: Options) => {
      const prevalence = options.prevalence === undefined ? undefined : Number(options.prevalence);
      if (prevalence !== undefined && !(prevalence >= 0 && prevalence <= 1))
        throw new RangeError(`--prevalence must be from 0 to 1, not "${options.prevalence}".`);
      const { items } = await readDataset(options.data, options);
      const chosen = select(items, options.splitColumn).slice(
        0,
        options.limit ? Number(options.limit) : undefined,
      );
      if (chosen.length === 0) throw new FoveaError('DATASET_INVALID', { reason: 'no row is chosen' });
      const validation = options.validation ? select(items, options.validation) : [];
      refuseSharedPatients(chosen, validation);
      const registry = openRegistry();
      try {
        const model = await chosenModel(registry, options.model);
        const answers = meantAnswers(
          await answersOf([...chosen, ...validation], model, options),
          model.manifest,
        );
        const { manifest } = model;
        const names = manifest.labels.map(({ label }) => label);
        const map = labelMap(options.labels);
        const groups = options.groups.split(',').filter((name) => name in chosen[0]!.columns);
        const hashes = await trainingHashes(registry, manifest.name, options.trainingHashes);
        const overlap = hashes === undefined ? [] : tainted(hashes, chosen, answers);
        if (overlap.length > 0 && options.strict)
          throw new FoveaError('EVALUATION_TAINTED', { count: overlap.length, received: overlap[0]!.file });
        const measuring = {
          ...measuredAs(manifest),
          ...(options.ordinal && { ordinal: true }),
          ...(prevalence !== undefined && { prevalence }),
          ...(validation.length > 0 && { validation: casesOf(validation, answers, names, map) }),
        };
        const cases = casesOf(chosen, answers, names, map, groups);
        const metrics = evaluate(cases, measuring);
        const passed = behindGate(cases);
        const behind = passed && evaluate(passed, measuring);
        const head = {
          title: `${manifest.title}, ${manifest.version}`,
          data: `${options.data}${options.splitColumn ? `, ${options.splitColumn}` : ''}`,
          disclaimer: DISCLAIMER,
          taint: overlap.length
            ? `${overlap.length} of ${chosen.length} pictures, or their patients, were in the training of this model.`
            : null,
          behindGate: behind,
        };
        const { name, version, sha256 } = manifest;
        const json = {
          ...metrics,
          behindGate: behind,
          model: { name, version, sha256 },
          data: head.data,
          taint: { checked: hashes !== undefined, pictures: overlap.length },
          disclaimer: DISCLAIMER,
        };
        await writeFile(join(options.out, 'metrics.json'), `${JSON.stringify(json, null, 1)}\n`);
        await writeFile(join(options.out, 'report.html'), html(metrics, head));
        await writeFile(join(options.out, 'report.md'), markdown(metrics, head));
        const { meanAuroc } = metrics.overall;
        console.log(
          `${metrics.counts.counted} of ${metrics.counts.pictures} pictures; mean AUROC ${meanAuroc.value?.toFixed(4) ?? 'cannot be said'} (${meanAuroc.interval?.map((v) => v.toFixed(3)).join('–') ?? 'no interval'})`,
        );
        if (behind)
          console.log(
            `Behind the gate: ${behind.counts.counted} pictures; mean AUROC ${behind.overall.meanAuroc.value?.toFixed(4) ?? 'cannot be said'}`,
          );
        if (head.taint) console.log(`TAINTED: ${head.taint}`);
        if (hashes === undefined)
          console.log('The model names no training pictures: overlap was not checked.');
        console.log(`${join(options.out, 'report.html')}\n${DISCLAIMER}`);
      } finally {
        await registry.close();
      }
      done(EXIT.allDone);
    });

/** Thresholds chosen on a patient and measured on the same would flatter. */
function refuseSharedPatients(measured: readonly Item[], validation: readonly Item[]): void {
  const own = new Set(measured.map(({ patient }) => patient));
  const shared = new Set(validation.map(({ patient }) => patient).filter((patient) => own.has(patient)));
  if (shared.size > 0)
    throw new FoveaError('DATASET_PATIENT_IN_TWO_SPLITS', { count: shared.size, received: [...shared][0]! });
}

/** The text of the model's list of training pictures, where there is one. */
async function trainingHashes(
  registry: ReturnType<typeof openRegistry>,
  name: string,
  file: string | undefined,
) {
  if (file !== undefined)
    return readFile(file, 'utf8').catch(() => {
      throw new FoveaError('FILE_NOT_FOUND', { path: file });
    });
  const entry = (await registry.list()).find(({ manifest }) => manifest.name === name);
  return entry && readFile(join(entry.folder, 'training-hashes.txt'), 'utf8').catch(() => undefined);
}
