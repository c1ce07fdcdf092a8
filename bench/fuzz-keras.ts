/**
 * Damages Keras files at random and opens them: none may crash, hang, or take memory on a file's word.
 *
 * ```sh
 * node bench/fuzz-keras.ts --count 20000 --seed 1 --findings /tmp/findings
 * ```
 *
 * Each process of `--batch` cases measures the time of every case and, on Linux, its peak of memory above what the
 * process held before; a process that dies or stands still is a finding too.
 */
import { fork } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { unzipSync } from 'fflate';
import { FoveaError } from '../src/core/errors.ts';
import { convertKeras } from '../src/keras/index.ts';
import { mutants } from '../test/mutants.ts';

/** What the issue allows a file: milliseconds, and bytes beyond so many times its own. */
const LIMIT_MS = 5000;
const LIMIT_EXPANSION = 4;
const LIMIT_EXTRA = 256 * 2 ** 20;

interface Case {
  readonly index: number;
  readonly kind: string;
  /** A code, `converted`, or what else came out of it. */
  readonly outcome: string;
  readonly fault: boolean;
  readonly ms: number;
  /** Bytes above what was held before. */
  readonly memory: number;
  readonly size: number;
}

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    batch: { type: 'string', default: '1000' },
    findings: { type: 'string', default: 'fuzz-findings' },
    child: { type: 'string' },
  },
});
const count = Number(values.count);
const batch = Number(values.batch);

/** Whole files: the tiny model in each format and type, and layers of each family. */
function wholeFiles(): Uint8Array[] {
  const fixtures = fileURLToPath(new URL('../src/keras/fixtures/', import.meta.url));
  const hostile = unzipSync(readFileSync(join(fixtures, 'hostile.zip')));
  const layers = unzipSync(readFileSync(join(fixtures, 'layers.zip')));
  const sound = /^(whole|packed|bfloat16|float16|latest)/;
  const names = Object.keys(layers).filter((name) => /\.(h5|keras)$/.test(name));
  return [
    ...Object.entries(hostile).flatMap(([name, bytes]) => (sound.test(name) ? [bytes] : [])),
    ...names.map((name) => layers[name]!),
  ];
}

const peak = () => {
  const status = readFileSync('/proc/self/status', 'utf8');
  return 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)![1]);
};

/** The cases of a batch depend on its own seed alone. */
function* casesOf(from: number): Generator<{ index: number; kind: string; bytes: Uint8Array }> {
  let index = from;
  const seed = Number(values.seed) * 1_000_003 + from;
  for (const { kind, bytes } of mutants(wholeFiles(), Math.min(batch, count - from), seed)) {
    yield { index: index++, kind, bytes };
  }
}

/** Runs a batch from its case `first` on. */
async function runBatch(from: number, first: number): Promise<void> {
  const linux = process.platform === 'linux';
  const send = (message: Case | { begun: number }) =>
    new Promise<void>((sent) => process.send!(message, () => sent()));
  for (const { index, kind, bytes } of casesOf(from)) {
    if (index < first) continue;
    await send({ begun: index });
    globalThis.gc?.();
    if (linux) writeFileSync('/proc/self/clear_refs', '5'); // Begins the peak anew (proc(5)).
    const before = process.memoryUsage.rss();
    const start = performance.now();
    let outcome = 'converted';
    let fault = false;
    try {
      await convertKeras(bytes);
    } catch (refusal) {
      fault = !(refusal instanceof FoveaError);
      outcome = refusal instanceof FoveaError ? refusal.code : String(refusal);
      if (refusal instanceof FoveaError && refusal.details.reason === 'its contents contradict each other') {
        outcome = 'MODEL_DAMAGED (unforeseen)';
      }
    }
    const ms = performance.now() - start;
    const memory = linux ? Math.max(0, peak() - before) : 0;
    const tooMuch = memory > LIMIT_EXPANSION * bytes.length + LIMIT_EXTRA;
    const found = fault || ms > LIMIT_MS || tooMuch;
    if (found) keep(index, kind, bytes);
    await send({ index, kind, outcome, fault: found, ms, memory, size: bytes.length });
  }
  process.disconnect();
}

