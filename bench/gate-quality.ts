/**
 * How well the gate judges the quality of fundus photographs, on patients that it was not built with:
 *
 *     node bench/gate-quality.ts [--data ../shared/data] [--most 150] [--phantoms 40] [--folder FOLDER]
 *
 * Good photographs and phantoms are degraded in known ways and amounts (src/gate/fixtures/quality-degrade.ts), and
 * what can still be read of each is measured against its original. --folder says what the gate thinks of your own.
 * --faults N adds phantoms whose own camera has the fault to what --signs FILE writes: what training/gate_quality.py
 * learns from, of the other patients (--share 0/2 one part of two).
 */
import { createWriteStream, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { crc32 } from 'node:zlib';
import { type Random, random } from '../src/core/random.ts';
import { degrade, readableShare } from '../src/gate/fixtures/quality-degrade.ts';
import { judgeQuality, type QualityVerdict } from '../src/gate/quality.ts';
import { REASON_KINDS, type ReasonKind } from '../src/gate/quality-rule.ts';
import { type Field, fieldOf } from '../src/gate/quality-sight.ts';
import { signsOf } from '../src/gate/quality-signs.ts';
import { decode, type Image } from '../src/image/index.ts';
import { renderFundus } from '../src/synth/index.ts';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data' },
    most: { type: 'string', default: '150' },
    phantoms: { type: 'string', default: '40' },
    folder: { type: 'string' },
    signs: { type: 'string' },
    share: { type: 'string', default: '0/1' },
    faults: { type: 'string', default: '60' },
  },
});

// --- pictures -------------------------------------------------------------------------------------------------------

interface Source {
  readonly name: string;
  readonly image: () => Promise<Image>;
  /** ODIR's physicians wrote "lens dust" of it. */
  readonly flagged: boolean;
}

/** Half of the patients of every source teach, half measure. */
const isMeasured = (source: string, patient: string) => (crc32(`${source}/${patient}`) & 1) === 1;

const read = (path: string) => async () => decode(readFileSync(path));

/** Evenly over a list. */
const some = <T>(list: readonly T[], most: number): T[] =>
  list.length <= most
    ? [...list]
    : Array.from({ length: most }, (_, i) => list[Math.floor((i * list.length) / most)]!);

function sources(measured: boolean, most: number, phantoms: number): Source[] {
  const { data } = options;
  const rows = (folder: string) =>
    globSync('labels.csv', { cwd: join(data, folder) })
      .flatMap((file) =>
        readFileSync(join(data, folder, file), 'utf8')
          .trim()
          .split('\n')
          .slice(1),
      )
      .map((line) => line.split(','));
  const labelled = (folder: string) =>
    rows(folder).filter(([, patient]) => isMeasured(folder, patient!) === measured);
  const of = (folder: string, lines: readonly string[][], limit: number): Source[] =>
    some(lines, limit).map((line) => ({
      name: `${folder}/${basename(line[0]!)}`,
      image: read(join(data, folder, line[0]!)),
      flagged: folder === 'odir' && line[8] === '1',
    }));
  const odir = labelled('odir');
  const plain = (folder: string) =>
    globSync('{images/*,*.jpg}', { cwd: join(data, folder) })
      .sort()
      .filter((file) => isMeasured(folder, basename(file).replace(/[LR]?\.\w+$/, '')) === measured)
      .map((file) => [file]);
  return [
    ...of(
      'odir',
      odir.filter((line) => line[8] === '0'),
      most,
    ),
    ...of(
      'odir',
      odir.filter((line) => line[8] === '1'),
      most,
    ),
    ...of('eyepacs', labelled('eyepacs'), Math.ceil(most / 3)),
    ...['idrid', 'drive', 'chase'].flatMap((folder) => of(folder, plain(folder), Math.ceil(most / 6))),
    ...Array.from({ length: phantoms }, (_, i) =>
      phantom(`quality-${measured ? 'measured' : 'taught'}-${i}`),
    ),
  ];
}

