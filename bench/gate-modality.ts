/**
 * How well the gate tells what a picture is, on pictures that it was not built with:
 *
 *     node bench/gate-modality.ts [--data ../shared/data] [--others FOLDER]… [--folder MODALITY=FOLDER]… [--phantoms 60] [--most N] [--changed 200]
 *
 * --data      ODIR, EyePACS and Kermany's OCT (patients not built with), and all of DRIVE, CHASE_DB1 and IDRiD
 * --others    pictures that are no retina, with folders within; the first folder's name is the kind
 * --most      pictures of a source, taken evenly, for a quicker look; --list names what was mistaken
 * --changed   pictures of a source that are also cut, turned, darkened … before they are judged
 * --folder    pictures of your own whose modality you know: fundus, red-free, oct, angiogram or other
 *
 * Pictures that are no retina come from `python training/gate_modality_negatives.py --held-out --out FOLDER`, or
 * anywhere: docs/gates.md says which were measured with.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { crc32 } from 'node:zlib';
import { findModality, type Modality } from '../src/gate/modality.ts';
import { decode, type Image } from '../src/image/index.ts';
import { PHASES, renderEye, SCANNERS } from '../src/synth/index.ts';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data' },
    others: { type: 'string', multiple: true, default: [] },
    folder: { type: 'string', multiple: true, default: [] },
    phantoms: { type: 'string', default: '60' },
    most: { type: 'string', default: '100000' },
    changed: { type: 'string', default: '200' },
    list: { type: 'boolean', default: false },
  },
});

interface Group {
  readonly name: string;
  readonly modality: Modality;
  readonly pictures: AsyncIterable<readonly [name: string, image: Image]>;
}

const PICTURE = '**/*.{jpg,jpeg,png,tif,tiff,webp,JPG,PNG}';

async function* files(paths: readonly string[], most = Number(options.most)) {
  const step = Math.max(1, paths.length / most);
  for (let at = 0; at < paths.length; at += step) {
    const path = paths[Math.floor(at)]!;
    const image = await decode(readFileSync(path)).catch(() => undefined);
    if (image) yield [path, image] as const;
  }
}

const inFolder = (folder: string) =>
  globSync(PICTURE, { cwd: folder })
    .sort()
    .map((path) => join(folder, path));

// --- real retinas ---------------------------------------------------------------------------------------------------

/** The patients that training/gate_modality.py left for measuring. */
const isMeasured = (source: string, patient: string) => (crc32(`${source}/${patient}`) & 1) === 1;

function labelled(source: string): string[] {
  const folder = join(options.data, source);
  if (!existsSync(join(folder, 'labels.csv'))) return [];
  const [head, ...rows] = readFileSync(join(folder, 'labels.csv'), 'utf8').trim().split('\n');
  const patientAt = head!.split(',').indexOf('patient');
  return rows
    .map((row) => row.split(','))
    .filter((cells) => isMeasured(source, cells[patientAt]!))
    .map((cells) => join(folder, cells[0]!));
}

const unseen = (pattern: string) =>
  globSync(pattern, { cwd: options.data })
    .sort()
    .map((path) => join(options.data, path));

const FUNDI = {
  'ODIR-5K, other patients': labelled('odir'),
  'EyePACS, other patients': labelled('eyepacs'),
  'IDRiD (not built with)': unseen('idrid/images/*'),
  'DRIVE (not built with)': unseen('drive/images/*'),
  'CHASE_DB1 (not built with)': unseen('chase/*.jpg'),
  'EyePACS, full size': unseen('fullres/*'),
};
const SCANS = labelled('oct');

// --- what may be done to them ---------------------------------------------------------------------------------------

type Change = (image: Image) => Image;

function part(image: Image, [left, top, right, bottom]: readonly number[]): Image {
  const [x0, y0] = [Math.round(left! * image.width), Math.round(top! * image.height)];
  const [width, height] = [Math.round(right! * image.width) - x0, Math.round(bottom! * image.height) - y0];
  const { channels } = image;
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const start = ((y0 + y) * image.width + x0) * channels;
    data.set(image.data.subarray(start, start + width * channels), y * width * channels);
  }
  return { width, height, channels, data };
}

const levels =
  (change: (level: number) => number): Change =>
  (image) => ({
    ...image,
    data: image.data.map((level) => Math.max(0, Math.min(255, Math.round(change(level))))),
  });

const quarterTurn: Change = ({ width, height, channels, data }) => {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++)
        out[(x * height + height - 1 - y) * channels + c] = data[(y * width + x) * channels + c]!;
  return { width: height, height: width, channels, data: out };
};

