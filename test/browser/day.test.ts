/** A clinic's day on the real page, the real command and a real database, with no mouse but for the system's own dialogue. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { BROWSER_FLAGS, findBrowser } from '../../scripts/browser.mjs';
import { encodeJpeg } from '../../src/image/index.ts';
import { renderFundus } from '../../src/synth/index.ts';
import { fovea } from '../cli.ts';
import { type Clinic, serve } from '../serve.ts';
import { assertAccessible, assertFit } from './accessible.ts';

let [folder, data] = ['', ''];
let clinic: Clinic;
let browser: Browser;
let context: BrowserContext;
let page: Page;

async function show(): Promise<void> {
  context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark' });
  page = await context.newPage();
  page.on('pageerror', (error) => assert.fail(error));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol === 'http:') assert.equal(url.origin, clinic.address);
  });
}

const rows = () => page.getByRole('table', { name: 'Visits' }).getByRole('row');
const verdict = () => page.getByRole('form', { name: 'Your verdict' });
const press = (...keys: string[]) =>
  keys.reduce((done, key) => done.then(() => page.keyboard.press(key)), Promise.resolve());

/** Tab, until what is called so has the focus. */
async function tabTo(name: RegExp): Promise<void> {
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press('Tab');
    const text = await page.evaluate(() => {
      const { activeElement } = document;
      return activeElement?.getAttribute('aria-label') || activeElement?.textContent || '';
    });
    if (name.test(text.trim())) return;
  }
  assert.fail(`Tab never comes to ${name}`);
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fovea-day-'));
  data = join(folder, 'data');
  const camp = join(folder, 'camp');
  await mkdir(camp);
  for (const [patient, grade] of [
    ['1001', 0],
    ['1002', 4],
    ['1003', 0],
  ] as const) {
    for (const eye of ['OD', 'OS'] as const) {
      const seed = Number(patient) + (eye === 'OS' ? 1000 : 0);
      const drawn = renderFundus({ seed, eye, size: 512, ...(grade > 0 && { diseases: { dr: grade } }) });
      const { width, height, image } = drawn;
      await writeFile(
        join(camp, `${patient}_${eye}_2026-11-20.jpg`),
        await encodeJpeg({ width, height, channels: 3, data: image }),
      );
    }
  }
  clinic = await serve(data, { FOVEA_WORKERS: '1' });
  const executablePath = findBrowser();
  assert.ok(executablePath, 'no browser: `npm test` installs one, or set CHROME_PATH');
  browser = await chromium.launch({ executablePath, args: BROWSER_FLAGS });
  await show();
});
after(async () => {
  await browser?.close();
  await clinic?.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a clinic’s day', () => {
  test('a folder is imported; its names tell whose eyes they are, and of which day', async () => {
    await page.goto(`${clinic.address}/#/worklist`);
    await page.getByText('Drop photographs here, or a whole folder').waitFor();
    await assertAccessible(page, 'empty worklist');
    const chooser = page.waitForEvent('filechooser');
    await tabTo(/^Import folder…$/);
    await press('Enter');
    await (await chooser).setFiles(join(folder, 'camp'));
    await page.getByText('It fits 6 of 6 names.').waitFor();
    await page.getByRole('cell', { name: '1002' }).first().waitFor();
    await assertAccessible(page, 'import');
    await press('Enter'); // The button that imports has the focus.
    await page.getByText('6 files handed over').waitFor();
  });

  test('visits come into the worklist as they are read, the most urgent first', async () => {
    await page.waitForFunction(() => document.querySelectorAll('tbody tr a').length === 3, undefined, {
      timeout: 60_000,
    });
    const risks = (await rows().allInnerTexts()).slice(1).map((text) => Number(/([\d.]+)%/.exec(text)?.[1]));
    assert.deepEqual(
      risks,
      risks.toSorted((a, b) => b - a),
    );
    assert.match(await rows().nth(1).innerText(), /^1002\b/);
    await assertAccessible(page, 'worklist');
  });

  test('the first is opened, looked at and confirmed', async () => {
    await press('j', 'Enter');
    await page.getByRole('heading', { level: 1, name: '1002' }).waitFor();
    await verdict().getByText('Models', { exact: true }).waitFor();
    await press('g', '+', 'g', '0', '1', '3');
    await assertAccessible(page, 'reading');
    await press('Enter');
    assert.equal(
      await verdict()
        .getByRole('button', { name: /^Confirm/ })
        .getAttribute('aria-pressed'),
      'true',
    );
    await signed('1002');
  });

  test('the next is overruled: the reader’s grade stands beside the models’', async () => {
    const name = await page.getByRole('heading', { level: 1 }).innerText();
    assert.notEqual(name, '1002');
    await press('e');
    const models = verdict().locator('fieldset label:has(small)');
    await models.first().waitFor();
    const isReferred = !(await models.allInnerTexts()).every((text) => /^(None|Mild)/.test(text));
    // None where the models refer; two steps further, moderate, where they do not.
    const grade = isReferred ? ['Space'] : ['ArrowDown', 'ArrowDown'];
    await press(...grade, 'Tab', ...grade, 'Tab');
    await page.keyboard.type('Cotton wool spot, upper arcade');
    await signed(name);
    await page.getByRole('link', { name }).first().focus();
    await press('Enter');
    const said = page.getByRole('region', { name: 'Signed' });
    await said.getByText('Cotton wool spot, upper arcade').waitFor();
    assert.match(await said.innerText(), /other than the model/);
  });

  test('its report leaves as a PDF', async () => {
    await tabTo(/^Report$/);
    await press('Enter');
    await page.getByLabel('Format of the report').waitFor();
    await assertAccessible(page, 'report');
    const download = page.waitForEvent('download');
    await tabTo(/^PDF$/);
    await press('Enter');
    const report = await download;
    assert.match(report.suggestedFilename(), /\.pdf$/);
    assert.equal((await readFile(await report.path())).subarray(0, 5).toString(), '%PDF-');
    await press('Escape');
  });

  test('every page is fit for a screen reader, in the dark and in the light, wide and narrow', async () => {
    for (const place of [
      ...['worklist?state=all', 'batches', 'patients', 'performance', 'models', 'synthetic'],
      ...['settings', 'users', 'jobs', 'webhooks', 'storage', 'backups', 'audit'].map(
        (tab) => `admin/${tab}`,
      ),
    ]) {
      await page.goto(`${clinic.address}/#/${place}`);
      await page.waitForLoadState('networkidle');
      await assertFit(page, place);
    }
  });

  test('the audit holds; a backup brought back into an empty folder has the same patient', async () => {
    await page.goto(`${clinic.address}/#/patients`);
    await page.getByRole('link', { name: '1002' }).click();
    await page.getByRole('heading', { name: '1002' }).waitFor();
    const patient = await page.getByRole('main').innerText();
    await context.close();
    assert.equal(await clinic.close(), 0);

    const audit = await fovea(['audit', 'verify'], data);
    assert.match(audit.stdout, /^\d+ entries, unbroken\./);
    const file = join(folder, 'evening.tar');
    const backup = await fovea(['backup', file], data);
    assert.match(backup.stdout, /^3 patients, 6 images/);
    const elsewhere = join(folder, 'elsewhere');
    const restored = await fovea(['restore', file], elsewhere);
    assert.match(
      restored.stdout,
      /^3 patients, 6 images are back; 0 are still to be read\./,
      restored.stderr,
    );
    assert.equal((await fovea(['audit', 'verify'], elsewhere)).status, 0);

    clinic = await serve(elsewhere);
    await show();
    await page.goto(`${clinic.address}/#/patients`);
    await page.getByRole('link', { name: '1002' }).click();
    await page.getByRole('heading', { name: '1002' }).waitFor();
    assert.equal(await page.getByRole('main').innerText(), patient);
  });
});

/** Signs by key and waits until the page says so. */
async function signed(name: string): Promise<void> {
  await press('Control+Enter');
  await page
    .getByText(`${name} is signed.`)
    .or(page.getByText('Signed.', { exact: true }))
    .first()
    .waitFor();
}