/** A phantom of any disease, taken well. */
const phantom = (seed: string): Source => ({
  name: `phantom/${seed}`,
  flagged: false,
  image: async () => {
    const drawn = random(seed);
    const diseases = drawn.chance(0.5)
      ? {}
      : { [drawn.pick(['dr', 'amd', 'glaucoma', 'hypertensive'] as const)]: drawn.whole(1, 3) };
    const artefacts = {
      ...{
        defocus: drawn.range(0, 0.1),
        haze: 0,
        vignette: drawn.range(0.1, 0.5),
        tilt: drawn.range(0.1, 0.4),
      },
      ...{ eyelash: 0, dust: 0, flare: 0, overexposure: 0, underexposure: 0, jpeg: 0.1 },
    };
    const { image, width, height } = renderFundus({
      seed,
      size: 384,
      diseases,
      artefacts,
      frame: drawn.pick(['circle', 'cut', 'tab'] as const),
    });
    return { width, height, channels: 3, data: image };
  },
});

// --- signs for training ---------------------------------------------------------------------------------------------

/** One picture that was degraded, as it is taught: amounts by kind; what can be read of it and of its quadrants. */
async function writeSigns(file: string) {
  const out = createWriteStream(file);
  const [part, parts] = options.share.split('/').map(Number) as [number, number];
  const list = shuffled(
    random('order'),
    sources(false, Number(options.most), Number(options.phantoms)),
  ).filter((_, i) => i % parts === part);
  for (const [i, source] of list.entries()) {
    const image = await source.image();
    const field = fieldOf(image);
    const base = random(source.name);
    const write = (
      worse: Image,
      worseField: Field,
      amounts: Partial<Record<ReasonKind, number>>,
      line: string,
    ) => {
      const share = readableShare([image, field], [worse, worseField]);
      const { whole, quadrants } = signsOf(worse, fieldOf(worse));
      const row = { name: source.name, flagged: source.flagged, line, amounts, share, whole, quadrants };
      out.write(
        `${JSON.stringify(row, (_, value) => (typeof value === 'number' ? Number(value.toPrecision(5)) : value))}\n`,
      );
    };
    write(image, field, {}, '');
    const kinds = source.flagged ? [] : shuffled(base.fork('kinds'), REASON_KINDS);
    for (const kind of kinds.slice(0, 3)) {
      const offset = base.fork(kind).range(0.05, 0.3);
      for (let amount = offset; amount <= 1; amount += 0.24) {
        const worse = await degrade(image, field, kind, amount, base.fork(`how ${kind}`));
        write(worse.image, worse.field, { [kind]: amount }, `${source.name} ${kind}`);
      }
    }
    const two = kinds.slice(3, 5);
    const amounts = two.map(() => base.range(0.2, 0.8));
    let worse = { image, field };
    for (const [k, kind] of two.entries())
      worse = await degrade(worse.image, worse.field, kind, amounts[k]!, base.fork(`two ${kind}`));
    if (two.length > 0)
      write(worse.image, worse.field, Object.fromEntries(two.map((kind, k) => [kind, amounts[k]!])), '');
    if (i % 50 === 49) console.error(`${i + 1} of ${list.length}`);
  }
  await writePhantomSigns(out, Number(options.faults));
  out.end();
}

/** A fault as the phantom's own camera does it: another hand's drawing of the same thing. */
const CAMERA_FAULTS = {
  eyelash: 'eyelash',
  dust: 'dust',
  flare: 'flare',
  haze: 'haze',
  defocus: 'blur',
  underexposure: 'dark',
  overexposure: 'bright',
  tilt: 'uneven light',
} as const satisfies Record<string, ReasonKind>;
const NO_FAULTS = { ...Object.fromEntries(Object.keys(CAMERA_FAULTS).map((name) => [name, 0])), jpeg: 0.1 };

