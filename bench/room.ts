/**
 * The reading room under load: starts, a batch end to end beside the same readings without a room, pages while it runs,
 * memory, one picture on the page, a long worklist.
 *     node bench/room.ts [--images 600] [--rows 50000] [--size 512]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import { chromium } from 'playwright-core';
import { ALLOCATOR, FLAGS, WORKER_FLAGS } from '../bin/tuning.mjs';
import { BROWSER_FLAGS, findBrowser } from '../scripts/browser.mjs';
import type { Jobs } from '../src/server/clinic-contract.ts';
import { openStore } from '../src/store/index.ts';
import { manyPhotographs } from '../test/many.ts';
import { serve } from '../test/serve.ts';
import { median } from './program.ts';

const { values: options } = parseArgs({
  options: {
    images: { type: 'string', default: '600' },
    rows: { type: 'string', default: '50000' },
    size: { type: 'string', default: '512' },
  },
});
const IMAGES = Number(options.images);
/** Batches that nobody disturbs, each set beside the same images without a room; medians are told. */
const ROUNDS = 5;
/** Images of each. */
const QUIET = 600;
/** Images before those. */
const WARM = 16;
const CLIENTS = 50;
/** How often is looked how far it is: as often as a page that is told of changes. */
const LOOKS_MS = 250;
/** Seconds that a client looks at what it got. */
const THINKS_S = 1;

const quantile = (values: readonly number[], q: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? Number.NaN;
const print = (what: string, figure: string) => console.log(`| ${what} | ${figure} |`);
const ms = (value: number) => `${value.toFixed(0)} ms`;

const work = await mkdtemp(join(tmpdir(), 'fovea-room-'));
const files = join(work, 'files');
const warm = join(work, 'warm');
const rounds = Array.from({ length: ROUNDS }, (_, i) => join(work, `round ${i}`));
const data = join(work, 'data');
const photographs = manyPhotographs(IMAGES + WARM + ROUNDS * QUIET, Number(options.size));
for (const [folder, count] of [
  [files, IMAGES],
  [warm, WARM],
  ...rounds.map((round) => [round, QUIET] as const),
] as const) {
  await mkdir(folder);
  for (let i = 0; i < count; i++) {
    const { name, bytes } = (await photographs.next()).value!;
    await writeFile(join(folder, name), bytes);
  }
}
console.log(`${cpus()[0]?.model.trim()}, ${cpus().length} cores; Node ${process.versions.node}`);
console.log(`Files of ${options.size} px\n\n| | |\n|---|---:|`);

try {
  const first = await serve(data, { FOVEA_WORKERS: '2' });
  print('first start', ms(first.startedIn));
  await first.close();
  const clinic = await serve(data, { FOVEA_WORKERS: '2' });
  print('later start', ms(clinic.startedIn));
  await batch(clinic.address, clinic.process.pid!, warm, 0); // Workers start and open models, as the other two have.
  const told: { bare: number; inference: number; rate: number }[] = [];
  for (const round of rounds) {
    const { rate } = await batch(clinic.address, clinic.process.pid!, round, 0);
    await untilIdle(clinic.address);
    told.push({ rate, ...(await withoutRoom(round)) });
  }
  const middle = (of: (round: (typeof told)[number]) => number) => median(told.map(of)).toFixed(1);
  print(
    `batch of ${QUIET}, two workers, from the first file handed over to the last one read; median of ${ROUNDS}`,
    `${middle(({ rate }) => rate)} images/s`,
  );
  print('the same readings without a room, two processes', `${middle(({ bare }) => bare)} images/s`);
  print('their networks alone', `${middle(({ inference }) => inference)} images/s`);
  const shares = told.map(({ rate, bare }) => (100 * rate) / bare);
  print(
    'share of the batch of what is read without a room',
    `median ${median(shares).toFixed(0)} %, ${Math.min(...shares).toFixed(0)} to ${Math.max(...shares).toFixed(0)} %`,
  );
  const busy = await batch(clinic.address, clinic.process.pid!, files, CLIENTS);
  print(`batch of ${IMAGES} beside ${CLIENTS} clients`, `${busy.rate.toFixed(1)} images/s`);
  print('handing over', `${busy.handing.toFixed(0)} files/s`);
  const p = (q: number) => quantile(busy.latencies, q).toFixed(0);
  print(
    `API reads meanwhile, each client a question after ${THINKS_S} s (${busy.latencies.length} answers)`,
    `p50 ${p(0.5)}, p95 ${p(0.95)}, p99 ${p(0.99)} ms`,
  );
  const tenth = (i: number) => {
    const at = (n: number) => Math.round((busy.memory.length * n) / 10);
    return median(busy.memory.slice(at(i), at(i + 1)));
  };
  print(
    'memory of the server, median of each tenth of that batch',
    `${Array.from({ length: 10 }, (_, i) => tenth(i).toFixed(0)).join(', ')} MiB`,
  );
  await untilIdle(clinic.address);
  await onThePage(clinic.address);
  await clinic.close();
  await longWorklist();
} finally {
  await rm(work, { recursive: true, force: true });
}

async function withoutRoom(folder: string) {
  const parts = await Promise.all(
    [0, 1].map(async (part) => {
      const bareProgram = fileURLToPath(new URL('room-bare.ts', import.meta.url));
      const child = spawn(
        process.execPath,
        [...FLAGS, ...WORKER_FLAGS, bareProgram, folder, join(work, 'cache'), String(part), '2'],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
          env: { ...process.env, ...ALLOCATOR },
        },
      );
      let text = '';
      child.stdout.on('data', (chunk) => (text += chunk));
      await once(child, 'close');
      return JSON.parse(text) as { images: number; seconds: number; inferenceSeconds: number };
    }),
  );
  const sum = (of: (part: (typeof parts)[number]) => number) =>
    parts.reduce((all, part) => all + of(part), 0);
  return {
    bare: sum(({ images, seconds }) => images / seconds),
    inference: sum(({ images, inferenceSeconds }) => images / inferenceSeconds),
  };
}

