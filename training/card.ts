/**
 * Puts the figures of `fovea evaluate` into a package's model.json, and makes CARD.md of it, so that the card, the
 * manifest and the measurement cannot differ.
 *
 *     node training/card.ts models/oct "Scans of fold 0=/tmp/fovea-training/oct/eval/metrics.json" …
 *     node training/card.ts models/oct            the card alone, from what stands in model.json
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure, Metrics } from '../src/evaluate/index.ts';
import { parseManifest } from '../src/model/manifest.ts';

interface Measured {
  readonly title: string;
  readonly pictures: number;
  readonly patients: number;
  readonly excluded: Readonly<Record<string, number>>;
  readonly overall: Readonly<Record<string, Figure>>;
  readonly labels: readonly {
    readonly label: string;
    readonly n: number;
    readonly positives: number;
    readonly threshold: number | null;
    readonly figures: Readonly<Record<string, Figure>>;
    readonly ece: number | null;
    /** Chance alone is below this 19 times of 20. */
    readonly eceByChance: number | null;
    readonly covered: number | null;
    readonly spared: number | null;
  }[];
  readonly sets: {
    readonly coverage: number | null;
    readonly meanSize: number | null;
    readonly meanOpen: number | null;
    readonly abstained: number | null;
  } | null;
  readonly confusion: readonly (readonly number[])[] | null;
  readonly subgroups: readonly {
    readonly group: string;
    readonly value: string;
    readonly n: number;
    readonly meanAuroc: number | null;
  }[];
  readonly perPatient: number | null;
}

const [folder, ...given] = process.argv.slice(2);
if (!folder) throw new Error('node training/card.ts FOLDER ["TITLE=metrics.json" …]');
const path = join(folder, 'model.json');
const manifest = parseManifest(readFileSync(path, 'utf8'), folder);
const measured =
  given.length > 0 ? given.map(readMetrics) : ((manifest.metrics ?? []) as readonly Measured[]);
writeFileSync(path, `${JSON.stringify({ ...manifest, metrics: measured }, null, 2)}\n`);
writeFileSync(join(folder, 'CARD.md'), card());
console.log(`${join(folder, 'CARD.md')}: ${measured.map(({ title }) => title).join('; ') || 'no figures'}`);

function readMetrics(argument: string): Measured {
  const at = argument.lastIndexOf('=');
  const metrics = JSON.parse(readFileSync(argument.slice(at + 1), 'utf8')) as Metrics & {
    model: { sha256: string };
  };
  if (metrics.model.sha256 !== manifest.sha256) throw new Error(`${argument} is of another model`);
  const sets = metrics.conformal;
  return {
    title: argument.slice(0, at),
    pictures: metrics.counts.counted,
    patients: metrics.counts.patients,
    excluded: metrics.counts.excluded,
    overall: short(metrics.overall),
    labels: metrics.labels.map(({ label, n, positives, threshold, figures, ece, eceByChance }, i) => ({
      label,
      n,
      positives,
      threshold,
      figures: short(figures),
      ece: rounded(ece),
      eceByChance: rounded(eceByChance?.high ?? null),
      covered: rounded(sets?.labels[i]?.covered ?? null),
      spared: rounded(sets?.labels[i]?.spared ?? null),
    })),
    sets: sets && {
      coverage: sets.coverage,
      meanSize: rounded(sets.meanSize),
      meanOpen: rounded(sets.meanOpen),
      abstained: rounded(sets.abstained),
    },
    confusion: metrics.confusion,
    subgroups: metrics.subgroups.map(({ group, value, n, meanAuroc }) => ({
      group,
      value,
      n,
      meanAuroc: rounded(meanAuroc),
    })),
    perPatient: rounded(metrics.perPatient.meanAuroc),
  };
}

function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toFixed(4));
}