async function writePhantomSigns(out: NodeJS.WritableStream, count: number) {
  for (let i = 0; i < count; i++) {
    const name = `phantom/faults-taught-${i}`;
    const drawn = random(name);
    const diseases = drawn.chance(0.5) ? {} : { dr: drawn.whole(1, 4) };
    const take = (artefacts: Record<string, number>) => {
      const { image, width, height } = renderFundus({
        seed: name,
        size: 384,
        diseases,
        artefacts: { ...NO_FAULTS, ...artefacts },
      });
      return { width, height, channels: 3 as const, data: image };
    };
    const clean = take({});
    const field = fieldOf(clean);
    const brief = (_: string, value: unknown) =>
      typeof value === 'number' ? Number(value.toPrecision(5)) : value;
    const write = (artefacts: Record<string, number>, line: string) => {
      const worse = take(artefacts);
      const amounts = Object.entries(artefacts).map(([fault, amount]) => [
        CAMERA_FAULTS[fault as keyof typeof CAMERA_FAULTS],
        amount,
      ]);
      const row = {
        name,
        flagged: false,
        line,
        amounts: Object.fromEntries(amounts),
        share: readableShare([clean, field], [worse, field]),
        ...signsOf(worse, fieldOf(worse)),
      };
      out.write(`${JSON.stringify({ ...row, marks: undefined }, brief)}\n`);
    };
    const faults = shuffled(drawn.fork('kinds'), Object.keys(CAMERA_FAULTS));
    for (const fault of faults.slice(0, 2))
      for (const amount of [0.25, 0.5, 0.75, 1])
        write({ [fault]: amount }, `${name} ${CAMERA_FAULTS[fault as keyof typeof CAMERA_FAULTS]}`);
    for (const several of [faults.slice(2, 4), faults.slice(4, 7), ['defocus', 'haze', 'underexposure']])
      write(Object.fromEntries(several.map((fault) => [fault, drawn.range(0.3, 1)])), '');
  }
}

const shuffled = <T>(drawn: Random, list: readonly T[]): T[] =>
  list
    .map((value) => [drawn.unit(), value] as const)
    .sort(([a], [b]) => a - b)
    .map(([, value]) => value);

// --- what is measured -----------------------------------------------------------------------------------------------

interface Judged {
  readonly source: string;
  readonly kind: ReasonKind | undefined;
  readonly amount: number;
  readonly readable: number | undefined;
  readonly score: number;
  readonly verdict: string;
  readonly named: ReasonKind | undefined;
  readonly strongest: number;
}

const AMOUNTS = [0.2, 0.4, 0.6, 0.8, 1] as const;
/** Rises of the score along a growing fault that are no more than the noise of a resampled picture. */
const TOLERANCE = 0.03;

/** Probability that a good one scores above a bad one. */
function auroc(good: readonly number[], bad: readonly number[]): number {
  let wins = 0;
  for (const a of good) for (const b of bad) wins += a > b ? 1 : a === b ? 0.5 : 0;
  return wins / (good.length * bad.length);
}

const share = (of: readonly boolean[]) => `${of.filter(Boolean).length} of ${of.length} (${percent(of)})`;
const percent = (of: readonly boolean[]) =>
  `${((100 * of.filter(Boolean).length) / Math.max(1, of.length)).toFixed(1)} %`;

async function measure() {
  const judged: Judged[] = [];
  const flagged: number[] = [];
  const unflagged: number[] = [];
  const times: number[] = [];
  const monotone = new Map<ReasonKind, boolean[]>(REASON_KINDS.map((kind) => [kind, []]));
  const verdicts: Record<string, string[]> = {};
  const list = sources(true, Number(options.most), Number(options.phantoms));
  for (const source of list) {
    const image = await source.image();
    const field = fieldOf(image);
    const folder = source.name.split('/')[0]!;
    const start = process.cpuUsage();
    const first = judgeQuality(image);
    const { user, system } = process.cpuUsage(start);
    times.push((user + system) / 1000);
    if (folder === 'odir') (source.flagged ? flagged : unflagged).push(1 - first.score);
    const group = source.flagged ? 'odir, "lens dust"' : folder;
    verdicts[group] = [...(verdicts[group] ?? []), first.verdict];
    if (source.flagged) continue;
    const readable = readableShare([image, field], [image, field]).whole;
    judged.push({ source: folder, kind: undefined, amount: 0, readable, ...of(first) });
    const base = random(`measured ${source.name}`);
    for (const kind of shuffled(base, REASON_KINDS).slice(0, 4)) {
      let before = first.score;
      let falls = true;
      for (const amount of AMOUNTS) {
        const worse = await degrade(image, field, kind, amount, base.fork(kind));
        const verdict = judgeQuality(worse.image);
        const readable = readableShare([image, field], [worse.image, worse.field]).whole;
        judged.push({ source: folder, kind, amount, readable, ...of(verdict) });
        falls &&= verdict.score <= before + TOLERANCE;
        before = Math.min(before, verdict.score);
      }
      monotone.get(kind)!.push(falls);
    }
  }
  report(judged, monotone, verdicts, auroc(flagged, unflagged), times);
}