/** What follows a batch is done; it was cancelled, so that nobody explains its positives. */
async function untilIdle(address: string): Promise<void> {
  for (let isIdle = false; !isIdle; ) {
    await sleep(500);
    const { queues } = (await (await fetch(`${address}/api/jobs`)).json()) as Jobs;
    isIdle = queues.every(({ waiting, active }) => waiting + active === 0);
  }
}

/** A folder handed over as the page does it, with clients who look about meanwhile. */
async function batch(address: string, pid: number, folder: string, count: number) {
  const all = (await readdir(folder)).sort();
  const api = `${address}/api`;
  const json = async (path: string, init?: RequestInit) => {
    const answer = await fetch(`${api}/${path}`, init);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const { id } = (await json('batches', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'bench', pattern: '{patient}_{eye}' }),
  })) as { id: string };
  let isOver = false;
  const latencies: number[] = [];
  const reads = ['worklist', 'worklist?state=waiting&limit=50', 'patients', 'batches', `batches/${id}`];
  const clients = Array.from({ length: count }, async (_, i) => {
    await sleep((i * THINKS_S * 1000) / count);
    for (let n = i; !isOver; n++) {
      const start = performance.now();
      await json(reads[n % reads.length]!);
      latencies.push(performance.now() - start);
      await sleep(THINKS_S * 1000);
    }
  });
  const memory: number[] = [];
  const began = Date.now();
  const start = performance.now();
  const groups = all.map((_, i) => i).filter((i) => i % 20 === 0);
  let handedOver = 0;
  const handing = (async () => {
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let at = groups.shift(); at !== undefined; at = groups.shift()) {
          const form = new FormData();
          for (const name of all.slice(at, at + 20))
            form.append('file', new Blob([new Uint8Array(await readFile(join(folder, name)))]), name);
          await json(`batches/${id}/files`, { method: 'POST', body: form });
        }
      }),
    );
    handedOver = performance.now() - start;
    await json(`batches/${id}/done`, { method: 'POST' });
  })();
  let left = all.length;
  for (let isDone = false; !isDone; ) {
    await sleep(LOOKS_MS);
    ({ waiting: left } = (await json(`batches/${id}`)) as { waiting: number });
    isDone = handedOver > 0 && left === 0;
    memory.push(Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))![1]) / 1024);
  }
  isOver = true;
  await Promise.all([handing, ...clients]);
  const seconds = (Date.parse(await lastReading()) - began) / 1000;
  await json(`batches/${id}/cancel`, { method: 'POST' });
  return { rate: all.length / seconds, handing: all.length / (handedOver / 1000), latencies, memory };
}

