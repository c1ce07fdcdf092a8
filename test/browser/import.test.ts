/** Importing on the real page, where no models are: what is handed over, what comes of it, and what failed. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { BROWSER_FLAGS, findBrowser } from '../../scripts/browser.mjs';
import { writeZip } from '../../src/formats/zip-writer.ts';
import type { FailedJob, Queue } from '../../src/jobs/index.ts';
import { Registry } from '../../src/model/index.ts';
import { type Server, startServer } from '../../src/server/start.ts';
import { testStore } from '../store.ts';
import { assertAccessible, assertFit } from './accessible.ts';

const jpeg = (text: string) => Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), Buffer.from(text)]);
const failed = (n: number): FailedJob => ({
  kind: 'read',
  id: `00000000-0000-7000-8000-00000000000${n}`,
  imageId: `00000000-0000-7000-9000-00000000000${n}`,
  visitId: null,
  reason: `the disk is on fire, for the ${n}. time`,
  at: new Date().toISOString(),
});

let store: Awaited<ReturnType<typeof testStore>>;
let server: Server;
let browser: Browser;
let page: Page;
let failures = [1, 2, 3].map(failed);
const retried: string[] = [];

before(async () => {
  store = await testStore();
  const without = (id?: string) => {
    const before = failures.length;
    failures = failures.filter((one) => id !== undefined && one.id !== id);
    return before - failures.length;
  };
  const queue: Partial<Queue> = {
    enqueue: async () => {},
    counts: async () => [{ name: 'read', waiting: 0, active: 0, failed: failures.length }],
    workReports: async () => {},
    failures: async () => failures,
    workers: async () => 0,
    retryFailed: async (id) => {
      retried.push(id ?? 'all');
      return without(id);
    },
    failure: async (id) => failures.find((one) => one.id === id),
    discardFailed: async ({ id }) => void without(id),
  };
  server = await startServer({
    ...{ host: '127.0.0.1', port: 0, version: '1.2.3', store, dataFolder: store.folder },
    queue: queue as Queue,
    registry: new Registry({ builtIn: store.folder, user: store.folder, cache: store.folder, threads: 1 }),
    webFolder: fileURLToPath(new URL('../../dist/web', import.meta.url)),
  });
  const executablePath = findBrowser();
  assert.ok(executablePath, 'no browser: `npm test` installs one, or set CHROME_PATH');
  browser = await chromium.launch({ executablePath, args: BROWSER_FLAGS });
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.on('pageerror', (error) => assert.fail(error));
});
after(async () => {
  await browser?.close();
  await server?.close();
  await store?.close();
});

const dialogue = () => page.getByRole('dialog');
const choose = (files: Parameters<ReturnType<Page['locator']>['setInputFiles']>[0]) =>
  page.getByLabel('Files to import').setInputFiles(files);

describe('an import on the page', () => {
  test('leaves out what is no picture, and lets a hundred files be typed for without drawing them all', async () => {
    await page.goto(`${server.address}/#/batches`);
    await page.getByText('Nothing was imported yet').waitFor();
    const pictures = Array.from({ length: 120 }, (_, i) => `${String(i).padStart(3, '0')}_OD.jpg`);
    await choose([
      ...pictures.map((name) => ({ name, mimeType: 'image/jpeg', buffer: jpeg(name) })),
      { name: 'letter.docx', mimeType: '', buffer: Buffer.from('PK') },
      { name: 'IM0001', mimeType: '', buffer: jpeg('without an ending') },
    ]);
    await dialogue().getByText('121 pictures').waitFor();
    await dialogue().getByText('1 other file left out').waitFor();
    await dialogue().getByText('by you', { exact: true }).click();
    const inputs = dialogue().locator('tbody input');
    await inputs.first().waitFor();
    assert.ok((await inputs.count()) < 100, `${await inputs.count()} inputs`);
    assert.equal(await dialogue().getByLabel('Patient of 000_OD.jpg').inputValue(), '000');
    await assertAccessible(page, 'typing');
    await dialogue()
      .locator('table')
      .evaluate((table) => table.parentElement!.scrollTo(0, 1e6));
    const last = dialogue().getByLabel('Patient of IM0001');
    await last.fill('Zoë');
    await dialogue().getByRole('button', { name: 'Import 121 files' }).click();
    await page.getByText('121 files handed over').waitFor({ timeout: 60_000 });
  });

  test('its files are found by patient, and narrowed by eye', async () => {
    await page.getByRole('link', { name: 'Show the batch' }).click();
    const table = page.getByRole('table', { name: 'Files' });
    await table.waitFor();
    await page.getByLabel('Find files').fill('zoë');
    await table.getByRole('link', { name: 'IM0001' }).waitFor();
    await page.waitForFunction(() => document.querySelector('table')?.getAttribute('aria-rowcount') === '2');
    await page.getByRole('combobox', { name: 'Eye' }).click();
    await page.getByRole('option', { name: 'OS' }).click();
    await page.getByText('No file is like that').waitFor();
    await assertFit(page, 'narrowed batch');
  });

  test('a large archive goes in pieces', async () => {
    const path = join(store.folder, 'day.zip');
    await writeFile(
      path,
      writeZip({ 'A1_OD.jpg': jpeg('archived'), 'film.mov': new Uint8Array(40 * 2 ** 20) }),
    );
    const pieces: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'PATCH') pieces.push(request.headers()['upload-offset']!);
    });
    await page.goto(`${server.address}/#/batches`);
    await choose(path);
    await dialogue().getByText('1 archive').waitFor();
    await dialogue().getByRole('button', { name: 'Import 1 file' }).click();
    await page.getByText('1 file handed over').waitFor({ timeout: 60_000 });
    assert.equal(pieces.length, 6);
    await page.getByRole('button', { name: '1 refused' }).click();
    await page.getByText('day.zip/film.mov').waitFor();
    await assertAccessible(page, 'refused files');
  });
});

test('work that failed is tried again or given up, one by one or all together', async () => {
  await page.goto(`${server.address}/#/admin/jobs`);
  const table = page.getByRole('table').filter({ hasText: 'Why' });
  await table.getByText('for the 1. time').waitFor();
  await assertFit(page, 'failed work');
  const rows = () => table.getByRole('row');
  await rows()
    .nth(1)
    .getByRole('button', { name: /^Try again/ })
    .click();
  await table.getByText('for the 1. time').waitFor({ state: 'detached' });
  await rows()
    .nth(1)
    .getByRole('button', { name: /^Give up/ })
    .click();
  await table.getByText('for the 2. time').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Try all again' }).click();
  await page.getByText('Nothing has failed.').waitFor();
  assert.deepEqual(retried, [failed(1).id, 'all']);
});
