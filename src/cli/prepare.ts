import { SingleBar } from 'cli-progress';
import { Command, Option } from 'commander';
import { FoveaError } from '../core/errors.ts';
import { readDataset } from '../dataset/index.ts';
import { prepare } from '../flows/prepare.ts';
import type { fit, Preprocessing } from '../image/index.ts';
import { type Done, EXIT } from './exit.ts';
import { chosenModel, openRegistry } from './registry.ts';
import { select, tellLeftOut } from './rows.ts';

interface Options {
  readonly data: string;
  readonly model?: string;
  readonly size?: string;
  readonly crop: Preprocessing['crop'];
  readonly resample: Preprocessing['resample'];
  readonly blank?: 'white_edges';
  readonly grey?: boolean;
  readonly fileColumn?: string;
  readonly root?: string;
  readonly splitColumn?: string;
  readonly out: string;
}

const CROPS = ['none', 'cover', 'contain', 'field_of_view'];
const KERNELS = [
  'pil_nearest',
  'pil_box',
  'pil_bilinear',
  'pil_bicubic',
  'pil_lanczos',
  'opencv_bilinear',
  'tensorflow_bilinear',
];

/** `fovea prepare --data D (--model M | --size N) --out DIR` */
export const prepareCommand = (done: Done): Command =>
  new Command('prepare')
    .description(
      'The pictures of a data set as a model is given them: pixels.npy and rows.csv, to train with.',
    )
    .requiredOption('-d, --data <folder|csv>', 'one folder a class, or a table of files')
    .option('-m, --model <name|path>', 'as this model wants them')
    .option('--size <pixels>', 'of the side, or WIDTHxHEIGHT; not with --model')
    .addOption(new Option('--crop <crop>', 'what is kept').choices(CROPS).default('none'))
    .addOption(new Option('--resample <kernel>', 'of resizing').choices(KERNELS).default('pil_bilinear'))
    .addOption(new Option('--blank <what>', 'what is painted black first').choices(['white_edges']))
    .option('--grey', 'one channel')
    .option('--file-column <name>', 'default: file')
    .option('--root <folder>', 'where the files of the table stand')
    .option('--split-column <column=value>', 'these rows only')
    .requiredOption('-o, --out <folder>', 'pixels.npy and rows.csv are written there')
    .action(async (options: Options) => {
      const read = await readDataset(options.data, { ...options, isLabelled: false });
      const { items: all, columns } = read;
      tellLeftOut(read.leftOut);
      const items = select(all, options.splitColumn);
      const contract = await contractOf(options);
      const bar = process.stderr.isTTY
        ? new SingleBar({ format: '{bar} {value}/{total}  {eta_formatted} left', stream: process.stderr })
        : undefined;
      bar?.start(items.length, 0);
      const { shape, dtype, excluded } = await prepare({ items, columns }, contract, options.out, () =>
        bar?.increment(),
      ).finally(() => bar?.stop());
      console.log(`${shape.join(' × ')} ${dtype} in ${options.out}: pixels.npy, and rows.csv of every row.`);
      for (const [code, count] of Object.entries(excluded)) console.error(`${count} left out: ${code}`);
      done(shape[0] === items.length ? EXIT.allDone : EXIT.someFailed);
    });

/** @throws RangeError where it is said neither or twice what the pictures are prepared for */
async function contractOf(options: Options): Promise<Parameters<typeof fit>[1]> {
  if ((options.model === undefined) === (options.size === undefined))
    throw new RangeError('Say either --model or --size.');
  if (options.model !== undefined) {
    const registry = openRegistry();
    try {
      return (await chosenModel(registry, options.model)).manifest.preprocessing;
    } finally {
      await registry.close();
    }
  }
  return {
    size: sizeOf(options.size!),
    crop: options.crop,
    resample: options.resample,
    channel_order: options.grey ? 'GRAY' : 'RGB',
    ...(options.blank && { blank: options.blank }),
  };
}

/** As a contract allows them (src/image/contract.ts). */
const LARGEST_SIDE = 4096;

function sizeOf(text: string): Preprocessing['size'] {
  const [, width = '', height = width] = /^(\d+)(?:x(\d+))?$/.exec(text) ?? [];
  const size = { width: Number(width), height: Number(height) };
  if (Object.values(size).every((n) => n >= 1 && n <= LARGEST_SIDE)) return size;
  throw new FoveaError('CONTRACT_INVALID', {
    reason: `no picture has the size "${text}"`,
    expected: `a side of 1 to ${LARGEST_SIDE} pixels, or WIDTHxHEIGHT`,
  });
}
