/**
 * Makes the tables of docs/explain.md:
 *
 *     node bench/explain.ts [--only picture,speed,shipped,curves,idrid,corpus] [--model FOLDER] [--idrid FOLDER]
 *                           [--corpus FOLDER] [--mobilenet FILE]
 *
 * `--idrid`: the segmentation half of IDRiD (default ../shared/data/idrid). `--corpus`: real Keras files (default
 * ../shared/keras-models). `--mobilenet`: MobileNetV2 as training/keras_architectures.py writes it.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { phantoms } from '../src/cli/explain-phantoms.ts';
import { asFoveaError } from '../src/core/errors.ts';
import {
  by,
  checkPointing,
  checkStability,
  deletionInsertion,
  type Input,
  type Map2D,
  type MapMaker,
  METHODS,
  type Method,
  type PointingCheck,
} from '../src/explain/index.ts';
import { type ExplainedModel, explainerOf, explainPicture } from '../src/flows/explain.ts';
import { type MarkedPicture, type MethodCheck, maskSeen } from '../src/flows/explain-check.ts';
import { readCheck } from '../src/flows/explain-store.ts';
import {
  decode,
  encodeJpeg,
  encodePng,
  type Image,
  type Pixels,
  preprocess,
  resize,
} from '../src/image/index.ts';
import { openGraph, sha256 } from '../src/model/graph.ts';
import { openModel, readModelFile } from '../src/model/index.ts';

/** Attention is not to be found in the models measured here. */
const OF_ANY_MODEL = METHODS.filter((method) => method !== 'attention-rollout');

const root = fileURLToPath(new URL('..', import.meta.url));
const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: 'picture,speed,shipped,curves,idrid,corpus' },
    model: { type: 'string', default: join(root, 'models/fundus-disease') },
    idrid: { type: 'string', default: join(root, '../shared/data/idrid') },
    corpus: { type: 'string', default: join(root, '../shared/keras-models') },
    mobilenet: { type: 'string', default: '/tmp/fovea-architectures/MobileNetV2.h5' },
    cache: { type: 'string', default: '/tmp/fovea-explain-cache' },
  },
});

const PHANTOMS = 40;
/** Methods that ask a model many times for one map. */
const SLOW = new Set<Method>(['score-cam', 'integrated-gradients', 'smoothgrad', 'occlusion', 'rise']);
/** Pictures for curves and shifts, which ask for many maps each. */
const CURVE_PICTURES = 8;

interface Opened {
  readonly onnx: Uint8Array;
  readonly manifest: ExplainedModel & { readonly name: string };
}

async function opened(path: string): Promise<Opened> {
  const file = await readModelFile(path);
  const model = await openModel(file, { cache: options.cache });
  await model.close();
  const { onnx } = await openGraph(file.bytes, sha256(file.bytes), options.cache);
  return { onnx, manifest: model.manifest };
}

const rate = ({ hits, of, rate: share, low, high }: PointingCheck | PointingCheck['centre']) =>
  `${share.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)}; ${hits} of ${of})`;
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');

/** The quickest of some runs, ms, which other programs disturbed least; the first warms up. */
async function timed(run: () => Promise<unknown>, runs: number): Promise<number> {
  await run();
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const begin = performance.now();
    await run();
    times.push(performance.now() - begin);
  }
  return Math.min(...times);
}

async function speed(): Promise<string> {
  const rows: string[][] = [];
  for (const path of [options.model, options.mobilenet]) {
    const { onnx, manifest } = await opened(path);
    const explainer = explainerOf(onnx, manifest);
    const [{ image }] = [...phantoms([], 1)] as [MarkedPicture];
    const input = preprocess(image, manifest.preprocessing);
    const plain = await timed(() => explainer.probabilities(input), 41);
    for (const method of OF_ANY_MODEL) {
      if (path !== options.model && SLOW.has(method)) continue;
      const runs = SLOW.has(method) ? 3 : 41;
      const time = await timed(() => explainer.explain(input, 1, { method }), runs).catch(() => undefined);
      if (time !== undefined)
        rows.push([manifest.name, method, `${time.toFixed(1)} ms`, (time / plain).toFixed(1)]);
    }
    rows.push([manifest.name, 'the prediction itself', `${plain.toFixed(1)} ms`, '1']);
    await explainer.close();
  }
  return table(['model', 'method', 'time', 'predictions'], rows);
}