/** When the last image was read. */
async function lastReading(): Promise<string> {
  const store = await openStore({ dataFolder: data, name: 'bench' });
  const { at } = await store.db
    .selectFrom('readings')
    .select(({ fn }) => fn.max('created_at').as('at'))
    .executeTakeFirstOrThrow();
  await store.close();
  return at;
}

/** From the drop to the answer on the page. */
async function onThePage(address: string): Promise<void> {
  const browser = await chromium.launch({ executablePath: findBrowser() ?? '', args: BROWSER_FLAGS });
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const opened = performance.now();
  await page.goto(address);
  await page.getByRole('button', { name: 'Try a sample' }).waitFor();
  const painted = await page.evaluate(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
  );
  print(
    'first contentful paint; all of the first page',
    `${ms(painted ?? Number.NaN)}; ${ms(performance.now() - opened)}`,
  );
  const taken: number[] = [];
  for await (const { name, bytes } of manyPhotographs(12, Number(options.size))) {
    const start = performance.now();
    await page
      .locator('input[type=file]')
      .first()
      .setInputFiles({
        name,
        mimeType: 'image/jpeg',
        buffer: Buffer.concat([bytes, Buffer.from('once more')]),
      });
    await page.getByRole('heading', { name: 'All classes' }).waitFor();
    taken.push(performance.now() - start);
    await page
      .getByRole('button', { name: /^Remove/ })
      .first()
      .click();
    await page.getByRole('button', { name: 'Try a sample' }).waitFor();
  }
  print(
    'one picture, from drop to result on the page, warm',
    `median ${ms(median(taken.slice(2)))}, worst ${ms(Math.max(...taken.slice(2)))}`,
  );
  await browser.close();
}

/** So many visits that no window holds them. */
async function longWorklist(): Promise<void> {
  const rows = Number(options.rows);
  const store = await openStore({ dataFolder: data, name: 'bench' });
  await sql`with someone as (
      insert into patients (identifier) select 'L' || n from generate_series(1, ${sql.lit(rows)}) n returning id
    ), seen as (
      insert into visits (patient_id, date, state, result, triage, quality)
      select id, '2026-11-20', 'open', case when random() < 0.1 then 'positive' else 'negative' end, random(), 'good'
      from someone returning id
    ) insert into images (sha256, file_name, bytes, visit_id, eye)
      select encode(sha256(id::text::bytea), 'hex'), id || '.jpg', 1000, id, 'OD' from seen`.execute(
    store.db,
  );
  await sql`analyze`.execute(store.db);
  await store.close();
  const clinic = await serve(data, { FOVEA_WORKERS: '0' });
  const answers: number[] = [];
  for (let i = 0; i < 40; i++) {
    const start = performance.now();
    await (
      await fetch(`${clinic.address}/api/worklist?limit=200&offset=${Math.floor((i * rows) / 40)}`)
    ).json();
    answers.push(performance.now() - start);
  }
  print(
    `a window of a worklist of ${rows.toLocaleString('en')} rows`,
    `p50 ${ms(median(answers))}, p95 ${ms(quantile(answers, 0.95))}`,
  );
  const browser = await chromium.launch({ executablePath: findBrowser() ?? '', args: BROWSER_FLAGS });
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(`${clinic.address}/#/worklist`);
  await page.getByRole('table', { name: 'Visits' }).getByRole('link').first().waitFor();
  await page.mouse.move(700, 500);
  const frames = page.evaluate(
    () =>
      new Promise<number[]>((resolve) => {
        const times: number[] = [];
        let last = performance.now();
        const step = (now: number) => {
          times.push(now - last);
          last = now;
          if (times.reduce((a, b) => a + b, 0) < 5000) requestAnimationFrame(step);
          else resolve(times);
        };
        requestAnimationFrame(step);
      }),
  );
  for (let i = 0; i < 100; i++) {
    await page.mouse.wheel(0, i < 50 ? 400 : 20_000);
    await sleep(40);
  }
  const gaps = await frames;
  print(
    'frames while it is scrolled, drawn without a GPU',
    `median ${ms(median(gaps))}, p95 ${ms(quantile(gaps, 0.95))}`,
  );
  await browser.close();
  await clinic.close();
}