function keep(index: number, kind: string, bytes: Uint8Array): void {
  mkdirSync(values.findings, { recursive: true });
  writeFileSync(join(values.findings, `${values.seed}-${index}-${kind.replace(/\W+/g, '-')}`), bytes);
}

/** A batch in a process of its own, and in another from the next case on where that ends before its time. */
async function inChildren(from: number): Promise<Case[]> {
  const cases: Case[] = [];
  for (let first = from; ; ) {
    const { begun, end } = await inChild(from, first, cases);
    if (end === undefined) return cases;
    const { kind, bytes } = [...casesOf(from)][begun - from]!;
    keep(begun, kind, bytes);
    const outcome = `the process ended: ${end}`;
    cases.push({
      index: begun,
      kind,
      outcome,
      fault: true,
      ms: STANDSTILL_MS,
      memory: 0,
      size: bytes.length,
    });
    first = begun + 1;
  }
}

/** A process from which nothing is heard for so long is ended. */
const STANDSTILL_MS = 2 * LIMIT_MS;

/** @returns the case it was at, and why it ended where that was not the end of its batch */
const inChild = (from: number, first: number, cases: Case[]) =>
  new Promise<{ begun: number; end?: string }>((resolve) => {
    let begun = first;
    const child = fork(
      fileURLToPath(import.meta.url),
      [...process.argv.slice(2), '--child', `${from},${first}`],
      {
        execArgv: ['--expose-gc', '--max-old-space-size=4096'],
      },
    );
    const watch = () => setTimeout(() => child.kill('SIGKILL'), STANDSTILL_MS);
    let alarm = watch();
    child.on('message', (message: Case | { begun: number }) => {
      clearTimeout(alarm);
      alarm = watch();
      if ('begun' in message) begun = message.begun;
      else cases.push(message);
    });
    child.on('exit', (code, signal) => {
      clearTimeout(alarm);
      resolve(code === 0 ? { begun } : { begun, end: String(signal ?? code) });
    });
  });

function print(cases: readonly Case[]): void {
  const kinds = Map.groupBy(cases, ({ kind }) => kind);
  console.log('kind | cases | refused, by code | converted | slowest | most memory');
  console.log('---|---|---|---|---|---');
  for (const [kind, group] of [...kinds].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const outcomes = Map.groupBy(group, ({ outcome }) => outcome);
    const converted = outcomes.get('converted')?.length ?? 0;
    outcomes.delete('converted');
    const codes = [...outcomes].map(([code, { length }]) => `${code} ${length}`).join(', ');
    const slowest = Math.max(...group.map(({ ms }) => ms)).toFixed(0);
    const memory = (Math.max(...group.map(({ memory }) => memory)) / 2 ** 20).toFixed(1);
    console.log(`${kind} | ${group.length} | ${codes} | ${converted} | ${slowest} ms | ${memory} MB`);
  }
  const faults = cases.filter(({ fault }) => fault);
  console.log(`\n${cases.length} cases, ${faults.length} faults`);
  for (const { index, kind, outcome, ms, memory } of faults) {
    console.log(
      `case ${index} (${kind}): ${outcome}, ${ms.toFixed()} ms, ${(memory / 2 ** 20).toFixed()} MB`,
    );
  }
  if (faults.length > 0) process.exitCode = 1;
}

if (values.child === undefined) {
  const cases: Case[] = [];
  for (let from = 0; from < count; from += batch) cases.push(...(await inChildren(from)));
  print(cases);
  if (process.exitCode) console.log(`kept in ${basename(values.findings)}`);
} else {
  const [from, first] = values.child.split(',').map(Number) as [number, number];
  await runBatch(from, first);
}