/** What `evidence/` holds of the shipped models: where each method points in phantoms, and whether it passed. */
async function shipped(): Promise<string> {
  const models = await Promise.all(
    ['fundus-disease', 'fundus-dr-grade', 'oct'].map(async (name) => {
      const { manifest } = await readModelFile(join(root, 'models', name));
      const folders = [join(root, 'evidence')];
      const checks = await Promise.all(METHODS.map((method) => readCheck(folders, manifest!, method)));
      return { name, checks };
    }),
  );
  const rows = METHODS.flatMap((method, i) => {
    const checks = models.map((model) => model.checks[i]);
    return checks.some(Boolean) ? [[method, ...checks.map((check) => (check ? verdict(check) : ''))]] : [];
  });
  const random = models.map(({ checks }) => checks.find((check) => check?.pointing)!.pointing!.random);
  rows.push(['a random point', ...random.map((share) => share.toFixed(2))]);
  return table(['method', ...models.map(({ name }) => name)], rows);
}

function verdict({ pointing, randomisation, passed }: MethodCheck): string {
  const hits = `${pointing!.hits} of ${pointing!.of}`;
  if (passed) return `${hits}, passed`;
  return randomisation.passed
    ? `${hits}, failed: no better than chance`
    : `${hits}, failed: shows the picture (${randomisation.correlation.toFixed(2)})`;
}

const casesOf = (pictures: readonly MarkedPicture[], { preprocessing }: ExplainedModel) =>
  pictures.map(({ image, truth }) => ({
    input: preprocess(image, preprocessing),
    index: truth!.index,
    lesions: maskSeen(truth!.lesions, preprocessing, image),
    field: maskSeen(truth!.field, preprocessing, image),
  }));

/** Where each method points in photographs; a third of them for the methods that ask a model hundreds of times. */
async function pointing(pictures: readonly MarkedPicture[]): Promise<string> {
  const { onnx, manifest } = await opened(options.model);
  const explainer = explainerOf(onnx, manifest);
  const cases = casesOf(pictures, manifest);
  const rows: string[][] = [];
  for (const method of OF_ANY_MODEL) {
    const some = SLOW.has(method) ? cases.filter((_, i) => i % 3 === 0) : cases;
    const maps = new Map<Input, Promise<Map2D>>();
    const once: MapMaker = (of, input, index) => {
      const map = maps.get(input) ?? by(method, { masks: 300 })(of, input, index);
      maps.set(input, map);
      return map;
    };
    const near = await checkPointing(explainer, once, some);
    const exact = await checkPointing(explainer, once, some, 0);
    const [n, e] = [near, exact].map(({ random, centre }) => [random, centre.rate].map((x) => x.toFixed(2)));
    rows.push([method, rate(near), n!.join(', '), rate(exact), e!.join(', ')]);
    console.error(rows.at(-1)!.join(' | '));
  }
  await explainer.close();
  return table(['method', 'within 1/14 of the side', 'random, middle', 'exactly', 'random, middle'], rows);
}

/** Each class for itself, by the methods that are quick. */
async function byClass(pictures: readonly MarkedPicture[]): Promise<string> {
  const { onnx, manifest } = await opened(options.model);
  const explainer = explainerOf(onnx, manifest);
  const rows: string[][] = [];
  const methods = ['cam', 'grad-cam++', 'eigen-cam', 'input-gradient'] as const;
  for (const [index, { name }] of manifest.labels.entries()) {
    const cases = casesOf(
      pictures.filter(({ truth }) => truth?.index === index),
      manifest,
    );
    if (cases.length === 0) continue;
    const checks: PointingCheck[] = [];
    for (const method of methods) checks.push(await checkPointing(explainer, by(method), cases));
    const [{ random, centre }] = checks as [PointingCheck, ...PointingCheck[]];
    rows.push([
      name,
      ...checks.map(({ hits, of: all }) => `${hits} of ${all}`),
      (random * cases.length).toFixed(1),
      `${centre.hits}`,
    ]);
  }
  await explainer.close();
  return table(['class', ...methods, 'random', 'middle'], rows);
}

