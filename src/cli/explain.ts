import { readFile, writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { FoveaError } from '../core/errors.ts';
import { METHODS, type Method } from '../explain/index.ts';
import { learnCases } from '../flows/alike.ts';
import { DISCLAIMER } from '../flows/disclaimer.ts';
import { type ExplainedPicture, evidenceOf, explainPicture } from '../flows/explain.ts';
import { checkMethod } from '../flows/explain-check.ts';
import { keepCases, keepCheck, readCases } from '../flows/explain-store.ts';
import type { GateOptions } from '../flows/gate.ts';
import { encodePng, withPngText } from '../image/index.ts';
import { GENERATOR } from '../synth/index.ts';
import { type Done, EXIT } from './exit.ts';
import { casePictures } from './explain-cases.ts';
import { phantoms, phantomsOf } from './explain-phantoms.ts';
import { eyeOption, overrideOption } from './gate.ts';
import { wholeNumber } from './numbers.ts';
import { asRefusal } from './refusal.ts';
import { chosenGraph, evidenceFolders, openRegistry } from './registry.ts';
import { describeError, percent, printJson } from './text.ts';

interface Options extends GateOptions {
  readonly model?: string;
  readonly method?: Method;
  readonly class?: string;
  readonly masks: number;
  readonly out?: string;
  readonly check?: boolean;
  readonly json?: boolean;
}

/** Phantoms that `--check` draws: enough that a rate of 0.8 is told from one of 0.5 (Wilson's interval). */
const PHANTOMS = 40;

/** `fovea explain IMAGE [--model M] [--method M] [--class L] [--out FILE.png] [--eye OD|OS] [--override REASON] [--check] [--json]` */
export const explainCommand = (done: Done): Command =>
  new Command('explain')
    .description('Show where in a picture a model sees what it answers.')
    .argument('<image>', 'a picture')
    .option('-m, --model <name|path>', 'as of `fovea classify`')
    .addOption(
      new Option('--method <name>', 'default: the exact one where the model allows it').choices([...METHODS]),
    )
    .option('-c, --class <label>', 'which class (default: the most probable)')
    .option('--masks <n>', 'random masks of the method "rise"', wholeNumber('--masks'), 1000)
    .option('-o, --out <file.png>', 'where to write the picture with the map over it')
    .addOption(eyeOption())
    .addOption(overrideOption())
    .option(
      '--check',
      'measure once what the method is worth for this model, on synthetic eyes, and learn which of them are alike to it',
    )
    .option('--json', 'one JSON object, the map in it')
    .action(async (path: string, options: Options) => {
      const registry = openRegistry();
      try {
        const { manifest, onnx } = await chosenGraph(registry, options.model);
        const bytes = await readFile(path).catch(() => {
          throw new FoveaError('FILE_NOT_FOUND', { path });
        });
        const checks = evidenceFolders();
        const picture = { name: path, bytes };
        let explained = await explainPicture(picture, onnx, manifest, {
          checks,
          masks: options.masks,
          ...(options.method && { method: options.method }),
          ...(options.eye && { eye: options.eye }),
          ...(options.override && { override: options.override }),
          ...(options.class !== undefined && { label: options.class }),
        });
        if (options.check && !explained.check) {
          const eyes = phantoms(manifest.labels, PHANTOMS, manifest.modality);
          const check = await checkMethod(onnx, manifest, eyes, phantomsOf(PHANTOMS), explained.method);
          await keepCheck(checks[0], manifest, check);
          explained = { ...explained, ...evidenceOf(check) };
        }
        // The library is of photographs.
        if (options.check && manifest.modality !== 'oct' && !(await readCases(checks, manifest.sha256))) {
          // A model without a map of features knows no likeness: the check stands without.
          const library = await learnCases(onnx, manifest, casePictures(), GENERATOR).catch(() => undefined);
          if (library) await keepCases(checks[0], library);
        }
        if (options.out) await save(options.out, explained, manifest.name);
        if (options.json) {
          const { overlay: _, data, ...about } = explained;
          printJson({
            file: path,
            model: manifest.name,
            ...about,
            out: options.out,
            map: Array.from(data, round),
          });
        } else {
          print(path, explained, manifest.name);
          if (options.out) console.log(options.out);
          console.log(DISCLAIMER);
        }
        done(EXIT.allDone);
      } catch (thrown) {
        if (thrown instanceof RangeError) throw thrown;
        const error = asRefusal(thrown);
        if (options.json) printJson({ file: path, error });
        else console.error(`${path}: ${describeError(error)}`);
        done(EXIT.someFailed);
      } finally {
        await registry.close();
      }
    });

/** The picture with its map, and in its text what the map is worth. */
async function save(path: string, explained: ExplainedPicture, model: string): Promise<void> {
  const { overlay, name, method, caveat, sentence, evidence, evidenceReason } = explained;
  const png = await encodePng({ ...overlay, channels: 3, data: Uint8Array.from(overlay.data) });
  const text = {
    Model: model,
    Class: name,
    Method: method,
    Caveat: caveat,
    Sentence: sentence,
    Evidence: `${STANDING[String(evidence) as keyof typeof STANDING]} ${evidenceReason}`,
    Scale: '0 to 1 of the largest',
    Disclaimer: DISCLAIMER,
  };
  await writeFile(path, withPngText(png, text));
}

const STANDING = { true: 'Passed its check.', false: 'Not to be shown as evidence.', null: 'Not checked.' };

function print(path: string, explained: ExplainedPicture, model: string): void {
  const { name, probability, calibrated, sentence, method, caveat, why, evidence, evidenceReason } =
    explained;
  console.log(`${path}: ${name}, ${percent(calibrated ?? probability)} (${model})`);
  console.log(sentence);
  console.log(`${method}: ${caveat}${why?.startsWith('Instead') ? ` ${why}` : ''}`);
  console.log(
    evidence === null
      ? 'not checked: `--check` measures what this method is worth for this model.'
      : `${evidence ? 'passed its check' : 'NOT TO BE SHOWN AS EVIDENCE'}: ${evidenceReason}`,
  );
}

const round = (value: number) => Number(value.toFixed(4));
