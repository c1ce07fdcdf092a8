/**
 * The shipped OCT model on synthetic scans of several scanners, for docs/model-study.md:
 *
 *     node bench/oct-scanners.ts
 *
 * It learned from one real scanner; phantoms are no patients, but they differ from it in a known way.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { preprocess } from '../src/image/index.ts';
import { openModel, readModelFile } from '../src/model/index.ts';
import { renderOct } from '../src/synth/index.ts';

const model = await openModel(await readModelFile('models/oct'), {
  cache: mkdtempSync(join(tmpdir(), 'fovea-bench-')),
});
const names = model.manifest.labels.map(({ label }) => label);
const CLASSES = [
  ['CNV', { amd: 4 }],
  ['DME', { dme: 3 }],
  ['DRUSEN', { amd: 2 }],
  ['NORMAL', {}],
] as const;
const EYES = 160;

for (const scanner of ['spectralis', 'spectralis-wide', 'cirrus'] as const) {
  const table = names.map(() => names.map(() => 0));
  for (let i = 0; i < EYES; i++) {
    const [label, diseases] = CLASSES[i % CLASSES.length]!;
    const { image, width, height, truth } = renderOct({ seed: `scanner/${i}`, diseases, scanner });
    if (truth.octClass !== label) continue;
    const picture = { width, height, channels: 1 as const, data: image };
    const p = await model.predict(preprocess(picture, model.manifest.preprocessing));
    table[names.indexOf(label)]![p.indexOf(Math.max(...p))]!++;
  }
  const right = table.reduce((sum, row, i) => sum + row[i]!, 0);
  const all = table.flat().reduce((a, b) => a + b);
  console.log(`${scanner}: ${right} of ${all} right (${(right / all).toFixed(3)})`);
  for (const [i, row] of table.entries()) console.log(`  ${names[i]!.padEnd(7)} ${row.join(' ')}`);
}
await model.close();
