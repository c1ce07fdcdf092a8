import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { FoveaError } from '../core/errors.ts';
import { savedModelFolder } from '../keras/foreign.ts';
import { type ConvertedModel, convertKeras } from '../keras/index.ts';
import { sha256 } from '../model/index.ts';
import { type Done, EXIT } from './exit.ts';
import { asRefusal } from './refusal.ts';
import { describeError, printJson } from './text.ts';

interface Options {
  readonly output?: string;
  readonly layers?: boolean;
  readonly json?: boolean;
}

/** `fovea convert MODEL [-o FILE.onnx] [--json]` */
export const convertCommand = (done: Done): Command =>
  new Command('convert')
    .description('Turn a Keras model into ONNX, without Python and without running anything in it.')
    .argument('<model>', 'a .h5, .hdf5 or .keras file')
    .option('-o, --output <file.onnx>', 'where to write the graph (default: beside the model)')
    .option('--layers', 'list the layers, with their output shapes and parameters')
    .option('--json', 'one JSON object, the layers in it')
    .action(async (path: string, { output, layers: listLayers, json }: Options) => {
      try {
        const start = performance.now();
        const bytes = await readFile(path).catch(() => {
          throw existsSync(join(path, 'saved_model.pb'))
            ? savedModelFolder(path)
            : new FoveaError('FILE_NOT_FOUND', { path });
        });
        const { onnx, ...about } = await convertKeras(bytes);
        const milliseconds = performance.now() - start;
        const target = output ?? `${path.replace(/\.(h5|hdf5|keras)$/i, '')}.onnx`;
        await writeFile(target, onnx);
        if (json) {
          printJson({
            file: path,
            sha256: sha256(bytes),
            output: target,
            size: onnx.length,
            milliseconds,
            ...about,
          });
        } else {
          if (listLayers) for (const line of layerLines(about.layers)) console.log(line);
          for (const { name, shape } of about.inputs) console.log(`input   ${name} ${shapeText(shape)}`);
          for (const { name, shape, activation } of about.outputs)
            console.log(`output  ${name} ${shapeText(shape)} ${activation}`);
          for (const warning of about.warnings) console.log(`warning ${warning}`);
          const parameters = about.layers.reduce((sum, layer) => sum + layer.parameters, 0);
          console.log(`sha256  ${sha256(bytes)}`);
          console.log(
            `${target}: ${about.layers.length} layers, ${parameters} parameters, ${onnx.length} bytes, ${milliseconds.toFixed(0)} ms`,
          );
        }
        done(EXIT.allDone);
      } catch (thrown) {
        const error = asRefusal(thrown);
        if (json) printJson({ file: path, error });
        else console.error(`${path}: ${describeError(error)}`);
        done(EXIT.someFailed);
      }
    });

/** One line a layer, nested ones further in. */
function layerLines(layers: ConvertedModel['layers']): string[] {
  const names = layers.map(({ name, within }) => `${'  '.repeat(within.length)}${name}`);
  const [nameWidth, classWidth] = [names, layers.map(({ className }) => className)].map((texts) =>
    Math.max(...texts.map((text) => text.length)),
  ) as [number, number];
  return layers.map(({ className, outputShape, parameters }, i) => {
    const shape = outputShape ? shapeText(outputShape) : '';
    return `${names[i]!.padEnd(nameWidth)}  ${className.padEnd(classWidth)}  ${shape.padEnd(24)} ${parameters || ''}`.trimEnd();
  });
}

const shapeText = (shape: readonly (number | null)[]) => `[${shape.map((d) => d ?? '?').join(', ')}]`;
