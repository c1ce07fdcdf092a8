/**
 * Makes the tables of docs/keras.md and docs/keras-files.md:
 *
 *     node bench/keras-table.ts [--corpus FOLDER] [--architectures FOLDER] [--peer PYTHON]
 *
 * `--corpus`: real files with golden outputs (default ../shared/keras-models). `--architectures`: what
 * training/keras_architectures.py wrote. `--peer`: a Python with Keras, which then opens every file as well, in one
 * process of its own. Times are of one opening each, after a first file has warmed the program up.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FoveaError } from '../src/core/errors.ts';
import { type ConvertedModel, convertKeras } from '../src/keras/index.ts';
import { layerTable } from '../src/keras/layers/index.ts';
import { compareWithGolden, type Golden } from '../test/keras-golden.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values: options } = parseArgs({
  options: {
    corpus: { type: 'string', default: join(root, '../shared/keras-models') },
    architectures: { type: 'string', default: '/tmp/fovea-architectures' },
    peer: { type: 'string' },
  },
});

/** A row of the corpus's inventory. */
interface Item {
  readonly file: string;
  readonly kind: 'full' | 'weights-only' | 'other-hdf5';
  readonly keras_version: string | null;
}

interface Outcome {
  readonly seconds: number;
  readonly model?: ConvertedModel;
  /** Code and sentence of a refusal. */
  readonly refusal?: { readonly code: string; readonly message: string };
  readonly difference?: number;
  readonly note?: string;
}

interface Architecture {
  readonly keras: string;
  readonly parameters: number;
  readonly input: number[];
  readonly shape: number[];
  readonly values: number[];
}

interface PeerOutcome {
  readonly seconds?: number;
  readonly failure?: string;
}

async function open(path: string, golden?: Golden): Promise<Outcome> {
  const bytes = readFileSync(path);
  const begin = performance.now();
  try {
    const model = await convertKeras(bytes);
    const seconds = (performance.now() - begin) / 1000;
    if (!golden) return { seconds, model };
    try {
      return { seconds, model, difference: await compareWithGolden(model, golden) };
    } catch (thrown) {
      return { seconds, model, note: String((thrown as Error).message).slice(0, 90) };
    }
  } catch (thrown) {
    if (!(thrown instanceof FoveaError)) throw thrown;
    const seconds = (performance.now() - begin) / 1000;
    return { seconds, refusal: { code: thrown.code, message: thrown.message } };
  }
}