async function curves(): Promise<string> {
  const { onnx, manifest } = await opened(options.model);
  const explainer = explainerOf(onnx, manifest);
  const cases = [...phantoms(manifest.labels, 4 * CURVE_PICTURES)]
    // Diabetic retinopathy: the one disease of phantoms that the model calls each time.
    .filter((_, i) => i % 4 === 0)
    .map(({ image, truth }) => ({
      input: preprocess(image, manifest.preprocessing),
      index: truth!.index,
    }));
  const rows: string[][] = [];
  let chance = { deletion: 0, insertion: 0 };
  for (const method of OF_ANY_MODEL) {
    const make = by(method, { masks: 300 });
    const all = [];
    for (const of of cases)
      all.push(await deletionInsertion(explainer, await make(explainer, of.input, of.index), of));
    const stable = [];
    for (const of of cases.slice(0, SLOW.has(method) ? 2 : cases.length))
      stable.push(await checkStability(explainer, make, of));
    chance = {
      deletion: mean(all.map((of) => of.chance.deletion)),
      insertion: mean(all.map((of) => of.chance.insertion)),
    };
    rows.push([
      method,
      mean(all.map(({ deletion }) => deletion.area)).toFixed(3),
      mean(all.map(({ insertion }) => insertion.area)).toFixed(3),
      mean(stable.map(({ correlation }) => correlation)).toFixed(2),
      Math.min(...stable.map(({ worst }) => worst)).toFixed(2),
    ]);
    console.error(rows.at(-1)!.join(' | '));
  }
  rows.push(['places at random', chance.deletion.toFixed(3), chance.insertion.toFixed(3), '', '']);
  await explainer.close();
  return table(['method', 'deletion ↓', 'insertion ↑', 'stability', 'worst'], rows);
}

/** The photographs of IDRiD with the union of their lesion masks, as pictures of the model's class for retinopathy. */
async function idrid(index: number): Promise<MarkedPicture[]> {
  const pictures: MarkedPicture[] = [];
  for (const file of readdirSync(join(options.idrid, 'images')).sort()) {
    const stem = file.replace(/\.\w+$/, '');
    const image = await decode(readFileSync(join(options.idrid, 'images', file)));
    const lesions = new Uint8Array(image.width * image.height);
    for (const kind of ['MA', 'HE', 'EX', 'SE']) {
      const path = join(options.idrid, `masks_${kind}`, `${stem}_${kind}.png`);
      // Not every photograph has every kind.
      const mask = existsSync(path) ? await decode(readFileSync(path)) : undefined;
      if (mask) for (let i = 0; i < lesions.length; i++) lesions[i]! |= mask.data[i * mask.channels]!;
    }
    const grey = (data: Uint8Array): Image => ({
      width: image.width,
      height: image.height,
      channels: 1,
      data,
    });
    // The field is lit: in red, which is never dark in a fundus.
    const field = Uint8Array.from(lesions, (_, i) => (image.data[i * image.channels]! > 25 ? 255 : 0));
    pictures.push({ image, truth: { index, lesions: grey(lesions), field: grey(field) } });
  }
  return pictures;
}

interface Item {
  readonly file: string;
  readonly kind: 'full' | 'weights-only' | 'other-hdf5';
}