const of = ({ score, verdict, reasons }: QualityVerdict) => ({
  score,
  verdict,
  named: reasons[0]?.kind,
  strongest: reasons[0]?.strength ?? 0,
});

function report(
  judged: readonly Judged[],
  monotone: ReadonlyMap<ReasonKind, readonly boolean[]>,
  verdicts: Readonly<Record<string, readonly string[]>>,
  flagged: number,
  times: number[],
) {
  const print = (line: string) => console.log(line);
  const gradable = judged.filter(({ readable }) => readable !== undefined && readable >= 0.8);
  const beyond = judged.filter(({ readable }) => readable !== undefined && readable < 0.5);
  const scores = (list: readonly Judged[]) => list.map(({ score }) => score);
  print(
    `AUROC, at least 0.8 of the detail readable (${gradable.length}) against less than 0.5 (${beyond.length})\n`,
  );
  print(`| source | AUROC | readable called not gradable | unreadable called good |\n|---|---|---|---|`);
  for (const source of ['all', ...new Set(judged.map(({ source }) => source))]) {
    const [good, bad] = [gradable, beyond].map((list) =>
      list.filter((one) => source === 'all' || one.source === source),
    ) as [Judged[], Judged[]];
    print(
      `| ${source} | ${auroc(scores(good), scores(bad)).toFixed(4)} | ${share(good.map(({ verdict }) => verdict === 'not gradable'))} | ${share(bad.map(({ verdict }) => verdict === 'good'))} |`,
    );
  }
  const known = judged.filter(({ readable }) => readable !== undefined);
  const off = known.reduce((sum, { score, readable }) => sum + Math.abs(score - readable!), 0) / known.length;
  print(
    `\nscore against the share that is readable: off by ${off.toFixed(3)} in the mean, ${known.length} pictures\n`,
  );
  print(
    '| fault | strongest reason is the fault, amounts 0.6 to 1 | score never rises by more than 0.03 along 0.2 … 1 |\n|---|---|---|',
  );
  const strong = judged.filter(({ amount }) => amount >= 0.6);
  for (const kind of ['all', ...REASON_KINDS] as const) {
    const rows = strong.filter((one) => kind === 'all' || one.kind === kind);
    const series = kind === 'all' ? [...monotone.values()].flat() : monotone.get(kind)!;
    print(`| ${kind} | ${share(rows.map((one) => one.named === one.kind))} | ${share(series)} |`);
  }
  print('\n| photographs as they are | good | barely gradable | not gradable |\n|---|---|---|---|');
  for (const [source, list] of Object.entries(verdicts))
    print(
      `| ${source} (${list.length}) | ${['good', 'barely gradable', 'not gradable'].map((level) => percent(list.map((one) => one === level))).join(' | ')} |`,
    );
  print(`\n"lens dust" against other photographs of ODIR, by score: AUROC ${flagged.toFixed(3)}`);
  times.sort((a, b) => a - b);
  print(
    `processor time of a judgement: median ${times[times.length >> 1]!.toFixed(0)} ms, 95 % within ${times[Math.floor(0.95 * times.length)]!.toFixed(0)} ms`,
  );
}

/** What the gate says of pictures of one's own. */
async function judgeFolder(folder: string) {
  for (const file of globSync('**/*.{jpg,jpeg,png,tif,tiff,webp,JPG,PNG}', { cwd: folder }).sort()) {
    const { verdict, score, reasons } = judgeQuality(await decode(readFileSync(join(folder, file))));
    console.log(
      [
        file,
        verdict,
        score.toFixed(2),
        ...reasons.map(({ kind, strength }) => `${kind} ${strength.toFixed(2)}`),
      ].join('\t'),
    );
  }
}

if (options.signs) await writeSigns(options.signs);
else if (options.folder) await judgeFolder(options.folder);
else await measure();
