import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { FoveaError } from '../core/errors.ts';
import { readDataset } from '../dataset/index.ts';
import { learnFamiliar } from '../flows/familiar.ts';
import { FAMILIAR_FILE, openModel, readModelFile } from '../model/index.ts';
import { type Done, EXIT } from './exit.ts';
import { wholeNumber } from './numbers.ts';
import { graphCache } from './registry.ts';
import { select, tellLeftOut } from './rows.ts';

interface Options {
  readonly data: string;
  readonly root?: string;
  readonly labelColumn?: string;
  readonly where?: string;
  readonly source?: string;
  readonly out?: string;
  readonly limit?: number;
}

/** `fovea familiar MODEL --data D [--where COLUMN=VALUE] [--out FILE]` */
export const familiarCommand = (done: Done): Command =>
  new Command('familiar')
    .description('Describe to a model the pictures it learned from, so that it knows what is unlike them.')
    .argument('<folder>', 'of a model')
    .requiredOption('-d, --data <folder|csv>', 'pictures of its training: as of `fovea evaluate`')
    .option('--root <folder>', 'where the files of the table stand')
    .option('--label-column <name>', 'default: labels or label')
    .option('--where <column=value>', 'these rows only')
    .option('--limit <n>', 'so many pictures, evenly', wholeNumber('--limit'))
    .option('--source <words>', 'what they are, in a few words')
    .option('-o, --out <file>', `default: ${FAMILIAR_FILE} in the folder of the model`)
    .action(async (folder: string, options: Options) => {
      const { items, leftOut } = await readDataset(options.data, options);
      tellLeftOut(leftOut);
      const chosen = select(items, options.where);
      if (chosen.length === 0) throw new FoveaError('DATASET_INVALID', { reason: 'no row is chosen' });
      const most = options.limit ?? chosen.length;
      const step = Math.max(1, chosen.length / most);
      const some = Array.from(
        { length: Math.min(most, chosen.length) },
        (_, i) => chosen[Math.floor(i * step)]!,
      );
      const file = await readModelFile(folder);
      const model = await openModel(file, { cache: graphCache(), looks: true });
      const source = options.source ?? `${options.data}${options.where ? `, ${options.where}` : ''}`;
      const familiar = await learnFamiliar(model, some, source, (n) => {
        if (process.stderr.isTTY && n % 20 === 0) process.stderr.write(`\r${n} of ${some.length}`);
      });
      await model.close();
      const out = options.out ?? join(folder, FAMILIAR_FILE);
      await writeFile(out, `${JSON.stringify(familiar)}\n`);
      console.log(`${out}: ${familiar.pictures} pictures, limit ${familiar.limit}`);
      done(EXIT.allDone);
    });