/** The green channel, or grey as from `weights`. */
const grey =
  (...weights: readonly number[]): Change =>
  ({ width, height, channels, data }) => ({
    width,
    height,
    channels: 1,
    data: Uint8Array.from({ length: width * height }, (_, i) =>
      Math.round(
        weights.reduce((sum, weight, c) => sum + weight * data[i * channels + Math.min(c, channels - 1)]!, 0),
      ),
    ),
  });

/** A round hole, black about it: a fundus by its frame alone. */
const throughHole: Change = (image) => {
  const { width, height, channels } = image;
  const radius = Math.min(width, height) / 2;
  return {
    ...image,
    data: image.data.map((level, i) => {
      const pixel = Math.floor(i / channels);
      const [x, y] = [(pixel % width) - width / 2, Math.floor(pixel / width) - height / 2];
      return x * x + y * y > radius * radius ? 0 : level;
    }),
  };
};

/** The colours of a fundus laid over the greys of anything. */
const fundusColoured: Change = (image) => {
  const { data, ...shape } = grey(0.299, 0.587, 0.114)(image);
  const out = new Uint8Array(data.length * 3);
  for (const [i, level] of data.entries()) out.set([64 + level * 0.7, level * 0.55, level * 0.3], i * 3);
  return { ...shape, channels: 3, data: out };
};

const AS_THEY_ARE = 'as they are';

const FUNDUS_CHANGES: Readonly<Record<string, readonly [Modality, Change]>> = {
  [AS_THEY_ARE]: ['fundus', (image) => image],
  'middle 60 % cut out': ['fundus', (image) => part(image, [0.2, 0.2, 0.8, 0.8])],
  'one half': ['fundus', (image) => part(image, [0, 0, 0.5, 1])],
  'turned by 90°': ['fundus', quarterTurn],
  'dark: a third of the light': ['fundus', levels((level) => level * 0.33)],
  'overexposed: 1.8 times the light': ['fundus', levels((level) => level * 1.8)],
  'green channel': ['red-free', grey(0, 1, 0)],
  grey: ['red-free', grey(0.299, 0.587, 0.114)],
};

const SCAN_CHANGES: Readonly<Record<string, Change>> = {
  [AS_THEY_ARE]: (image) => image,
  'middle 70 % of the width': (image) => part(image, [0.15, 0, 0.85, 1]),
  'lower fifth cut off': (image) => part(image, [0, 0, 1, 0.8]),
  'dark: half the light': levels((level) => level * 0.5),
  inverted: levels((level) => 255 - level),
};

/** Pictures as they are stored are all judged, changed ones by a sample. */
const mostOf = (change: string) =>
  Math.min(Number(options.most), change === AS_THEY_ARE ? Infinity : Number(options.changed));

async function* changed(pictures: Group['pictures'], change: Change) {
  for await (const [name, image] of pictures) yield [name, change(image)] as const;
}

// --- phantoms -------------------------------------------------------------------------------------------------------

/** Seeds far from those of training, which are numbered from 1. */
async function* phantoms(modality: 'fundus' | 'oct' | 'fa') {
  for (let i = 0; i < Number(options.phantoms); i++) {
    const seed = `gate-modality/${i}`;
    const grade = i % 4;
    const phantom =
      modality === 'oct'
        ? renderEye({
            modality,
            seed,
            diseases: { amd: grade },
            scanner: Object.keys(SCANNERS)[i % 3] as keyof typeof SCANNERS,
          })
        : modality === 'fa'
          ? renderEye({ modality, seed, diseases: { dr: grade }, size: 384, phase: PHASES[i % 3]! })
          : renderEye({ modality, seed, diseases: { dr: grade }, size: 384 });
    yield [seed, phantom as unknown as Image & { image: Uint8Array }] as const;
  }
}

/** Phantoms carry their pixels under `image`. */
async function* asImages(pictures: ReturnType<typeof phantoms>) {
  for await (const [name, { image, width, height, channels }] of pictures)
    yield [name, { width, height, channels, data: image }] as const;
}

// --- all of it ------------------------------------------------------------------------------------------------------

const groups: Group[] = [];
for (const [source, paths] of Object.entries(FUNDI))
  for (const [change, [modality, apply]] of Object.entries(FUNDUS_CHANGES))
    groups.push({
      name: `${source}: ${change}`,
      modality,
      pictures: changed(files(paths, mostOf(change)), apply),
    });
for (const [change, apply] of Object.entries(SCAN_CHANGES))
  groups.push({
    name: `OCT2017, other patients: ${change}`,
    modality: 'oct',
    pictures: changed(files(SCANS, mostOf(change)), apply),
  });