/** Every image classifier among real Keras files: which method it gets where nobody chooses, and what fails. */
async function corpus(): Promise<string> {
  const inventory: Item[] = JSON.parse(readFileSync(join(options.corpus, 'inventory.json'), 'utf8'));
  const [, { image }] = [...phantoms([], 2)] as [MarkedPicture, MarkedPicture];
  const methods = new Map<string, { models: number; empty: number; times: number[] }>();
  const others = new Map<string, number>();
  const failures: string[][] = [];
  for (const { file, kind } of inventory) {
    if (kind !== 'full') continue;
    let model: Opened;
    try {
      model = await opened(join(options.corpus, file));
    } catch (thrown) {
      const { code } = asFoveaError(thrown);
      others.set(code, (others.get(code) ?? 0) + 1);
      continue;
    }
    try {
      const { onnx, manifest } = model;
      const explainer = explainerOf(onnx, manifest);
      const input = preprocess(image, manifest.preprocessing);
      const begin = performance.now();
      const index = await explainer.likeliest(input);
      const { method, fallback, data } = await explainer.explain(input, index);
      await explainer.close();
      const key = `${method}${fallback ? ` (${fallback.replace(/"[^"]*"/g, '…')})` : ''}`;
      const row = methods.get(key) ?? { models: 0, empty: 0, times: [] };
      row.models++;
      row.times.push(performance.now() - begin);
      if (!data.some((value) => value > 0)) row.empty++;
      methods.set(key, row);
    } catch (thrown) {
      const { code, message } = asFoveaError(thrown);
      failures.push([
        file,
        code,
        code === 'INTERNAL' ? String((thrown as Error).message).slice(0, 120) : message,
      ]);
      console.error(failures.at(-1)!.join(' | '));
    }
  }
  const rows = [...methods].map(([method, { models, empty, times }]) => [
    method,
    `${models}`,
    `${empty}`,
    `${Math.round(times.sort((a, b) => a - b)[times.length >> 1]!)} ms`,
  ]);
  const explained = [...methods.values()].reduce((sum, { models }) => sum + models, 0);
  return [
    `${explained} of ${explained + failures.length} image classifiers got a map.`,
    table(['default method', 'models', 'map empty', 'median time, opening included'], rows),
    failures.length > 0 ? table(['failed', 'code', 'reason'], failures) : 'None failed.',
    `Not image classifiers, or not opened: ${[...others].map(([code, n]) => `${code} ${n}`).join(', ')}.`,
  ].join('\n\n');
}

/** A phantom, and its map by each method: four a row. */
async function picture(): Promise<void> {
  const { onnx, manifest } = await opened(options.model);
  const label = manifest.labels.findIndex(({ label }) => label === 'D');
  const [{ image }] = [...phantoms([manifest.labels[label]!], 1)] as [MarkedPicture];
  const bytes = await encodePng(image);
  const tiles: Pixels[] = [];
  for (const method of OF_ANY_MODEL) {
    const { overlay } = await explainPicture({ name: method, bytes }, onnx, manifest, { method, label: 'D' });
    tiles.push(resize({ ...overlay, data: Uint8Array.from(overlay.data) }, SHEET_TILE, 'pil_bilinear'));
  }
  tiles.unshift(resize(image, SHEET_TILE, 'pil_bilinear'));
  const side = SHEET_TILE.width;
  const rows = Math.ceil(tiles.length / SHEET_COLUMNS);
  const sheet = { width: SHEET_COLUMNS * side, height: rows * side };
  const data = new Uint8Array(sheet.width * sheet.height * 3);
  tiles.forEach((tile, n) => {
    const [left, top] = [(n % SHEET_COLUMNS) * side, Math.floor(n / SHEET_COLUMNS) * side];
    for (let y = 0; y < side; y++)
      data.set(
        tile.data.subarray(y * side * 3, (y + 1) * side * 3) as Uint8Array,
        ((top + y) * sheet.width + left) * 3,
      );
  });
  writeFileSync(join(root, 'docs/explain-sheet.jpg'), await encodeJpeg({ ...sheet, channels: 3, data }, 85));
}

const SHEET_TILE = { width: 256, height: 256 };
const SHEET_COLUMNS = 4;

/** Replaces what stands between a document's markers. */
function fill(name: string, part: string): void {
  const path = join(root, 'docs/explain.md');
  const text = readFileSync(path, 'utf8');
  const [from, to] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [start, end] = [text.indexOf(from), text.indexOf(to)];
  if (start < 0 || end < 0) throw new Error(`docs/explain.md has no place for ${name}`);
  writeFileSync(path, `${text.slice(0, start + from.length)}\n${part}\n${text.slice(end)}`);
}

const parts: Readonly<Record<string, () => Promise<string>>> = {
  speed: async () => `On ${cpus().length} × ${cpus()[0]!.model}.\n\n${await speed()}`,
  shipped: async () => {
    const { manifest } = await opened(options.model);
    const pictures = [...phantoms(manifest.labels, PHANTOMS)];
    return `${await shipped()}\n\nHits of ${manifest.name} by class:\n\n${await byClass(pictures)}`;
  },
  curves,
  idrid: async () => {
    const { manifest } = await opened(options.model);
    const index = manifest.labels.findIndex(({ label }) => label === 'D');
    return pointing(await idrid(index));
  },
  corpus,
};

for (const name of options.only.split(',')) {
  if (name === 'picture') await picture();
  else fill(name, await parts[name]!());
}