function short<Key extends string>(figures: Readonly<Record<Key, Figure>>): Record<Key, Figure> {
  const one = ({ value, interval, reason }: Figure): Figure => ({
    value: rounded(value),
    interval: interval && [rounded(interval[0])!, rounded(interval[1])!],
    ...(reason !== undefined && value === null && { reason }),
  });
  return Object.fromEntries(Object.entries<Figure>(figures).map(([key, f]) => [key, one(f)])) as Record<
    Key,
    Figure
  >;
}

function card(): string {
  const {
    title,
    description,
    name,
    version,
    file,
    sha256,
    modality,
    preprocessing: contract,
    labels,
    derived = [],
  } = manifest;
  const { licence, intendedUse, limitations = [], task, output, calibration } = manifest;
  const data = manifest.data as {
    source: string;
    split: string;
    parts: Record<string, Record<string, number>>;
  };
  const { width, height } = contract.size;
  const columns = [...new Set(Object.values(data.parts).flatMap((part) => Object.keys(part)))];
  const parts = table(
    ['part', ...columns],
    Object.entries(data.parts).map(([part, counts]) => [
      part,
      ...columns.map((column) => `${counts[column] ?? '–'}`),
    ]),
  );
  const channels = contract.channel_order;
  return `# ${title}

**Research use only. Not a medical device.**

${description}

| | |
|---|---|
| name, version | \`${name}\` ${version} |
| file | \`${file}\`, SHA-256 \`${sha256}\` |
| input | ${modality}; ${height} × ${width}, ${contract.blank ? 'white filling painted black, ' : ''}crop ${contract.crop}, ${contract.resample}, ${channels}, × ${Number(contract.rescale_factor.toPrecision(6))} |
| output | ${labels.length} ${output}, ${task.replace('_', '-')}${derived.length > 0 ? `; derived: ${derived.map((one) => one.name).join(', ')}` : ''} |
| licence | ${licence} |

## What it is for

${intendedUse}

## What it cannot do

${limitations.map((one) => `- ${one}`).join('\n')}

## How good it is

Measured by \`fovea evaluate\` with the calibration of this package; intervals: 95 %, bootstrap over patients, 1000 draws. After the calibration error (ECE): so much chance alone makes of it, at most, 19 times of 20, for a model whose probabilities are right.${whereNothingWasWrong()}
${measured.map(section).join('\n')}
## Calibration

${calibration ? calibrationText(calibration) : 'None.'}

## Data

${data.source} ${data.split}

${parts}

## Recipe

${Object.entries(manifest.recipe as Record<string, string>)
  .map(([key, value]) => `- ${key.replaceAll('_', ' ')}: ${value}`)
  .join('\n')}

This card is made from \`model.json\` by \`training/card.ts\`.
`;
}

/** An interval by drawing again has no width where nothing was wrong. */
function whereNothingWasWrong(): string {
  const perfect = measured.filter(({ overall }) => overall.accuracy?.value === 1);
  return perfect
    .map(
      ({ pictures }) =>
        ` Of ${pictures} pictures none was wrong, so that the intervals have no width; by the rule of three (Hanley & Lippman-Hand 1983) up to ${share(3 / pictures)} wrong ones are within chance.`,
    )
    .join('');
}

