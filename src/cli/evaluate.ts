import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Command, Option } from 'commander';
import { FoveaError } from '../core/errors.ts';
import { countLeftOut, type Item, type LeftOut, readDataset } from '../dataset/index.ts';
import { type EvaluationOptions, evaluate, html, markdown } from '../evaluate/index.ts';
import { DISCLAIMER } from '../flows/disclaimer.ts';
import {
  type Answer,
  behindGate,
  casesOf,
  meantAnswers,
  measuredAs,
  type Taint,
  tainted,
} from '../flows/evaluate.ts';
import { inspect } from '../flows/inspect-dataset.ts';
import { parsePredictions, type Task } from '../flows/predictions.ts';
import { answersOf } from './answers.ts';
import { type Done, EXIT } from './exit.ts';
import { wholeNumber } from './numbers.ts';
import { chosenModel, openRegistry } from './registry.ts';
import { labelMap, select } from './rows.ts';

interface Options {
  readonly model?: string;
  readonly predictions?: string;
  readonly task?: Task;
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
  readonly limit?: number;
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
    .option(
      '-p, --predictions <file.csv>',
      'what another program said, instead of a model: file, and one column a label',
    )
    .addOption(new Option('--task <task>', 'of the predictions').choices(['multi_class', 'multi_label']))
    .option('--labels <from=to,…>', "labels of the data by the model's names")
    .option('--file-column <name>', 'default: file')
    .option('--label-column <name>', 'default: labels or label')
    .option('--patient-column <name>', 'default: patient')
    .option('--root <folder>', 'where the files of the table stand')
    .option('--split-column <column=value>', 'measure these rows only')
    .option('--validation <column=value>', 'choose operating points on these rows')
    .option('--groups <columns>', 'sub-groups', 'sex,age,eye,source')
    .option('--prevalence <share>', 'for predictive values, 0 to 1')
    .option('--limit <n>', 'the first n pictures only', wholeNumber('--limit'))
    .option('--training-hashes <file>', 'training-hashes.txt of the model; default: the one in its folder')
    .option('--no-gate', 'do not ask the gate, which takes longer than many a model')
    .option('--strict', 'refuse data that were in the training')
    .option('--ordinal', 'the classes are grades, in order')
    .option('-o, --out <folder>', 'where results and the cache go', 'evaluation')
    .action(async (options: Options) => {
      const prevalence = options.prevalence === undefined ? undefined : Number(options.prevalence);
      if (prevalence !== undefined && !(prevalence >= 0 && prevalence <= 1))
        throw new RangeError(`--prevalence must be from 0 to 1, not "${options.prevalence}".`);
      const { items, leftOut } = await readDataset(options.data, options);
      const chosen = select(items, options.splitColumn).slice(0, options.limit);
      if (chosen.length === 0) throw new FoveaError('DATASET_INVALID', { reason: 'no row is chosen' });
      const validation = options.validation ? select(items, options.validation) : [];
      refuseSharedPatients(chosen, validation);
      if (options.predictions !== undefined && options.model !== undefined)
        throw new RangeError('Say either --model or --predictions.');
      const { title, names, answers, measured, model, hashes } = await (options.predictions === undefined
        ? ofModel(options, [...chosen, ...validation])
        : ofPredictions(options.predictions, options, chosen));
      const map = labelMap(options.labels);
      const groups = options.groups.split(',').filter((name) => name in chosen[0]!.columns);
      const taint = hashes === undefined ? null : tainted(hashes, chosen, answers);
      const overlap = new Set([...(taint?.pictures ?? []), ...(taint?.patients ?? [])]);
      if (overlap.size > 0 && options.strict)
        throw new FoveaError('EVALUATION_TAINTED', { count: overlap.size, received: [...overlap][0]! });
      const measuring = {
        ...measured,
        ...(options.ordinal && { ordinal: true }),
        ...(prevalence !== undefined && { prevalence }),
        ...(validation.length > 0 && { validation: casesOf(validation, answers, names, map) }),
      };
      const cases = casesOf(chosen, answers, names, map, groups);
      const metrics = evaluate(cases, measuring);
      const passed = behindGate(cases);
      const behind = passed && evaluate(passed, measuring);
      const head = {
        title,
        data: `${options.data}${options.splitColumn ? `, ${options.splitColumn}` : ''}`,
        disclaimer: DISCLAIMER,
        taint: taint && overlap.size > 0 ? taintText(taint, chosen.length) : null,
        note: [leftOutText(leftOut), noteOn(taint)].filter((line) => line !== null).join(' ') || null,
        behindGate: behind,
      };
      const json = {
        ...metrics,
        behindGate: behind,
        model,
        data: head.data,
        leftOut: countLeftOut(leftOut),
        taint: {
          checked: taint !== null,
          pictures: taint?.pictures.length ?? null,
          patients: taint?.patients.length ?? null,
          alike: taint?.alike?.length ?? null,
        },
        disclaimer: DISCLAIMER,
      };
      await mkdir(options.out, { recursive: true });
      await writeFile(join(options.out, 'metrics.json'), `${JSON.stringify(json, null, 1)}\n`);
      await writeFile(join(options.out, 'report.html'), html(metrics, head));
      await writeFile(join(options.out, 'report.md'), markdown(metrics, head));
      const { meanAuroc } = metrics.overall;
      console.log(
        `${metrics.counts.counted} of ${metrics.counts.pictures} pictures; mean AUROC ${meanAuroc.value?.toFixed(4) ?? 'cannot be said'} (${meanAuroc.interval?.map((v) => v.toFixed(3)).join('–') ?? 'no interval'})`,
      );
      for (const [reason, count] of Object.entries(metrics.counts.excluded))
        console.log(`Left out: ${count} ${reason}`);
      if (behind)
        console.log(
          `Behind the gate: ${behind.counts.counted} pictures; mean AUROC ${behind.overall.meanAuroc.value?.toFixed(4) ?? 'cannot be said'}`,
        );
      if (head.taint) console.log(`TAINTED: ${head.taint}`);
      if (head.note) console.log(head.note);
      console.log(`${join(options.out, 'report.html')}\n${DISCLAIMER}`);
      // A prediction that is missing says something of who predicted; a picture that was not read says nothing of the model.
      const isUnread = model !== null && [...answers.values()].some(({ excluded }) => excluded !== null);
      done(isUnread ? EXIT.someFailed : EXIT.allDone);
    });

/** What is measured: who answered, what was answered, and how that is to be taken. */
interface Subject {
  readonly title: string;
  readonly names: readonly string[];
  readonly answers: ReadonlyMap<string, Answer>;
  readonly measured: Pick<EvaluationOptions, 'labels' | 'derived' | 'task' | 'ordinal' | 'setOf'>;
  readonly model: { readonly name: string; readonly version: string; readonly sha256: string } | null;
  /** Text of the list of training pictures, where there is one. */
  readonly hashes: string | undefined;
}

async function ofModel(options: Options, items: readonly Item[]): Promise<Subject> {
  const registry = openRegistry();
  try {
    const model = await chosenModel(registry, options.model);
    const { manifest } = model;
    const { name, version, sha256 } = manifest;
    return {
      title: `${manifest.title}, ${version}`,
      names: manifest.labels.map(({ label }) => label),
      answers: meantAnswers(await answersOf(items, model, options), manifest),
      measured: measuredAs(manifest),
      model: { name, version, sha256 },
      hashes: await trainingHashes(registry, name, options.trainingHashes),
    };
  } finally {
    await registry.close();
  }
}

/** Predictions of any program; the pictures themselves are opened only to be looked for in a training. */
async function ofPredictions(path: string, options: Options, chosen: readonly Item[]): Promise<Subject> {
  const { labels, task, answers } = parsePredictions(await textOf(path), options.task);
  const torn = task === 'multi_class' && chosen.find((item) => item.labels.length > 1);
  if (torn)
    throw new FoveaError('DATASET_INVALID', {
      reason: `${torn.file} has several labels, and the predictions are of classes, one a picture`,
      received: torn.labels.join(';'),
      hint: 'Choose --task multi_label, or correct the table.',
    });
  const hashes = options.trainingHashes === undefined ? undefined : await textOf(options.trainingHashes);
  const seen = new Map(answers);
  if (hashes !== undefined)
    for await (const { item, sha256, seen: picture } of inspect(chosen)) {
      const said = answers.get(item.file);
      if (said) seen.set(item.file, { ...said, sha256, dhash: picture?.hash ?? null });
    }
  return {
    title: `Predictions of ${basename(path)}`,
    names: labels,
    answers: seen,
    measured: { labels: labels.map((label) => ({ label, name: label })), task },
    model: null,
    hashes,
  };
}

const taintText = ({ pictures, patients }: Taint, all: number) =>
  `of ${all} pictures ${pictures.length} were in the training of this model, and ${patients.length} are of patients of that training.`;

function leftOutText(leftOut: readonly LeftOut[]): string | null {
  const counts = Object.entries(countLeftOut(leftOut)).map(([reason, count]) => `${count} ${reason}`);
  return counts.length === 0
    ? null
    : `Files of the folder that are no row of the data: ${counts.join(', ')}.`;
}

function noteOn(taint: Taint | null): string | null {
  if (!taint)
    return 'Overlap with the training was not checked: no list of training pictures (training-hashes.txt) is known.';
  if (taint.alike === null)
    return 'Near-duplicates of training pictures were not looked for: there are no hashes to compare.';
  return taint.alike.length === 0
    ? null
    : `${taint.alike.length} pictures look like one of the training, by a hash alone: a hint, as retinas look alike.`;
}

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
  if (file !== undefined) return textOf(file);
  const entry = (await registry.list()).find(({ manifest }) => manifest.name === name);
  return entry && readFile(join(entry.folder, 'training-hashes.txt'), 'utf8').catch(() => undefined);
}

const textOf = (path: string) =>
  readFile(path, 'utf8').catch(() => {
    throw new FoveaError('FILE_NOT_FOUND', { path });
  });
