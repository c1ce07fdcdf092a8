import { writeFile } from 'node:fs/promises';
import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import { type Dataset, joined, readDataset, splitByGroup } from '../dataset/index.ts';
import { DISCLAIMER } from '../flows/disclaimer.ts';
import { trainingHashes } from '../flows/evaluate.ts';
import {
  type DatasetReport,
  type Inspected,
  inspect,
  nearDuplicates,
  reportOn,
} from '../flows/inspect-dataset.ts';
import { writeCsv } from '../formats/csv-writer.ts';
import { type Done, EXIT } from './exit.ts';
import { parts, select } from './rows.ts';
import { printJson } from './text.ts';

interface Options {
  readonly json?: boolean;
  readonly fileColumn?: string;
  readonly labelColumn?: string;
  readonly patientColumn?: string;
  readonly root?: string;
  readonly splitColumn?: string;
  readonly labels?: string;
  readonly split?: string;
  readonly shares: string;
  readonly seed: string;
  readonly trainingHashes?: string;
}

/** `fovea dataset <folder|csv> [--split out.csv] [--training-hashes FILE] [--json]` */
export const datasetCommand = (done: Done): Command =>
  new Command('dataset')
    .description(
      'What is wrong with labelled pictures before anything is taught or measured with them; and splits.',
    )
    .argument('<folder|csv>', 'one folder a class, or a table of files, labels and patients')
    .option('--json', 'one JSON object (schema fovea.dataset/1)')
    .option('--file-column <name>', 'default: file')
    .option('--label-column <name>', 'default: labels or label')
    .option('--patient-column <name>', 'default: patient')
    .option('--root <folder>', 'where the files of the table stand')
    .option('--split-column <name>', 'counts for each of its values; with =value these rows only')
    .option('--labels <names>', 'labels that may occur, commas between')
    .option('--split <file>', 'write the table with a column split: by patient, labels in each as in all')
    .option('--shares <name=share,…>', 'of the splits', 'train=0.8,val=0.1,test=0.1')
    .option('--seed <number>', 'the same gives the same splits', '1')
    .option(
      '--training-hashes <file>',
      'write by what these pictures are known again, for a model taught with them',
    )
    .action(async (path: string, options: Options) => {
      const shares = sharesOf(options.shares);
      const seed = Number(options.seed);
      if (!Number.isSafeInteger(seed))
        throw new RangeError(`--seed must be a whole number, not "${options.seed}".`);
      const dataset = await readDataset(path, options);
      const [column, value] = options.splitColumn === undefined ? [] : parts(options.splitColumn);
      const items = value === undefined ? dataset.items : select(dataset.items, options.splitColumn);
      const all: Inspected[] = [];
      const bar = process.stderr.isTTY
        ? new SingleBar({
            format: '{bar} {value}/{total} pictures · {eta_formatted} left',
            stream: process.stderr,
            clearOnComplete: true,
          })
        : undefined;
      bar?.start(items.length, 0);
      for await (const one of inspect(items)) {
        all.push(one);
        bar?.increment();
      }
      bar?.stop();
      const report = reportOn(dataset, all, {
        seed,
        ...(column !== undefined && value === undefined && { split: column }),
        ...(options.labels !== undefined && { known: options.labels.split(',').filter(Boolean) }),
      });
      if (options.json) printJson({ data: path, ...report, disclaimer: DISCLAIMER });
      else console.log(`${asText(report)}\n${DISCLAIMER}`);
      if (options.split !== undefined) await writeFile(options.split, splitTable(dataset, all, shares, seed));
      if (options.trainingHashes !== undefined)
        await writeFile(options.trainingHashes, trainingHashes(all, dataset.knowsPatients));
      done(report.unreadable.length === 0 ? EXIT.allDone : EXIT.someFailed);
    });

function sharesOf(text: string): ReadonlyMap<string, number> {
  const shares = new Map(
    text.split(',').map((pair) => {
      const [name = '', share = ''] = pair.split('=', 2);
      return [name, Number(share)];
    }),
  );
  if ([...shares].every(([name, share]) => name !== '' && share > 0 && Number.isFinite(share))) return shares;
  throw new RangeError(`--shares must be names and shares such as train=0.8,test=0.2, not "${text}".`);
}