groups.push(
  { name: 'phantoms: fundus', modality: 'fundus', pictures: asImages(phantoms('fundus')) },
  { name: 'phantoms: OCT', modality: 'oct', pictures: asImages(phantoms('oct')) },
  { name: 'phantoms: angiogram', modality: 'angiogram', pictures: asImages(phantoms('fa')) },
);
for (const entry of options.folder) {
  const [modality, folder] = entry.split('=') as [Modality, string];
  groups.push({ name: folder, modality, pictures: files(inFolder(folder)) });
}
for (const folder of options.others) {
  const kinds = Map.groupBy(inFolder(folder), (path) => {
    const [first, ...rest] = relative(folder, path).split('/');
    return rest.length > 0 ? first! : first!.replace(/-\d+\.\w+$/, '');
  });
  for (const [kind, paths] of kinds) {
    groups.push(
      { name: kind, modality: 'other', pictures: files(paths) },
      {
        name: `${kind}: through a round hole`,
        modality: 'other',
        pictures: changed(files(paths), throughHole),
      },
      {
        name: `${kind}: through a round hole, in a fundus's colours`,
        modality: 'other',
        pictures: changed(files(paths), (image) => throughHole(fundusColoured(image))),
      },
    );
  }
}

const scores = { retina: [] as number[], other: [] as number[], disguised: [] as number[] };
/** Real retinas as they are stored: what the target speaks of. */
const plain = { retina: [] as number[], refused: 0, right: 0 };
const times: number[] = [];
console.log('| pictures | number | refused | modality right |\n|---|---:|---:|---:|');
for (const { name, modality, pictures } of groups) {
  const tally = { all: 0, refused: 0, right: 0 };
  for await (const [path, image] of pictures) {
    const start = performance.now();
    const verdict = await findModality(image);
    times.push(performance.now() - start);
    tally.all++;
    if (verdict.modality === 'other') tally.refused++;
    if (verdict.modality === modality) tally.right++;
    else if (options.list)
      console.error(`${name}\t${path}\t${verdict.modality}\t${verdict.retina.toFixed(4)}`);
    const disguised = name.includes('through a round hole');
    (modality !== 'other' ? scores.retina : disguised ? scores.disguised : scores.other).push(verdict.retina);
    if (name.endsWith(AS_THEY_ARE)) plain.retina.push(verdict.retina);
  }
  if (tally.all === 0) continue;
  if (name.endsWith(AS_THEY_ARE)) {
    plain.refused += tally.refused;
    plain.right += tally.right;
  }
  console.log(
    `| ${name} | ${tally.all} | ${share(tally.refused, tally.all)} | ${modality === 'other' ? '' : share(tally.right, tally.all)} |`,
  );
}

function share(part: number, all: number): string {
  return `${((100 * part) / all).toFixed(2)} % (${part})`;
}

/** Area under the ROC curve: how often a retina scores above another picture, ties counted half. */
function auroc(retinas: readonly number[], others: readonly number[]): number {
  const sorted = others.toSorted((a, b) => a - b);
  const below = (value: number, orEqual: boolean) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (orEqual ? sorted[middle]! <= value : sorted[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const wins = retinas.reduce((sum, value) => sum + (below(value, false) + below(value, true)) / 2, 0);
  return wins / retinas.length / others.length;
}

const inOrder = times.toSorted((a, b) => a - b);
const at = (quantile: number) => inOrder[Math.floor(quantile * (inOrder.length - 1))]!.toFixed(1);
console.log();
if (plain.retina.length > 0)
  console.log(
    `Real retinas as they are: ${plain.retina.length}, refused ${share(plain.refused, plain.retina.length)}, modality right ${share(plain.right, plain.retina.length)}.`,
  );
const against = (retinas: readonly number[], others: readonly number[]) =>
  `${auroc(retinas, others).toFixed(5)} (${retinas.length} against ${others.length})`;
if (scores.other.length > 0 && plain.retina.length > 0) {
  console.log(
    `AUROC, real retinas as they are against what is none: ${against(plain.retina, scores.other)}.`,
  );
  console.log(`AUROC, changed retinas and phantoms too: ${against(scores.retina, scores.other)}.`);
  console.log(
    `AUROC, real retinas as they are against what is none, seen through a round hole: ${against(plain.retina, scores.disguised)}.`,
  );
}
console.log(`Time a picture, decoded, on one thread: median ${at(0.5)} ms, 95th percentile ${at(0.95)} ms.`);
