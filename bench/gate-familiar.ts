/**
 * What a model finds unlike the pictures it learned from (its familiar.json), on pictures that it did not:
 *
 *     node bench/gate-familiar.ts [--model models/fundus-disease] [--data ../shared/data] [--others FOLDER]… [--most 200]
 *
 * ODIR's validation patients should hardly ever be; scans, faults and anything else should.
 */
import { globSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { auroc } from '../src/flows/agreement.ts';
import { decode, type Image, preprocess } from '../src/image/index.ts';
import { openModel, readModelFile } from '../src/model/index.ts';
import { renderEye } from '../src/synth/index.ts';

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/fundus-disease' },
    data: { type: 'string', default: '../shared/data' },
    others: { type: 'string', multiple: true, default: [] },
    most: { type: 'string', default: '200' },
  },
});

const model = await openModel(await readModelFile(options.model), {
  cache: mkdtempSync(join(tmpdir(), 'fovea-bench-')),
});

const evenly = (paths: readonly string[]) => {
  const most = Math.min(Number(options.most), paths.length);
  return Array.from({ length: most }, (_, i) => paths[Math.floor((i * paths.length) / most)]!);
};

async function* files(paths: readonly string[]) {
  for (const path of evenly(paths)) {
    const image = await decode(readFileSync(path)).catch(() => undefined);
    if (image) yield image;
  }
}

const inData = (pattern: string) =>
  globSync(pattern, { cwd: options.data })
    .sort()
    .map((path) => join(options.data, path));

const validation = readFileSync(join(options.data, 'odir/labels.csv'), 'utf8')
  .split('\n')
  .filter((line) => line.trim().endsWith(',val'))
  .map((line) => join(options.data, 'odir', line.split(',')[0]!));

async function* phantoms(artefacts: Record<string, number>) {
  for (let i = 0; i < Math.min(40, Number(options.most)); i++) {
    const eye = renderEye({
      modality: 'fundus',
      seed: `familiar/${i}`,
      size: 384,
      diseases: { dr: i % 4 },
      artefacts,
    });
    const image: Image = { width: eye.width, height: eye.height, channels: 3, data: eye.image };
    yield image;
  }
}

/** The same photographs as something that no camera gives. */
async function* changed(pixel: (r: number, g: number, b: number) => readonly [number, number, number]) {
  for await (const image of files(validation)) {
    const data = image.data.slice();
    for (let i = 0; i < data.length; i += 3) data.set(pixel(data[i]!, data[i + 1]!, data[i + 2]!), i);
    yield { ...image, data };
  }
}

const groups: readonly (readonly [name: string, pictures: AsyncIterable<Image>])[] = [
  ['ODIR-5K, validation patients', files(validation)],
  ['the same without colour', changed((r, g, b) => [(r + g + b) / 3, (r + g + b) / 3, (r + g + b) / 3])],
  ['the same with red and blue exchanged', changed((r, g, b) => [b, g, r])],
  ['the same as negatives', changed((r, g, b) => [255 - r, 255 - g, 255 - b])],
  ['EyePACS, six tenths of it learned from', files(inData('eyepacs/images/*'))],
  ['IDRiD', files(inData('idrid/images/*'))],
  ['DRIVE', files(inData('drive/images/*'))],
  ['CHASE_DB1', files(inData('chase/*.jpg'))],
  ['phantoms', phantoms({})],
  ['phantoms out of focus, hazy and dark', phantoms({ defocus: 0.9, haze: 0.8, underexposure: 0.6 })],
  ['OCT scans', files(inData('oct/*/*.jpeg'))],
  ...options.others.map(
    (folder) => [folder, files(globSync(`${folder}/**/*.{png,jpg,jpeg,webp}`).sort())] as const,
  ),
];

let usual: readonly number[] | undefined;
console.log('| pictures | number | unlike | AUROC against the first |\n|---|---:|---:|---:|');
for (const [name, pictures] of groups) {
  const distances: number[] = [];
  let unlike = 0;
  for await (const image of pictures) {
    const { familiarity } = await model.read(preprocess(image, model.manifest.preprocessing));
    if (!familiarity) throw new Error(`${options.model} has no familiar.json`);
    distances.push(familiarity.distance);
    if (familiarity.unlike) unlike++;
  }
  if (distances.length === 0) continue;
  usual ??= distances;
  const area =
    usual === distances
      ? ''
      : auroc([...usual, ...distances], [...usual.map(() => false), ...distances.map(() => true)]).toFixed(3);
  const share = ((100 * unlike) / distances.length).toFixed(1);
  console.log(`| ${name} | ${distances.length} | ${share} % (${unlike}) | ${area} |`);
}