function section(m: Measured): string {
  const names = new Map(
    [...manifest.labels, ...(manifest.derived ?? [])].map((one) => [one.label, one.name]),
  );
  const isClasses = manifest.task === 'multi_class';
  const head = isClasses
    ? `accuracy ${figure(m.overall.accuracy)}, balanced ${figure(m.overall.balancedAccuracy)}, macro F1 ${figure(m.overall.macroF1)}${m.overall.quadraticKappa?.value == null ? '' : `, quadratic kappa ${figure(m.overall.quadraticKappa)}`}`
    : `mean AUROC **${figure(m.overall.meanAuroc)}**, mean AUPRC ${figure(m.overall.meanAuprc)}, macro F1 ${figure(m.overall.macroF1)}`;
  const left = Object.entries(m.excluded).map(([reason, n]) => `${n} ${reason}`);
  const isTold = ({ figures }: Measured['labels'][number]) => figures.auroc?.value != null;
  const ranking = table(
    [
      'label',
      'n',
      'positives',
      'AUROC',
      'AUPRC',
      'ECE (chance)',
      ...(m.sets ? ['in the set', ...(isClasses ? [] : ['not held wrongly'])] : []),
    ],
    m.labels
      .filter(isTold)
      .map((one) => [
        `${one.label} ${names.get(one.label)}`,
        `${one.n}`,
        `${one.positives}`,
        figure(one.figures.auroc),
        figure(one.figures.auprc),
        `${number(one.ece)} (≤ ${number(one.eceByChance)})`,
        ...(m.sets ? [share(one.covered), ...(isClasses ? [] : [share(one.spared)])] : []),
      ]),
  );
  const deciding = table(
    ['label', 'threshold', 'sensitivity', 'specificity', 'precision', 'F1'],
    m.labels
      .filter(isTold)
      .map((one) => [
        `${one.label} ${names.get(one.label)}`,
        one.threshold === null ? 'named' : number(one.threshold, 4),
        ...(['recall', 'specificity', 'precision', 'f1'] as const).map((key) => figure(one.figures[key])),
      ]),
  );
  const sets = m.sets
    ? `Conformal sets at ${share(m.sets.coverage)}: ${number(m.sets.meanSize, 2)} labels on the mean${isClasses ? '' : `, ${number(m.sets.meanOpen, 2)} of them open`}; it abstains on ${share(m.sets.abstained)}.`
    : '';
  const groups = m.subgroups.filter(({ meanAuroc }) => meanAuroc !== null);
  const confusion = m.confusion
    ? `\nRows: truth; columns: the class named.\n\n${table(
        ['', ...manifest.labels.map(({ label }) => label)],
        m.confusion.map((row, i) => [manifest.labels[i]!.label, ...row.map(String)]),
      )}\n`
    : '';
  return `
### ${m.title}

${m.pictures} pictures of ${m.patients} patients${left.length > 0 ? ` (left out: ${left.join(', ')})` : ''}: ${head}. ${m.perPatient === null ? '' : `Per patient, by the highest of their pictures: mean AUROC ${number(m.perPatient)}. `}${sets}

${ranking}

At the operating point "${manifest.calibration?.operatingPoints[0]?.name ?? 'of model.json'}":

${deciding}
${confusion}${
  groups.length > 1
    ? `\n${table(
        ['sub-group', 'n', 'mean AUROC'],
        groups.map(({ group, value, n, meanAuroc }) => [`${group}: ${value}`, `${n}`, number(meanAuroc)]),
      )}\n`
    : ''
}`;
}

function calibrationText({
  data,
  pictures,
  patients,
  map,
  conformal,
  operatingPoints,
}: NonNullable<typeof manifest.calibration>): string {
  const how = {
    temperature: `temperature ${map.kind === 'temperature' ? `${map.temperature.toFixed(3)}${map.shifts ? ' and a shift of each class' : ''}` : ''}`,
    platt: "Platt's scale and shift a label",
    isotonic: 'isotonic steps a label',
  }[map.kind];
  return `By \`fovea calibrate\` on ${pictures} pictures of ${patients} patients (${data.replace(/.*\//, '')}): ${how}; class-conditional conformal limits at ${share(conformal.coverage)}; with more than ${conformal.largestSet} labels open it names none. Operating points: ${operatingPoints.map(({ name }) => name).join(', ')}.`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|---|${'---:|'.repeat(head.length - 1)}`, ...rows.map(line)].join('\n');
}

function number(value: number | null | undefined, digits = 3): string {
  return value == null ? '–' : value.toFixed(digits);
}

function share(value: number | null | undefined): string {
  return value == null ? '–' : `${(value * 100).toFixed(1)} %`;
}

function figure(one: Figure | undefined): string {
  if (one?.value == null) return '–';
  return `${number(one.value)}${one.interval ? ` (${number(one.interval[0])}–${number(one.interval[1])})` : ''}`;
}