/** Every file opened by real Keras, in a process of its own. */
async function openAllWithKeras(
  paths: readonly string[],
): Promise<{ version: string; outcomes: Map<string, PeerOutcome> }> {
  const outcomes = new Map<string, PeerOutcome>();
  let version = '';
  if (!options.peer) return { version, outcomes };
  const python = spawn(options.peer, [join(root, 'bench/keras-peer.py')], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  python.stdin.end(paths.map((path) => `${path}\n`).join(''));
  for await (const line of createInterface({ input: python.stdout })) {
    const { keras, file, ...outcome } = JSON.parse(line) as { keras?: string; file: string } & PeerOutcome;
    if (keras) version = keras;
    else outcomes.set(file, outcome);
  }
  return { version, outcomes };
}

const seconds = (value: number | undefined) => (value === undefined ? '' : `${value.toPrecision(2)} s`);
const exponent = (value: number | undefined) => (value === undefined ? '' : value.toExponential(1));
const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');

/** Replaces what stands between a document's markers. */
function fill(document: string, parts: Readonly<Record<string, string>>): void {
  const path = join(root, document);
  let text = readFileSync(path, 'utf8');
  for (const [name, part] of Object.entries(parts)) {
    const [from, to] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const [start, end] = [text.indexOf(from), text.indexOf(to)];
    if (start < 0 || end < 0) throw new Error(`${document} has no place for ${name}`);
    text = `${text.slice(0, start + from.length)}\n${part}\n${text.slice(end)}`;
  }
  writeFileSync(path, text);
}

const inventory: Item[] = JSON.parse(readFileSync(join(options.corpus, 'inventory.json'), 'utf8'));
const golden: { models: Record<string, Golden> } = JSON.parse(
  readFileSync(join(options.corpus, 'golden.json'), 'utf8'),
);
/** In the order of training/keras_architectures.py. */
const ARCHITECTURES = (
  'MobileNet MobileNetV2 MobileNetV3Small MobileNetV3Large EfficientNetB0 EfficientNetB3 EfficientNetV2B0 ' +
  'NASNetMobile DenseNet121 ResNet50 ResNet50V2 InceptionV3 Xception InceptionResNetV2 ConvNeXtTiny VGG16 VGG19 ' +
  'ViT U-Net'
).split(' ');
const architectures = ARCHITECTURES.filter((name) => existsSync(join(options.architectures, `${name}.json`)));

const models = architectures.flatMap((name) =>
  ['h5', 'keras'].map((ending) => ({
    name: `${name}.${ending}`,
    path: join(options.architectures, `${name}.${ending}`),
    row: JSON.parse(readFileSync(join(options.architectures, `${name}.json`), 'utf8')) as Architecture,
  })),
);

const keras = await openAllWithKeras([
  ...inventory.map(({ file }) => join(options.corpus, file)),
  ...models.map(({ path }) => path),
]);
await open(join(options.corpus, inventory[0]!.file));

const files: (Item & Outcome)[] = [];
for (const item of inventory) {
  files.push({ ...item, ...(await open(join(options.corpus, item.file), golden.models[item.file])) });
}
const large: (Outcome & (typeof models)[number])[] = [];
for (const model of models) {
  const { input, shape, values } = model.row;
  const outcome = await open(model.path, { input_used: [input], out: { sym: [{ shape, values }] } });
  large.push({ ...model, ...outcome });
}

const theirs = (path: string) => keras.outcomes.get(path);
const opened = (path: string) => theirs(path)?.seconds !== undefined;
const kerasName = `Keras ${keras.version}`;
const complete = files.filter(({ kind }) => kind === 'full');
const compared = files.filter(({ difference }) => difference !== undefined);
const within = compared.filter(({ difference }) => difference! <= 1e-5);
const codes = Object.entries(
  Object.groupBy(
    files.filter(({ refusal }) => refusal),
    ({ refusal }) => refusal!.code,
  ),
);

fill('docs/keras.md', {
  'table: summary': table(
    ['', 'files', 'Fovea opens', ...(options.peer ? [`${kerasName} opens`] : [])],
    [
      ['complete models', complete],
      ['… of applications', complete.filter(({ file }) => !file.startsWith('KonduitAI'))],
      ['… of conformance tests', complete.filter(({ file }) => file.startsWith('KonduitAI'))],
      ['weights alone, and other HDF5 files (refused as such)', files.filter(({ kind }) => kind !== 'full')],
    ].map(([name, list]) => {
      const rows = list as typeof files;
      return [
        name as string,
        String(rows.length),
        String(rows.filter(({ model }) => model).length),
        ...(options.peer
          ? [String(rows.filter(({ file }) => opened(join(options.corpus, file))).length)]
          : []),
      ];
    }),
  ),
  'table: golden': `${within.length} of the ${compared.length} models whose outputs real Keras could be made to give agree to 1e-5; the others are told of below.`,
  'table: refusals': table(
    ['code', 'files', 'for example'],
    codes.map(([code, rows]) => [
      `\`${code}\``,
      String(rows!.length),
      rows![0]!.refusal!.message.replaceAll('|', '\\|'),
    ]),
  ),
  'table: architectures': table(
    [
      '',
      'parameters',
      'largest difference',
      'Fovea converts',
      ...(options.peer ? [`${kerasName} loads`, 'ratio'] : []),
    ],
    large.map(({ name, row, difference, seconds: ours, note, refusal, path }) => {
      const other = theirs(path)?.seconds;
      return [
        name,
        `${(row.parameters / 1e6).toFixed(1)} M`,
        exponent(difference) || (note ?? refusal?.message ?? ''),
        seconds(ours),
        ...(options.peer
          ? [other === undefined ? 'refuses' : seconds(other), other ? (ours / other).toFixed(2) : '']
          : []),
      ];
    }),
  ),
  'table: layers': Object.keys(layerTable)
    .toSorted()
    .map((name) => `\`${name}\``)
    .join(', '),
  'table: machine': `${cpus()[0]?.model.trim()}, ${cpus().length} cores; Node ${process.versions.node}.`,
});

writeFileSync(
  join(root, 'docs/keras-files.md'),
  `# Every file of the corpus

Made by \`bench/keras-table.ts\` on ${inventory.length} real files, which are not part of this repository (see [keras.md](keras.md)).
"Largest difference" is that from real Keras's golden outputs, where there are any.

${table(
  ['file', 'Keras', 'Fovea', 'largest difference', 'time', ...(options.peer ? [kerasName, 'time'] : [])],
  files.map(({ file, keras_version: version, refusal, difference, note, seconds: ours }) => {
    const other = theirs(join(options.corpus, file));
    return [
      file.replace(/^([^/]+)\/.*\/([^/]+)$/, '$1/…/$2').replaceAll('|', '\\|'),
      version ?? '',
      refusal ? `\`${refusal.code}\`` : 'opened',
      exponent(difference) || (note ? 'does not run' : ''),
      seconds(ours),
      ...(options.peer ? [other?.seconds === undefined ? 'refuses' : 'opened', seconds(other?.seconds)] : []),
    ];
  }),
)}
`,
);