/** The table with a column `split`: pictures of one patient, and near-duplicates of whomever, on one side. */
function splitTable(
  { columns }: Dataset,
  all: readonly Inspected[],
  shares: ReadonlyMap<string, number>,
  seed: number,
): string {
  const together: (readonly [number, number])[] = nearDuplicates(all).map(({ pair }) => pair);
  for (const key of [({ item }: Inspected) => item.patient, ({ sha256 }: Inspected) => sha256]) {
    const first = new Map<string, number>();
    for (const [i, one] of all.entries()) {
      const own = key(one);
      if (own === null) continue;
      const before = first.get(own);
      if (before === undefined) first.set(own, i);
      else together.push([before, i]);
    }
  }
  const groups = joined(all.length, together);
  const splits = splitByGroup(
    all.map(({ item }, i) => ({ group: groups[i]!, labels: item.labels })),
    shares,
    seed,
  );
  // A column of that name is replaced.
  const kept = columns.filter((name) => name !== 'split');
  return writeCsv([
    [...kept, 'split'],
    ...all.map(({ item }, i) => [...kept.map((name) => item.columns[name] ?? ''), splits[i]!]),
  ]);
}

/** Lines of one kind that a person still reads. */
const MOST_LINES = 10;

function asText(report: DatasetReport): string {
  const some = (title: string, lines: readonly string[]) =>
    lines.length === 0
      ? []
      : [
          '',
          title,
          ...lines.slice(0, MOST_LINES).map((line) => `  ${line}`),
          ...(lines.length > MOST_LINES ? [`  … and ${lines.length - MOST_LINES} more (--json)`] : []),
        ];
  const marks = (one: { labelsDiffer: boolean; patientsDiffer: boolean; splitsDiffer: boolean }) =>
    [
      one.labelsDiffer && 'labels differ',
      one.patientsDiffer && 'patients differ',
      one.splitsDiffer && 'splits differ',
    ]
      .filter(Boolean)
      .join(', ');
  const { splits, labels, shortcuts } = report;
  const count = (n: number | null) => (n === null ? '–' : String(n));
  const area = (label: string) =>
    shortcuts.map(({ labels: each }) => {
      const { auroc, interval, alarm } = each.find((one) => one.label === label)!;
      return auroc === null || !interval
        ? '–'
        : `${alarm ? '! ' : ''}${auroc.toFixed(2)} (${interval.map((v) => v.toFixed(2)).join('–')})`;
    });
  return [
    `${report.pictures} pictures, ${report.readable} readable, ${report.patients === null ? 'patients not known' : `${report.patients} patients`}`,
    '',
    ...table([
      ['label', 'pictures', 'patients', ...splits.map(({ split }) => split)],
      ...labels.map((l) => [
        l.label,
        String(l.pictures),
        count(l.patients),
        ...splits.map(({ split }) => String(l.bySplit[split] ?? 0)),
      ]),
      ...(splits.length
        ? [
            [
              '(all)',
              String(report.pictures),
              count(report.patients),
              ...splits.map((s) => String(s.pictures)),
            ],
          ]
        : []),
    ]),
    '',
    'Told without medicine: AUROC (95 %), by other patients; the thumbnail is what a model must beat',
    ...table([
      ['label', ...shortcuts.map(({ what }) => what)],
      ...labels.map(({ label }) => [label, ...area(label)]),
    ]),
    ...some(
      'Not readable',
      report.unreadable.map(({ file, code }) => `${file}: ${code}`),
    ),
    ...some(
      'Equal files',
      report.duplicates.map((one) => `${one.files.join(' = ')}  ${marks(one)}`.trimEnd()),
    ),
    ...some(
      'Near-duplicates',
      report.nearDuplicates.map((one) =>
        `${one.files.join(' ≈ ')}  ${one.likeness.toFixed(2)}  ${marks(one)}`.trimEnd(),
      ),
    ),
    ...some(
      'Patients in several splits',
      report.patientsInSeveralSplits.map(({ patient, splits: in_ }) => `${patient}: ${in_.join(', ')}`),
    ),
    '',
    ...(report.findings.length
      ? report.findings.map(({ alarm, text }) => `${alarm ? '!' : '·'} ${text}`)
      : ['Nothing was found wrong.']),
    '',
  ].join('\n');
}

/** Columns under each other: the first to the left, the others to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, c) => Math.max(...rows.map((row) => row[c]!.length)));
  return rows.map((row) =>
    row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))).join('  '),
  );
}
