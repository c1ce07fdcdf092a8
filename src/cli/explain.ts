import { readFile, writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { asFoveaError, FoveaError } from '../core/errors.ts';
import { METHODS, type Method } from '../explain/index.ts';
import { DISCLAIMER } from '../flows/disclaimer.ts';
import { explainPicture } from '../flows/explain.ts';
import { encodePng, withPngText } from '../image/index.ts';
import { type Done, EXIT } from './exit.ts';
import { chosenGraph, openRegistry } from './registry.ts';
import { describeError, percent, printJson } from './text.ts';

interface Options {
  readonly model?: string;
  readonly method?: Method;
  readonly class?: string;
  readonly masks?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** `fovea explain IMAGE [--model M] [--method M] [--class L] [--out FILE.png] [--json]` */
export const explainCommand = (done: Done): Command =>
  new Command('explain')
    .description('Show where in a picture a model sees what it answers.')
    .argument('<image>', 'a picture')
    .option('-m, --model <name|path>', 'as of `fovea classify`')
    .addOption(
      new Option('--method <name>', 'default: the exact one where the model allows it').choices([...METHODS]),
    )
    .option('-c, --class <label>', 'which class (default: the most probable)')
    .option('--masks <n>', 'random masks of the method "rise"', '1000')
    .option('-o, --out <file.png>', 'where to write the picture with the map over it')
    .option('--json', 'one JSON object, the map in it')
    .action(async (path: string, options: Options) => {
      const registry = openRegistry();
      try {
        const masks = Number(options.masks);
        if (!Number.isInteger(masks) || masks < 1)
          throw new RangeError('--masks takes a whole number from 1 on.');
        const { manifest, onnx } = await chosenGraph(registry, options.model);
        const bytes = await readFile(path).catch(() => {
          throw new FoveaError('FILE_NOT_FOUND', { path });
        });
        const { overlay, data, ...about } = await explainPicture({ name: path, bytes }, onnx, manifest, {
          masks,
          ...(options.method && { method: options.method }),
          ...(options.class !== undefined && { label: options.class }),
        });
        if (options.out) {
          const png = await encodePng({ ...overlay, channels: 3, data: Uint8Array.from(overlay.data) });
          const text = {
            Model: manifest.name,
            Class: about.name,
            Method: about.method,
            Caveat: about.caveat,
          };
          await writeFile(
            options.out,
            withPngText(png, { ...text, Scale: '0 to 1 of the largest', Disclaimer: DISCLAIMER }),
          );
        }
        if (options.json) {
          printJson({
            file: path,
            model: manifest.name,
            ...about,
            out: options.out,
            map: Array.from(data, round),
          });
        } else {
          console.log(`${path}: ${about.name}, ${percent(about.probability)} (${manifest.name})`);
          console.log(`${about.method}: ${about.caveat}`);
          if (options.out) console.log(options.out);
          console.log(DISCLAIMER);
        }
        done(EXIT.allDone);
      } catch (thrown) {
        if (thrown instanceof RangeError) throw thrown;
        const error = asFoveaError(thrown);
        if (options.json) printJson({ file: path, error });
        else console.error(`${path}: ${describeError(error)}`);
        done(EXIT.someFailed);
      } finally {
        await registry.close();
      }
    });

const round = (value: number) => Number(value.toFixed(4));
