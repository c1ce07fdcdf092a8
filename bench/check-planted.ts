/**
 * Plants mistakes in a model's contract and counts how often `fovea check` names them:
 *
 *     node bench/check-planted.ts --model models/fundus-disease --images ../shared/data/odir [--sizes 100,200] [--samples 3]
 *
 * Each sample is drawn anew from the labelled pictures. A mistake that changes no answer, or makes none worse, costs
 * nothing and is not there to be found: it is counted apart.
 */
import { parseArgs } from 'node:util';
import { random } from '../src/core/random.ts';
import { check } from '../src/flows/check.ts';
import { readLabelledPictures } from '../src/flows/labelled-pictures.ts';
import type { Preprocessing } from '../src/image/index.ts';
import { openModel, readModelFile } from '../src/model/index.ts';

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/fundus-disease' },
    images: { type: 'string', default: '../shared/data/odir' },
    sizes: { type: 'string', default: '100,200' },
    samples: { type: 'string', default: '3' },
    cache: { type: 'string', default: '/tmp/fovea-check-cache' },
  },
});

const file = await readModelFile(options.model);
const manifest = file.manifest!;
const { preprocessing: right, labels } = manifest;

/** Mistakes that people make. */
const PLANTS: Readonly<Record<string, Partial<Preprocessing> | 'labels'>> = {
  'another scale (x/127.5 − 1)': { rescale_factor: 1 / 127.5, image_mean: [1, 1, 1] },
  'no scale': { rescale_factor: 1 },
  'BGR for RGB': { channel_order: 'BGR' },
  'both of scale and order': {
    channel_order: 'BGR',
    rescale_factor: 1,
    image_mean: [103.939, 116.779, 123.68],
  },
  'nearest for bilinear': { resample: 'pil_nearest' },
  'labels in alphabetical order': 'labels',
};

const opened = (contract: Partial<Preprocessing>, order = labels) =>
  openModel(
    { ...file, manifest: { ...manifest, labels: order, preprocessing: { ...right, ...contract } } },
    { cache: options.cache },
  );

const all = await readLabelledPictures(options.images, labels);
console.log('| planted | pictures | found | costs nothing | missed |\n|---|---:|---:|---:|---:|');
for (const [name, plant] of Object.entries(PLANTS)) {
  for (const size of options.sizes.split(',').map(Number)) {
    const counts = { found: 0, harmless: 0, missed: 0 };
    for (let sample = 0; sample < Number(options.samples); sample++) {
      const draws = random(`${name} ${size} ${sample}`);
      const order = plant === 'labels' ? labels.toSorted((a, b) => a.label.localeCompare(b.label)) : labels;
      const places = labels.map((label) => order.indexOf(label));
      const shuffled = all.pictures
        .map((picture) => ({ picture, key: draws.unit() }))
        .sort((a, b) => a.key - b.key)
        .slice(0, size)
        .map(({ picture }) => ({ ...picture, truth: picture.truth.map((place) => places[place]!) }));
      const model = await opened(plant === 'labels' ? {} : plant, order);
      const report = await check(model, {
        ...all,
        pictures: shuffled,
        names: order.map((label) => label.name),
      });
      await model.close();
      const truth = report.tried.find(({ contract }) => JSON.stringify(contract) === JSON.stringify(right));
      const fixed = { ...report.fitting.contract };
      const contractFound =
        fixed.rescale_factor === right.rescale_factor && fixed.channel_order === right.channel_order;
      const kernelFound =
        plant !== 'labels' && !('resample' in plant) ? true : fixed.resample === right.resample;
      const labelsFound =
        plant !== 'labels' || report.labelOrder?.join() === labels.map((l) => l.name).join();
      if (contractFound && kernelFound && labelsFound) counts.found++;
      else if (plant !== 'labels' && truth && truth.score <= report.present.score + 0.005) counts.harmless++;
      else counts.missed++;
    }
    console.log(`| ${name} | ${size} | ${counts.found} | ${counts.harmless} | ${counts.missed} |`);
  }
}
