/**
 * Prepares the pictures of a data set by the product's own decoder and resize kernels, so that training sees what
 * serving sees: one raw file of N × size × size × 3 bytes (RGB), in the order of the rows of labels.csv.
 *
 *     node training/prepare.ts --data ../shared/data/odir --size 224 --out /tmp/fovea-training/odir-224.u8
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { decode, fit, type Preprocessing } from '../src/image/index.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    out: { type: 'string' },
    size: { type: 'string', default: '224' },
    crop: { type: 'string', default: 'none' },
    resample: { type: 'string', default: 'pil_bilinear' },
  },
});
if (!values.data || !values.out) throw new Error('--data FOLDER and --out FILE are needed');

const side = Number(values.size);
const contract = {
  size: { height: side, width: side },
  crop: values.crop as Preprocessing['crop'],
  resample: values.resample as Preprocessing['resample'],
  channel_order: 'RGB',
} as const;

const [, ...rows] = readFileSync(join(values.data, 'labels.csv'), 'utf8').trim().split('\n');
mkdirSync(dirname(values.out), { recursive: true });
const out = await open(values.out, 'w');
/** Pictures decoded side by side: libvips decodes off the main thread. */
const BATCH = 16;
for (let i = 0; i < rows.length; i += BATCH) {
  const files = rows.slice(i, i + BATCH).map((row) => row.split(',')[0]!);
  const images = await Promise.all(files.map((file) => decode(readFileSync(join(values.data!, file)))));
  for (const image of images) await out.write(fit(image, contract).data as Uint8Array);
  if (i % (BATCH * 64) === 0) console.log(`${i} of ${rows.length}`);
}
await out.close();
console.log(`${rows.length} pictures in ${values.out}`);
